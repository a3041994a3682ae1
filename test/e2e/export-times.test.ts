import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertRefused, HOUR, increment, iso, MINUTE, openExportPair, type Window } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';
const DAY = 24 * HOUR;

/** Times are relative to AWS's clock. The PITR window covers the time from 2 days ago to 5 minutes ago. */
const INVALID: readonly {
  readonly what: string;
  readonly inputs: (now: number) => Inputs;
  readonly message: (now: number) => RegExp;
}[] = [
  {
    what: 'an export-time in the future',
    inputs: (now) => ({ 'export-time': iso(now + HOUR) }),
    message: (now) =>
      new RegExp(`The export time ${iso(now + HOUR)} is in the future\\. The current time by AWS's clock is \\d{4}-`),
  },
  {
    what: 'an export-time before the PITR window',
    inputs: (now) => ({ 'export-time': iso(now - 3 * DAY) }),
    message: (now) =>
      new RegExp(
        `The export time ${iso(now - 3 * DAY)} is before the earliest time that point-in-time recovery covers`,
      ),
  },
  {
    what: 'a relative export-time before the PITR window',
    inputs: () => ({ 'export-time': '-P3D' }),
    message: () => /is before the earliest time that point-in-time recovery covers/,
  },
  {
    what: 'an export-time after the PITR window',
    inputs: (now) => ({ 'export-time': iso(now - MINUTE) }),
    message: (now) =>
      new RegExp(`The export time ${iso(now - MINUTE)} is after the latest time that point-in-time recovery covers`),
  },
  {
    what: 'an incremental export of less than 15 minutes',
    inputs: () => increment('-PT14M'),
    message: () =>
      /covers 15 minutes to 24 hours\. The window has 14 minutes: from \S+Z to \S+Z, the current time by AWS's clock/,
  },
  {
    what: 'an incremental export of more than 24 hours',
    inputs: (now) => increment(iso(now - 26 * HOUR), iso(now - HOUR)),
    message: (now) => new RegExp(`has 1500 minutes: from ${iso(now - 26 * HOUR)} to ${iso(now - HOUR)}`),
  },
  {
    what: 'an ExportFromTime after ExportToTime',
    inputs: () => increment('-PT1H', '-PT2H'),
    message: () => /ExportFromTime must be before ExportToTime/,
  },
  {
    what: 'an ExportToTime in the future',
    inputs: (now) => increment('-PT1H', iso(now + HOUR)),
    message: () => /ExportToTime is in the future/,
  },
  {
    what: 'an ExportFromTime before the PITR window',
    inputs: (now) => increment(iso(now - 3 * DAY), iso(now - 3 * DAY + HOUR)),
    message: () => /ExportFromTime is before the earliest time that point-in-time recovery covers/,
  },
];

suite('invalid times of exports', { concurrency: 3 }, () => {
  for (const { what, inputs, message } of fewOf(INVALID, 1)) {
    test(`rejects ${what} before requesting an export`, async () => {
      await using exporting = await openExportPair();
      const now = exporting.service.clock.now();
      await using run = await exporting.run(inputs(now));
      const error = assertRefused(run, 'EXPORT_TIME_INVALID');
      assert.match(error, message(now));
      assert.match(error, /Set a time from \S+Z to \S+Z, or leave it out/);
      assert.equal(exporting.calls(EXPORT).length, 0);
    });
  }

  slowTest('an export with an unknown PITR window fails when DynamoDB rejects export-time', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run({ 'export-time': '-P3D' });
    assertRefused(run, 'EXPORT_TIME_INVALID');
    assert.equal(exporting.calls(EXPORT).length, 1);
  });
});

slowTest('an incremental export from -P1D covers 24 hours', async () => {
  await using exporting = await openExportPair();
  await using run = await exporting.run(increment('-P1D'));
  await exporting.copyOf(run);
  const [{ IncrementalExportSpecification }] = exporting.service.exports() as [
    { IncrementalExportSpecification: Window },
  ];
  const { ExportFromTime, ExportToTime } = IncrementalExportSpecification;
  assert.equal(ExportToTime - ExportFromTime, DAY / 1_000);
});

suite('times of exports on a runner with a wrong clock', { concurrency: 2 }, () => {
  for (const minutes of fewOf([-1, 1, -30, 30], 1)) {
    slowTest(`times are relative to AWS's clock if the runner's clock is off by ${-minutes} minutes`, async () => {
      await using exporting = await openExportPair({ clockOffsetMs: minutes * MINUTE });
      await using latest = await exporting.run({ 'export-time': iso(exporting.service.clock.now() - 6 * MINUTE) });
      assertSucceeded(latest);
      await using relative = await exporting.run(increment('-PT15M'));
      assertSucceeded(relative);
      await using short = await exporting.run(increment('-PT14M'));
      assertRefused(short, 'EXPORT_TIME_INVALID');
    });
  }
});

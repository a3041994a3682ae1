import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertRefused, HOUR, increment, iso, MINUTE, openExportPair, type Window } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';
const DAY = 24 * HOUR;

/** Relative to now by AWS's clock; the window reaches from two days to five minutes ago. */
const INVALID: readonly {
  readonly what: string;
  readonly inputs: (now: number) => Inputs;
  readonly says: (now: number) => RegExp;
}[] = [
  {
    what: 'a time in the future',
    inputs: (now) => ({ 'export-time': iso(now + HOUR) }),
    says: (now) =>
      new RegExp(`export-time ${iso(now + HOUR)} is in the future\\. The current time by AWS's clock is \\d{4}-`),
  },
  {
    what: 'a time before the window',
    inputs: (now) => ({ 'export-time': iso(now - 3 * DAY) }),
    says: (now) =>
      new RegExp(`export-time ${iso(now - 3 * DAY)} is before the earliest time that point-in-time recovery covers`),
  },
  {
    what: 'a relative time before the window',
    inputs: () => ({ 'export-time': '-P3D' }),
    says: () => /is before the earliest time that point-in-time recovery covers/,
  },
  {
    what: 'a time that recovery does not have yet',
    inputs: (now) => ({ 'export-time': iso(now - MINUTE) }),
    says: (now) =>
      new RegExp(`export-time ${iso(now - MINUTE)} is after the latest time that point-in-time recovery covers`),
  },
  {
    what: 'an increment of less than 15 minutes',
    inputs: () => increment('-PT14M'),
    says: () =>
      /covers 15 minutes to 24 hours\. The window has 14 minutes: from \S+Z to \S+Z, the current time by AWS's clock/,
  },
  {
    what: 'an increment of more than 24 hours',
    inputs: (now) => increment(iso(now - 26 * HOUR), iso(now - HOUR)),
    says: (now) => new RegExp(`has 1500 minutes: from ${iso(now - 26 * HOUR)} to ${iso(now - HOUR)}`),
  },
  {
    what: 'an increment backwards',
    inputs: () => increment('-PT1H', '-PT2H'),
    says: () => /ExportFromTime must be before ExportToTime/,
  },
  {
    what: 'an increment into the future',
    inputs: (now) => increment('-PT1H', iso(now + HOUR)),
    says: () => /ExportToTime is in the future/,
  },
  {
    what: 'an increment from before the window',
    inputs: (now) => increment(iso(now - 3 * DAY), iso(now - 3 * DAY + HOUR)),
    says: () => /ExportFromTime is before the earliest time that point-in-time recovery covers/,
  },
];

suite('before any export is asked for, an error with the numbers tells of', { concurrency: 3 }, () => {
  for (const { what, inputs, says } of fewOf(INVALID, 2)) {
    test(what, async () => {
      await using exporting = await openExportPair();
      const now = exporting.service.clock.now();
      await using run = await exporting.run(inputs(now));
      const message = assertRefused(run, 'EXPORT_TIME_INVALID');
      assert.match(message, says(now));
      assert.match(message, /Set a time from \S+Z to \S+Z, or leave it out/);
      assert.equal(exporting.calls(EXPORT).length, 0);
    });
  }

  slowTest('nothing where the window is not known: DynamoDB itself refuses then', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run({ 'export-time': '-P3D' });
    assertRefused(run, 'EXPORT_TIME_INVALID');
    assert.equal(exporting.calls(EXPORT).length, 1);
  });
});

slowTest('the last 24 hours, as the kwargs of a daily export say it', async () => {
  await using exporting = await openExportPair();
  await using run = await exporting.run(increment('-P1D'));
  await exporting.copyOf(run);
  const [{ IncrementalExportSpecification }] = exporting.service.exports() as [
    { IncrementalExportSpecification: Window },
  ];
  const { ExportFromTime, ExportToTime } = IncrementalExportSpecification;
  assert.equal(ExportToTime - ExportFromTime, DAY / 1_000);
});

suite("AWS's clock counts, and not the runner's", { concurrency: 2 }, () => {
  for (const minutes of fewOf([-1, 1, -30, 30], 1)) {
    test(`which is ${-minutes} minutes ahead`, async () => {
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

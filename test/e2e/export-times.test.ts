import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertRefused, type ExportPair, HOUR, increment, iso, MINUTE, openExportPair } from './export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from './pair.ts';

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
    says: (now) => new RegExp(`export-time ${iso(now + HOUR)} is in the future; by AWS's clock it is \\d{4}-`),
  },
  {
    what: 'a time before the window',
    inputs: (now) => ({ 'export-time': iso(now - 3 * DAY) }),
    says: (now) => new RegExp(`export-time ${iso(now - 3 * DAY)} is before what recovery keeps`),
  },
  {
    what: 'a relative time before the window',
    inputs: () => ({ 'export-time': '-P3D' }),
    says: () => /is before what recovery keeps/,
  },
  {
    what: 'a time that recovery does not have yet',
    inputs: (now) => ({ 'export-time': iso(now - MINUTE) }),
    says: (now) => new RegExp(`export-time ${iso(now - MINUTE)} is later than what recovery has by now`),
  },
  {
    what: 'an increment of less than 15 minutes',
    inputs: () => increment('-PT14M'),
    says: () => /covers 15 minutes to 24 hours, and from \S+Z to now, \S+Z by AWS's clock are 14 minutes/,
  },
  {
    what: 'an increment of more than 24 hours',
    inputs: (now) => increment(iso(now - 26 * HOUR), iso(now - HOUR)),
    says: (now) => new RegExp(`and from ${iso(now - 26 * HOUR)} to ${iso(now - HOUR)} are 1500 minutes`),
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
    says: () => /ExportFromTime is before what recovery keeps/,
  },
];

suite('before any export is asked for, an error with the numbers tells of', { concurrency: 3 }, () => {
  for (const { what, inputs, says } of INVALID) {
    test(what, async () => {
      await using exporting = await openExportPair();
      const now = exporting.service.clock.now();
      await using run = await exporting.run(inputs(now));
      const message = assertRefused(run, 'EXPORT_TIME_INVALID');
      assert.match(message, says(now));
      assert.match(message, /Choose a time from \S+Z to \S+Z, or leave it out/);
      assert.equal(exporting.calls(EXPORT).length, 0);
    });
  }

  test('nothing where the window is not known: DynamoDB itself refuses then', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run({ 'export-time': '-P3D' });
    assertRefused(run, 'EXPORT_TIME_INVALID');
    assert.equal(exporting.calls(EXPORT).length, 1);
  });
});

suite("AWS's clock counts, and not the runner's", { concurrency: 2 }, () => {
  for (const minutes of [-1, 1, -30, 30]) {
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

suite('ExportFromTime: last', { concurrency: 2 }, () => {
  test('goes on after a full export, then after an increment', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(HOUR);
    await using first = await goOn(exporting);
    assertSucceeded(first);
    service.clock.advance(2 * HOUR);
    await using second = await goOn(exporting, '3');
    assertSucceeded(second);
    const [whole, one, two] = service.exports() as { ExportTime?: number; IncrementalExportSpecification?: Window }[];
    const [a, b] = [one?.IncrementalExportSpecification, two?.IncrementalExportSpecification];
    assert.equal(a?.ExportFromTime, whole?.ExportTime);
    assert.equal(b?.ExportFromTime, a?.ExportToTime, 'no gap, and nothing twice');
  });

  test('is an error where there is no export to go on after', async () => {
    await using exporting = await openExportPair();
    await using elsewhere = await exporting.run({ 's3-key-prefix': 'another' });
    assertSucceeded(elsewhere);
    exporting.service.clock.advance(HOUR);
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /no completed export .*\/series.*\n.*Make a full export/s);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  test('is an error after more than 24 hours', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(26 * HOUR);
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /ended 26 hours ago/);
  });

  test('is a notice and success after less than 15 minutes', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(10 * MINUTE);
    await using run = await goOn(exporting);
    assertSucceeded(run);
    assert.match(run.notices.join(), /nothing to export yet/);
    assert.match(run.summary, /^### ✅ There is nothing of .* to export yet/);
    assert.equal(run.outputs['export-id'], undefined);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  test('is refused where the role may not look for it', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('ListExports');
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:ListExports/);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });
});

interface Window {
  readonly ExportFromTime: number;
  readonly ExportToTime: number;
}

/** Another run of the workflow, as the same one would be an attempt of the same step. */
function goOn(exporting: ExportPair, runId = '2') {
  const inputs = { ...increment('last'), 's3-key-prefix': 'series' };
  return exporting.run(inputs, { env: { GITHUB_RUN_ID: runId } });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../src/errors.ts';
import { endOfLastExport } from '../../src/export/last-export.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { HOUR, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';

await startServers();

const DAY = 24 * HOUR;

test('an increment follows on the last export to the millisecond', async (t) => {
  await using exporting = await openExportPair();
  const { pair, service, table } = exporting;
  await using run = await exporting.run();
  assertSucceeded(run);
  const end = Date.parse(run.outputs['snapshot-time'] ?? '');
  const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
  t.after(() => client.destroy());
  const series = { bucket: pair.bucket, prefix: '', viewType: 'NEW_AND_OLD_IMAGES', filter: undefined };
  const earliest = (ago: number) => ({ earliest: new Date(end + ago), latest: new Date(end + ago) });

  /** Where the next one begins, or the code of the refusal. */
  const next = async (after: number, isFixed: boolean, recovery?: ReturnType<typeof earliest>): Promise<unknown> => {
    const until = { time: new Date(end + after), isFixed };
    try {
      const found = await endOfLastExport(
        { client, signal: t.signal },
        { tableArn: service.tableArn(table), series, until, recovery },
      );
      return found instanceof Date ? found.getTime() - end : found;
    } catch (error) {
      assert.ok(error instanceof CopyError, String(error));
      return error.code;
    }
  };

  for (const [what, after, isFixed, expected] of [
    ['nothing is left', 0, false, 'too early'],
    ['15 minutes are not over', 15 * MINUTE - 1, false, 'too early'],
    ['15 minutes are over', 15 * MINUTE, false, 0],
    ['24 hours are over', DAY, false, 0],
    ['more are over', DAY + 1, false, 'NO_EARLIER_EXPORT'],
    ['the end lies before it, but moves on', -1, false, 'too early'],
    ['a fixed end is reached', 0, true, 'too early'],
    // Too short or backwards, which no later run will change: the check of windows refuses it.
    ['a fixed end is nearly reached', 1, true, 0],
    ['a fixed end lies before it', -1, true, 0],
    ['a fixed end is too far away', DAY + 1, true, 'NO_EARLIER_EXPORT'],
  ] as const) {
    await t.test(what, async () => assert.equal(await next(after, isFixed), expected));
  }

  await t.test('recovery reaches back to it, by clocks that differ by a minute', async () => {
    assert.equal(await next(HOUR, false, earliest(MINUTE)), 0);
    assert.equal(await next(HOUR, false, earliest(MINUTE + 1)), 'NO_EARLIER_EXPORT');
  });
});

import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../src/errors.ts';
import { endOfLastExport } from '../../src/export/last-export.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { HOUR, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';

await startServers();

const DAY = 24 * HOUR;

/** Exports a table, and returns a function that searches for the start of the incremental export that follows. */
async function exportTable() {
  await using stack = new AsyncDisposableStack();
  const exporting = stack.use(await openExportPair());
  const { pair, service, table } = exporting;
  await using run = await exporting.run();
  assertSucceeded(run);
  const end = Date.parse(run.outputs['snapshot-time'] ?? '');
  const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
  stack.defer(() => client.destroy());
  const series = { bucket: pair.bucket, prefix: '', viewType: 'NEW_AND_OLD_IMAGES', filter: undefined };

  /**
   * Returns the start of the next export in milliseconds after the end of the last one, `window too short`, or an error
   * code.
   *
   * @param endsAfter end of the next export, in milliseconds after the end of the last one
   * @param isAbsolute whether that end is an absolute time, and not the current time
   * @param recoveryStart start of the PITR window, in milliseconds after the end of the last export
   */
  const nextStart = async (
    { endsAfter, isAbsolute, recoveryStart }: { endsAfter: number; isAbsolute: boolean; recoveryStart?: number },
    signal: AbortSignal,
  ): Promise<unknown> => {
    const until = { time: new Date(end + endsAfter), isAbsolute };
    const at = recoveryStart === undefined ? undefined : new Date(end + recoveryStart);
    const pitrWindow = at && { earliest: at, latest: at };
    try {
      const found = await endOfLastExport(
        { client, signal },
        { tableArn: service.tableArn(table), series, until, pitrWindow },
      );
      return found instanceof Date ? found.getTime() - end : found;
    } catch (error) {
      assert.ok(error instanceof CopyError, String(error));
      return error.code;
    }
  };
  const resources = stack.move();
  return { nextStart, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const lastExport = await exportTable();
after(() => lastExport[Symbol.asyncDispose]());

suite('an incremental export with ExportFromTime: last', () => {
  for (const [title, endsAfter, isAbsolute, expected] of [
    ['has too short a window at the end of the last export', 0, false, 'window too short'],
    ['has too short a window 1 ms before 15 minutes have elapsed', 15 * MINUTE - 1, false, 'window too short'],
    ['starts at the end of the last export after 15 minutes', 15 * MINUTE, false, 0],
    ['starts at the end of the last export after 24 hours', DAY, false, 0],
    ['fails with NO_EARLIER_EXPORT after more than 24 hours', DAY + 1, false, 'NO_EARLIER_EXPORT'],
    ['has too short a window if the current time is before the end of the last export', -1, false, 'window too short'],
    ['has too short a window if its absolute end is the end of the last export', 0, true, 'window too short'],
    // No later run can change a period that is too short or negative. The check of export periods rejects it.
    ['starts at the end of the last export if its fixed end is 1 ms later', 1, true, 0],
    ['starts at the end of the last export if its fixed end is 1 ms earlier', -1, true, 0],
    ['fails with NO_EARLIER_EXPORT if its fixed end is more than 24 hours later', DAY + 1, true, 'NO_EARLIER_EXPORT'],
  ] as const) {
    test(title, async ({ signal }) => {
      assert.equal(await lastExport.nextStart({ endsAfter, isAbsolute }, signal), expected);
    });
  }

  test('accepts a PITR window that starts up to one minute after the end of the last export', async ({ signal }) => {
    const next = { endsAfter: HOUR, isAbsolute: false };
    assert.equal(await lastExport.nextStart({ ...next, recoveryStart: MINUTE }, signal), 0);
    const tooLate = await lastExport.nextStart({ ...next, recoveryStart: MINUTE + 1 }, signal);
    assert.equal(tooLate, 'NO_EARLIER_EXPORT');
  });
});

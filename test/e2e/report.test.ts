import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPair, startServers } from '../fixtures/pair.ts';

await startServers();

test('a step fails with OUTPUTS_NOT_WRITTEN if GITHUB_OUTPUT is not writable', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable([{ pk: { S: 'a' } }]);
  await using run = await pair.run(
    { 'dynamodb-table-name': table },
    // A folder is not writable as a file on any operating system.
    { env: { GITHUB_OUTPUT: import.meta.dirname, GITHUB_STEP_SUMMARY: '' } },
  );
  assert.equal(run.exitCode, 1);
  assert.deepEqual(
    run.commands.filter(({ name }) => name === 'error').map(({ properties }) => properties['title']),
    ['OUTPUTS_NOT_WRITTEN'],
    run.log,
  );
  assert.match(run.log, /The copy is complete, but its outputs/);
});

test('a dry run reports no complete copy if GITHUB_OUTPUT is not writable', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable([{ pk: { S: 'a' } }]);
  await using run = await pair.run(
    { 'dynamodb-table-name': table, 'dry-run': 'true' },
    { env: { GITHUB_OUTPUT: import.meta.dirname, GITHUB_STEP_SUMMARY: '' } },
  );
  assert.match(run.errors.join(), /^The step finished, but its outputs/);
});

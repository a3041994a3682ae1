import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPair, startServers } from '../fixtures/pair.ts';

await startServers();

test('outputs that cannot be handed to the runner fail the step, with a code of their own', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable([{ pk: { S: 'a' } }]);
  await using run = await pair.run(
    { 'dynamodb-table-name': table },
    // A folder is a file that nobody can write to, on every system.
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

test('and of a dry run it is not said that there is a copy', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable([{ pk: { S: 'a' } }]);
  await using run = await pair.run(
    { 'dynamodb-table-name': table, 'dry-run': 'true' },
    { env: { GITHUB_OUTPUT: import.meta.dirname, GITHUB_STEP_SUMMARY: '' } },
  );
  assert.match(run.errors.join(), /^The step finished, but its outputs/);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { HttpResponse } from '../emulators/faults.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { attempt } from '../fixtures/export-pair.ts';
import { startServers } from '../fixtures/pair.ts';
import { deleteTable, openRestorePair } from '../fixtures/restore-pair.ts';
import { fewOf, messageTest } from '../run/effort.ts';

await startServers();

const TEMPORARY = { temporary: 'true' };

suite('temporary tables', { concurrency: 3 }, () => {
  for (const method of fewOf(['write', 'import'] as const, 1)) {
    test(`are deleted at the end of the job after a restore with ${method}`, async () => {
      await using restoring = await openRestorePair();
      const inputs = { ...TEMPORARY, method };
      await using run = await restoring.restore({
        ...inputs,
        'create-table-kwargs': '{"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}}',
      });
      await restoring.assertRestored(run);
      await using post = await restoring.post(run, inputs);
      assert.match(post.log, /Deleted the temporary table/);
      assert.equal((await restoring.tables()).includes(restoring.into), false);
      assert.equal((await restoring.tables()).includes(restoring.table), true);
    });
  }

  test('get no deletion protection', async () => {
    await using restoring = await openRestorePair();
    await using run = await restoring.restore({ ...TEMPORARY, 'restore-settings': 'all' });
    await restoring.assertRestored(run);
    assert.equal((await restoring.service.settings(restoring.into)).deletionProtection, false);
  });

  test('are deleted even if the step was killed while DynamoDB created the table', async () => {
    await using restoring = await openRestorePair();
    const running = restoring.start(TEMPORARY);
    // DynamoDB has created the table, but the step does not receive the response.
    const kill = (response: HttpResponse) => {
      running.kill('SIGKILL');
      return response;
    };
    restoring.service.inject(({ operation }) => (operation === 'CreateTable' ? { rewrite: kill } : undefined));
    await using run = await running.result;
    assert.equal(run.signal, 'SIGKILL');
    restoring.service.inject();
    assert.equal((await restoring.tables()).includes(restoring.into), true);
    await using post = await restoring.post(run, TEMPORARY);
    assert.match(post.log, /Deleted the temporary table/);
    assert.equal((await restoring.tables()).includes(restoring.into), false);
  });

  messageTest('are not deleted if another table has the name', async () => {
    await using restoring = await openRestorePair();
    const { pair, into } = restoring;
    await using run = await restoring.restore(TEMPORARY);
    await deleteTable(restoring, into);
    await pair.source.createTable([{ pk: { S: 'of another client' } }], { TableName: into });
    await using post = await restoring.post(run, TEMPORARY);
    assert.match(post.warnings.join(), /was not deleted, because this step did not create it/);
    assert.equal((await pair.source.readItems(into)).length, 1);
  });

  messageTest('are not deleted if the restore refused a table that existed', async () => {
    await using restoring = await openRestorePair();
    const { pair, into } = restoring;
    await pair.source.createTable([], { TableName: into });
    await using run = await restoring.restore(TEMPORARY);
    assert.equal(run.exitCode, 1);
    await using post = await restoring.post(run, TEMPORARY);
    assert.match(post.log, /No temporary table to delete/);
    assert.equal((await restoring.tables()).includes(into), true);
  });

  messageTest('are not deleted because of a variable that another step of the job set', async () => {
    await using restoring = await openRestorePair();
    const { pair, into, service } = restoring;
    await pair.source.createTable([], { TableName: into });
    const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: into }));
    client.destroy();
    await using run = await restoring.restore(TEMPORARY);
    assert.equal(run.exitCode, 1);
    const forged = JSON.stringify({ table: into, tableId: Table?.TableId, createdAt: Table?.CreationDateTime });
    await using post = await restoring.post(run, TEMPORARY, { env: { STATE_restore: forged } });
    assert.match(post.log, /No temporary table to delete/);
    assert.equal((await restoring.tables()).includes(into), true);
  });

  messageTest('of an earlier attempt are deleted after the re-run', async () => {
    await using restoring = await openRestorePair();
    restoring.service.deny('BatchWriteItem');
    await using failed = await restoring.restore(TEMPORARY);
    assert.equal(failed.exitCode, 1);
    restoring.service.deny();
    await using run = await restoring.restore(TEMPORARY, attempt(2));
    await restoring.assertRestored(run);
    await using post = await restoring.post(run, TEMPORARY, attempt(2));
    assert.match(post.log, /Deleted the temporary table/);
  });

  messageTest('of an earlier attempt are deleted although the re-run fails in its checks', async () => {
    await using restoring = await openRestorePair();
    const { service, into, tables } = restoring;
    // The runner of this attempt has no post step anymore.
    service.deny('BatchWriteItem');
    await using failed = await restoring.restore(TEMPORARY);
    assert.equal(failed.exitCode, 1);
    service.deny('DescribeTable');
    await using run = await restoring.restore(TEMPORARY, attempt(2));
    assert.equal(run.exitCode, 1);
    service.deny();
    await using post = await restoring.post(run, TEMPORARY, attempt(2));
    assert.match(post.log, /Deleted the temporary table/);
    assert.equal((await tables()).includes(into), false);
  });

  messageTest('are kept by a step that is not temporary', async () => {
    await using restoring = await openRestorePair();
    await using run = await restoring.restore();
    await using post = await restoring.post(run);
    assert.match(post.log, /No temporary table to delete/);
    assert.equal((await restoring.tables()).includes(restoring.into), true);
  });
});

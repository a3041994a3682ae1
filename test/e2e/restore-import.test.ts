import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertRefused, attempt } from '../fixtures/export-pair.ts';
import { startServers } from '../fixtures/pair.ts';
import { deleteTable, openRestorePair } from '../fixtures/restore-pair.ts';
import { messageTest } from '../run/effort.ts';

await startServers();

const IMPORT = { method: 'import' };

suite('restore with the method import', { concurrency: 3 }, () => {
  test('imports the data objects and applies the settings of the copied table', async () => {
    await using restoring = await openRestorePair();
    const { service, into } = restoring;
    await using run = await restoring.restore({
      ...IMPORT,
      'create-table-kwargs': '{"DeletionProtectionEnabled": true, "TableClass": "STANDARD_INFREQUENT_ACCESS"}',
    });
    await restoring.assertRestored(run);
    const [imported] = service.imports();
    assert.equal(run.outputs['import-arn'], imported?.['ImportArn']);
    assert.equal((await service.settings(into)).deletionProtection, true);
    assert.equal(
      service.requests.some(({ operation }) => operation === 'BatchWriteItem'),
      false,
    );
  });

  test('imports ION compressed with zstd', async () => {
    await using restoring = await openRestorePair({ copyInputs: { 'export-format': 'ION', compression: 'zstd' } });
    await using run = await restoring.restore(IMPORT);
    await restoring.assertRestored(run);
  });

  test('is refused for a table that exists', async () => {
    await using restoring = await openRestorePair();
    await restoring.pair.source.createTable([], { TableName: restoring.into });
    await using run = await restoring.restore(IMPORT);
    assertRefused(run, 'TABLE_EXISTS');
    assert.deepEqual(restoring.service.imports(), []);
  });

  test('calls the table of a failed import partial, and a re-run refuses it until it is deleted', async () => {
    await using restoring = await openRestorePair();
    const { service, into } = restoring;
    service.decide(() => ({ FailureCode: 'ItemValidationError', FailureMessage: 'Some items failed', afterItems: 5 }));
    await using failed = await restoring.restore(IMPORT);
    const message = assertRefused(failed, 'RESTORE_FAILED');
    assert.match(message, /\(ItemValidationError\).*is partial: it contains 5 items of the copy.*Delete the table/s);
    service.decide();
    await using refused = await restoring.restore(IMPORT, attempt(2));
    assert.match(assertRefused(refused, 'RESTORE_FAILED'), /is partial/);
    await deleteTable(restoring, into);
    await using repeated = await restoring.restore(IMPORT, attempt(3));
    await restoring.assertRestored(repeated);
    assert.equal(service.imports().length, 2);
  });

  test('a re-run waits for the import that an earlier attempt started', async () => {
    await using restoring = await openRestorePair({ delays: 'manual' });
    const { service } = restoring;
    await using stopped = await restoring.restore({ ...IMPORT, 'max-attempts': '1' });
    assert.match(assertRefused(stopped, 'RESTORE_IN_PROGRESS'), /It continues in DynamoDB.*Re-run the job/s);
    await service.settle();
    await using run = await restoring.restore({ ...IMPORT, 'max-attempts': '1' }, attempt(2));
    await restoring.assertRestored(run);
    assert.equal(service.imports().length, 1);
  });

  test('starts one import if the response is lost', async () => {
    await using restoring = await openRestorePair();
    restoring.service.inject(({ operation }, nth) =>
      operation === 'ImportTable' && nth === 1 ? 'lose-httpResponse' : undefined,
    );
    await using run = await restoring.restore(IMPORT);
    await restoring.assertRestored(run);
    assert.equal(restoring.service.imports().length, 1);
  });

  test('fails if DynamoDB reports another number of items than the copy contains', async () => {
    await using restoring = await openRestorePair();
    restoring.service.inject(({ operation }) =>
      operation === 'DescribeImport'
        ? {
            rewrite: (response) => ({
              ...response,
              headers: {},
              body: Buffer.from(response.body.toString().replace(/"ImportedItemCount":\d+/, '"ImportedItemCount":19')),
            }),
          }
        : undefined,
    );
    await using run = await restoring.restore(IMPORT);
    assert.match(assertRefused(run, 'RESTORE_FAILED'), /19 items were loaded, but the copy contains 20 items/);
  });
});

suite('restore with the method bulk-put', { concurrency: 3 }, () => {
  const bulkPut = { method: 'bulk-put', 'failed-items-s3-uri': 's3://failed-items/restore' };

  test('creates the table and puts the items', async () => {
    await using restoring = await openRestorePair();
    const { service, pair } = restoring;
    await pair.store.createBucket('failed-items');
    await using run = await restoring.restore({ ...bulkPut, 'write-capacity': '2000' });
    await restoring.assertRestored(run);
    const [operation] = service.bulkOperations();
    assert.equal(run.outputs['bulk-operation-arn'], operation?.['BulkOperationArn']);
    const started = service.requests.find((request) => request.operation === 'StartBulkPutItems');
    assert.equal(started?.parameters['MaxWriteRequestUnits'], 2_000);
  });

  messageTest('fails with the place of the records if some items failed', async () => {
    await using restoring = await openRestorePair();
    restoring.service.decide(() => ({ FailureCode: 'InternalError', FailureMessage: 'failed', afterItems: 3 }));
    await using run = await restoring.restore(bulkPut);
    assert.match(
      assertRefused(run, 'RESTORE_FAILED'),
      /failed \(InternalError\).*is partial.*s3:\/\/failed-items\/restore/s,
    );
    restoring.service.decide();
    await using repeated = await restoring.restore(bulkPut, attempt(2));
    await restoring.assertRestored(repeated);
    assert.equal(restoring.service.bulkOperations().length, 2);
  });

  test('a re-run waits for the operation that an earlier attempt started', async () => {
    await using restoring = await openRestorePair({ delays: 'manual' });
    const { service } = restoring;
    await using stopped = await restoring.restore({ ...bulkPut, 'max-attempts': '1' });
    assertRefused(stopped, 'RESTORE_IN_PROGRESS');
    await service.settle();
    await using run = await restoring.restore({ ...bulkPut, 'max-attempts': '1' }, attempt(2));
    await restoring.assertRestored(run);
    assert.equal(service.bulkOperations().length, 1);
  });

  test('a re-run waits for the operation that is loading a table that was empty', async () => {
    await using restoring = await openRestorePair({ delays: 'manual' });
    const { service, pair, into } = restoring;
    await pair.source.createTable([], { TableName: into });
    const inputs = { ...bulkPut, 'if-table-exists': 'load-if-empty', 'max-attempts': '1' };
    await using stopped = await restoring.restore(inputs);
    assertRefused(stopped, 'RESTORE_IN_PROGRESS');
    await service.settle();
    await using run = await restoring.restore(inputs, attempt(2));
    await restoring.assertRestored(run);
    assert.equal(service.bulkOperations().length, 1);
    await using other = await restoring.restore({ ...inputs, 'write-capacity': '2000' }, attempt(2));
    assert.match(assertRefused(other, 'TABLE_EXISTS'), /not empty/);
  });

  test('is refused for a table with replicas', async () => {
    await using restoring = await openRestorePair();
    const { service, pair, into } = restoring;
    await pair.source.createTable([], { TableName: into });
    await service.replicate(into, 'eu-west-1');
    const inputs = { ...bulkPut, 'if-table-exists': 'overwrite', 'allow-global-table': 'true' };
    await using run = await restoring.restore(inputs);
    assert.match(assertRefused(run, 'METHOD_NOT_POSSIBLE'), /global tables/);
  });
});

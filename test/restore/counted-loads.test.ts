// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestorePlan } from '../../src/restore/plan-restore.ts';
import { runRestore } from '../../src/restore/restore.ts';
import type { RestoreContext } from '../../src/restore/restore-context.ts';
import type { RestoreRequest } from '../../src/restore/restore-request.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders';
const KEYS = { KeySchema: [], AttributeDefinitions: [] };
const STEP = { id: 'f'.repeat(32), attempt: 1 };

/** Runs a restore of a copy of 5 items with these responses, which can be errors. */
async function restore(plan: object, responses: Readonly<Record<string, object>>, scope = 'table') {
  const warnings: string[] = [];
  const client = new RespondingClient(({ operation }) => {
    const response = responses[operation] ?? {};
    if (response instanceof Error) throw response;
    return operation === 'DescribeTable' ? { Table: { TableArn: ARN, TableStatus: 'ACTIVE' } } : response;
  });
  const context = {
    client,
    bucket: { name: 'my-backups' },
    tableName: 'orders',
    logger: { info() {}, notice() {}, warning: (line: string) => warnings.push(line) },
    signal: AbortSignal.timeout(10_000),
  } as unknown as RestoreContext;
  const request = {
    copy: { itemCount: 5, scope, definition: KEYS, compression: 'gzip', settings: {}, dataPrefix: 'data/' },
    ...{ overrides: {}, settings: [], temporary: false, step: STEP, writeCapacity: { kind: 'none' } },
    failedItems: { bucket: 'failed', prefix: '' },
    waiting: { checkIntervalMs: 1, maxAttempts: 3 },
  } as unknown as RestoreRequest;
  const { result, progress } = runRestore(context, request, plan as RestorePlan, () => {});
  await result;
  return { warnings, progress, client };
}

const IMPORT = { method: 'import', why: 'as requested', target: 'new table', parameters: KEYS };
const BULK_PUT = {
  ...{ method: 'bulk-put', why: 'as requested', target: 'existing table', isOwn: true },
  table: { TableArn: ARN },
};

const imported = (more: object) => ({ ImportTableDescription: { ImportArn: 'i', ImportStatus: 'COMPLETED', ...more } });
const put = (more: object) => ({
  BulkOperationDescription: { BulkOperationArn: 'b', BulkOperationStatus: 'COMPLETED', ...more },
});

test('an import that reports errors fails although it is complete', async () => {
  const ImportTable = imported({ ErrorCount: 2, ImportedItemCount: 5 });
  await assert.rejects(restore(IMPORT, { ImportTable }), {
    code: 'RESTORE_FAILED',
    message: /^DynamoDB reports 2 errors\./,
  });
});

test('an import that reports no count of items fails', async () => {
  await assert.rejects(restore(IMPORT, { ImportTable: imported({}) }), { message: /reports no count of items/ });
});

test('a bulk operation that reports failed items fails although it is complete', async () => {
  const StartBulkPutItems = put({ ProcessedItemCount: 5, FailedItemCount: 1 });
  await assert.rejects(restore(BULK_PUT, { StartBulkPutItems }), { message: /^DynamoDB reports 1 failed item\./ });
});

test('the tag of a complete table gets another value if it cannot be removed', async () => {
  const responses = {
    StartBulkPutItems: put({ ProcessedItemCount: 5 }),
    UntagResource: serviceError('AccessDeniedException'),
  };
  const { warnings, progress, client } = await restore(BULK_PUT, responses);
  assert.equal(progress.state.stage, 'complete');
  assert.match(
    warnings.join(),
    /The tag dynamodb-to-s3:restore remains on the table, because .* Its value is complete now/,
  );
  assert.deepEqual(client.calls('TagResource')[0]?.input['Tags'], [
    { Key: 'dynamodb-to-s3:restore', Value: 'complete' },
  ]);
});

test('a restore fails if it can neither remove nor change the tag of the complete table', async () => {
  const responses = {
    StartBulkPutItems: put({ ProcessedItemCount: 5 }),
    UntagResource: serviceError('AccessDeniedException'),
    TagResource: serviceError('AccessDeniedException'),
  };
  await assert.rejects(restore(BULK_PUT, responses), { name: 'AccessDeniedException' });
});

test('a restore of transformed items counts the items of the table, and fails if items have replaced each other', async () => {
  const ImportTable = imported({ ErrorCount: 0, ImportedItemCount: 5 });
  const { client } = await restore(IMPORT, { ImportTable, Scan: { Count: 1 } }, 'transformed');
  assert.equal(client.calls('Scan')[0]?.input['Select'], 'COUNT');
  await assert.rejects(restore(IMPORT, { ImportTable, Scan: {} }, 'transformed'), {
    code: 'RESTORE_FAILED',
    message: /^The table orders has 0 items, but the copy contains 5 items: items with equal keys/,
    remedy: /change process-func so that items with different keys keep different keys/,
  });
});

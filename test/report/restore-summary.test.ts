import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { RestoreInputs } from '../../src/inputs/restore-inputs.ts';
import type { TableManifest } from '../../src/manifest/table-manifest.ts';
import type { PreparedRestore } from '../../src/preflight/prepare-restore.ts';
import { cancelledRestore } from '../../src/report/cancelled-restore.ts';
import { type RestoreStatus, restoreOutputs } from '../../src/report/restore-report.ts';
import { restoreSummaryMarkdown } from '../../src/report/restore-summary.ts';
import { RestoreProgress, type RestoreState } from '../../src/restore/restore-progress.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders-restored';

const TABLE: Partial<TableManifest> = {
  CreateTable: { TableName: 'orders', StreamSpecification: { StreamEnabled: true } } as TableManifest['CreateTable'],
  TimeToLive: { AttributeName: 'expires', Enabled: true },
  PointInTimeRecovery: { PointInTimeRecoveryEnabled: true },
  Tags: [{ Key: 'team', Value: 'shop' }],
  ResourcePolicy: null,
  unknown: ['ResourcePolicy: not authorized to perform dynamodb:GetResourcePolicy'],
  notIncluded: ['replicas: eu-west-1'],
};

function statusOf(state: Partial<RestoreState>, table: Partial<TableManifest> | undefined = TABLE): RestoreStatus {
  const progress = new RestoreProgress({
    ...{ stage: 'complete', method: 'write', methodReason: 'as requested', isNewTable: true },
    ...state,
  });
  const plan = {
    method: 'write',
    why: 'the copy is small',
    target: state.isNewTable === false ? 'existing table' : 'new table',
  };
  const prepared = {
    copy: {
      layout: { root: 'orders/AWSDynamoDB/01763806396789-8c1f3a2b/' },
      ...{ snapshotTime: new Date('2026-11-22T03:00:00Z'), tableName: 'orders', itemCount: 12, files: [{}, {}], table },
    },
    context: { bucket: { name: 'my-backups' } },
    request: { copy: { sizeBytes: 3_000 }, settings: ['tags', 'pitr', 'stream'], rejectedKeysFile: '/tmp/keys' },
    plan: { ...plan, isOwn: false },
  } as unknown as PreparedRestore;
  const inputs = { table: { name: 'orders-restored' }, sourceRegion: 'eu-central-1', dryRun: false } as RestoreInputs;
  return { inputs, checkResults: [], prepared, progress };
}

const summaryOf = (status: RestoreStatus, failure?: CopyError) =>
  restoreSummaryMarkdown({ status, failure, durationSeconds: 12.3, secrets: [], help: undefined });

describe('the summary of a restore', () => {
  it('reports the copy, the method and the items', () => {
    const summary = summaryOf(statusOf({ itemCount: 12, appliedSettings: ['tags', 'pitr', 'stream'] }));
    assert.match(summary, /^### ✅ Restored 12 items to orders-restored$/m);
    assert.match(summary, /\| Copy \| s3:\/\/my-backups\/orders\/AWSDynamoDB\/01763806396789-8c1f3a2b\/ \|/);
    assert.match(summary, /\| Snapshot \| 2026-11-22T03:00:00.000Z of table orders \|/);
    assert.match(summary, /\| Items \| 12 of 12 \|/);
    assert.match(summary, /\| Settings \| tags, pitr, stream \|/);
  });

  it('lists the settings that the table does not have', () => {
    const summary = summaryOf(statusOf({ itemCount: 12, appliedSettings: ['tags', 'pitr', 'stream'] }));
    const [, missing = ''] = summary.split('Not restored:');
    assert.deepEqual(missing.trim().split('\n'), [
      '- ttl: not selected in restore-settings',
      '- ResourcePolicy: not authorized to perform dynamodb:GetResourcePolicy',
      '- replicas: eu-west-1',
    ]);
  });

  it('reports that the copy contains no settings', () => {
    const status = statusOf({ itemCount: 12 });
    const without = {
      ...status,
      prepared: { ...status.prepared, copy: { ...status.prepared?.copy, table: undefined } },
    };
    assert.match(summaryOf(without as RestoreStatus), /the copy contains no manifest-table\.json/);
  });

  it('reports that an existing table keeps its settings', () => {
    assert.match(summaryOf(statusOf({ itemCount: 12, isNewTable: false })), /The table existed before\. Its settings/);
  });

  it('reports settings that were chosen but could not apply, and throttled requests', () => {
    const status = statusOf({ itemCount: 12, appliedSettings: ['tags'], consumedWriteCapacity: 9 });
    status.progress?.write.stored(12, 100, 9);
    status.progress?.write.throttled();
    status.progress?.write.throttled();
    const summary = summaryOf(status);
    assert.match(summary, /\| Write capacity units \| 9, 2 requests throttled \|/);
    assert.match(summary, /^- pitr: not applicable$/m);
  });

  it('links to the documentation of a failure', () => {
    const failure = new CopyError('RESTORE_FAILED', 'The table is partial.', 'Delete the table.');
    const summary = { status: statusOf({}), failure, durationSeconds: 1, secrets: [], help: 'https://example.com/x' };
    assert.match(restoreSummaryMarkdown(summary), /^\[More about `RESTORE_FAILED`\]\(https:\/\/example\.com\/x\)$/m);
  });

  it('reports a failure with its remedy', () => {
    const failure = new CopyError('RESTORE_FAILED', 'The table is partial.', 'Delete the table.');
    const summary = summaryOf(statusOf({ stage: 'loading' }), failure);
    assert.match(summary, /^### ❌ Restore failed: `RESTORE_FAILED`$/m);
    assert.match(summary, /> Delete the table\./);
    assert.doesNotMatch(summary, /Not restored/);
  });
});

describe('the outputs of a restore', () => {
  it('contain the number of items only if the restore is complete', () => {
    assert.equal(restoreOutputs(statusOf({ itemCount: 12 }), 1)['item-count'], '12');
    assert.equal(restoreOutputs(statusOf({ stage: 'loaded', itemCount: 12 }), 1)['item-count'], undefined);
  });

  it('contain the ARNs as soon as they are known', () => {
    const state = { stage: 'loading', tableArn: ARN, importArn: `${ARN}/import/1`, bulkOperationArn: 'b' } as const;
    const outputs = restoreOutputs(statusOf(state), 1);
    assert.deepEqual(
      [outputs['table-arn'], outputs['import-arn'], outputs['bulk-operation-arn']],
      [ARN, `${ARN}/import/1`, 'b'],
    );
  });

  it('contain only the duration before the inputs were read', () => {
    assert.deepEqual(restoreOutputs({}, 1.26), { 'duration-seconds': '1.3' });
  });
});

describe('a cancelled restore', () => {
  const CASES: readonly (readonly [state: Partial<RestoreState> | undefined, message: RegExp, remedy: RegExp])[] = [
    [undefined, /before it wrote anything/, /^Re-run the job\.$/],
    [{ stage: 'loading', importArn: ARN }, /DynamoDB continues to load/, /wait for the end/],
    [{ stage: 'loaded' }, /All items are in table orders-restored/, /applies the settings/],
    [{ stage: 'loading' }, /may be partial/, /continues with the same table/],
    [{ stage: 'loading', isNewTable: false }, /may be partial/, /if-table-exists: overwrite/],
  ];
  for (const [state, message, remedy] of CASES) {
    it(`reports what exists and what a re-run does: ${JSON.stringify(state ?? 'nothing')}`, () => {
      const error = cancelledRestore(state === undefined ? {} : statusOf(state));
      assert.equal(error.code, 'CANCELLED');
      assert.match(error.message, message);
      assert.match(error.remedy, remedy);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { FinishInputs } from '../../src/inputs/finish-inputs.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { PreparedFinish } from '../../src/preflight/prepare-finish.ts';
import { type FinishStatus, finishOutputs } from '../../src/report/finish-report.ts';
import { finishSummaryMarkdown } from '../../src/report/finish-summary.ts';
import type { FinishedCopy } from '../../src/shards/finished-copy.ts';
import { PLAN } from '../fixtures/copy-plan.ts';

const LAYOUT = copyLayout(PLAN.prefix, PLAN.exportId);

const shard = (name: string, itemCount: number) => ({
  ...{ shard: name, itemCount, fileCount: 1, sizeBytes: 1_000, droppedCount: 0, scannedCount: itemCount },
  ...{ uncompressedBytes: 3_000, consumedReadCapacity: 2.5 },
  ...{ startTime: '2026-09-21T14:13:30.000Z', endTime: '2026-09-21T14:43:30.000Z' },
});

const FINISHED: FinishedCopy = {
  ...{ exportId: PLAN.exportId, layout: LAYOUT, snapshotTime: new Date(1_790_000_000_000) },
  ...{ scope: 'table', narrowedBy: [], outputFormat: 'DYNAMODB_JSON', compression: 'gzip' },
  counts: { itemCount: 12, droppedCount: 3, scannedCount: 15, uncompressedBytes: 6_000, consumedReadCapacity: 5 },
  files: [{ key: `${LAYOUT.data}a.json.gz` }, { key: `${LAYOUT.data}b.json.gz` }],
  ...{ sizeBytes: 2_000, totalSegments: 512, shards: [shard('1-of-2', 5), shard('2-of-2', 7)] },
  checksums: Buffer.from('checksums'),
};

const INPUTS = {
  ...{ plan: PLAN, table: { name: 'orders' }, sourceRegion: 'eu-central-1', putObject: {}, dryRun: false },
} as unknown as FinishInputs;

function preparedWith(kind: PreparedFinish['found']['kind']): PreparedFinish {
  const table = { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [] };
  const request = { bucket: { name: 'my-backups' }, copy: { exportId: PLAN.exportId, layout: LAYOUT }, table };
  return { context: { request }, bucketRegion: 'eu-central-1', found: { kind } } as unknown as PreparedFinish;
}

const COMPLETE: FinishStatus = {
  ...{ inputs: INPUTS, checkResults: [], prepared: preparedWith('complete shards'), finished: FINISHED },
};

const summaryOf = (status: FinishStatus, failure?: CopyError) =>
  finishSummaryMarkdown({ env: {}, status, failure, durationSeconds: 1, secrets: [], help: undefined });

const FAILURE = new CopyError('SHARDS_MISSING', '1 of 2 shards is not complete: 2-of-2.', 'Re-run it.');

describe('the summary of a finish step', () => {
  it('reports the copy, its shards and the next steps', () => {
    const summary = summaryOf(COMPLETE);
    assert.match(summary, /^### ✅ Copied orders to S3: 12 items$/m);
    assert.match(summary, /\| Dropped \| 3 items, by process-func \|/);
    assert.match(summary, /\| Objects \| 2 × DYNAMODB&#95;JSON, gzip \|/);
    assert.match(summary, /\| Size \| 2 kB stored, 6 kB uncompressed \|/);
    assert.match(summary, /\| Time \| 30 min 10 s from the plan to the end of the last shard \|/);
    assert.match(summary, /^\| 2-of-2 \| 7 \| 1 kB \| 2.5 \| 30 min 0 s \|$/m);
    assert.match(summary, /^#### Next steps$/m);
    assert.doesNotMatch(summary, /complete already/);
  });

  it('calls a copy with a filter a part of the table', () => {
    const finished = { ...FINISHED, scope: 'subset', narrowedBy: ['FilterExpression'] } as const;
    assert.match(summaryOf({ ...COMPLETE, finished }), /^### ✅ Copied part of orders to S3/m);
  });

  it('reports that the copy was complete already', () => {
    const summary = summaryOf({ ...COMPLETE, prepared: preparedWith('finished copy') });
    assert.match(summary, /\| Result \| was complete already, and is verified \|/);
  });

  it('states that the copy is not finished after a failure', () => {
    const summary = summaryOf({ inputs: INPUTS, checkResults: [] }, FAILURE);
    assert.match(summary, /^### ❌ DynamoDB to S3 failed: `SHARDS_MISSING`$/m);
    assert.match(summary, /1 of 2 shards is not complete: 2-of-2\./);
    assert.match(summary, /The copy is not finished\./);
  });

  it('does not call a copy unfinished that was complete before the failure', () => {
    const status = { inputs: INPUTS, checkResults: [], prepared: preparedWith('finished copy') };
    assert.doesNotMatch(summaryOf(status, FAILURE), /not finished/);
  });
});

describe('the outputs of a finish step', () => {
  it('are those of the whole copy', () => {
    const { 'checksums-file': _, ...outputs } = finishOutputs(COMPLETE, 1.25, {});
    assert.deepEqual(outputs, {
      'duration-seconds': '1.3',
      engine: 'scan',
      'export-id': PLAN.exportId,
      's3-uri': `s3://my-backups/${LAYOUT.root}`,
      'data-uri': `s3://my-backups/${LAYOUT.data}`,
      'snapshot-time': '2026-09-21T14:13:20.000Z',
      scope: 'table',
      's3-keys': JSON.stringify(FINISHED.files.map(({ key }) => key)),
      'file-count': '2',
      'item-count': '12',
      'dropped-count': '3',
      'size-bytes': '2000',
      'uncompressed-bytes': '6000',
      'consumed-read-capacity': '5',
      'manifest-key': LAYOUT.manifestSummary,
    });
  });

  it('contain only the time if the inputs are invalid', () => {
    assert.deepEqual(Object.keys(finishOutputs({}, 1, {})), ['duration-seconds']);
  });

  it('contain no manifest-key and no counts if the copy is not complete', () => {
    const { finished: _, ...incomplete } = COMPLETE;
    assert.deepEqual(Object.keys(finishOutputs(incomplete, 1, {})).sort(), [
      ...['data-uri', 'duration-seconds', 'engine', 'export-id', 's3-uri'],
    ]);
  });
});

import type { StoredCopy } from '../../src/manifest/open-copy.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { RESTORE } from './restore-task.ts';

/** Key attributes of the replayed table and copy. */
export const KEYS = [
  { name: 'pk', type: 'S' },
  { name: 'sk', type: 'S' },
] as const;

/** The replayed copy. Its items count as those of a scan of the whole table. */
export function replayedCopy(): StoredCopy {
  const keys = Array.from({ length: RESTORE.objects }, (_, index) => `data/${index}`);
  const { itemsPerObject: itemCount, md5 } = RESTORE;
  return {
    exportId: '01767225600000-00000000',
    layout: {} as StoredCopy['layout'],
    exportArn: '',
    exportType: 'FULL_EXPORT',
    tableArn: '',
    tableName: RESTORE.table,
    tableId: undefined,
    snapshotTime: new Date(),
    outputFormat: 'DYNAMODB_JSON',
    itemCount: keys.length * itemCount,
    engine: 'scan',
    scope: 'table',
    compression: 'gzip',
    uncompressedBytes: undefined,
    sizeBytes: undefined,
    files: keys.map((key) => ({ key, itemCount, md5, etag: 'replay' })),
    checksums: new Map(keys.map((key) => [key, process.env['BENCH_SHA256'] ?? ''])),
    dataFolder: 'data/',
    table: undefined,
  };
}

/** What every reading of a comparison takes from its caller. */
export function readingContext() {
  return {
    waits: new PendingWaits(),
    logger: { info: () => {}, notice: () => {}, warning: () => {} },
    signal: new AbortController().signal,
  };
}

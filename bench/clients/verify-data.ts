// The verification of the Action, without its report: reads and verifies every data object of a copy.
import { setFlagsFromString } from 'node:v8';
import { s3Client } from '../../src/aws/clients.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { StoredCopy } from '../../src/manifest/open-copy.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import type { Compression } from '../../src/s3/compression.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { verifyData } from '../../src/verify/verify-data.ts';
import { VerifyProgress } from '../../src/verify/verify-progress.ts';

if (process.env['BENCH_V8_FLAGS'] !== 'none') setFlagsFromString('--semi-space-growth-factor=1');

/** Description of the emulated copy: see test/emulators/replay-copy-server.ts. */
const { objects, itemsPerObject, md5, sha256, objectBytes, lineBytes } = JSON.parse(
  process.env['BENCH_COPY'] ?? '',
) as {
  readonly objects: number;
  readonly itemsPerObject: number;
  readonly md5: string;
  readonly sha256: string;
  readonly objectBytes: number;
  readonly lineBytes: number;
};

const keys = Array.from({ length: objects }, (_, index) => `data/${index}`);
const copy: StoredCopy = {
  exportId: '01767225600000-00000000',
  layout: copyLayout('', '01767225600000-00000000'),
  exportArn: '',
  exportType: 'FULL_EXPORT',
  tableArn: '',
  tableName: 'replay',
  tableId: undefined,
  snapshotTime: new Date(),
  outputFormat: 'DYNAMODB_JSON',
  itemCount: objects * itemsPerObject,
  engine: 'scan',
  scope: 'table',
  compression: process.env['BENCH_COMPRESSION'] as Compression,
  uncompressedBytes: lineBytes,
  sizeBytes: objects * objectBytes,
  files: keys.map((key) => ({ key, itemCount: itemsPerObject, md5, etag: 'replay' })),
  dataFolder: 'data/',
  table: undefined,
  checksums: new Map(keys.map((key) => [key, sha256])),
};
const region = process.env['AWS_REGION'] ?? '';
const client = s3Client({ region, concurrency: 16, forcePathStyle: true, payloadSigningEnabled: false });
const bucket = new Bucket({ client, name: 'bench' });
const keyAttributes = ['pk', 'sk'].map((name) => ({ name, type: 'S' as const }));
const logger = { info: () => {}, notice: () => {}, warning: () => {} };
const context = { bucket, logger, waits: new PendingWaits(), signal: new AbortController().signal };
const { itemCount } = await verifyData(copy, context, { progress: new VerifyProgress(), keyAttributes });
if (itemCount !== copy.itemCount) throw new Error(`verified ${itemCount} of ${copy.itemCount} items`);
bucket.close();

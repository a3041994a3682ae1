// A whole comparison of a copy with a table. BENCH_DIFFERENT is set if the table has other items than the copy, so that
// both are read twice and the memory of pass 2 is full.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { dynamoDbClient, s3Client } from '../../src/aws/clients.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { compareSides } from '../../src/verify/compare/compare-sides.ts';
import { ComparisonProgress } from '../../src/verify/compare/comparison-progress.ts';
import { CopySide } from '../../src/verify/compare/copy-side.ts';
import { TableSide } from '../../src/verify/compare/table-side.ts';
import { KEYS, readingContext, replayedCopy } from './compare-task.ts';
import { RESTORE } from './restore-task.ts';

// Same as src/program.ts.
setFlagsFromString('--semi-space-growth-factor=1');

const options = { region: RESTORE.region, concurrency: RESTORE.workers };
const client = dynamoDbClient(options);
const bucket = new Bucket({
  client: s3Client({ ...options, forcePathStyle: true, payloadSigningEnabled: false }),
  name: RESTORE.bucket,
});
const context = readingContext();
const table = await TableSide.open({
  client,
  tableName: RESTORE.table,
  readCapacity: { kind: 'auto' },
  cores: RESTORE.workers / 16,
  ...context,
});
const differencesFile = join(tmpdir(), `bench-differences-${process.pid}.jsonl`);
const { isEqual } = await compareSides(new CopySide(replayedCopy(), { bucket, ...context }), table, {
  keyAttributes: KEYS,
  differencesFile,
  progress: new ComparisonProgress(),
  signal: context.signal,
});
rmSync(differencesFile, { force: true });
if (isEqual !== (process.env['BENCH_DIFFERENT'] === undefined)) throw new Error('the comparison has another result');
client.destroy();
bucket.close();

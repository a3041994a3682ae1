// Process of one load, started by run-load.ts with the request as its first argument. Prints the outcome as JSON.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainError } from '../../../src/aws/explain-error.ts';
import type { DataFile } from '../../../src/manifest/manifests.ts';
import { writeItems } from '../../../src/restore/write/write-items.ts';
import { WriteProgress } from '../../../src/restore/write/write-progress.ts';
import { Bucket } from '../../../src/s3/bucket.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { clientOfBucket, clientOfTable } from '../../aws/clients-for-tests.ts';
import { REGION } from '../../fixtures/credentials.ts';

export interface LoadArgument {
  readonly dynamoDb: string;
  readonly s3: string;
  readonly table: string;
  readonly bucket: string;
  readonly files: readonly DataFile[];
  readonly format: 'DYNAMODB_JSON' | 'ION';
  readonly compression: 'gzip' | 'zstd' | 'none';
}

/** Result of a load: the number of items, or the error. */
export type LoadResult = { readonly itemCount: number } | { readonly code: string; readonly message: string };

const argument = JSON.parse(process.argv[2] ?? '') as LoadArgument;
const { table: tableName, bucket: name, files, format, compression } = argument;
const client = clientOfTable(argument.dynamoDb, 16);
const s3 = clientOfBucket(argument.s3, 16);
let result: LoadResult;
try {
  result = await writeItems(
    {
      client,
      tableName,
      keyAttributes: ['pk', 'sk'],
      bucket: new Bucket({ client: s3, name }),
      files,
      format,
      compression,
      writeCapacity: undefined,
      hasOneMember: true,
      checksums: undefined,
      rejectedKeysFile: join(tmpdir(), `rejected-${process.pid}.jsonl`),
    },
    { progress: new WriteProgress(), waits: new PendingWaits(), signal: new AbortController().signal },
  );
} catch (error) {
  result = explainError(error, { table: { name: tableName }, bucket: name, sourceRegion: REGION });
  result = { code: result.code, message: result.message };
}
client.destroy();
s3.destroy();
process.stdout.write(`${JSON.stringify(result)}\n`);

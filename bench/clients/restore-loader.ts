// The loader of the Action: the clients, download, decompressor, checks and batches of `restore`.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoDbClient, s3Client } from '../../src/aws/clients.ts';
import { writeItems } from '../../src/restore/write/write-items.ts';
import { WriteProgress } from '../../src/restore/write/write-progress.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { limitYoungGeneration } from '../../src/young-generation.ts';
import { RESTORE } from './restore-task.ts';

// Same as src/program.ts.
limitYoungGeneration();

const options = { region: RESTORE.region, concurrency: RESTORE.workers };
const client = dynamoDbClient(options);
const bucket = new Bucket({
  client: s3Client({ ...options, forcePathStyle: true, payloadSigningEnabled: false }),
  name: RESTORE.bucket,
});
const files = Array.from({ length: RESTORE.objects }, (_, index) => ({
  key: `data/${index}`,
  itemCount: RESTORE.itemsPerObject,
  md5: RESTORE.md5,
  etag: '',
}));
await writeItems(
  {
    client,
    bucket,
    files,
    tableName: RESTORE.table,
    keyAttributes: ['pk', 'sk'],
    format: 'DYNAMODB_JSON',
    compression: 'gzip',
    writeCapacity: undefined,
    hasOneMember: true,
    checksums: undefined,
    rejectedKeysFile: join(tmpdir(), 'bench-rejected.jsonl'),
  },
  { progress: new WriteProgress(), waits: new PendingWaits(), signal: new AbortController().signal },
);
client.destroy();
bucket.close();

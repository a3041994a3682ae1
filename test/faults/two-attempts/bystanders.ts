import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Pair } from '../../fixtures/pair.ts';

const OTHER_COPY = 'AWSDynamoDB/01700000000000-0a1b2c3d/';

/** Keys of objects that do not belong to any attempt. */
const KEYS = [
  'production/payroll.csv',
  'AWSDynamoDB/data/notes.txt',
  `${OTHER_COPY}_started`,
  `${OTHER_COPY}data/aaaaaaaaaaaaaaaaaaaaaaaaaa.json.gz`,
  'AWSDynamoDB/_resume/0123456789abcdef/run.json',
  'AWSDynamoDB/_resume/0123456789abcdef/1/segment-0.json',
];

export interface Bystanders {
  /** Returns the changes to these objects and the upload; empty if there are none. */
  readonly harm: () => Promise<string[]>;
  readonly uploadId: string | undefined;
}

/** Creates foreign objects and a foreign open upload in the bucket. */
export async function placeBystanders({ store, bucket }: Pair): Promise<Bystanders> {
  for (const Key of KEYS)
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `foreign ${Key}` }));
  // Uses the proxy because its ledger lists uploads for stores that do not list them.
  const { UploadId } = await store.proxiedClient.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${OTHER_COPY}data/bbbbbbbbbbbbbbbbbbbbbbbbbb.json.gz` }),
  );
  return {
    uploadId: UploadId,
    async harm() {
      const harm: string[] = [];
      const keys = new Set((await store.list(bucket)).map(({ key }) => key));
      for (const key of KEYS) {
        if (!keys.has(key)) harm.push(`${key} was deleted`);
        else if (String(await store.read(bucket, key)) !== `foreign ${key}`) harm.push(`${key} was changed`);
      }
      const open = await store.openUploads(bucket);
      if (!open.some(({ uploadId }) => uploadId === UploadId)) harm.push('a foreign upload was aborted or completed');
      return harm;
    },
  };
}

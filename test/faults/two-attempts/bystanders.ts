import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Pair } from '../../e2e/pair.ts';

const OTHER_COPY = 'AWSDynamoDB/01700000000000-0a1b2c3d/';

/** Objects that no attempt has anything to do with. */
const KEYS = [
  'production/payroll.csv',
  'AWSDynamoDB/data/notes.txt',
  `${OTHER_COPY}_started`,
  `${OTHER_COPY}data/aaaaaaaaaaaaaaaaaaaaaaaaaa.json.gz`,
  'AWSDynamoDB/_resume/0123456789abcdef/run.json',
  'AWSDynamoDB/_resume/0123456789abcdef/1/segment-0.json',
];

export interface Bystanders {
  /** Returns what has become of them, if anything. */
  readonly harm: () => Promise<string[]>;
  readonly uploadId: string | undefined;
}

/** Puts objects of others and an open upload of somebody else into the bucket. */
export async function placeBystanders({ store, bucket }: Pair): Promise<Bystanders> {
  for (const Key of KEYS)
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `of others ${Key}` }));
  // Through the proxy, whose ledger lists the uploads of a store that does not.
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
        else if (String(await store.read(bucket, key)) !== `of others ${key}`) harm.push(`${key} was changed`);
      }
      const open = await store.openUploads(bucket);
      if (!open.some(({ uploadId }) => uploadId === UploadId)) harm.push('an upload of somebody else was ended');
      return harm;
    },
  };
}

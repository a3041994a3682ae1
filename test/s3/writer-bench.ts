import { Bucket } from '../../src/s3/bucket.ts';
import { ObjectWriter, type ObjectWriterOptions } from '../../src/s3/object-writer.ts';
import { PartBuffers } from '../../src/s3/part-buffers.ts';
import type { UploadJournal } from '../../src/s3/upload-journal.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { openStore, type Store } from '../emulators/store.ts';

/** Number of buffers in the pool. It is small so that larger tests also wait for buffers. */
export const POOL = 4;
export const OWNER = '123456789012';

/** A store, and writers of objects that share a pool of buffers. */
export interface WriterFixture extends AsyncDisposable {
  readonly store: Store;
  readonly bucket: string;
  readonly buffers: PartBuffers;
  readonly writer: (
    key: string,
    options?: Partial<Pick<ObjectWriterOptions, 'parameters' | 'signal' | 'hash'>>,
  ) => ObjectWriter;
}

export async function openWriterFixture(pool = POOL, journal?: UploadJournal): Promise<WriterFixture> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const client = stack.use(clientOfBucket(store.endpoint));
  const buffers = new PartBuffers(pool);
  const bucket = new Bucket({ client, name, owner: OWNER, payer: 'requester', journal });
  const resources = stack.move();
  return {
    store,
    bucket: name,
    buffers,
    writer: (key, options = {}) =>
      new ObjectWriter({ bucket, key, parameters: {}, buffers, signal: new AbortController().signal, ...options }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

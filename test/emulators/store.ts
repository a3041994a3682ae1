import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { CREDENTIALS, CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';
import { conditionalWrites } from './conditional-writes.ts';
import { type FaultHook, startRecordingProxy } from './recording-proxy.ts';
import { describeS3Request, type S3Details, type S3Request } from './s3-requests.ts';
import { ABILITIES, STORE_NAMES, type StoreAbilities, type StoreName, startStoreServer } from './store-servers.ts';
import { createUploadLedger, listOfUploads, type Upload, type UploadLedger } from './upload-ledger.ts';

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string;
}

/** Reads the objects of a bucket: all that a reader of a finished copy needs. */
export interface ObjectReader {
  /** In order of key. */
  readonly list: (bucket: string, prefix?: string) => Promise<StoredObject[]>;
  /** The bytes as stored: no Content-Encoding is ever undone. */
  readonly read: (bucket: string, key: string) => Promise<Buffer>;
}

/** An S3 for one test, behind a recording proxy. */
export interface Store extends ObjectReader, AsyncDisposable {
  readonly name: StoreName;
  readonly can: StoreAbilities;
  /** The proxy's: what the Action is pointed at. */
  readonly endpoint: string;
  /** The variables that point the Action at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Goes straight to the server: what a test does itself is neither recorded nor disturbed. */
  readonly client: S3Client;
  /** Goes through the proxy, as the Action does. */
  readonly proxiedClient: S3Client;
  /** What came through the proxy, in order. */
  readonly requests: readonly S3Request[];
  /** The multipart uploads that came through the proxy. */
  readonly uploads: UploadLedger;
  /** Sets the hook that may disturb requests; see faults.ts. */
  readonly inject: (hook?: FaultHook<S3Details>) => void;
  readonly createBucket: (name?: string) => Promise<string>;
  readonly head: (bucket: string, key: string) => Promise<HeadObjectCommandOutput>;
  /**
   * Uploads left open in the bucket: by the store's own list where it has one, and by the ledger. They must agree. Waits
   * for what is still on its way to the store.
   */
  readonly openUploads: (bucket: string) => Promise<readonly Upload[]>;
}

/**
 * Opens the store that the variable TEST_STORE names, fauxqs unless set. Each call has a proxy and a ledger of its own;
 * the server behind them is new as well, unless TEST_STORE_ENDPOINT names one that is already running.
 */
export async function openStore(name: StoreName = chosenStore()): Promise<Store> {
  await using stack = new AsyncDisposableStack();
  const running = name === chosenStore() ? process.env['TEST_STORE_ENDPOINT'] : undefined;
  const server = running ?? stack.use(await startStoreServer(name)).endpoint;
  const ledger = createUploadLedger();
  const write = conditionalWrites();
  const proxy = stack.use(
    await startRecordingProxy<S3Details>({
      target: new URL(server),
      describe: describeS3Request,
      observe: ledger.observe,
      // The ledger knows of every upload that came through here, and lists them for a store that does not; it is also
      // one that knows no conditional writes, which come from here too.
      ...(!ABILITIES[name].listUploads && {
        serve: async (request, raw, pass) =>
          request.operation === 'ListMultipartUploads' ? listOfUploads(ledger, request) : write(request, raw, pass),
      }),
    }),
  );
  const clientOf = (endpoint: string): S3Client => {
    const client = new S3Client({ endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
    stack.defer(() => client.destroy());
    return client;
  };
  const client = clientOf(server);
  const proxiedClient = clientOf(proxy.endpoint);
  const resources = stack.move();
  return {
    name,
    can: ABILITIES[name],
    endpoint: proxy.endpoint,
    env: { ...CREDENTIALS_ENV, AWS_ENDPOINT_URL_S3: proxy.endpoint },
    client,
    proxiedClient,
    requests: proxy.requests,
    uploads: ledger,
    inject: proxy.inject,
    async createBucket(bucket = `bucket-${randomBytes(6).toString('hex')}`) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
    ...objectReader(client),
    head: (Bucket, Key) => client.send(new HeadObjectCommand({ Bucket, Key })),
    async openUploads(bucket) {
      await proxy.settled();
      return await openUploads(client, ABILITIES[name], ledger, bucket);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export function chosenStore(): StoreName {
  const wanted = process.env['TEST_STORE'] || 'fauxqs';
  const name = STORE_NAMES.find((known) => known === wanted);
  if (name === undefined) {
    throw new Error(`TEST_STORE is ${wanted}; it can be ${STORE_NAMES.join(', ')}`);
  }
  return name;
}

/** Reads through any client, so that a copy in a store of another kind can be checked too. */
export function objectReader(client: S3Client): ObjectReader {
  return {
    async list(bucket, prefix = '') {
      const objects: StoredObject[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
          objects.push({ key: Key, size: Size, etag: ETag.replaceAll('"', '') });
        }
      }
      return objects;
    },
    async read(bucket, key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
  };
}

async function openUploads(
  client: S3Client,
  can: StoreAbilities,
  ledger: UploadLedger,
  bucket: string,
): Promise<readonly Upload[]> {
  const known = ledger.open().filter((upload) => upload.bucket === bucket);
  if (!can.listUploads) {
    return known;
  }
  const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  const told = (listed.Uploads ?? []).map(({ Key = '', UploadId = '' }) => ({ bucket, key: Key, uploadId: UploadId }));
  const ids = (uploads: readonly Upload[]): string =>
    uploads
      .map((upload) => upload.uploadId)
      .sort()
      .join(', ');
  if (ids(told) !== ids(known)) {
    throw new Error(`the store lists these uploads as open: ${ids(told)}; the proxy's ledger: ${ids(known)}`);
  }
  return told;
}

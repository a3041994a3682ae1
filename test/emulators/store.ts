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
  /** ETag without quotation marks. */
  readonly etag: string;
}

/** Access to the objects of a bucket, as a reader of a complete copy needs it. */
export interface ObjectReader {
  /** Returns the objects in the order of their keys. */
  readonly list: (bucket: string, prefix?: string) => Promise<StoredObject[]>;
  /** Returns the bytes as stored, without decoding a Content-Encoding. */
  readonly read: (bucket: string, key: string) => Promise<Buffer>;
}

/** An S3 server for one test, behind a recording proxy. */
export interface Store extends ObjectReader, AsyncDisposable {
  readonly name: StoreName;
  readonly can: StoreAbilities;
  /** URL of the proxy. The Action uses it as its endpoint. */
  readonly endpoint: string;
  /** Variables that make the Action use this endpoint. */
  readonly env: Readonly<Record<string, string>>;
  /** Connects directly to the server, so that requests of the test are not recorded and receive no faults. */
  readonly client: S3Client;
  /** Connects through the proxy, like the Action. */
  readonly proxiedClient: S3Client;
  /** Requests that the proxy received, in order. */
  readonly requests: readonly S3Request[];
  /** Multipart uploads that were created through the proxy. */
  readonly uploads: UploadLedger;
  /** Sets the hook that injects faults; see faults.ts. */
  readonly inject: (hook?: FaultHook<S3Details>) => void;
  readonly createBucket: (name?: string) => Promise<string>;
  readonly head: (bucket: string, key: string) => Promise<HeadObjectCommandOutput>;
  /**
   * Returns the open multipart uploads of the bucket after all pending requests have ended. Throws if the list of the
   * store differs from the ledger. If the store cannot list uploads, the result is that of the ledger.
   */
  readonly openUploads: (bucket: string) => Promise<readonly Upload[]>;
}

/**
 * Opens the store that the variable TEST_STORE names (default: fauxqs). Each call starts a proxy with its own ledger.
 * It also starts a server unless TEST_STORE_ENDPOINT is the URL of a running server.
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
      // The only store that cannot list uploads also lacks conditional writes. The proxy implements both: the ledger
      // contains every upload that was created through the proxy.
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
    throw new Error(`TEST_STORE: "${wanted}" is invalid. Use ${STORE_NAMES.join(', ')}`);
  }
  return name;
}

/** Returns a reader that uses any client, so that a copy in another kind of store can be checked too. */
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
  const recorded = ledger.open().filter((upload) => upload.bucket === bucket);
  if (!can.listUploads) {
    return recorded;
  }
  const listed = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  const listedUploads = (listed.Uploads ?? []).map(({ Key = '', UploadId = '' }) => ({
    bucket,
    key: Key,
    uploadId: UploadId,
  }));
  const ids = (uploads: readonly Upload[]): string =>
    uploads
      .map((upload) => upload.uploadId)
      .sort()
      .join(', ');
  if (ids(listedUploads) !== ids(recorded)) {
    throw new Error(`Open uploads differ. Store: ${ids(listedUploads)}. Ledger of the proxy: ${ids(recorded)}`);
  }
  return listedUploads;
}

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { installMoto, installVersitygw } from '../peers/install.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** What a store enforces or tells, so that a test can say what it needs: `skip: !store.can.refuseWrongOwner`. */
export interface StoreAbilities {
  /** Refuses a request that is not signed with the right secret. */
  readonly checkSignatures: boolean;
  /** Refuses a body that does not match the checksum sent with it. */
  readonly checkChecksums: boolean;
  /** Honours IfNoneMatch: '*', and IfMatch; before fauxqs, the proxy does. */
  readonly writeConditionally: boolean;
  /** Honours ExpectedBucketOwner. */
  readonly refuseWrongOwner: boolean;
  /** Refuses a part of an upload that was aborted with NoSuchUpload; moto answers with 500, which is retried for minutes. */
  readonly refusePartsOfAborted: boolean;
  /** Lists open multipart uploads. */
  readonly listUploads: boolean;
  /** Tells the bucket's region in x-amz-bucket-region. */
  readonly tellRegion: boolean;
  /** Says how an object is encrypted. */
  readonly tellEncryption: boolean;
  /** Keeps an object's storage class. */
  readonly keepStorageClass: boolean;
}

const STARTERS = { fauxqs: startFauxqsStore, versitygw: startVersitygw, moto: startMoto } as const;

export type StoreName = keyof typeof STARTERS;
export const STORE_NAMES = Object.keys(STARTERS) as readonly StoreName[];

/**
 * All refuse parts below 5 MiB, and all but fauxqs a lock on objects of a bucket made without one. versitygw also
 * refuses a part's checksum in CompleteMultipartUpload where CreateMultipartUpload did not say ChecksumAlgorithm.
 */
export const ABILITIES: Readonly<Record<StoreName, StoreAbilities>> = {
  fauxqs: {
    checkSignatures: false,
    checkChecksums: false,
    writeConditionally: true,
    refuseWrongOwner: false,
    refusePartsOfAborted: true,
    listUploads: false,
    tellRegion: false,
    tellEncryption: false,
    keepStorageClass: false,
  },
  versitygw: {
    checkSignatures: true,
    checkChecksums: true,
    writeConditionally: true,
    refuseWrongOwner: true,
    refusePartsOfAborted: true,
    listUploads: true,
    tellRegion: true,
    tellEncryption: false,
    keepStorageClass: false,
  },
  moto: {
    checkSignatures: false,
    checkChecksums: false,
    writeConditionally: true,
    refuseWrongOwner: false,
    refusePartsOfAborted: false,
    listUploads: true,
    tellRegion: true,
    tellEncryption: true,
    keepStorageClass: true,
  },
};

export function startStoreServer(name: StoreName): Promise<ServerProcess> {
  return STARTERS[name]();
}

async function startFauxqsStore(): Promise<ServerProcess> {
  // Loading it takes half a second, and most test files find a server that runs already.
  const { startFauxqs } = await import('fauxqs');
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, defaultRegion: REGION });
  return { endpoint: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop() };
}

async function startVersitygw(): Promise<ServerProcess> {
  await using stack = new AsyncDisposableStack();
  const command = await installVersitygw();
  const folder = await mkdtemp(join(tmpdir(), 'versitygw-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // Metadata beside the data instead of in extended attributes, which not every file system has.
  const [data, sidecar] = [join(folder, 'data'), join(folder, 'metadata')];
  await Promise.all([mkdir(data), mkdir(sidecar)]);
  const server = stack.use(
    await startServer({
      name: 'versitygw',
      command,
      args: (port) => ['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix', '--sidecar', sidecar, data],
      env: {
        ...process.env,
        ROOT_ACCESS_KEY: CREDENTIALS.accessKeyId,
        ROOT_SECRET_KEY: CREDENTIALS.secretAccessKey,
        VGW_REGION: REGION,
      },
    }),
  );
  const resources = stack.move();
  return { endpoint: server.endpoint, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function startMoto(): Promise<ServerProcess> {
  const python = await installMoto();
  return startServer({
    name: 'moto',
    command: python,
    args: (port) => ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)],
  });
}

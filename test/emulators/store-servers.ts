import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { installMoto, installVersitygw } from '../peers/install.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Features of S3 that a store supports. A test skips if one is missing: `skip: !store.can.refuseWrongOwner`. */
export interface StoreAbilities {
  /** Rejects a request that is not signed with the correct secret. */
  readonly checkSignatures: boolean;
  /** Rejects a body that does not match the checksum sent with it. */
  readonly checkChecksums: boolean;
  /** Honors IfNoneMatch: '*' and IfMatch. For fauxqs, the proxy implements this. */
  readonly writeConditionally: boolean;
  /** Honors ExpectedBucketOwner. */
  readonly refuseWrongOwner: boolean;
  /** Rejects a part of an aborted upload with NoSuchUpload. moto returns 500, which is retried for minutes. */
  readonly refusePartsOfAborted: boolean;
  /** Lists open multipart uploads. */
  readonly listUploads: boolean;
  /** Returns the Region of the bucket in x-amz-bucket-region. */
  readonly tellRegion: boolean;
  /** Returns how an object is encrypted. */
  readonly tellEncryption: boolean;
  /** Stores the storage class of an object. */
  readonly keepStorageClass: boolean;
}

const STARTERS = { fauxqs: startFauxqsStore, versitygw: startVersitygw, moto: startMoto } as const;

export type StoreName = keyof typeof STARTERS;
export const STORE_NAMES = Object.keys(STARTERS) as readonly StoreName[];

/**
 * All stores reject parts below 5 MiB. All except fauxqs reject an object lock if the bucket was created without one.
 * versitygw also rejects the checksum of a part in CompleteMultipartUpload if CreateMultipartUpload did not specify
 * ChecksumAlgorithm.
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
  // Importing fauxqs takes half a second, and most test files use a server that is already running.
  const { startFauxqs } = await import('fauxqs');
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, defaultRegion: REGION });
  return { endpoint: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop() };
}

async function startVersitygw(): Promise<ServerProcess> {
  await using stack = new AsyncDisposableStack();
  const command = await installVersitygw();
  const folder = await mkdtemp(join(tmpdir(), 'versitygw-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // Stores metadata in files instead of extended attributes, which not every file system supports.
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

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CREDENTIALS_ENV } from '../fixtures/credentials.ts';
import { localCertificate, type Protocol } from '../fixtures/local-certificate.ts';
import type { ReplayCopy, ReplayCopyOptions, ReplayCopyStats } from './replay-copy-server.ts';
import type { ReplayArgument, ReplayRole } from './replay-process.ts';
import type { ReplaySinkOptions, ReplaySinkStats } from './replay-sink-server.ts';
import type { ReplaySourceOptions, ReplaySourceStats, ReplayTable } from './replay-source-server.ts';
import type { SwallowingStoreOptions, SwallowingStoreStats } from './swallowing-store-server.ts';

/** A server in a separate process, for measurements. */
export interface Replay<Stats> extends AsyncDisposable {
  readonly endpoint: string;
  /** Variables that make the Action use this server. */
  readonly env: Readonly<Record<string, string>>;
  /** Returns what the server has sent so far. */
  readonly stats: () => Promise<Stats>;
}

/** Starts an emulated DynamoDB with one table of the requested size; see replay-source-server.ts. */
export async function startReplaySource(
  options: ReplaySourceOptions,
  protocol: Protocol = 'http',
): Promise<Replay<ReplaySourceStats> & ReplayTable> {
  const { table, ...started } = await start({ role: 'source', options }, protocol);
  return { ...replay<ReplaySourceStats>(started, 'AWS_ENDPOINT_URL_DYNAMODB'), ...(table as ReplayTable) };
}

/** Starts an emulated S3 that discards most of the data it receives; see swallowing-store-server.ts. */
export async function startSwallowingStore(
  options: SwallowingStoreOptions = {},
  protocol: Protocol = 'http',
): Promise<Replay<SwallowingStoreStats>> {
  return replay<SwallowingStoreStats>(await start({ role: 'store', options }, protocol), 'AWS_ENDPOINT_URL_S3');
}

/** Starts an emulated S3 with the data objects of a copy; see replay-copy-server.ts. */
export async function startReplayCopy(
  options: ReplayCopyOptions,
  protocol: Protocol = 'http',
): Promise<Replay<ReplayCopyStats> & { readonly copy: ReplayCopy }> {
  const { table, ...started } = await start({ role: 'copy', options }, protocol);
  return { ...replay<ReplayCopyStats>(started, 'AWS_ENDPOINT_URL_S3'), copy: table as ReplayCopy };
}

/** Starts an emulated DynamoDB that discards the items that it receives; see replay-sink-server.ts. */
export async function startReplaySink(
  options: ReplaySinkOptions = {},
  protocol: Protocol = 'http',
): Promise<Replay<ReplaySinkStats>> {
  return replay<ReplaySinkStats>(await start({ role: 'sink', options }, protocol), 'AWS_ENDPOINT_URL_DYNAMODB');
}

interface Started {
  readonly child: ChildProcess;
  readonly endpoint: string;
  /** Variables that make a client trust the certificate of the server. */
  readonly trust: Readonly<Record<string, string>>;
  /** What the server serves, if it is a source or a copy. */
  readonly table: ReplayTable | ReplayCopy | undefined;
}

async function start(requested: ReplayRole, protocol: Protocol): Promise<Started> {
  const { certificate, env: trust } = protocol === 'https' ? localCertificate() : { certificate: undefined, env: {} };
  const argument = JSON.stringify({ requested, certificate } satisfies ReplayArgument);
  const child = fork(join(import.meta.dirname, 'replay-process.ts'), [argument], { execArgv: [] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The replay ${requested.role} exited with code ${code} before it accepted connections`);
  });
  const ready = once(child, 'message').then(
    ([message]) => message as { port: number; table?: ReplayTable | ReplayCopy },
  );
  const { port, table } = await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return { child, endpoint: `${protocol}://127.0.0.1:${port}`, trust, table };
}

function replay<Stats>({ child, endpoint, trust }: Omit<Started, 'table'>, variable: string): Replay<Stats> {
  return {
    endpoint,
    env: { ...CREDENTIALS_ENV, ...trust, [variable]: endpoint },
    async stats() {
      const response = once(child, 'message');
      child.send('stats');
      const [message] = (await response) as [{ stats: Stats }];
      return message.stats;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

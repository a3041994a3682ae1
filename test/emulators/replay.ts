import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CREDENTIALS_ENV } from '../fixtures/credentials.ts';
import type { ReplayRole } from './replay-process.ts';
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
): Promise<Replay<ReplaySourceStats> & ReplayTable> {
  const { child, endpoint, table } = await start({ role: 'source', options });
  return { ...replay<ReplaySourceStats>(child, endpoint, 'AWS_ENDPOINT_URL_DYNAMODB'), ...(table as ReplayTable) };
}

/** Starts an emulated S3 that discards most of the data it receives; see swallowing-store-server.ts. */
export async function startSwallowingStore(
  options: SwallowingStoreOptions = {},
): Promise<Replay<SwallowingStoreStats>> {
  const { child, endpoint } = await start({ role: 'store', options });
  return replay<SwallowingStoreStats>(child, endpoint, 'AWS_ENDPOINT_URL_S3');
}

interface Started {
  readonly child: ChildProcess;
  readonly endpoint: string;
  readonly table: ReplayTable | undefined;
}

async function start(role: ReplayRole): Promise<Started> {
  const child = fork(join(import.meta.dirname, 'replay-process.ts'), [JSON.stringify(role)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The replay ${role.role} exited with code ${code} before it accepted connections`);
  });
  const ready = once(child, 'message').then(([message]) => message as { port: number; table?: ReplayTable });
  const { port, table } = await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return { child, endpoint: `http://127.0.0.1:${port}`, table };
}

function replay<Stats>(child: ChildProcess, endpoint: string, variable: string): Replay<Stats> {
  return {
    endpoint,
    env: { ...CREDENTIALS_ENV, [variable]: endpoint },
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

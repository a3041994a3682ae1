import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const GUARD = join(import.meta.dirname, 'guard.ts');
const READY_WITHIN_MS = 60_000;

export interface GuardedOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Shows what the command prints instead of keeping it. */
  readonly show?: boolean;
}

/** A process of another program, which cannot outlive this one: see guard.ts. */
export interface GuardedProcess extends AsyncDisposable {
  /** The end of what it printed, unless it is shown. */
  readonly output: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>;
  readonly running: () => boolean;
}

export function spawnGuarded(
  command: string,
  args: readonly string[],
  { env = process.env, cwd, show = false }: GuardedOptions = {},
): GuardedProcess {
  const guard: ChildProcess = spawn(process.execPath, [GUARD, command, ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    // Its own process group, so that what the command itself starts can be ended with it.
    detached: process.platform !== 'win32',
    stdio: ['pipe', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  });
  let output = '';
  for (const stream of [guard.stdout, guard.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-16_384);
    });
  }
  guard.stdin?.on('error', () => undefined);
  const running = (): boolean => guard.exitCode === null && guard.signalCode === null;
  const ended = once(guard, 'close').then(([code]) => (code as number | null) ?? 1);
  return {
    output: () => output,
    ended,
    running,
    async [Symbol.asyncDispose]() {
      guard.stdin?.destroy();
      await ended;
    },
  };
}

export interface ServerOptions {
  /** How it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: (port: number) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** Starts a server on a free port of 127.0.0.1, and waits until it answers HTTP. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawnGuarded(
    options.command,
    options.args(port),
    options.env === undefined ? {} : { env: options.env },
  );
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answers(endpoint))) {
    if (!server.running() || performance.now() > deadline) {
      const why = server.running() ? `did not answer within ${READY_WITHIN_MS} ms` : 'ended at once';
      await server[Symbol.asyncDispose]();
      throw new Error(`${options.name} ${why}. It printed:\n${server.output()}`);
    }
    await sleep(50);
  }
  return { endpoint, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Any HTTP answer will do, an error as well: the server is up. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

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
  /** Prints the output of the command instead of storing it. */
  readonly show?: boolean;
}

/** A child process that cannot outlive this process; see guard.ts. */
export interface GuardedProcess extends AsyncDisposable {
  /** Returns the last 16 KiB of the output; empty with `show`. */
  readonly output: () => string;
  /** Resolves to the exit code when the process has ended. */
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
    // A separate process group, so that processes that the command starts are killed with it.
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
  /** Name of the server in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: (port: number) => readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** Starts a server on a free port of 127.0.0.1 and waits until it responds to HTTP requests. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawnGuarded(
    options.command,
    options.args(port),
    options.env === undefined ? {} : { env: options.env },
  );
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await responses(endpoint))) {
    if (!server.running() || performance.now() > deadline) {
      const problem = server.running() ? `did not respond within ${READY_WITHIN_MS} ms` : 'exited during startup';
      await server[Symbol.asyncDispose]();
      throw new Error(`${options.name} ${problem}. Output:\n${server.output()}`);
    }
    await sleep(50);
  }
  return { endpoint, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Returns whether the server responds to HTTP requests; an error response counts as well. */
async function responses(endpoint: string): Promise<boolean> {
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

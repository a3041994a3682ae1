import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ServerProcess } from './server-process.ts';

/**
 * Starts an embedded server in its own process. In the process of the tests it would need twice the CPU time, because
 * node:test tracks every promise there.
 *
 * @param module file in this folder that calls `serveParent`
 */
export async function forkServer(module: 'dynalite-server.ts' | 'fauxqs-server.ts'): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, module), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [endpoint] = await Promise.race([
    once(child, 'message') as Promise<[string]>,
    exited.then(([code]) => {
      throw new Error(`${module} exited with code ${code} before it listened`);
    }),
  ]);
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Sends the endpoint to the parent process, and ends this process when the parent ends or no longer needs it. */
export function serveParent(port: number): void {
  process.on('disconnect', () => process.exit());
  process.send?.(`http://127.0.0.1:${port}`);
}

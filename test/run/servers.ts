import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * Starts a DynamoDB and an S3 server for all test files, and adds their URLs to the environment unless it contains those
 * of other servers. They run in a process of their own, because node:test tracks every promise of its process, which
 * costs an embedded server much CPU time.
 */
export async function startSharedServers(): Promise<AsyncDisposable> {
  const child = fork(join(import.meta.dirname, 'servers-process.ts'), { execArgv: [] });
  const exited = once(child, 'exit');
  const [[source, store]] = (await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => {
      throw new Error(`the process of the servers exited with code ${code} before they listened`);
    }),
  ])) as [[string, string]];
  process.env['TEST_SOURCE_ENDPOINT'] ??= source;
  process.env['TEST_STORE_ENDPOINT'] ??= store;
  return {
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

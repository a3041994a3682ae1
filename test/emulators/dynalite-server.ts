import { once } from 'node:events';
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from './server-process.ts';

/** Starts dynalite in this process. It responds to a change of a table when the change is complete. */
export async function startDynalite(): Promise<ServerProcess> {
  // Importing dynalite takes half a second, and most test files use a server that is already running.
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  respondAfterChanges(server);
  // On a busy machine, a connection can be idle for longer than the default of 5 s, and its next request would fail.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: endpointOf(server),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function endpointOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CHANGES = new Set(['CreateTable', 'UpdateTable', 'DeleteTable']);

/**
 * Delays the responses to changes of tables. dynalite responds first and changes the status of the table in a timer, even
 * with delays of 0 ms, so that the next request of a test would fail now and then. DynamoDB Local changes it first.
 */
function respondAfterChanges(server: Server): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request').on('request', (request, response) => {
    const [service, operation] = String(request.headers['x-amz-target']).split('.');
    if (CHANGES.has(String(operation))) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      const end = response.end.bind(response);
      const endAfterChange = async (body: string): Promise<void> => {
        if (response.statusCode === 200) {
          const { TableName } = JSON.parse(Buffer.concat(chunks).toString()) as { TableName: string };
          const headers = { ...request.headers, 'x-amz-target': `${service}.DescribeTable` };
          while (await isChanging(endpointOf(server), headers, TableName)) await sleep(1);
        }
        end(body);
      };
      response.end = ((body: string) => {
        endAfterChange(body).catch((error: unknown) => response.destroy(error as Error));
        return response;
      }) as typeof response.end;
    }
    for (const listener of listeners) listener(request, response);
  });
}

/** Returns whether the table or one of its indexes is being created, updated or deleted. */
async function isChanging(endpoint: string, headers: IncomingHttpHeaders, TableName: string): Promise<boolean> {
  const { 'content-type': type, authorization, 'x-amz-date': date, 'x-amz-target': target } = headers;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': `${type}`,
      authorization: `${authorization}`,
      'x-amz-date': `${date}`,
      'x-amz-target': `${target}`,
    },
    body: JSON.stringify({ TableName }),
  });
  const description = await response.text();
  if (response.ok) return /Status":"(CREATING|UPDATING|DELETING)"/.test(description);
  if (description.includes('ResourceNotFoundException')) return false;
  throw new Error(`DescribeTable returned status ${response.status}: ${description.slice(0, 1_000)}`);
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Starts a proxy that rejects and records CONNECT requests, and sets HTTPS_PROXY and NO_PROXY until it is disposed. Start
 * one for each test: on a busy machine, a request that timed out can still arrive during the next test.
 */
export async function startRejectingProxy(): Promise<{ readonly hosts: string[] } & Disposable> {
  const hosts: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    hosts.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  process.env['NO_PROXY'] = 'direct.invalid';
  return {
    hosts,
    [Symbol.dispose]() {
      delete process.env['HTTPS_PROXY'];
      delete process.env['NO_PROXY'];
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { SelfSigned } from '../fixtures/self-signed.ts';

/** An HTTPS proxy, such as one that a company puts between its runners and the internet. */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: string;
  /** The `host:port` of every CONNECT request. */
  readonly asked: readonly string[];
}

/** @param ports local port that each `host:port` is connected to; the proxy rejects a tunnel to any other host */
export async function startConnectProxy(ports: ReadonlyMap<string, number>): Promise<ConnectProxy> {
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '' }, client: Socket) => {
    asked.push(url);
    const port = ports.get(url);
    if (port === undefined) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    join(client, connect(port, '127.0.0.1'));
  });
  const { port, close } = await listen(server);
  return { url: `http://127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close };
}

/** Puts TLS before a server that speaks plain HTTP. */
export async function startTls(
  endpoint: string,
  { key, cert }: SelfSigned,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const { hostname, port } = new URL(endpoint);
  const server = createTlsServer({ key, cert }, (client) => join(client, connect(Number(port), hostname)));
  const listening = await listen(server);
  return { port: listening.port, [Symbol.asyncDispose]: listening.close };
}

function join(client: Socket, server: Socket): void {
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
}

async function listen(server: Server): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
  };
}

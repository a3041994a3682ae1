// Process of a replay server, forked by replay.ts. It is separate so that measurements of the client exclude the
// server. The first argument describes the server. The process exits when the IPC channel closes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SelfSigned } from '../fixtures/self-signed.ts';
import { type ReplayCopyOptions, replayCopyServer } from './replay-copy-server.ts';
import { type ReplaySinkOptions, replaySinkServer } from './replay-sink-server.ts';
import { type ReplaySourceOptions, replaySourceServer } from './replay-source-server.ts';
import { type SwallowingStoreOptions, swallowingStoreServer } from './swallowing-store-server.ts';

export type ReplayRole =
  | { readonly role: 'source'; readonly options: ReplaySourceOptions }
  | { readonly role: 'store'; readonly options: SwallowingStoreOptions }
  | { readonly role: 'copy'; readonly options: ReplayCopyOptions }
  | { readonly role: 'sink'; readonly options: ReplaySinkOptions };

/** The first argument, as JSON. */
export interface ReplayArgument {
  readonly requested: ReplayRole;
  /** Certificate for HTTPS; undefined for HTTP. */
  readonly certificate: SelfSigned | undefined;
}

/** Fixed, so that measurements do not depend on the preferences of the Node version. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256';

const { requested, certificate } = JSON.parse(process.argv[2] ?? '') as ReplayArgument;
const replay = replayServer(requested);
const server = certificate
  ? createHttpsServer({ ...certificate, ciphers: CIPHERS, minVersion: 'TLSv1.3' }, replay.listener)
  : createServer(replay.listener);
// The clients under test keep connections open between requests.
server.keepAliveTimeout = 60_000;

process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.({ stats: replay.stats() }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port, table: replay.table });

function replayServer({ role, options }: ReplayRole) {
  switch (role) {
    case 'source':
      return replaySourceServer(options);
    case 'copy':
      return replayCopyServer(options);
    case 'sink':
      return { ...replaySinkServer(options), table: undefined };
    case 'store':
      return { ...swallowingStoreServer(options), table: undefined };
  }
}

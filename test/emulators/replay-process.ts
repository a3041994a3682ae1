// Process of a replay server, forked by replay.ts. It is separate so that measurements of the client exclude the
// server. The first argument describes the server. The process exits when the IPC channel closes.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ReplaySourceOptions, replaySourceServer } from './replay-source-server.ts';
import { type SwallowingStoreOptions, swallowingStoreServer } from './swallowing-store-server.ts';

export type ReplayRole =
  | { readonly role: 'source'; readonly options: ReplaySourceOptions }
  | { readonly role: 'store'; readonly options: SwallowingStoreOptions };

const requested = JSON.parse(process.argv[2] ?? '') as ReplayRole;
const replay =
  requested.role === 'source'
    ? replaySourceServer(requested.options)
    : { ...swallowingStoreServer(requested.options), table: undefined };

process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.({ stats: replay.stats() }));
replay.server.listen(0, '127.0.0.1');
await once(replay.server, 'listening');
process.send?.({ port: (replay.server.address() as AddressInfo).port, table: replay.table });

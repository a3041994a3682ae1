// The process in which a replay server runs, so that its work is not counted as the client's: forked by replay.ts, told
// what to be by its first argument, and gone as soon as the other end of the channel is.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ReplaySourceOptions, replaySourceServer } from './replay-source-server.ts';
import { type SwallowingStoreOptions, swallowingStoreServer } from './swallowing-store-server.ts';

export type ReplayRole =
  | { readonly role: 'source'; readonly options: ReplaySourceOptions }
  | { readonly role: 'store'; readonly options: SwallowingStoreOptions };

const asked = JSON.parse(process.argv[2] ?? '') as ReplayRole;
const replay =
  asked.role === 'source'
    ? replaySourceServer(asked.options)
    : { ...swallowingStoreServer(asked.options), table: undefined };

process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.({ stats: replay.stats() }));
replay.server.listen(0, '127.0.0.1');
await once(replay.server, 'listening');
process.send?.({ port: (replay.server.address() as AddressInfo).port, table: replay.table });

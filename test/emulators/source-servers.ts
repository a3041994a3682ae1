import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { installDynamoDbLocal } from '../peers/install.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** What a source has of the real service's, so that a test can say what it needs: `skip: !source.can.takeArns`. */
export interface SourceAbilities {
  /** Takes a table's ARN as TableName. */
  readonly takeArns: boolean;
  /** Tells the table's id in DescribeTable. */
  readonly tellTableId: boolean;
  /** Counts items and bytes in DescribeTable; the other says 0 whatever a table holds. */
  readonly countItems: boolean;
  /** Shares a table out among any number of segments; the other returns items twice beyond 4,096. */
  readonly segmentFinely: boolean;
}

/** Both send x-amz-crc32; neither checks signatures, nor knows continuous backups and exports. */
export const ABILITIES: Readonly<Record<SourceName, SourceAbilities>> = {
  dynalite: { takeArns: false, tellTableId: true, countItems: false, segmentFinely: false },
  // Pages slowly, about 0.4 MB/s: for correctness only.
  'dynamodb-local': { takeArns: true, tellTableId: false, countItems: true, segmentFinely: true },
};

const STARTERS = { dynalite: startDynalite, 'dynamodb-local': startDynamoDbLocal } as const;

export type SourceName = keyof typeof STARTERS;
export const SOURCE_NAMES = Object.keys(STARTERS) as readonly SourceName[];

export function startSourceServer(name: SourceName): Promise<ServerProcess> {
  return STARTERS[name]();
}

async function startDynalite(): Promise<ServerProcess> {
  // Loading it takes half a second, and most test files find a server that runs already.
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function startDynamoDbLocal(): Promise<ServerProcess> {
  const { java, lib } = await installDynamoDbLocal();
  return startServer({
    name: 'DynamoDB Local',
    command: java,
    args: (port) => [
      `-Djava.library.path=${lib}`,
      '-cp',
      `${lib}/*`,
      'software.amazon.dynamodb.services.local.main.ServerRunner',
      '-inMemory',
      // One database whatever the credentials and the region: tests assume roles.
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
  });
}

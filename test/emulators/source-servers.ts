import { installDynamoDbLocal } from '../peers/install.ts';
import { startDynalite } from './dynalite-server.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Features of DynamoDB that a source supports. A test skips if one is missing: `skip: !source.can.takeArns`. */
export interface SourceAbilities {
  /** Accepts the ARN of a table as TableName. */
  readonly takeArns: boolean;
  /** Returns TableId in DescribeTable. */
  readonly tellTableId: boolean;
  /** Returns the numbers of items and bytes in DescribeTable. Without this ability they are always 0. */
  readonly countItems: boolean;
  /** Supports any number of segments. Without this ability, more than 4,096 segments return items twice. */
  readonly segmentFinely: boolean;
}

/** Both send x-amz-crc32. Neither checks signatures or supports continuous backups and exports. */
export const ABILITIES: Readonly<Record<SourceName, SourceAbilities>> = {
  dynalite: { takeArns: false, tellTableId: true, countItems: false, segmentFinely: false },
  // Reads pages slowly, at about 0.4 MB/s. Suitable only for tests of correctness.
  'dynamodb-local': { takeArns: true, tellTableId: false, countItems: true, segmentFinely: true },
};

const STARTERS = { dynalite: startDynalite, 'dynamodb-local': startDynamoDbLocal } as const;

export type SourceName = keyof typeof STARTERS;
export const SOURCE_NAMES = Object.keys(STARTERS) as readonly SourceName[];

export function startSourceServer(name: SourceName): Promise<ServerProcess> {
  return STARTERS[name]();
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
      // One database for all credentials and Regions, because tests assume roles.
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
  });
}

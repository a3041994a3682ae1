import { createHash } from 'node:crypto';
import {
  type AttributeDefinition,
  DescribeTableCommand,
  type KeySchemaElement,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { Source } from '../source.ts';
import { invalid, Refusal } from './responses.ts';

/** Account and Region of the service. The emulated servers do not support accounts, and not all support Regions. */
export interface Place {
  readonly account: string;
  readonly region: string;
  /** Returns the ID of a table, from the ID that the service derives from the table. Default: the derived ID. */
  readonly tableId?: (derived: string) => string;
}

/** Properties of a table that the service uses. */
export interface TableFacts {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly keySchema: KeySchemaElement[];
  readonly keyDefinitions: AttributeDefinition[];
  readonly sizeBytes: number;
  readonly status: string;
  /** Time of the creation by the clock of the server, in milliseconds since the epoch. */
  readonly createdAt: number;
}

export function tableArn({ account, region }: Place, name: string): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${name}`;
}

/**
 * Returns the table with this ARN.
 *
 * @throws {Refusal} ValidationException if it is not the ARN of a table, AccessDeniedException if the table belongs to
 * another account, TableNotFoundException if the table does not exist
 */
export async function tableOfArn(source: Source, place: Place, arn: string): Promise<TableFacts> {
  const [, region, account, resource = ''] = /^arn:[^:]+:dynamodb:([^:]*):([^:]*):(.+)$/.exec(arn) ?? [];
  if (region === undefined) {
    throw invalid('One or more parameter values were invalid: tableArn is not a valid ARN');
  }
  const name = /^table\/([-.\w]+)$/.exec(resource)?.[1];
  if (name === undefined) {
    throw invalid('Invalid Request: Table ARN is invalid.');
  }
  if (account !== place.account) {
    throw new Refusal('AccessDeniedException', 'Access is denied');
  }
  const table = region === place.region ? await findTable(source, place, name) : undefined;
  if (table === undefined) {
    throw new Refusal('TableNotFoundException', `Table not found: ${arn}`);
  }
  return table;
}

export async function findTable(source: Source, place: Place, name: string): Promise<TableFacts | undefined> {
  try {
    const { Table = {} } = await source.client.send(new DescribeTableCommand({ TableName: name }));
    // The real service no longer finds a table one second after its deletion has started.
    if (Table.TableStatus === 'DELETING') {
      return undefined;
    }
    const keySchema = Table.KeySchema ?? [];
    return {
      name,
      arn: tableArn(place, name),
      id: tableIdOf(place, Table.TableId, name, Table.CreationDateTime?.getTime() ?? 0),
      keySchema,
      keyDefinitions: (Table.AttributeDefinitions ?? []).filter((attribute) =>
        keySchema.some((key) => key.AttributeName === attribute.AttributeName),
      ),
      sizeBytes: Table.TableSizeBytes ?? 0,
      status: Table.TableStatus ?? '',
      createdAt: Table.CreationDateTime?.getTime() ?? 0,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined;
    }
    throw error;
  }
}

/** Operations whose responses describe a table. */
const TABLE_OPERATIONS = new Set(['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable']);

/** Returns the response with the ARNs and the table ID in the form of AWS, identical to those of an export. */
export function inPlace(operation: string, body: Buffer, place: Place): Buffer {
  const { account, region } = place;
  if (!TABLE_OPERATIONS.has(operation)) {
    return body;
  }
  const content: unknown = JSON.parse(body.toString(), (_name, value: unknown) =>
    typeof value === 'string'
      ? value.replace(/^arn:aws:dynamodb:[^:]*:\d*:/, `arn:aws:dynamodb:${region}:${account}:`)
      : value,
  );
  for (const table of Object.values(content as Record<string, unknown>)) {
    const { TableId, TableName, CreationDateTime } = Object(table) as Record<string, unknown>;
    if (typeof TableName === 'string') {
      const created = Math.round(Number(CreationDateTime) * 1_000);
      Object.assign(Object(table), { TableId: tableIdOf(place, TableId as string | undefined, TableName, created) });
    }
  }
  return Buffer.from(JSON.stringify(content));
}

/**
 * Returns a UUID because one server sends no ID, and another an ID that is 4 digits short. Differs after re-creation.
 */
function tableIdOf({ tableId }: Place, serverId: string | undefined, name: string, created: number): string {
  const hash = createHash('sha256').update(`${serverId} ${name} ${created}`).digest('hex');
  const derived = hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-9$4-$5');
  return tableId === undefined ? derived : tableId(derived);
}

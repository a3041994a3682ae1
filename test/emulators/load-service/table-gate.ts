import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import { findTable, tableArn } from '../dynamodb-service/tables.ts';
import type { DynamoDbRequest } from '../source.ts';
import type { ImportJob } from './import-operations.ts';
import type { Backstage, Parameters } from './load-backstage.ts';

/** Returns the import that creates this table now. */
export function importCreating(name: string, { imports }: Backstage): ImportJob | undefined {
  return imports.find((job) => job.phase === 'creating' && job.parameters.TableCreationParameters.TableName === name);
}

/**
 * Rejects a request for a table that is being created, as observed on AWS during an import. The server itself would
 * accept the request, because its table is active.
 *
 * @param createMs milliseconds for which a table is CREATING after CreateTable
 * @throws {Refusal} unless the table can be used or the operation is allowed
 */
export async function checkCreation(
  { operation, parameters }: Pick<DynamoDbRequest, 'operation' | 'parameters'>,
  backstage: Backstage,
  createMs: number,
): Promise<void> {
  for (const name of namesOf(parameters, backstage)) {
    if (importCreating(name, backstage) === undefined && !(createMs > 0 && (await isNew(name, createMs, backstage)))) {
      continue;
    }
    if (READABLE.has(operation)) continue;
    if (LOCKED.has(operation)) throw inUse(`Table is being created: ${name}`);
    if (operation === 'UpdateContinuousBackups') throw backupsUnavailable(name);
    if (operation === 'DescribeTimeToLive') {
      throw invalid('Cannot describe time to live while table is in CREATING state');
    }
    throw new Refusal('ResourceNotFoundException', 'Requested resource not found');
  }
}

const READABLE = new Set(['CreateTable', 'DescribeTable', 'DescribeContinuousBackups']);
const LOCKED = new Set(['UpdateTable', 'UpdateTimeToLive', 'DeleteTable', 'StartBulkPutItems']);

async function isNew(name: string, createMs: number, { source, place, serverNow }: Backstage): Promise<boolean> {
  const table = await findTable(source, place, name);
  return table !== undefined && serverNow() < table.createdAt + createMs;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html (Errors) */
export function backupsUnavailable(name: string): Refusal {
  return new Refusal(
    'ContinuousBackupsUnavailableException',
    `Backups are being enabled for the table: ${name}. Please retry later`,
  );
}

/** Returns the error for a change of a table that is being changed. */
export function inUse(reason: string): Refusal {
  return new Refusal('ResourceInUseException', `Attempt to change a resource which is still in use: ${reason}`);
}

function namesOf({ TableName, ResourceArn, RequestItems }: Parameters, backstage: Backstage): string[] {
  const names = [TableName, ResourceArn].filter((name) => name !== undefined);
  return [...names, ...Object.keys(Object(RequestItems))].map((name) => nameOf(name, backstage));
}

/** Returns the name of a table from its name or ARN. */
export function nameOf(nameOrArn: unknown, { place }: Backstage): string {
  const start = tableArn(place, '');
  const name = String(nameOrArn);
  return name.startsWith(start) ? name.slice(start.length) : name;
}

import { isDeepStrictEqual } from 'node:util';
import { ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { nameOf } from './create-table.ts';
import type { RestoreContext } from './restore-context.ts';
import type { RestoreRequest } from './restore-request.ts';

/** Number of segments of the table that are counted at the same time. */
const SEGMENTS = 16;

/**
 * Counts the items of the loaded table if items of the copy can have equal keys in it: they replace each other, and
 * DynamoDB reports each of them as loaded. That cannot happen if the table has the keys of the copied table, and no module
 * has changed the items.
 *
 * @throws {CopyError} RESTORE_FAILED if the table has fewer items than the copy
 * @throws errors of the SDK
 */
export async function checkEqualKeys(context: RestoreContext, { copy, overrides }: RestoreRequest): Promise<void> {
  const { KeySchema } = overrides;
  const areKeysKnown = copy.definition && (!KeySchema || isDeepStrictEqual(KeySchema, copy.definition.KeySchema));
  if (areKeysKnown && copy.scope !== 'transformed') return;
  const name = nameOf(context.tableName);
  context.logger.info(`Counting the items of table ${name}, because items of the copy can have equal keys in it.`);
  const count = await countItems(context);
  if (count >= copy.itemCount) return;
  throw new CopyError(
    'RESTORE_FAILED',
    `The table ${name} has ${formatCountOf(count, 'item')}, but the copy contains ${formatCountOf(copy.itemCount, 'item')}: items with equal keys have replaced each other.`,
    copy.scope === 'transformed' ? remedies.keepKeysDistinct(name) : remedies.restoreWithOtherKeys(name),
  );
}

async function countItems(context: RestoreContext): Promise<number> {
  const counts = await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => countSegment(context, segment)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function countSegment({ client, tableName, signal }: RestoreContext, Segment: number): Promise<number> {
  let count = 0;
  let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
  do {
    const command = new ScanCommand({
      ...{ TableName: tableName, Select: 'COUNT', ConsistentRead: true, Segment, TotalSegments: SEGMENTS },
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const page = await client.send(command, { abortSignal: signal });
    count += page.Count ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return count;
}

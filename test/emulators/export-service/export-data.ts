import { createHash } from 'node:crypto';
import { DeleteTableCommand, paginateQuery, paginateScan, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { canonical, type WireItem, wireJson } from '../../fixtures/items.ts';
import { invalid } from '../dynamodb-service/responses.ts';
import type { TableFacts } from '../dynamodb-service/tables.ts';
import type { Item, Source } from '../source.ts';
import { changeLine, itemLine, type NetChange } from './export-lines.ts';
import type { ExportParameters, FilterSpecification } from './export-parameters.ts';
import type { ExportTimes } from './export-times.ts';

/** A write to a table, as in a stream record. */
export interface TableChange {
  readonly keys: WireItem;
  readonly oldImage?: WireItem;
  readonly newImage?: WireItem;
  /** Time of the write in milliseconds since the epoch. */
  readonly at: number;
}

export interface Asked {
  readonly table: TableFacts;
  readonly parameters: ExportParameters;
  readonly times: ExportTimes;
}

/** Lines of an export by partition. */
export type PartitionedLines = readonly (readonly string[])[];

/**
 * Reads the data of an export immediately, so that it does not include later writes to the table.
 *
 * @param changes recorded writes to the table
 */
export async function readExportData(
  source: Source,
  { table, parameters, times }: Asked,
  changes: readonly TableChange[],
  partitions: number,
): Promise<PartitionedLines> {
  const { ExportFormat: format = 'DYNAMODB_JSON', FilterSpecification: filter } = parameters;
  const lines: string[][] = Array.from({ length: partitions }, () => []);
  const keep = (item: WireItem, line: string): void => void lines[partitionOf(table, item, partitions)]?.push(line);
  if (times.type === 'FULL_EXPORT') {
    const items = await itemsAt(source, table, changes, times.exportTime);
    for (const item of filter === undefined ? items : await filtered(source, table, items, filter)) {
      keep(item, itemLine(format, item));
    }
  } else {
    const net = netChanges(changes, times.from, times.to);
    for (const change of filter === undefined ? net : await filteredChanges(source, table, net, filter)) {
      keep(change.keys, changeLine(format, times.view, change));
    }
  }
  return lines;
}

/** Returns the items of the table with every recorded write after `time` undone. */
async function itemsAt(
  source: Source,
  table: TableFacts,
  changes: readonly TableChange[],
  time: number,
): Promise<WireItem[]> {
  const items = new Map<string, WireItem>();
  for (const item of await source.readItems(table.name)) {
    items.set(canonical(keysOf(table, item)), item);
  }
  for (const { keys, oldImage } of changes.filter(({ at }) => at > time).sort((a, b) => b.at - a.at)) {
    if (oldImage === undefined) {
      items.delete(canonical(keys));
    } else {
      items.set(canonical(keys), oldImage);
    }
  }
  return [...items.values()];
}

/** Returns one change per item: from its state before the period to its state at the end of the period. */
function netChanges(changes: readonly TableChange[], from: number, to: number): NetChange[] {
  const net = new Map<string, NetChange>();
  const within = changes.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  for (const { keys, oldImage, newImage, at } of within) {
    const earlier = net.get(canonical(keys));
    const before = earlier === undefined ? oldImage : earlier.oldImage;
    net.set(canonical(keys), {
      keys,
      ...(before === undefined ? {} : { oldImage: before }),
      ...(newImage === undefined ? {} : { newImage }),
      at,
    });
  }
  // An item that was created and deleted within the period is not part of the export.
  return [...net.values()].filter(({ oldImage, newImage }) => oldImage !== undefined || newImage !== undefined);
}

/** Applies the filter to the latest image of an item, or to the old image of a deleted item. Ignores the projection. */
async function filteredChanges(
  source: Source,
  table: TableFacts,
  changes: readonly NetChange[],
  { ProjectionExpression: _, ...filter }: FilterSpecification,
): Promise<NetChange[]> {
  const images = changes.map(({ newImage, oldImage, keys }) => newImage ?? oldImage ?? keys);
  const matching = new Set<string>();
  for (const item of await filtered(source, table, images, filter)) {
    matching.add(canonical(keysOf(table, item)));
  }
  return changes.filter(({ keys }) => matching.has(canonical(keys)));
}

/** Evaluates the expressions on the server, with a temporary table that has the same key and only these items. */
async function filtered(
  source: Source,
  table: TableFacts,
  items: readonly WireItem[],
  filter: FilterSpecification,
): Promise<WireItem[]> {
  const TableName = await source.createTable(items as unknown as Item[], {
    KeySchema: table.keySchema,
    AttributeDefinitions: table.keyDefinitions,
  });
  const { client } = source;
  const input = { TableName, ConsistentRead: true, ...filter } as QueryCommandInput;
  const found: Item[] = [];
  try {
    const pages =
      filter.KeyConditionExpression === undefined ? paginateScan({ client }, input) : paginateQuery({ client }, input);
    for await (const { Items = [] } of pages) {
      found.push(...Items);
    }
  } catch (error) {
    throw (error as Error).name === 'ValidationException'
      ? invalid(`Invalid Request: Invalid FilterSpecification: ${(error as Error).message}`)
      : error;
  } finally {
    await client.send(new DeleteTableCommand({ TableName }));
  }
  return JSON.parse(wireJson(found)) as WireItem[];
}

function keysOf(table: TableFacts, item: WireItem): WireItem {
  return Object.fromEntries(
    table.keySchema.map(({ AttributeName = '' }) => [AttributeName, item[AttributeName] ?? { NULL: true }]),
  );
}

function partitionOf(table: TableFacts, item: WireItem, partitions: number): number {
  const [name = ''] = table.keySchema.map((key) => key.AttributeName);
  return createHash('md5').update(JSON.stringify(item[name])).digest().readUInt32LE() % partitions;
}

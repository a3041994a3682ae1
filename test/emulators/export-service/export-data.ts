import { createHash } from 'node:crypto';
import { DeleteTableCommand, paginateQuery, paginateScan, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { canonical, type WireItem, wireJson } from '../../fixtures/items.ts';
import type { Item, Source } from '../source.ts';
import { invalid } from './export-answers.ts';
import { changeLine, itemLine, type NetChange } from './export-lines.ts';
import type { ExportParameters, FilterSpecification } from './export-parameters.ts';
import type { TableFacts } from './export-tables.ts';
import type { ExportTimes } from './export-times.ts';

/** One write to a table, as its stream would tell it. */
export interface TableChange {
  readonly keys: WireItem;
  readonly oldImage?: WireItem;
  readonly newImage?: WireItem;
  /** In milliseconds. */
  readonly at: number;
}

export interface Asked {
  readonly table: TableFacts;
  readonly parameters: ExportParameters;
  readonly times: ExportTimes;
}

/** The lines of an export, for each of the partitions. */
export type PartitionedLines = readonly (readonly string[])[];

/**
 * What an export holds, read at once: nothing that is written to the table afterwards can get into it.
 *
 * @param changes the writes to the table that are known
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

/** The table as it is, with every known write since `time` undone. */
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

/** One change an item: from what it was before the period to what it was at its end. */
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
  // What came and went within the period was never there.
  return [...net.values()].filter(({ oldImage, newImage }) => oldImage !== undefined || newImage !== undefined);
}

/** An item's latest image decides, and of a deleted one the image that it had. A projection is not applied. */
async function filteredChanges(
  source: Source,
  table: TableFacts,
  changes: readonly NetChange[],
  { ProjectionExpression: _, ...filter }: FilterSpecification,
): Promise<NetChange[]> {
  const images = changes.map(({ newImage, oldImage, keys }) => newImage ?? oldImage ?? keys);
  const left = new Set<string>();
  for (const item of await filtered(source, table, images, filter)) {
    left.add(canonical(keysOf(table, item)));
  }
  return changes.filter(({ keys }) => left.has(canonical(keys)));
}

/** Lets the server itself evaluate the expressions, over a table of the same key that holds these items alone. */
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

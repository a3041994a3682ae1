import { type AttributeValue, type ScanCommandInput, Select } from '@aws-sdk/client-dynamodb';
import { readAttributeValue } from '../parameters/attribute-values.ts';
import { readExpressions } from '../parameters/expressions.ts';
import { ParameterReader } from '../parameters/parameter-reader.ts';
import type { Problems } from '../parameters/problems.ts';
import type { SourceMapping } from '../parameters/source-value.ts';

/** What `dynamodb-scan-kwargs` asks for, checked. */
export interface ScanParameters {
  /** Sent with every Scan as it is. */
  readonly request: Pick<
    ScanCommandInput,
    | 'FilterExpression'
    | 'ProjectionExpression'
    | 'ExpressionAttributeNames'
    | 'ExpressionAttributeValues'
    | 'IndexName'
    | 'ConsistentRead'
    | 'Limit'
    | 'Select'
  >;
  /** Where to start; reads one segment only. */
  readonly startKey?: Record<string, AttributeValue>;
  /** One share of a job matrix (`Segment` with `TotalSegments`). */
  readonly share?: { readonly segment: number; readonly totalSegments: number };
}

/** Segments a Scan may have. */
export const MOST_SEGMENTS = 1_000_000;

/**
 * Reads and checks the parameters of the scan. What DynamoDB would refuse whatever the table is refused here, before
 * anything is written; what depends on the table, such as whether an index can be read consistently, is not.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
 */
export function readScanParameters(mapping: SourceMapping, problems: Problems): ScanParameters {
  const reader = new ParameterReader(mapping, problems);
  reader.refuseUnknown(KNOWN, REASONS);
  const IndexName = readIndexName(reader);
  const ConsistentRead = reader.boolean('ConsistentRead');
  const Limit = reader.integer('Limit', 1, LARGEST_LIMIT);
  const request = {
    ...readExpressions(reader, ['FilterExpression']),
    ...(IndexName !== undefined && { IndexName }),
    ...(ConsistentRead !== undefined && { ConsistentRead }),
    ...(Limit !== undefined && { Limit }),
    ...readSelect(reader),
  };
  const startKey = readStartKey(reader);
  const share = readShare(reader);
  return { request, ...(startKey && { startKey }), ...(share && { share }) };
}

/** The parameters that can make a copy hold less than the table. */
export type NarrowingParameter =
  | 'FilterExpression'
  | 'ProjectionExpression'
  | 'IndexName'
  | 'Segment'
  | 'ExclusiveStartKey';

/** Which parameters narrow the copy; the one share of a matrix of one is the whole table. */
export function narrowings({ request, share, startKey }: ScanParameters): readonly NarrowingParameter[] {
  const narrowing = {
    FilterExpression: request.FilterExpression !== undefined,
    ProjectionExpression: request.ProjectionExpression !== undefined,
    IndexName: request.IndexName !== undefined,
    Segment: share !== undefined && share.totalSegments > 1,
    ExclusiveStartKey: startKey !== undefined,
  } satisfies Record<NarrowingParameter, boolean>;
  return (Object.keys(narrowing) as NarrowingParameter[]).filter((name) => narrowing[name]);
}

const KNOWN = [
  'FilterExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'IndexName',
  'ConsistentRead',
  'Limit',
  'Select',
  'Segment',
  'TotalSegments',
  'ExclusiveStartKey',
];

const REASONS: ReadonlyMap<string, string> = new Map([
  ['TableName', 'is not set here. Use the input dynamodb-table-name'],
  ['ReturnConsumedCapacity', 'is not set here: what the scan consumes is always measured (consumed-read-capacity)'],
  ['AttributesToGet', 'is a legacy parameter. Use ProjectionExpression'],
  ['ScanFilter', 'is a legacy parameter. Use FilterExpression'],
  ['ConditionalOperator', 'is a legacy parameter. Use AND and OR in FilterExpression'],
]);

/** The names of indexes follow the rules of those of tables. */
function readIndexName(reader: ParameterReader): string | undefined {
  const name = reader.text('IndexName');
  if (name === undefined || /^[a-zA-Z0-9_.-]{3,255}$/.test(name)) return name;
  reader.problems.at('IndexName').add('must be a name of 3 to 255 letters, digits, dots, hyphens and underscores');
  return undefined;
}

/** Limit is a 32-bit integer. */
const LARGEST_LIMIT = 2_147_483_647;

/** Counting returns no items. */
const SELECTIONS = Object.values(Select).filter((selection) => selection !== Select.COUNT);

function readSelect(reader: ParameterReader): { Select?: Select } {
  const select = reader.choice('Select', SELECTIONS);
  if (select === undefined) return {};
  const problems = reader.problems.at('Select');
  const projects = reader.has('ProjectionExpression');
  if (select === Select.ALL_PROJECTED_ATTRIBUTES && !reader.has('IndexName')) {
    problems.add('can be ALL_PROJECTED_ATTRIBUTES only with IndexName');
  }
  if (select === Select.SPECIFIC_ATTRIBUTES && !projects) {
    problems.add('can be SPECIFIC_ATTRIBUTES only with ProjectionExpression');
  }
  if (select !== Select.SPECIFIC_ATTRIBUTES && projects) {
    problems.add('must be SPECIFIC_ATTRIBUTES, or be left out, where there is a ProjectionExpression');
  }
  return { Select: select };
}

/**
 * Maximum number of attributes in a key of an index scan: four partition and four sort key attributes of a global
 * secondary index, and the partition and sort key of the table.
 */
const MAX_KEY_ATTRIBUTES = 10;

function readStartKey(reader: ParameterReader): Record<string, AttributeValue> | undefined {
  const mapping = reader.map('ExclusiveStartKey');
  if (!mapping) return undefined;
  const problems = reader.problems.at('ExclusiveStartKey');
  if (mapping.size === 0 || mapping.size > MAX_KEY_ATTRIBUTES) {
    problems.add('must be the key of an item: its partition key, its sort key, and with IndexName those of the index');
    return undefined;
  }
  const key: Record<string, AttributeValue> = Object.create(null);
  for (const [index, [name, content]] of [...mapping].entries()) {
    const place = problems.at(`[entry ${index + 1}]`);
    const value = readAttributeValue(content, place);
    if (value && !('S' in value || 'N' in value || 'B' in value)) {
      place.add('must be a string, a number or a binary value, as keys are: {"S": ...}, {"N": ...} or {"B": ...}');
    }
    if (value) key[name] = value;
  }
  return key;
}

function readShare(reader: ParameterReader): ScanParameters['share'] {
  const segment = reader.integer('Segment', 0, MOST_SEGMENTS - 1);
  const totalSegments = reader.integer('TotalSegments', 1, MOST_SEGMENTS);
  for (const [name, other] of [
    ['Segment', 'TotalSegments'],
    ['TotalSegments', 'Segment'],
  ] as const) {
    if (reader.has(name) && !reader.has(other)) {
      reader.problems
        .at(name)
        .add(`needs ${other} beside it. To read the whole table in segments, use the input total-segments`);
    }
  }
  if (segment === undefined || totalSegments === undefined) return undefined;
  if (segment < totalSegments) return { segment, totalSegments };
  reader.problems.at('Segment').add('must be less than TotalSegments: segments are counted from 0');
  return undefined;
}

import { type AttributeValue, Select } from '@aws-sdk/client-dynamodb';
import { MAX_SEGMENTS } from '../dynamodb-limits.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import { readAttributeValue } from './attribute-values.ts';
import { readExpressions } from './expressions.ts';
import { ParameterReader } from './parameter-reader.ts';
import type { InputProblems } from './problems.ts';
import type { SourceMapping } from './source-value.ts';

/**
 * Reads and validates the scan parameters. Reports everything that DynamoDB rejects for any table, before anything is
 * written. Does not check conditions that depend on the table, such as whether an index supports consistent reads.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
 */
export function readScanParameters(mapping: SourceMapping, problems: InputProblems): ScanParameters {
  const reader = new ParameterReader(mapping, problems);
  reader.rejectUnknown(SUPPORTED, UNSUPPORTED);
  const IndexName = readIndexName(reader);
  const ConsistentRead = reader.boolean('ConsistentRead');
  const Limit = reader.integer('Limit', 1, MAX_LIMIT);
  const request = {
    ...readExpressions(reader, ['FilterExpression']),
    ...(IndexName !== undefined && { IndexName }),
    ...(ConsistentRead !== undefined && { ConsistentRead }),
    ...(Limit !== undefined && { Limit }),
    ...readSelect(reader),
  };
  const startKey = readStartKey(reader);
  const shard = readShard(reader);
  return { request, ...(startKey && { startKey }), ...(shard && { shard }) };
}

const SUPPORTED = [
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

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['TableName', 'cannot be set here. Use the input dynamodb-table-name'],
  [
    'ReturnConsumedCapacity',
    'cannot be set here. The consumed capacity is always measured (output consumed-read-capacity)',
  ],
  ['AttributesToGet', 'is a legacy parameter. Use ProjectionExpression'],
  ['ScanFilter', 'is a legacy parameter. Use FilterExpression'],
  ['ConditionalOperator', 'is a legacy parameter. Use AND and OR in FilterExpression'],
]);

/** Reads IndexName. Index names follow the same rules as table names. */
export function readIndexName(reader: ParameterReader): string | undefined {
  const name = reader.text('IndexName');
  if (name === undefined || /^[a-zA-Z0-9_.-]{3,255}$/.test(name)) return name;
  reader.problems.at('IndexName').add('must have 3 to 255 characters: letters, digits, dots, hyphens and underscores');
  return undefined;
}

/** Limit is a 32-bit integer. */
const MAX_LIMIT = 2_147_483_647;

/** Allowed values of Select. COUNT is not allowed because it returns no items. */
const SELECTIONS = Object.values(Select).filter((selection) => selection !== Select.COUNT);

function readSelect(reader: ParameterReader): { Select?: Select } {
  const select = reader.choice('Select', SELECTIONS);
  if (select === undefined) return {};
  const problems = reader.problems.at('Select');
  const projects = reader.has('ProjectionExpression');
  if (select === Select.ALL_PROJECTED_ATTRIBUTES && !reader.has('IndexName')) {
    problems.add('can be ALL_PROJECTED_ATTRIBUTES only if IndexName is set');
  }
  if (select === Select.SPECIFIC_ATTRIBUTES && !projects) {
    problems.add('can be SPECIFIC_ATTRIBUTES only if ProjectionExpression is set');
  }
  if (select !== Select.SPECIFIC_ATTRIBUTES && projects) {
    problems.add(
      'must be SPECIFIC_ATTRIBUTES if ProjectionExpression is set. Set Select to SPECIFIC_ATTRIBUTES, or leave it out',
    );
  }
  return { Select: select };
}

/**
 * Maximum number of attributes in ExclusiveStartKey for an index: four partition key and four sort key attributes of a
 * global secondary index, and the partition key and sort key of the table.
 */
const MAX_KEY_ATTRIBUTES = 10;

function readStartKey(reader: ParameterReader): Record<string, AttributeValue> | undefined {
  const mapping = reader.map('ExclusiveStartKey');
  if (!mapping) return undefined;
  const problems = reader.problems.at('ExclusiveStartKey');
  if (mapping.size === 0 || mapping.size > MAX_KEY_ATTRIBUTES) {
    problems.add(
      'must be the key of an item: the partition key, the sort key if the table has one, and the keys of the index if IndexName is set',
    );
    return undefined;
  }
  const key: Record<string, AttributeValue> = Object.create(null);
  for (const [index, [name, content]] of [...mapping].entries()) {
    const entry = problems.at(`[entry ${index + 1}]`);
    const value = readAttributeValue(content, entry);
    if (value && !('S' in value || 'N' in value || 'B' in value)) {
      entry.add('must be a string, a number or a binary value: {"S": ...}, {"N": ...} or {"B": ...}');
    }
    if (value) key[name] = value;
  }
  return key;
}

function readShard(reader: ParameterReader): ScanParameters['shard'] {
  const segment = reader.integer('Segment', 0, MAX_SEGMENTS - 1);
  const totalSegments = reader.integer('TotalSegments', 1, MAX_SEGMENTS);
  for (const [name, other] of [
    ['Segment', 'TotalSegments'],
    ['TotalSegments', 'Segment'],
  ] as const) {
    if (reader.has(name) && !reader.has(other)) {
      reader.problems
        .at(name)
        .add(`requires ${other}. To read the whole table in parallel segments, use the input total-segments`);
    }
  }
  if (segment === undefined || totalSegments === undefined) return undefined;
  if (segment < totalSegments) return { segment, totalSegments };
  reader.problems.at('Segment').add('must be less than TotalSegments. Segment numbers start at 0');
  return undefined;
}

import type { TableOverrides } from '../restore/table-parameters.ts';
import { ParameterReader } from './parameter-reader.ts';
import type { InputProblems } from './problems.ts';
import { isList, isMapping, type SourceMapping, SourceNumber, type SourceValue } from './source-value.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
const SUPPORTED = [
  'AttributeDefinitions',
  'KeySchema',
  'LocalSecondaryIndexes',
  'GlobalSecondaryIndexes',
  'VectorIndexes',
  'BillingMode',
  'ProvisionedThroughput',
  'OnDemandThroughput',
  'WarmThroughput',
  'SSESpecification',
  'StreamSpecification',
  'TableClass',
  'DeletionProtectionEnabled',
] as const satisfies readonly (keyof TableOverrides)[];

const REASONS: ReadonlyMap<string, string> = new Map([
  ['TableName', 'is not supported. Set dynamodb-table-name'],
  ['Tags', 'is not supported. The table gets the tags of the copied table; set restore-settings to change this'],
  ['ResourcePolicy', 'is not supported. Set restore-settings to restore the policy of the copied table'],
]);

/** Members that must be lists, here and in indexes. */
const LISTS: readonly string[] = [...SUPPORTED.slice(0, 5), 'SearchSchema', 'NonKeyAttributes'];
/** Members that must be mappings. */
const MAPPINGS: readonly string[] = SUPPORTED.filter((name) => /Throughput$|Specification$/.test(name));

/** Reads parameters of CreateTable that replace those of the copied table. DynamoDB checks most of their contents. */
export function readTableOverrides(mapping: SourceMapping, problems: InputProblems): TableOverrides {
  const reader = new ParameterReader(mapping, problems);
  reader.rejectUnknown(SUPPORTED, REASONS);
  const overrides: Record<string, unknown> = {};
  for (const name of SUPPORTED) {
    const value = reader.value(name);
    if (value === undefined) continue;
    overrides[name] = plainValue(value);
    if (value !== null && MAPPINGS.includes(name) && !isMapping(value)) problems.at(name).add('must be a mapping');
    else if (LISTS.includes(name) || MAPPINGS.includes(name)) checkValue(name, value, problems.at(name));
  }
  reader.choice('BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST']);
  reader.choice('TableClass', ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']);
  reader.boolean('DeletionProtectionEnabled');
  return overrides as TableOverrides;
}

/** Checks what the SDK would not accept: the kind of lists and numbers, in indexes too. */
function checkValue(name: string, value: SourceValue, problems: InputProblems): void {
  if (value === null) problems.add('must not be null. Leave it out, or set an empty list to remove indexes');
  else if (LISTS.includes(name) && !isList(value)) problems.add('must be a list');
  else if (isList(value)) {
    for (const [index, element] of value.entries()) checkElement(name, element, problems.at(`[${index}]`));
  } else if (isMapping(value)) {
    for (const [member, content] of value) checkValue(member, content, problems.at(shown(member)));
  } else if (isNumber(name) ? !isWhole(value) : value instanceof SourceNumber && !isWhole(value)) {
    problems.add('must be a whole number, without quotes');
  }
}

function checkElement(list: string, element: SourceValue, problems: InputProblems): void {
  if (element !== null && list !== 'NonKeyAttributes' && !isMapping(element)) problems.add('must be a mapping');
  else checkValue('', element, problems);
}

function isNumber(name: string): boolean {
  return /Units(PerSecond)?$|^Dimensions$/.test(name);
}

function isWhole(value: SourceValue): boolean {
  return value instanceof SourceNumber && /^-?\d{1,15}$/.test(value.text);
}

/** If a line has too little indentation, a value becomes a name. */
function shown(name: string): string {
  return /^[A-Za-z]{1,40}$/.test(name) ? name : '[entry]';
}

/** Returns the value as the SDK takes it. CreateTable has only small whole numbers. */
function plainValue(value: SourceValue): unknown {
  if (value instanceof SourceNumber) return Number(value.text);
  if (isMapping(value)) return Object.fromEntries([...value].map(([name, member]) => [name, plainValue(member)]));
  return isList(value) ? value.map(plainValue) : value;
}

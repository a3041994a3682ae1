import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { readAttributeValue } from './attribute-values.ts';
import type { ParameterReader } from './parameter-reader.ts';
import type { InputProblems } from './problems.ts';
import { describeKind, type SourceValue } from './source-value.ts';

export type Expressions = Pick<
  ScanCommandInput,
  'FilterExpression' | 'ProjectionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** Expressions that can use values. A projection can use only attribute names. */
export type ConditionName = 'FilterExpression' | 'KeyConditionExpression';

/**
 * Reads the expressions of a scan or of an export filter, with their placeholders. Checks that expressions and
 * placeholders match; DynamoDB parses the expressions themselves.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 */
export function readExpressions<C extends ConditionName>(
  reader: ParameterReader,
  conditions: readonly C[],
): Expressions & { [name in C]?: string } {
  const written = conditions.flatMap((name) => {
    const text = readExpression(reader, name);
    return text === undefined ? [] : [[name, text] as const];
  });
  const condition = written.map(([, text]) => text).join(' ');
  const ProjectionExpression = readExpression(reader, 'ProjectionExpression');
  const ExpressionAttributeNames = readPlaceholders(reader, 'ExpressionAttributeNames', '#', readName);
  const ExpressionAttributeValues = readPlaceholders(reader, 'ExpressionAttributeValues', ':', readAttributeValue);
  checkUse(reader, `${condition} ${ProjectionExpression ?? ''}`, 'ExpressionAttributeNames', '#');
  checkUse(reader, condition, 'ExpressionAttributeValues', ':');
  return {
    ...(Object.fromEntries(written) as { [name in C]?: string }),
    ...(ProjectionExpression !== undefined && { ProjectionExpression }),
    ...(ExpressionAttributeNames && { ExpressionAttributeNames }),
    ...(ExpressionAttributeValues && { ExpressionAttributeValues }),
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_EXPRESSION_BYTES = 4096;

function readExpression(reader: ParameterReader, name: string): string | undefined {
  const text = reader.text(name);
  if (text !== undefined && Buffer.byteLength(text) > MAX_EXPRESSION_BYTES) {
    reader.problems.at(name).add('is longer than 4,096 bytes, the maximum for a DynamoDB expression');
  }
  return text;
}

function readName(value: SourceValue, problems: InputProblems): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  problems.add(`must be an attribute name, which is a non-empty string; it is ${describeKind(value)}`);
  return undefined;
}

function readPlaceholders<T>(
  reader: ParameterReader,
  parameter: string,
  prefix: '#' | ':',
  read: (value: SourceValue, problems: InputProblems) => T | undefined,
): Record<string, T> | undefined {
  const mapping = reader.map(parameter);
  if (!mapping) return undefined;
  const problems = reader.problems.at(parameter);
  if (mapping.size === 0) problems.add('must not be empty. Leave it out if no expression needs it');
  const placeholders: Record<string, T> = Object.create(null);
  for (const [index, [name, content]] of [...mapping].entries()) {
    const place = problems.at(label(name, index));
    if (!PLACEHOLDER.test(name) || !name.startsWith(prefix)) {
      place.add(`must have a name that starts with ${prefix}, followed by letters, digits or underscores`);
    }
    const value = read(content, place);
    if (value !== undefined) placeholders[name] = value;
  }
  return placeholders;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html */
const PLACEHOLDER = /^[#:][\p{L}\p{N}_]+$/u;

/** Returns the name of a placeholder for messages. An invalid name is not shown, because it could be misplaced data. */
function label(name: string, index: number): string {
  return /^[#:]\w{1,40}$/.test(name) ? `["${name}"]` : `[entry ${index + 1}]`;
}

/** DynamoDB rejects placeholders that no expression uses, and expressions that use an undefined placeholder. */
function checkUse(reader: ParameterReader, expressions: string, parameter: string, prefix: '#' | ':'): void {
  const used = new Set(expressions.match(/[#:][\p{L}\p{N}_]+/gu)?.filter((token) => token.startsWith(prefix)));
  const defined = reader.namesIn(parameter);
  const problems = reader.problems.at(parameter);
  for (const [index, name] of defined.entries()) {
    if (PLACEHOLDER.test(name) && name.startsWith(prefix) && !used.has(name)) {
      const where = prefix === ':' ? 'FilterExpression' : 'FilterExpression or ProjectionExpression';
      problems.at(label(name, index)).add(`is not used in ${where}. Remove it: DynamoDB rejects unused placeholders`);
    }
  }
  const missing = [...used].filter((name) => !defined.includes(name)).length;
  if (missing > 0) {
    problems.add(`does not define ${missing} of the placeholders (${prefix}...) that the expressions use`);
  }
}

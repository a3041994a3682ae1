import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { canonicalNumber, numberProblem } from './number-text.ts';
import type { Problems } from './problems.ts';
import { isList, isMapping, kindOf, type SourceMapping, SourceNumber, type SourceValue } from './source-value.ts';

/**
 * Reads a value as DynamoDB wants it: written with its type, `{"N": "5"}`, or plainly, `5`, as boto3 and so the
 * users of Airflow's operator write it.
 *
 * A mapping with a single key that is the name of a type is typed, at any depth. A plain map that looks so must be
 * written typed, `{"M": {"S": ...}}`; a binary value and a set can only be written typed.
 *
 * Problems never show a value, nor the name of an attribute in one.
 *
 * @returns undefined after a problem
 */
export function readAttributeValue(value: SourceValue, problems: Problems): AttributeValue | undefined {
  if (!isMapping(value)) return readPlain(value, problems);
  const [entry, second] = value;
  if (entry && !second) {
    const [type, content] = entry;
    if (isType(type)) return TYPES[type](content, problems);
  }
  const members = readMembers(value, problems);
  return members && { M: members };
}

type TypeName = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'M' | 'L' | 'SS' | 'NS' | 'BS';

const TYPES: Readonly<Record<TypeName, (content: SourceValue, problems: Problems) => AttributeValue | undefined>> = {
  S: (content, problems) => {
    const S = readString('S', content, problems);
    return S === undefined ? undefined : { S };
  },
  N: (content, problems) => {
    const N = readNumber('N', content, problems);
    return N === undefined ? undefined : { N };
  },
  B: (content, problems) => {
    const B = readBinary('B', content, problems);
    return B && { B };
  },
  BOOL: (content, problems) => {
    if (typeof content === 'boolean') return { BOOL: content };
    problems.add(`its BOOL must be true or false without quotes; it is ${kindOf(content)}`);
    return undefined;
  },
  NULL: (content, problems) => {
    if (content === true) return { NULL: true };
    problems.add('its NULL must be true, without quotes');
    return undefined;
  },
  M: (content, problems) => {
    if (isMapping(content)) {
      const M = readMembers(content, problems);
      return M && { M };
    }
    problems.add(`its M must be a mapping; it is ${kindOf(content)}`);
    return undefined;
  },
  L: (content, problems) => {
    if (isList(content)) return readElements(content, problems);
    problems.add(`its L must be a list; it is ${kindOf(content)}`);
    return undefined;
  },
  SS: (content, problems) => {
    const SS = readSet('SS', content, problems, readString, (text) => text);
    return SS && { SS };
  },
  NS: (content, problems) => {
    const NS = readSet('NS', content, problems, readNumber, canonicalNumber);
    return NS && { NS };
  },
  BS: (content, problems) => {
    const BS = readSet('BS', content, problems, readBinary, (bytes) => Buffer.from(bytes).toString('base64'));
    return BS && { BS };
  },
};

function isType(name: string): name is TypeName {
  return Object.hasOwn(TYPES, name);
}

function readPlain(value: Exclude<SourceValue, SourceMapping>, problems: Problems): AttributeValue | undefined {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isList(value)) return readElements(value, problems);
  if (/^[-+]?0\d/.test(value.text)) {
    problems.add(
      'holds an unquoted number with leading zeros, which may be meant as a string. ' +
        'Put it in quotes, leave the zeros out, or write it typed: {"N": "007"}',
    );
    return undefined;
  }
  const N = readNumber('number', value, problems);
  return N === undefined ? undefined : { N };
}

function readString(type: string, content: SourceValue, problems: Problems): string | undefined {
  if (typeof content === 'string') return content;
  problems.add(`its ${type} must be a string; it is ${kindOf(content)}${unquoted(content)}`);
  return undefined;
}

/** A number may be quoted, as DynamoDB writes it, or not: its source text is kept either way. */
function readNumber(type: string, content: SourceValue, problems: Problems): string | undefined {
  const text = content instanceof SourceNumber ? content.text : content;
  if (typeof text !== 'string') {
    problems.add(`its ${type} must be a number; it is ${kindOf(content)}`);
    return undefined;
  }
  const problem = numberProblem(text);
  if (problem === undefined) return text;
  problems.add(`its ${type} ${problem}. Use a decimal number such as 5, -1.5 or 2E+10; put strings in quotes`);
  return undefined;
}

function readBinary(type: string, content: SourceValue, problems: Problems): Uint8Array | undefined {
  if (typeof content === 'string') {
    const bytes = Buffer.from(content, 'base64');
    // Buffer reads past what is not base64, so the only proof is to write it again.
    if (bytes.toString('base64') === content) return new Uint8Array(bytes);
  }
  problems.add(`its ${type} must be a string of base64, with its padding and without line breaks`);
  return undefined;
}

function readSet<T>(
  type: string,
  content: SourceValue,
  problems: Problems,
  readElement: (type: string, content: SourceValue, problems: Problems) => T | undefined,
  identity: (element: T) => string,
): T[] | undefined {
  if (!isList(content) || content.length === 0) {
    problems.add(`its ${type} must be a list with at least one element`);
    return undefined;
  }
  const elements = content.map((element) => readElement(type, element, problems)).filter((read) => read !== undefined);
  if (elements.length < content.length) return undefined;
  if (new Set(elements.map(identity)).size === elements.length) return elements;
  problems.add(`its ${type} has the same element twice`);
  return undefined;
}

function readElements(list: readonly SourceValue[], problems: Problems): AttributeValue | undefined {
  const elements = list.map((element) => readAttributeValue(element, problems)).filter((read) => read !== undefined);
  return elements.length === list.length ? { L: elements } : undefined;
}

/** On an object without a prototype, so that `__proto__` is an attribute like any other. */
function readMembers(mapping: SourceMapping, problems: Problems): Record<string, AttributeValue> | undefined {
  const members: Record<string, AttributeValue> = Object.create(null);
  let complete = true;
  for (const [name, content] of mapping) {
    const member = readAttributeValue(content, problems);
    if (member === undefined) complete = false;
    else members[name] = member;
  }
  return complete ? members : undefined;
}

function unquoted(content: SourceValue): string {
  return content instanceof SourceNumber || typeof content === 'boolean' ? ', for want of quotes' : '';
}

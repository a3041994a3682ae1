import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { canonicalDecimal, decimalProblem } from '../format/decimal.ts';
import type { InputProblems } from './problems.ts';
import { describeKind, isList, isMapping, type SourceMapping, SourceNumber, type SourceValue } from './source-value.ts';

/**
 * Reads an attribute value, either with its type, `{"N": "5"}`, or as a plain value, `5`. boto3 and the Airflow
 * operator use plain values.
 *
 * A mapping whose only key is the name of a type is a typed value, at any depth. A plain map of that shape must
 * therefore be typed, `{"M": {"S": ...}}`. Binary values and sets must always be typed.
 *
 * Problems never show a value or the name of an attribute in it.
 *
 * @returns undefined if a problem was reported
 */
export function readAttributeValue(value: SourceValue, problems: InputProblems): AttributeValue | undefined {
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

const TYPES: Readonly<Record<TypeName, (content: SourceValue, problems: InputProblems) => AttributeValue | undefined>> =
  {
    S: (content, problems) => {
      const S = readString('the value of S', content, problems);
      return S === undefined ? undefined : { S };
    },
    N: (content, problems) => {
      const N = readNumber('the value of N', content, problems);
      return N === undefined ? undefined : { N };
    },
    B: (content, problems) => {
      const B = readBinary('the value of B', content, problems);
      return B && { B };
    },
    BOOL: (content, problems) => {
      if (typeof content === 'boolean') return { BOOL: content };
      problems.add(`the value of BOOL must be true or false, without quotes; it is ${describeKind(content)}`);
      return undefined;
    },
    NULL: (content, problems) => {
      if (content === true) return { NULL: true };
      problems.add('the value of NULL must be true, without quotes');
      return undefined;
    },
    M: (content, problems) => {
      if (isMapping(content)) {
        const M = readMembers(content, problems);
        return M && { M };
      }
      problems.add(`the value of M must be a mapping; it is ${describeKind(content)}`);
      return undefined;
    },
    L: (content, problems) => {
      if (isList(content)) return readElements(content, problems);
      problems.add(`the value of L must be a list; it is ${describeKind(content)}`);
      return undefined;
    },
    SS: (content, problems) => {
      const SS = readSet(content, problems, { type: 'SS', readElement: readString, identity: (text) => text });
      return SS && { SS };
    },
    NS: (content, problems) => {
      const NS = readSet(content, problems, { type: 'NS', readElement: readNumber, identity: canonicalDecimal });
      return NS && { NS };
    },
    BS: (content, problems) => {
      const BS = readSet(content, problems, {
        type: 'BS',
        readElement: readBinary,
        identity: (bytes) => Buffer.from(bytes).toString('base64'),
      });
      return BS && { BS };
    },
  };

function isType(name: string): name is TypeName {
  return Object.hasOwn(TYPES, name);
}

function readPlain(value: Exclude<SourceValue, SourceMapping>, problems: InputProblems): AttributeValue | undefined {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isList(value)) return readElements(value, problems);
  if (/^[-+]?0\d/.test(value.text)) {
    problems.add(
      'contains an unquoted number with leading zeros, which could be meant as a string. ' +
        'Put it in quotes, remove the zeros, or write it with its type: {"N": "007"}',
    );
    return undefined;
  }
  const N = readNumber('the value', value, problems);
  return N === undefined ? undefined : { N };
}

function readString(what: string, content: SourceValue, problems: InputProblems): string | undefined {
  if (typeof content === 'string') return content;
  problems.add(`${what} must be a string; it is ${describeKind(content)}${quotesRemedy(content)}`);
  return undefined;
}

/** Accepts numbers with quotes, as DynamoDB writes them, and without. Either way, the source text is kept. */
function readNumber(what: string, content: SourceValue, problems: InputProblems): string | undefined {
  const text = content instanceof SourceNumber ? content.text : content;
  if (typeof text !== 'string') {
    problems.add(`${what} must be a number; it is ${describeKind(content)}`);
    return undefined;
  }
  const problem = decimalProblem(text);
  if (problem === undefined) return text;
  problems.add(`${what} ${problem}. Use a decimal number such as 5, -1.5 or 2E+10, and put strings in quotes`);
  return undefined;
}

function readBinary(what: string, content: SourceValue, problems: InputProblems): Uint8Array | undefined {
  if (typeof content === 'string') {
    const bytes = Buffer.from(content, 'base64');
    // Buffer ignores invalid characters, so the only reliable check is to encode the bytes again and compare.
    if (bytes.toString('base64') === content) return new Uint8Array(bytes);
  }
  problems.add(`${what} must be a base64 string with padding and without line breaks`);
  return undefined;
}

interface SetType<T> {
  readonly type: 'SS' | 'NS' | 'BS';
  readonly readElement: (what: string, content: SourceValue, problems: InputProblems) => T | undefined;
  /** Returns the same text for equal elements. */
  readonly identity: (element: T) => string;
}

function readSet<T>(
  content: SourceValue,
  problems: InputProblems,
  { type, readElement, identity }: SetType<T>,
): T[] | undefined {
  if (!isList(content) || content.length === 0) {
    problems.add(`the value of ${type} must be a list with at least one element`);
    return undefined;
  }
  const elements = content
    .map((element) => readElement(`an element of ${type}`, element, problems))
    .filter((read) => read !== undefined);
  if (elements.length < content.length) return undefined;
  if (new Set(elements.map(identity)).size === elements.length) return elements;
  problems.add(`the elements of ${type} must be unique`);
  return undefined;
}

function readElements(list: readonly SourceValue[], problems: InputProblems): AttributeValue | undefined {
  const elements = list.map((element) => readAttributeValue(element, problems)).filter((read) => read !== undefined);
  return elements.length === list.length ? { L: elements } : undefined;
}

/** Returns an object without a prototype, because `__proto__` must be an ordinary attribute. */
function readMembers(mapping: SourceMapping, problems: InputProblems): Record<string, AttributeValue> | undefined {
  const members: Record<string, AttributeValue> = Object.create(null);
  let complete = true;
  for (const [name, content] of mapping) {
    const member = readAttributeValue(content, problems);
    if (member === undefined) complete = false;
    else members[name] = member;
  }
  return complete ? members : undefined;
}

function quotesRemedy(content: SourceValue): string {
  return content instanceof SourceNumber || typeof content === 'boolean' ? '. Put it in quotes' : '';
}

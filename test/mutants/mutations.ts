import { stripTypeScriptTypes } from 'node:module';
import type { AnyNode, BinaryExpression, LogicalExpression } from 'acorn';
import { parse } from 'acorn';
import { full } from 'acorn-walk';

export type MutationKind = 'boundary' | 'operator' | 'boolean' | 'await' | 'return';

/** A small change of a program that a test should detect. */
export interface Mutation {
  readonly kind: MutationKind;
  /** What changes, such as `< to <=`. */
  readonly what: string;
  /** Line of the change, counted from 1. */
  readonly line: number;
  /** Range in the source that `replacement` replaces. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Operators and what replaces them. A boundary moves by one; everything else turns round. */
const OPERATORS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
};

type Found = Omit<Mutation, 'line'>;

/**
 * Returns every mutation of a TypeScript module, in the order of the source: operators, booleans, conditions, defaults
 * after `??`, and a dropped `!`, `await` or `return`.
 */
export function mutationsOf(source: string): Mutation[] {
  // Types become spaces, so positions in `code` are positions in `source`.
  const code = stripTypeScriptTypes(source);
  const found: Found[] = [];
  full(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    found.push(...mutationsOfNode(node as AnyNode, code));
  });
  return found
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((mutation) => ({ ...mutation, line: source.slice(0, mutation.start).split('\n').length }));
}

/** Returns the source with one mutation. */
export function mutate(source: string, { start, end, replacement }: Mutation): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

function mutationsOfNode(node: AnyNode, code: string): readonly Found[] {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return ofOperator(node, code);
    case 'UnaryExpression':
      return node.operator === '!' ? [replaceStart(node, '!', '', 'boolean')] : [];
    case 'Literal':
      if (typeof node.value !== 'boolean') return [];
      return [replaceStart(node, String(node.value), String(!node.value), 'boolean')];
    case 'IfStatement':
    case 'ConditionalExpression':
      return [negate(node.test, code)];
    case 'AwaitExpression':
      return [replaceStart(node, 'await', '', 'await')];
    case 'ReturnStatement':
      // The program continues with the next statement.
      return [replaceStart(node, 'return', node.argument ? 'void' : '', 'return')];
    default:
      return [];
  }
}

function ofOperator({ operator, left, right, end }: BinaryExpression | LogicalExpression, code: string): Found[] {
  if (operator === '??') {
    return [{ kind: 'operator', what: 'drop the default after ??', start: left.end, end, replacement: '' }];
  }
  const replacement = OPERATORS[operator];
  // Text has no operator but +.
  if (replacement === undefined || (operator === '+' && (isText(left) || isText(right)))) return [];
  const start = code.indexOf(operator, left.end);
  const kind = /^[<>]/.test(operator) ? 'boundary' : 'operator';
  return [{ kind, what: `${operator} to ${replacement}`, start, end: start + operator.length, replacement }];
}

function isText(node: { readonly type: string; readonly value?: unknown }): boolean {
  return node.type === 'TemplateLiteral' || typeof node.value === 'string';
}

function negate({ start, end }: AnyNode, code: string): Found {
  return { kind: 'boolean', what: 'negate the condition', start, end, replacement: `!(${code.slice(start, end)})` };
}

/** Replaces the word that a node starts with. */
function replaceStart({ start }: AnyNode, word: string, replacement: string, kind: MutationKind): Found {
  const what = replacement === '' ? `drop ${word}` : `${word} to ${replacement}`;
  return { kind, what, start, end: start + word.length, replacement };
}

import { stripTypeScriptTypes } from 'node:module';
import type { AnyNode, ArrayExpression, CallExpression, Expression, NewExpression, SpreadElement } from 'acorn';
import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { RECORD, type Site } from './site.ts';

export interface Instrumented {
  readonly code: string;
  readonly sites: readonly Site[];
}

/**
 * Removes the types from a module and wraps the values of each site in a call of `RECORD`. Lines keep their numbers.
 *
 * @param firstId ID of the first site; the IDs of the others follow
 * @param states strings that are no text; see `statesIn`
 */
export function instrument(
  file: string,
  source: string,
  firstId: number,
  states: ReadonlySet<string> = new Set(),
): Instrumented {
  const code = stripTypeScriptTypes(source);
  const found: Wrap[] = [];
  fullAncestor(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _, ancestors) => {
    const wrap = wrapOf(node as AnyNode, ancestors as AnyNode[], { file, code, states });
    if (wrap) found.push(wrap);
  });
  found.sort(outermostFirst);
  const texts = found.filter(({ kind }) => kind === 'text');
  const sites = found.map(({ kind, node }, index) => ({
    id: firstId + index,
    file,
    kind,
    line: code.slice(0, node.start).split('\n').length,
    source: source.slice(node.start, node.end),
    hasText: kind === 'row' || texts.some((text) => text.node.start >= node.start && text.node.end <= node.end),
    fixed: kind === 'text' ? fixedParts(node) : [],
  }));
  return { code: insert(code, found, firstId), sites };
}

/**
 * Returns the strings of several words that a module uses as states, such as 'not authorized': its types list them, or
 * it compares something with them.
 */
export function statesIn(source: string): string[] {
  const code = stripTypeScriptTypes(source);
  const inTypes = [...source.matchAll(/'([^'\n]* [^'\n]*)'/g)].filter(
    ({ 0: literal, index }) => code.slice(index, index + literal.length).trim() === '',
  );
  return [...inTypes, ...source.matchAll(/(?:[!=]==|case) '([^'\n]* [^'\n]*)'/g)].map(([, state = '']) => state);
}

interface Context {
  readonly file: string;
  readonly code: string;
  readonly states: ReadonlySet<string>;
}

interface Wrap {
  readonly kind: Site['kind'];
  readonly node: AnyNode;
  /** Range of the values. */
  readonly start: number;
  readonly end: number;
  /** Arguments of a call, an array, or one value. */
  readonly values: 'arguments' | 'array' | 'one';
}

const LOG_METHODS = new Set<string>(['info', 'notice', 'warning', 'group']);

/** Errors whose messages are not shown: they are causes, or are reported as UNEXPECTED without their message. */
const NOT_SHOWN = new Set(['Error', 'TypeError', 'RangeError', 'DOMException']);

function wrapOf(node: AnyNode, ancestors: readonly AnyNode[], { file, code, states }: Context): Wrap | undefined {
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'CopyError') return ofArguments('error', node);
  if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
    const method = nameOf(node.callee.property as AnyNode) ?? '';
    const object = code.slice(node.callee.object.start, node.callee.object.end);
    if (LOG_METHODS.has(method) && /\blog(?:ger)?$/.test(object)) return ofArguments(method as Site['kind'], node);
    if (method === 'add' && /problems|\.at\(/.test(object)) return ofArguments('input', node);
  }
  if (node.type === 'ArrayExpression') return ofArray(node, ancestors, file);
  if (!isText(node) || states.has(fixedParts(node).join('{}')) || !isShown(node, ancestors)) return undefined;
  return { kind: 'text', node, start: node.start, end: node.end, values: 'one' };
}

function ofArguments(kind: Site['kind'], node: CallExpression | NewExpression): Wrap | undefined {
  const [first, last] = [node.arguments[0], node.arguments.at(-1)];
  if (!first || !last) return undefined;
  return { kind, node, start: first.start, end: last.end, values: 'arguments' };
}

/** Explanations of AWS errors are arrays of code, message and remedy. Rows of the job summary have a name and a value. */
function ofArray(node: ArrayExpression, ancestors: readonly AnyNode[], file: string): Wrap | undefined {
  const [first, ...rest] = node.elements;
  const name = literalOf(first);
  if (name === undefined || ancestors.at(-2)?.type === 'MemberExpression') return undefined;
  const range = { node, start: node.start, end: node.end, values: 'array' } as const;
  const isList = rest.every((element) => /^\S*$/.test(literalOf(element) ?? ' '));
  if (isList) return undefined;
  if (rest.length === 2 && /^[A-Z][A-Z\d_]{4,}$/.test(name)) return { kind: 'error', ...range };
  if (rest.length === 1 && /^[A-Z][a-z]/.test(name) && file.startsWith('src/report/')) return { kind: 'row', ...range };
  return undefined;
}

function literalOf(node: Expression | SpreadElement | null | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

/** Returns true for a literal of at least two words. `{}` stands for the expressions of a template. */
function isText(node: AnyNode): boolean {
  const text = fixedParts(node).join('{}');
  return /\S \S/.test(text) && /[A-Za-z]{2}/.test(text);
}

function fixedParts(node: AnyNode): string[] {
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked ?? '');
  return [literalOf(node as Expression) ?? ''];
}

/** Returns false for names of modules and properties, directives, tagged templates and errors that are not shown. */
function isShown(node: AnyNode, ancestors: readonly AnyNode[]): boolean {
  const parent = ancestors.at(-2);
  if (!parent || /^(?:Import|Export|Tagged|Directive)/.test(parent.type)) return false;
  if (parent.type === 'Property' && parent.key === node && !parent.computed) return false;
  return !ancestors.some((one) => one.type === 'NewExpression' && NOT_SHOWN.has(nameOf(one.callee) ?? ''));
}

function nameOf(node: AnyNode | null | undefined): string | undefined {
  return node?.type === 'Identifier' || node?.type === 'PrivateIdentifier' ? node.name : undefined;
}

function outermostFirst(a: Wrap, b: Wrap): number {
  return a.start - b.start || b.end - a.end || Number(a.kind === 'text') - Number(b.kind === 'text');
}

/** @param wraps outermost first */
function insert(code: string, wraps: readonly Wrap[], firstId: number): string {
  const inserts = wraps.flatMap(({ start, end, values }, index) => {
    const call = `${RECORD}(${firstId + index}, `;
    const [open, close] =
      values === 'arguments' ? [`...${call}[`, '])'] : values === 'array' ? [call, ')'] : [`${call}[`, '])[0]'];
    return [
      { at: start, text: open, order: index },
      // Innermost first, and before anything that starts here.
      { at: end, text: close, order: -1 - index },
    ];
  });
  inserts.sort((a, b) => a.at - b.at || a.order - b.order);
  let result = '';
  let from = 0;
  for (const { at, text } of inserts) {
    result += code.slice(from, at) + text;
    from = at;
  }
  return result + code.slice(from);
}

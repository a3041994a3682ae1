import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  Scalar,
} from 'yaml';
import { MalformedMapping, SourceNumber, type SourceValue } from './source-value.ts';

/**
 * Maximum nesting depth of a mapping. DynamoDB allows 32 levels of lists and maps, which are 64 levels when written
 * with types. The parser is recursive and needs a limit.
 */
const MAX_NESTING = 100;

/**
 * Parses `text` as a single YAML 1.2 document of the core schema.
 *
 * The library runs with its failsafe schema and resolves no values, because it would convert numbers to JavaScript
 * numbers. This module resolves plain scalars from their source text.
 *
 * @throws {MalformedMapping} if the text is not valid YAML, or uses YAML features other than mappings, lists and
 *   scalars
 */
export function readYamlSource(text: string): SourceValue {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    // The check of the library compares every key with every other key. readNode checks for duplicate keys instead.
    uniqueKeys: false,
    // Pretty errors contain the text.
    prettyErrors: false,
    logLevel: 'silent',
  });
  // For an empty text, the library returns an empty list of a different type.
  const [document, second] = documents as Document[];
  if (!document) return null;
  for (const { errors } of documents as Document[]) {
    const [error] = errors;
    if (error) throw new MalformedMapping(REASONS[error.code] ?? INVALID, error.pos[0]);
  }
  if (second) throw new MalformedMapping(REASONS.MULTIPLE_DOCS, second.range?.[0] ?? 0);
  if (hasDirective(document)) throw new MalformedMapping(REASONS.BAD_DIRECTIVE, 0);
  return document.contents ? readNode(document.contents, 0) : null;
}

const INVALID = 'this is not valid JSON or YAML';

/** Replaces the messages of the library, because some of them contain the text. */
const REASONS = {
  ALIAS_PROPS: 'YAML aliases (*) are not supported',
  BAD_ALIAS: 'YAML aliases (*) are not supported',
  BAD_COLLECTION_TYPE: 'YAML tags (!) are not supported',
  BAD_DIRECTIVE: 'YAML directives (%) are not supported',
  BAD_DQ_ESCAPE: 'a quoted string contains an invalid escape sequence',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  BAD_PROP_ORDER: 'YAML anchors (&) and tags (!) are not supported',
  BAD_SCALAR_START: 'a value that starts with this character must be in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a mapping cannot start on the same line as another mapping. Put values that contain ": " in quotes',
  BLOCK_IN_FLOW: 'a block mapping or list cannot be inside brackets',
  DUPLICATE_KEY: 'this key is defined twice',
  IMPOSSIBLE: INVALID,
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters, the maximum in YAML. Use JSON, which has no such limit',
  MISSING_CHAR: 'a closing quote, closing bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key spans several lines, or a quote is not closed',
  MULTIPLE_ANCHORS: 'YAML anchors (&) are not supported',
  MULTIPLE_DOCS: 'a second YAML document starts here. Only one is allowed',
  MULTIPLE_TAGS: 'YAML tags (!) are not supported',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'values are nested too deeply',
  TAB_AS_INDENT: 'YAML must be indented with spaces, not tabs',
  TAG_RESOLVE_FAILED: 'YAML tags (!) are not supported',
  UNEXPECTED_TOKEN: INVALID,
} satisfies Record<ErrorCode, string>;

function hasDirective({ directives, warnings }: Document): boolean {
  return (
    directives?.yaml.explicit === true ||
    Object.keys(directives?.tags ?? {}).length > 1 ||
    warnings.some(({ code }) => code === 'BAD_DIRECTIVE')
  );
}

function readNode(node: Node, depth: number): SourceValue {
  const at = node.range?.[0] ?? 0;
  if (isAlias(node)) throw new MalformedMapping(REASONS.BAD_ALIAS, at);
  if (depth > MAX_NESTING) throw new MalformedMapping(REASONS.RESOURCE_EXHAUSTION, at);
  rejectProperties(node, at);
  if (isScalar(node)) return isPlain(node) ? resolvePlain(node.source ?? '') : String(node.value);
  if (isSeq(node)) return node.items.map((item) => readNode(item as Node, depth + 1));
  if (!isMap(node)) throw new MalformedMapping(INVALID, at);
  const mapping = new Map<string, SourceValue>();
  for (const pair of node.items) {
    const key = readKey(pair.key as Node | null, at);
    if (mapping.has(key)) throw new MalformedMapping(REASONS.DUPLICATE_KEY, (pair.key as Node).range?.[0] ?? at);
    mapping.set(key, pair.value ? readNode(pair.value as Node, depth + 1) : null);
  }
  return mapping;
}

/** Returns the text of a key, even if a plain value with this text would be a number: attribute names are strings. */
function readKey(key: Node | null, mappingAt: number): string {
  const at = key?.range?.[0] ?? mappingAt;
  if (isAlias(key)) throw new MalformedMapping(REASONS.BAD_ALIAS, at);
  if (!isScalar(key)) throw new MalformedMapping(REASONS.NON_STRING_KEY, at);
  rejectProperties(key, at);
  const text = isPlain(key) ? (key.source ?? '') : String(key.value);
  if (isPlain(key) && text === '<<') throw new MalformedMapping('merge keys (<<) are not supported', at);
  return text;
}

function rejectProperties(node: Node, at: number): void {
  if (node.tag !== undefined) throw new MalformedMapping(REASONS.TAG_RESOLVE_FAILED, at);
  if ('anchor' in node && node.anchor !== undefined) {
    throw new MalformedMapping(REASONS.MULTIPLE_ANCHORS, at);
  }
}

function isPlain(scalar: Scalar): boolean {
  return scalar.type === undefined || scalar.type === Scalar.PLAIN;
}

/** https://yaml.org/spec/1.2.2/#103-core-schema */
function resolvePlain(source: string): SourceValue {
  if (/^(?:null|Null|NULL|~|)$/.test(source)) return null;
  if (/^(?:true|True|TRUE)$/.test(source)) return true;
  if (/^(?:false|False|FALSE)$/.test(source)) return false;
  return NUMBERS.some((number) => number.test(source)) ? new SourceNumber(source) : source;
}

const NUMBERS = [
  /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/,
  /^(?:0o[0-7]+|0x[\da-fA-F]+)$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  // A string in YAML 1.2, but a number in YAML 1.1, which many users know. Treat it as a number, which is then
  // rejected. Otherwise a filter would compare with the string and find nothing.
  /^[-+]?\d[\d_]*_[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?$/,
];

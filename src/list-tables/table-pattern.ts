/** A line that selects tables by their names, or excludes them. */
export interface TablePattern {
  /** The line as the user wrote it, such as `!orders-*`. */
  readonly text: string;
  /** True for a line that starts with `!`: it excludes the tables that it matches. */
  readonly excludes: boolean;
  readonly tokens: readonly Token[];
}

/** Matches one character of a name, or any number of characters. */
type Token = 'any' | ((character: string) => boolean);

/** Valid patterns, for messages. */
export const PATTERN_ALLOWED =
  'letters, digits, dots, hyphens and underscores, with the wildcards *, ? and [...], such as orders-*';

/**
 * One element of a pattern: a class such as `[a-z]` or `[!0-9]`, a wildcard, or a character of table names.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
const ELEMENT = /\[([!^]?)([\w.-]+)\]|[*?]|[\w.-]/y;

/**
 * Reads one pattern: `*` matches any number of characters, `?` one, `[a-z]` one of these and `[!a-z]` one other.
 * Everything else matches itself. Upper and lower case differ, as in table names.
 *
 * node:path has matchesGlob, but it follows the rules of file names: `*` does not match a leading dot, on macOS and
 * Windows the case does not matter, and some patterns take minutes.
 *
 * @returns undefined if the text is not a pattern that can match a table name
 */
export function parseTablePattern(text: string): TablePattern | undefined {
  const excludes = text.startsWith('!');
  const pattern = excludes ? text.slice(1) : text;
  const tokens: Token[] = [];
  ELEMENT.lastIndex = 0;
  for (let at = 0; at < pattern.length; at = ELEMENT.lastIndex) {
    const element = ELEMENT.exec(pattern);
    const token = element && tokenOf(element);
    if (!token) return undefined;
    tokens.push(token);
  }
  return tokens.length > 0 ? { text, excludes, tokens } : undefined;
}

/** @returns undefined for a class with a range from a higher to a lower character */
function tokenOf([element, inverted, members]: RegExpExecArray): Token | undefined {
  if (element === '*') return 'any';
  if (element === '?') return () => true;
  if (members === undefined) return (character) => character === element;
  const ranges = rangesOf(members);
  if (!ranges) return undefined;
  const isMember = (character: string) => ranges.some(([first, last]) => first <= character && character <= last);
  return inverted ? (character) => !isMember(character) : isMember;
}

/** Returns the ranges of a class: `a-c_` is a to c, and `_`. A hyphen at the start or at the end is a character. */
function rangesOf(members: string): (readonly [first: string, last: string])[] | undefined {
  const ranges = [...members.matchAll(/(.)-(.)|./g)].map(
    ([single, first = single, last = single]) => [first, last] as const,
  );
  return ranges.every(([first, last]) => first <= last) ? ranges : undefined;
}

/** Returns whether a pattern matches a whole table name, whether or not it excludes the table. */
export function matchesTable({ tokens }: TablePattern, name: string): boolean {
  let token = 0;
  // After a mismatch, only the last `*` can take one more character. Hence the time is at most the product of the lengths.
  let retry: { readonly token: number; readonly character: number } | undefined;
  for (let character = 0; character < name.length; ) {
    const expected = tokens[token];
    if (expected === 'any') {
      retry = { token, character };
      token += 1;
    } else if (expected?.(name.charAt(character))) {
      token += 1;
      character += 1;
    } else if (retry) {
      retry = { token: retry.token, character: retry.character + 1 };
      token = retry.token + 1;
      character = retry.character;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

/**
 * Returns whether the patterns select a table. The last pattern that matches its name decides, as in the filters of
 * GitHub workflows and in .gitignore.
 */
export function selectsTable(patterns: readonly TablePattern[], name: string): boolean {
  const last = patterns.findLast((pattern) => matchesTable(pattern, name));
  return last !== undefined && !last.excludes;
}

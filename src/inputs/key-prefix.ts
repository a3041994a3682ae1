import type { RunContext } from '../github/run-context.ts';
import { formatChoices, quote } from '../message-text.ts';
import type { InputProblems } from './problems.ts';

export interface PlaceholderValues {
  /** Table name, even if the input is an ARN. */
  readonly table: string;
  readonly now: Date;
  readonly run: Pick<RunContext, 'runId' | 'runAttempt' | 'sha'>;
}

/** Literal braces and placeholders. Group 1 is the name of a placeholder; a single `{` has none and is invalid. */
const TOKENS = /\{\{|\}\}|\{([^{}]*)\}|\{/g;

/**
 * Replaces the placeholders of a key prefix and removes leading and trailing slashes, to join it with `/`.
 *
 * `{{` and `}}` are literal braces; a single `}` is literal too. Slashes at the ends are removed because a DynamoDB
 * export uses the same keys for `foo` and `foo/`, and because a leading slash, usually left by an empty expression,
 * would create a folder without a name. Slashes inside the prefix are kept.
 *
 * @returns the prefix; '' if there is none
 */
export function resolveKeyPrefix(template: string, context: PlaceholderValues, problems: InputProblems): string {
  const unknown = new Set<string>();
  const missing = new Set<Placeholder>();
  const filled = template.replace(TOKENS, (token, name: string | undefined) => {
    if (token === '{{' || token === '}}') return token.slice(1);
    if (name === undefined || !isPlaceholder(name)) {
      unknown.add(token);
      return token;
    }
    const value = PLACEHOLDERS[name](context);
    if (value === undefined) missing.add(name);
    return value ?? '';
  });
  for (const token of unknown) addUnknownPlaceholder(token, problems);
  for (const name of missing) {
    problems.add(`{${name}} has no value because the runner did not set ${VARIABLES[name]}. Remove it`);
  }
  const prefix = filled.replace(/^\/+|\/+$/g, '');
  if (unknown.size === 0 && missing.size === 0) checkKeys(prefix, problems);
  return prefix;
}

/**
 * Splits a key prefix template into its literal texts, between which its placeholders are. Resolves `{{` and `}}`, but
 * does not remove slashes.
 *
 * @returns one more text than there are placeholders; undefined if a problem was reported
 */
export function splitAtPlaceholders(template: string, problems: InputProblems): string[] | undefined {
  const texts: string[] = [];
  const unknown = new Set<string>();
  let text = '';
  let end = 0;
  for (const { 0: token, 1: name, index } of template.matchAll(TOKENS)) {
    text += template.slice(end, index);
    end = index + token.length;
    if (token === '{{' || token === '}}') {
      text += token.slice(1);
    } else if (name === undefined || !isPlaceholder(name)) {
      unknown.add(token);
    } else {
      texts.push(text);
      text = '';
    }
  }
  for (const token of unknown) addUnknownPlaceholder(token, problems);
  return unknown.size > 0 ? undefined : [...texts, text + template.slice(end)];
}

function addUnknownPlaceholder(token: string, problems: InputProblems): void {
  problems.add(`${quote(token)} is not a valid placeholder. Use ${formatChoices(KNOWN)}. For a literal {, use {{`);
}

/** Placeholders whose value can differ between attempts of a run. */
const ATTEMPT_DEPENDENT: readonly Placeholder[] = ['date', 'year', 'month', 'day', 'hour', 'run-attempt'];

/** Returns the leading folders of a prefix that are equal in all attempts of a run, with unresolved placeholders. */
export function attemptIndependentTemplate(template: string): string {
  for (const { 0: token, 1: name, index } of template.matchAll(TOKENS)) {
    if (token.startsWith('{{') || !ATTEMPT_DEPENDENT.some((placeholder) => placeholder === name)) continue;
    return template.slice(0, Math.max(0, template.lastIndexOf('/', index)));
  }
  return template;
}

type Placeholder = 'table' | 'date' | 'year' | 'month' | 'day' | 'hour' | 'run-id' | 'run-attempt' | 'sha';

const VARIABLES: Readonly<Partial<Record<Placeholder, string>>> = {
  'run-id': 'GITHUB_RUN_ID',
  'run-attempt': 'GITHUB_RUN_ATTEMPT',
  sha: 'GITHUB_SHA',
};

/** Values of the placeholders. Times are UTC; toISOString() returns `2026-11-22T20:17:00.000Z`. */
const PLACEHOLDERS: Readonly<Record<Placeholder, (context: PlaceholderValues) => string | undefined>> = {
  table: ({ table }) => table,
  date: ({ now }) => now.toISOString().slice(0, 10),
  year: ({ now }) => now.toISOString().slice(0, 4),
  month: ({ now }) => now.toISOString().slice(5, 7),
  day: ({ now }) => now.toISOString().slice(8, 10),
  hour: ({ now }) => now.toISOString().slice(11, 13),
  'run-id': ({ run }) => run.runId,
  'run-attempt': ({ run }) => run.runAttempt?.toString(),
  sha: ({ run }) => run.sha,
};

const KNOWN = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/**
 * Bytes reserved for the part of a key after `AWSDynamoDB/`. The longest today is that of a data object,
 * `<23 characters>/data/<26 characters>.json.zst`, with 64 bytes. The rest is reserved for future names, because a
 * prefix that works now must stay valid.
 */
const RESERVED_BYTES = 128;

const MAX_PREFIX_BYTES = MAX_KEY_BYTES - '/AWSDynamoDB/'.length - RESERVED_BYTES;

/** Reports a resolved prefix under which no copy can be stored. */
export function checkKeys(prefix: string, problems: InputProblems): void {
  const bytes = Buffer.byteLength(prefix);
  if (bytes > MAX_PREFIX_BYTES) {
    problems.add(
      `has ${bytes} bytes (UTF-8) after the placeholders are replaced. Use at most ${MAX_PREFIX_BYTES} bytes: ` +
        'S3 limits object keys to 1,024 bytes',
    );
  }
  // S3 lists keys in XML, which cannot represent these characters.
  if (/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(prefix)) {
    problems.add('contains a control character or another character that S3 cannot list. Use printable characters');
  }
  if (prefix.split('/').some((folder) => folder === '.' || folder === '..')) {
    problems.add(
      `${quote(prefix)} contains a folder named . or .., which clients and stores resolve as a relative path. Rename it`,
    );
  }
}

import { oneOf, type Problems, quoted } from '../parameters/problems.ts';

export interface PrefixContext {
  /** The name of the table, also where the input was an ARN. */
  readonly table: string;
  readonly now: Date;
  readonly env: NodeJS.ProcessEnv;
}

const TOKENS = /\{\{|\}\}|\{([^{}]*)\}|\{/g;

/**
 * Fills in the placeholders of a prefix and makes it one that can be joined with `/`; '' for none.
 *
 * `{{` stands for a brace and so does `}}`; a `}` alone is itself. Slashes at either end go: DynamoDB's own export
 * puts `foo` and `foo/` in the same place, and a leading slash, most often left by an empty expression, would make a
 * folder without a name. Slashes inside stay as they are.
 */
export function resolveKeyPrefix(template: string, context: PrefixContext, problems: Problems): string {
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
  for (const token of unknown) {
    problems.add(`${quoted(token)} is no placeholder. Use ${oneOf(KNOWN)}, and {{ for a brace`);
  }
  for (const name of missing) {
    problems.add(`{${name}} cannot be filled in: the runner did not set ${VARIABLES[name]}. Leave it out`);
  }
  const prefix = filled.replace(/^\/+|\/+$/g, '');
  if (unknown.size === 0 && missing.size === 0) checkKeys(prefix, problems);
  return prefix;
}

/** What another attempt of the same run fills in differently. */
const CHANGING: readonly Placeholder[] = ['date', 'year', 'month', 'day', 'hour', 'run-attempt'];

/** The leading folders of a prefix that all attempts of a run fill in alike, still with their placeholders. */
export function lastingPart(template: string): string {
  for (const { 0: token, 1: name, index } of template.matchAll(TOKENS)) {
    if (token.startsWith('{{') || !CHANGING.some((changing) => changing === name)) continue;
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

/** In UTC; toISOString() is `2026-11-22T20:17:00.000Z`. */
const PLACEHOLDERS: Readonly<Record<Placeholder, (context: PrefixContext) => string | undefined>> = {
  table: ({ table }) => table,
  date: ({ now }) => now.toISOString().slice(0, 10),
  year: ({ now }) => now.toISOString().slice(0, 4),
  month: ({ now }) => now.toISOString().slice(5, 7),
  day: ({ now }) => now.toISOString().slice(8, 10),
  hour: ({ now }) => now.toISOString().slice(11, 13),
  'run-id': ({ env }) => env['GITHUB_RUN_ID'] || undefined,
  'run-attempt': ({ env }) => env['GITHUB_RUN_ATTEMPT'] || undefined,
  sha: ({ env }) => env['GITHUB_SHA'] || undefined,
};

const KNOWN = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY_BYTES = 1024;

/**
 * Room for what follows the folder in a key. The longest name today is that of a data object,
 * `<23 characters>/data/<26 characters>.json.zst`, 64 bytes; the rest is for names still to come, so that a prefix
 * that works keeps working.
 */
const LONGEST_NAME_BYTES = 128;

const LONGEST_PREFIX_BYTES = LONGEST_KEY_BYTES - '/AWSDynamoDB/'.length - LONGEST_NAME_BYTES;

function checkKeys(prefix: string, problems: Problems): void {
  const bytes = Buffer.byteLength(prefix);
  if (bytes > LONGEST_PREFIX_BYTES) {
    problems.add(
      `has ${bytes} bytes of UTF-8 with its placeholders filled in, which makes keys longer than the 1,024 bytes of ` +
        `S3. Use ${LONGEST_PREFIX_BYTES} at the most`,
    );
  }
  // XML, in which S3 lists keys, can hold none of these.
  if (/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(prefix)) {
    problems.add('holds a control character or another that S3 cannot list. Use printable characters');
  }
  if (prefix.split('/').some((folder) => folder === '.' || folder === '..')) {
    problems.add(`${quoted(prefix)} has a folder named . or .., which clients and stores resolve as a path. Rename it`);
  }
}

/** Variables that hold secrets of the step itself, whether or not the runner knows them as such. */
const SECRET_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_TOKEN',
] as const;

/** Anything shorter is no secret, and replacing it would only garble the text. */
export const SHORTEST_SECRET = 8;

/** @returns the secrets in the environment, longest first, so that one that contains another is replaced whole */
export function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return SECRET_VARIABLES.map((name) => env[name] ?? '')
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

/** The runner masks the log, but neither summaries nor files: so the Action masks what it writes itself. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/**
 * Text as one line that is neither a workflow command nor a control sequence.
 *
 * The runner takes a line that starts with `::`, and `##[` anywhere in a line, for a command; core.info escapes neither.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('##[', '## [')
    .replace(/^(\s*)::/, '$1: :');
}

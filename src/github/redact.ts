/** Environment variables with secrets. The runner does not mask all of them. */
const SECRET_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_TOKEN',
  'INPUT_GITHUB-TOKEN',
] as const;

/** Minimum length of a secret. Masking shorter values would only make text unreadable. */
export const MIN_SECRET_LENGTH = 8;

/** Returns the secrets in the environment, longest first: a secret that contains another one must be replaced first. */
export function secretsIn(env: NodeJS.ProcessEnv): string[] {
  return SECRET_VARIABLES.map((name) => env[name] ?? '')
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
}

/** Masks secrets in `text`. The runner masks only the log, not job summaries and files. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/**
 * Returns `text` as one line without workflow commands and control characters.
 *
 * The runner interprets a line that starts with `::`, and `##[` anywhere in a line, as a command. core.info escapes
 * neither.
 */
export function escapeForLog(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('##[', '## [')
    .replace(/^(\s*)::/, '$1: :');
}

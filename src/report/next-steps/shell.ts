/** Quotes any text as one word for a POSIX shell. */
export function quoteForShell(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Returns an AWS CLI parameter value as JSON on one line, quoted for a shell. Control characters become JSON escapes.
 */
export function jsonArgument(value: unknown): string {
  const json = JSON.stringify(value).replace(
    /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return quoteForShell(json);
}

/** Returns a command on several lines: the name, then one option per line. */
export function shellCommand(name: string, options: readonly (readonly [option: string, word: string])[]): string[] {
  const lines = [name, ...options.map(([option, word]) => `  ${option} ${word}`)];
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

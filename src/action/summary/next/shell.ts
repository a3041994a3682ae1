/** A word of a POSIX shell, whatever it holds. */
export function shellWord(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value of an AWS CLI parameter as JSON, in one line: control characters and the like as JSON's own escapes. */
export function jsonWord(value: unknown): string {
  const json = JSON.stringify(value).replace(
    /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shellWord(json);
}

/** A command over several lines: the name, then one option a line. */
export function command(name: string, options: readonly (readonly [option: string, word: string])[]): string[] {
  const lines = [name, ...options.map(([option, word]) => `  ${option} ${word}`)];
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

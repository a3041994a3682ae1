import { escapeForLog, redact } from '../github/redact.ts';

/** Makes text from outside the Action safe in Markdown: one line, secrets redacted, markup escaped. */
export type Escape = (text: string) => string;

export function markdownEscaper(secrets: readonly string[]): Escape {
  return (text) => escapeMarkdown(escapeForLog(redact(text, secrets)));
}

/** Escapes the characters that have a meaning in Markdown, its tables or embedded HTML. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|&~@$]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Returns a table of names and values, without a header. */
export function nameValueTable(rows: readonly (readonly [name: string, value: string])[], clean: Escape): string[] {
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${clean(name)} | ${clean(value)} |`), ''];
}

/**
 * Returns a code block. Its fence is longer than any fence in the code, so the code cannot end the block early.
 *
 * @param code lines; control characters are escaped
 */
export function codeBlock(language: 'sh' | 'sql' | 'mermaid', code: readonly string[]): string[] {
  const text = code.map(withoutControls);
  const longest = Math.max(
    2,
    ...(text
      .join('\n')
      .match(/`+/g)
      ?.map((run) => run.length) ?? []),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...text, fence, ''];
}

/** Returns a collapsed section. */
export function collapsible(title: string, content: readonly string[]): string[] {
  // Without the empty lines, GitHub treats the content as HTML.
  return ['<details>', `<summary>${title}</summary>`, '', ...content, '</details>', ''];
}

function withoutControls(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

import { oneLine, redact } from '../redact.ts';

/** Makes text that is not the Action's own fit to stand in Markdown: one line, without secrets, and nothing but text. */
export type Clean = (text: string) => string;

export function cleaner(secrets: readonly string[]): Clean {
  return (text) => escapeMarkdown(oneLine(redact(text, secrets)));
}

/** Characters that Markdown, its tables or HTML in it give a meaning to. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|&~@$]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A table without a heading: names and values. */
export function nameTable(rows: readonly (readonly [name: string, value: string])[], clean: Clean): string[] {
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${clean(name)} | ${clean(value)} |`), ''];
}

/**
 * A block of code, shown as it is. Its fence is longer than any in it, so that nothing can end it early.
 *
 * @param code lines; a control character in them is shown as its escape
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

/** Content that is shown once somebody asks for it. */
export function fold(title: string, content: readonly string[]): string[] {
  // Without the empty lines GitHub takes the content for HTML.
  return ['<details>', `<summary>${title}</summary>`, '', ...content, '</details>', ''];
}

function withoutControls(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

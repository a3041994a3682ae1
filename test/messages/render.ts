import type { Chosen, Message } from './choose-messages.ts';
import type { Site } from './site.ts';

const HEADER = `# Messages

Every text that users read while the Action runs, as the code creates it in tests. \`npm run messages -- --write\` writes
this file. Placeholders such as N and TIME stand for values that differ between runs.
`;

/** Returns the content of messages.md, grouped by source file. */
export function renderMessages(chosen: readonly Chosen[]): string {
  const files = [...Map.groupBy(chosen, ({ site }) => site.file)].map(([file, own]) => {
    const messages = own.flatMap(({ site, messages }) => messages.map((message) => renderMessage(site, message)));
    // Texts that occur twice in a file are shown once.
    return `\n## ${file}\n\n${[...new Set(messages)].join('\n')}\n`;
  });
  return HEADER + files.join('');
}

/** Returns a message as an item of a list. The remedy of an error is a line of its own. */
export function renderMessage({ kind }: Site, message: Message): string {
  const [first = '', ...rest] = message.map(escapeMarkdown);
  if (kind !== 'error') return `- ${kind}: ${[first, ...rest].join(': ')}`;
  return [`- error ${first}: ${rest[0] ?? ''}`, ...rest.slice(1)].join('  \n  ');
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\*<>]/g, '\\$&').replaceAll('\n', '  \n  ');
}

import type { CopyError } from '../errors.ts';
import type { Escape } from './markdown.ts';

/**
 * Returns a failure as Markdown, for a job summary.
 *
 * @param help URL of the documentation of the failure; undefined if unknown
 */
export function failureMarkdown(failure: CopyError, help: string | undefined, clean: Escape): string[] {
  return [
    ...failure.message.split('\n').map((line) => `> ${clean(line)}  `),
    '>',
    `> ${clean(failure.remedy)}`,
    '',
    ...(help === undefined ? [] : [`[More about \`${failure.code}\`](${help})`, '']),
  ];
}

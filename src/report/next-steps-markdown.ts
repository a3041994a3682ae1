import { redact } from '../github/redact.ts';
import { codeBlock, collapsible } from './markdown.ts';
import { athena } from './next-steps/athena.ts';
import { bulkPutItems } from './next-steps/bulk-put-items.ts';
import { duckDb } from './next-steps/duckdb.ts';
import { importTable } from './next-steps/import-table.ts';
import type { CompleteCopy, NextStep, SuggestNextStep } from './next-steps/next-step.ts';

/** Suggested next steps in display order. Restoring comes first, because it is the purpose of a backup. */
const SUGGESTIONS: readonly SuggestNextStep[] = [importTable, bulkPutItems, duckDb, athena];

/** Returns the next steps that are possible with this copy. */
export function nextStepsFor(copy: CompleteCopy): NextStep[] {
  return SUGGESTIONS.flatMap((suggest) => suggest(copy) ?? []);
}

/** Returns the next steps as Markdown, each in a collapsed section; empty if there are none. */
export function nextStepsMarkdown(copy: CompleteCopy, secrets: readonly string[]): string[] {
  const steps = nextStepsFor(copy).map(({ title, language, code, note }) =>
    collapsible(title, [
      ...(note === undefined ? [] : [note, '']),
      ...codeBlock(
        language,
        code.map((line) => redact(line, secrets)),
      ),
    ]),
  );
  return steps.length === 0 ? [] : ['#### Next steps', '', ...steps.flat()];
}

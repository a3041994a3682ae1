import { redact } from '../redact.ts';
import { codeBlock, fold } from './markdown.ts';
import { athena } from './next/athena.ts';
import { bulkPutItems } from './next/bulk-put-items.ts';
import { duckDb } from './next/duckdb.ts';
import { importTable } from './next/import-table.ts';
import type { CompleteCopy, NextStep, Offer } from './next/next-step.ts';

/** In the order in which they are shown: what a backup is for comes first. */
const OFFERS: readonly Offer[] = [importTable, bulkPutItems, duckDb, athena];

/** What can be done with this very copy; each only where it is true of it. */
export function nextSteps(copy: CompleteCopy): NextStep[] {
  return OFFERS.flatMap((offer) => offer(copy) ?? []);
}

/** The same as Markdown, each step in a fold; nothing where there is none. */
export function whatNext(copy: CompleteCopy, secrets: readonly string[]): string[] {
  const steps = nextSteps(copy).map(({ title, language, code, note }) =>
    fold(title, [
      ...(note === undefined ? [] : [note, '']),
      ...codeBlock(
        language,
        code.map((line) => redact(line, secrets)),
      ),
    ]),
  );
  return steps.length === 0 ? [] : ['#### What next', '', ...steps.flat()];
}

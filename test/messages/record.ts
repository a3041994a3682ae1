import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROJECT } from '../run/folders.ts';
import { RECORD } from './site.ts';

/** What a process recorded: the ID of a site, and the strings that the code created there. */
export type Sample = readonly [id: number, values: readonly string[]];

/** Maximum number of samples of a site in one process. A progress line has different numbers every time. */
const MAX_SAMPLES = 300;

/**
 * Makes this process load the instrumented modules instead of those in src/, and append what their sites create to a
 * file in `folder`. A file is complete after a crash, too: every line is written at once.
 *
 * @param folder folder with the instrumented modules in src/, and samples/ for the results
 */
export function record(folder: string): void {
  const path = join(folder, 'samples', `${randomUUID()}.jsonl`);
  const seen = new Map<number, Set<string>>();
  Object.assign(globalThis, {
    [RECORD](id: number, values: unknown[]): unknown[] {
      const strings = values.filter((value) => typeof value === 'string');
      const line = JSON.stringify([id, strings] satisfies Sample);
      const lines = seen.get(id) ?? new Set();
      if (!lines.has(line) && lines.size < MAX_SAMPLES) {
        seen.set(id, lines.add(line));
        appendFileSync(path, `${line}\n`);
      }
      return values;
    },
  });
  registerHooks({
    load(url, context, nextLoad) {
      const instrumented = url.startsWith('file:') ? instrumentedPath(folder, fileURLToPath(url)) : undefined;
      if (instrumented === undefined || !existsSync(instrumented)) return nextLoad(url, context);
      return { format: 'module', source: readFileSync(instrumented, 'utf8'), shortCircuit: true };
    },
  });
}

/** Returns the path of an instrumented module; undefined for files outside src/. */
function instrumentedPath(folder: string, path: string): string | undefined {
  const source = join(PROJECT, 'src');
  return path.startsWith(source) ? join(folder, `${path.slice(PROJECT.length)}.js`) : undefined;
}

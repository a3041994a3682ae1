import assert from 'node:assert/strict';
import { CopyError } from '../../src/errors.ts';
import type { TransformContext, TransformModule } from '../../src/transform/load-transform.ts';
import type { PlainItem } from '../../src/transform/plain-item.ts';
import { type ResultEncoder, TEXT_RESULTS } from '../../src/transform/result-encoder.ts';
import { transformLines } from '../../src/transform/transform-lines.ts';

export const SECRET = 'patient-4711';

/** Default export of the module of a user */
type Process = (item: PlainItem, context: TransformContext) => unknown;

export const CONTEXT = { table: 'orders', segment: 3, runId: '77' };

function moduleOf(process: Process, url: string, output: TransformModule['output']): TransformModule {
  return {
    path: 'scripts/mask.mjs',
    url,
    process,
    output,
    extension: 'txt',
    header: undefined,
    sha256: '',
    unhandledErrors: new AbortController().signal,
  };
}

/** Returns a page of `count` items, numbered by the attribute `n`. */
export function linesOf(count: number): Buffer {
  const lines = Array.from({ length: count }, (_, n) => `{"Item":{"id":{"S":"${SECRET}"},"n":{"N":"${n}"}}}\n`);
  return Buffer.from(lines.join(''));
}

/**
 * Transforms the items of a page with `process`. Returns the text and the counts.
 *
 * @param results default: the process returns text
 */
export async function processed(
  process: Process,
  lines = linesOf(3),
  signal = new AbortController().signal,
  url = 'file:///scripts/mask.mjs',
  results: ResultEncoder = TEXT_RESULTS,
) {
  const module = moduleOf(process, url, results === TEXT_RESULTS ? 'text' : 'item');
  const { bytes, ...counts } = await transformLines(lines, { module, results }, CONTEXT, signal);
  return { text: bytes.toString(), ...counts };
}

/** Returns the error with which `process` fails the copy. It names the module and contains nothing from an item. */
export async function failureOf(process: Process, url?: string, results?: ResultEncoder): Promise<CopyError> {
  try {
    await processed(process, undefined, undefined, url, results);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'PROCESS_FUNC_FAILED');
    assert.match(error.message, /^The module "scripts\/mask\.mjs" .*\.$/);
    assert.match(error.remedy, /\.$/);
    assert.ok(!`${error.message} ${error.remedy} ${error.name}`.includes(SECRET), error.message);
    return error;
  }
  return assert.fail('process-func did not fail');
}

/** Returns 0, 1, 2 and so on. */
export const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

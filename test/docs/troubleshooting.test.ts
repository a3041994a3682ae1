import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from './documents.ts';

/** Returns the error codes in the source code. Types do not exist when a test runs. */
function errorCodes(): string[] {
  const [, union = ''] = /export type ErrorCode =([^;]+);/.exec(read('src/errors.ts').text) ?? [];
  return [...union.matchAll(/'([A-Z0-9_]+)'/g)].map(([, code = '']) => code);
}

test('docs/troubleshooting.md explains every error code of src/errors.ts and no other', () => {
  const headings = [...read('docs/troubleshooting.md').text.matchAll(/^### ([A-Z0-9_]+)$/gm)].map(
    ([, code = '']) => code,
  );
  const codes = errorCodes();
  assert.ok(codes.length > 30, `${codes.length} codes found`);
  assert.deepEqual([...headings].sort(), [...codes].sort());
});

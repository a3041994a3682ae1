import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ACTION } from '../src/version.ts';

test('the version in manifests and in the user agent equals that of package.json', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as typeof ACTION;
  assert.deepEqual({ ...ACTION }, { name, version });
});

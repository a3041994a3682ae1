import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPart } from '../src/load-part.ts';

test('loadPart returns the module', async () => {
  const { sep } = await loadPart(import('node:path'));
  assert.equal(join('a', 'b'), `a${sep}b`);
});

test('a missing part ends the process with its error, even if the caller catches errors', () => {
  const module = JSON.stringify(import.meta.resolve('../src/load-part.ts'));
  const program = `import { loadPart } from ${module};
    try { await loadPart(import('./missing.js')); } catch {}
    console.log('continued');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /ERR_MODULE_NOT_FOUND/);
  assert.equal(stdout, '');
});

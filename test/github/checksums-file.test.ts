import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeChecksumsFile } from '../../src/github/checksums-file.ts';
import { createStepFolder } from '../runner/runner-files.ts';

test('the checksums of each copy are written to manifest-sha256.txt in a folder of its own', () => {
  using folder = createStepFolder();
  const temp = folder.env['RUNNER_TEMP'] ?? '';
  for (const id of ['01715685260608-c488b4e1', '01715685260609-c488b4e1']) {
    const path = writeChecksumsFile(Buffer.from(`checksums of ${id}`), id, folder.env);
    assert.equal(path, join(temp, `dynamodb-to-s3-checksums-${id}`, 'manifest-sha256.txt'));
    assert.equal(readFileSync(path, 'utf8'), `checksums of ${id}`);
  }
  const again = writeChecksumsFile(Buffer.from('again'), '01715685260608-c488b4e1', folder.env);
  assert.equal(readFileSync(again ?? '', 'utf8'), 'again');
});

test('without RUNNER_TEMP, the checksums are not written', () => {
  assert.equal(writeChecksumsFile(Buffer.from('checksums'), 'id', {}), undefined);
});

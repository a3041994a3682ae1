import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { newUploadsPath, savedUploadsPath } from '../../src/action/state.ts';

const temp = mkdtempSync(join(tmpdir(), 'state-'));
after(() => rmSync(temp, { recursive: true }));

test('what the step saves is what its post is told', () => {
  const file = join(temp, 'STATE');
  writeFileSync(file, '');
  process.env['GITHUB_STATE'] = file;
  try {
    const path = newUploadsPath({ RUNNER_TEMP: temp, GITHUB_STATE: file });
    assert.equal(dirname(path), temp);
    const [, name, value] = /^(\w+)<<(?:.*)\n(.*)\n/.exec(readFileSync(file, 'utf8')) ?? [];
    assert.equal(savedUploadsPath({ [`STATE_${name}`]: value }), path);
  } finally {
    delete process.env['GITHUB_STATE'];
  }
});

test('two steps of a job have a file each', () => {
  assert.notEqual(newUploadsPath({ RUNNER_TEMP: temp }), newUploadsPath({ RUNNER_TEMP: temp }));
});

test('outside of a runner there is a path all the same, and no post', () => {
  assert.equal(dirname(newUploadsPath({})), tmpdir());
  assert.equal(savedUploadsPath({}), undefined);
});

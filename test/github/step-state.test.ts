import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { newJournalPath, savedJournalPath } from '../../src/github/step-state.ts';

const temp = mkdtempSync(join(tmpdir(), 'state-'));
after(() => rmSync(temp, { recursive: true }));

test('the post step receives the journal path that the main step saved', () => {
  const file = join(temp, 'STATE');
  writeFileSync(file, '');
  process.env['GITHUB_STATE'] = file;
  try {
    const path = newJournalPath({ RUNNER_TEMP: temp, GITHUB_STATE: file });
    assert.equal(dirname(path), temp);
    const [, name, value] = /^(\w+)<<(?:.*)\n(.*)\n/.exec(readFileSync(file, 'utf8')) ?? [];
    assert.equal(savedJournalPath({ RUNNER_TEMP: temp, [`STATE_${name}`]: value }), path);
  } finally {
    delete process.env['GITHUB_STATE'];
  }
});

test('savedJournalPath accepts only a UUID that the main step saved', () => {
  const id = 'f687a721-4c11-4b42-9262-8fb6a491bfb6';
  const name = `dynamodb-to-s3-uploads-${id}.jsonl`;
  const savedAs = (value: string) => savedJournalPath({ RUNNER_TEMP: temp, STATE_uploads: value });
  assert.equal(savedAs(id), join(temp, name));
  for (const hostile of [
    '',
    'true',
    '/etc/passwd',
    name,
    join(temp, name),
    `../${id}`,
    `${id}/../../x`,
    `${id}\n`,
    ` ${id}`,
    id.toUpperCase(),
    id.repeat(2),
    'x'.repeat(100_000),
  ]) {
    assert.equal(savedAs(hostile), undefined, hostile.slice(0, 200));
  }
});

test('two steps of a job have different journal paths', () => {
  assert.notEqual(newJournalPath({ RUNNER_TEMP: temp }), newJournalPath({ RUNNER_TEMP: temp }));
});

test('newJournalPath uses the system folder for temporary files and saves no state outside of a runner', () => {
  assert.equal(dirname(newJournalPath({})), tmpdir());
  assert.equal(savedJournalPath({}), undefined);
});

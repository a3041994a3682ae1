import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const DIST = join(import.meta.dirname, '../../dist');
const folder = mkdtempSync(join(tmpdir(), 'entries-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs an entry point of dist/ with `program` in place of the bundle. */
function runEntry(entry: string, program: string, env: Readonly<Record<string, string>> = {}) {
  for (const name of [entry, 'package.json']) copyFileSync(join(DIST, name), join(folder, name));
  writeFileSync(join(folder, 'program.js'), program);
  return spawnSync(process.execPath, [join(folder, entry)], { encoding: 'utf8', env });
}

for (const [entry, program] of [
  ['index.js', 'main'],
  ['post.js', 'post'],
  ['plan.js', 'plan'],
  ['finish.js', 'finish'],
  ['restore.js', 'restore'],
  ['restore-post.js', 'restore-post'],
  ['verify.js', 'verify'],
  ['list-tables.js', 'list-tables'],
] as const) {
  test(`${entry} runs ${program} and ignores STATE_ variables`, () => {
    const env = { STATE_uploads: 'f687a721-4c11-4b42-9262-8fb6a491bfb6', STATE_isPost: 'true' };
    const { stdout, status } = runEntry(entry, 'export const run = async (name) => console.log(name);', env);
    assert.equal(stdout, `${program}\n`);
    assert.equal(status, 0);
  });

  test(`${entry} exits with code 13 if its promise never settles`, () => {
    assert.equal(runEntry(entry, 'export const run = () => new Promise(() => {});').status, 13);
  });
}

test('a step fails and names the file if a part of dist/ is missing', () => {
  const dist = join(folder, 'dist');
  cpSync(DIST, dist, { recursive: true });
  rmSync(join(dist, 'others.js'));
  const { stderr, status } = spawnSync(process.execPath, [join(dist, 'verify.js')], { encoding: 'utf8', env: {} });
  assert.match(stderr, /Cannot find module .*others\.js/);
  assert.equal(status, 1);
});

test('dist/ contains only the files that the build names', () => {
  const parts = ['program', 'others', 'octokit', 'kms', 'byte-thread'];
  const entries = ['index', 'post', 'plan', 'finish', 'restore', 'restore-post', 'verify', 'list-tables'];
  const scripts = [...parts, ...entries].map((name) => `${name}.js`);
  assert.deepEqual(readdirSync(DIST).sort(), [...scripts, 'licenses.txt', 'package.json'].sort());
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { action, paths, read } from './documents.ts';

const readme = read('README.md').text;

/** Returns the cells of the table rows under a heading. */
function rows(heading: string): string[][] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);
}

test('the README lists the inputs of action.yml in order and with their defaults', () => {
  const documented = rows('Inputs').map(([name, fallback]) => [name, fallback?.replaceAll('`', '')]);
  const declared = Object.entries(action.inputs).map(([name, input]) => [
    name,
    input.required ? 'required' : input.default,
  ]);
  assert.deepEqual(documented, declared);
});

test('the README lists the outputs of action.yml in order', () => {
  assert.deepEqual(
    rows('Outputs').map(([name]) => name),
    Object.keys(action.outputs),
  );
});

test('the README links every example workflow', () => {
  const missing = paths(['examples/workflows/*.yml']).filter((path) => !readme.includes(`](${path})`));
  assert.deepEqual(missing, []);
});

test('the README links every document', () => {
  const linked = paths(['docs/*.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']);
  assert.deepEqual(
    linked.filter((path) => !readme.includes(`](${path}`)),
    [],
  );
});

test('the first 40 lines of the README show how to run the demo and the tests', () => {
  const firstScreen = readme.split('\n', 40).join('\n');
  for (const command of ['`npm run demo`', '`npm test`']) assert.ok(firstScreen.includes(command), command);
});

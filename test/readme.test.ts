import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';

interface ActionYml {
  readonly inputs: Record<string, { readonly required?: boolean; readonly default?: string }>;
  readonly outputs: Record<string, unknown>;
}

const action = parse(readFileSync('action.yml', 'utf8')) as ActionYml;
const readme = readFileSync('README.md', 'utf8');

/** The cells of the rows of the table under a heading. */
function rows(heading: string): string[][] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);
}

test('the README lists the inputs of action.yml, in its order and with its defaults', () => {
  const documented = rows('Inputs').map(([name, fallback]) => [name, fallback?.replaceAll('`', '')]);
  const declared = Object.entries(action.inputs).map(([name, input]) => [
    name,
    input.required ? 'required' : input.default,
  ]);
  assert.deepEqual(documented, declared);
});

test('the README lists the outputs of action.yml, in its order', () => {
  assert.deepEqual(
    rows('Outputs').map(([name]) => name),
    Object.keys(action.outputs),
  );
});

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { parse } from 'acorn';
import { full } from 'acorn-walk';
import { parse as parseYaml } from 'yaml';
import { PROJECT } from './run/folders.ts';

const FILES = globSync('src/**/*.ts', { cwd: PROJECT }).map((file) => file.replaceAll('\\', '/'));

/** Returns the folder of a file. Each file directly in src/ counts as a folder of its own. */
function folderOf(file: string): string {
  const folder = posix.dirname(file);
  return folder === 'src' ? file : folder;
}

/** Returns the folders that each folder imports from, including type imports. */
function importsByFolder(): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of FILES) {
    const source = readFileSync(join(PROJECT, file), 'utf8');
    for (const [, path = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const [from, to] = [folderOf(file), folderOf(posix.join(posix.dirname(file), path))];
      if (from !== to) folders.set(from, (folders.get(from) ?? new Set()).add(to));
    }
  }
  return folders;
}

/** Returns a path from the folder back to itself; undefined if there is none. */
function cycleFrom(start: string, folders: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const visited = new Set<string>();
  const search = (path: readonly string[]): string[] | undefined => {
    for (const next of folders.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return [...path, next];
      if (visited.has(next)) continue;
      visited.add(next);
      const cycle = search([...path, next]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  return search([start]);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

test('the folders of src/ do not import each other in a cycle', () => {
  const folders = importsByFolder();
  assert.ok(folders.size > 10, 'the search must find the imports');
  const cycles = [...folders.keys()].flatMap((folder) => cycleFrom(folder, folders)?.join(' -> ') ?? []);
  assert.deepEqual(cycles, []);
});

test('the files of src/ have unique names', () => {
  assert.deepEqual(repeated(FILES.map((file) => basename(file))), []);
});

test('the exported names of src/ are unique', () => {
  const names = FILES.flatMap((file) => {
    const source = readFileSync(join(PROJECT, file), 'utf8');
    const declarations = source.matchAll(/^export (?:async )?(?:function\*?|class|interface|type|const) (\w+)/gm);
    return [...new Set([...declarations].map(([, name = '']) => name))];
  });
  assert.ok(names.length > 100, 'the search must find the exports');
  assert.deepEqual(repeated(names), []);
});

test('no folder of src/ is named utils, helpers or common', () => {
  const folders = new Set(FILES.map((file) => basename(dirname(file))));
  assert.deepEqual(
    ['utils', 'helpers', 'common'].filter((name) => folders.has(name)),
    [],
  );
});

test('below inputs/ and github/, only remedies.ts names inputs or workflow syntax', () => {
  const { inputs } = parseYaml(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { inputs: object };
  const names = Object.keys(inputs);
  const hyphenated = names.filter((name) => name.includes('-'));
  // Names of one word are also ordinary words, so they count only with a value: "resume: false", "set audience to".
  const withValue = `(?:${names.join('|')})(?:: | is\\b| to\\b)`;
  const syntax = '(?:permissions|with|env|if|needs): |max-parallel';
  const forbidden = new RegExp(`(?<![\\w-])(?:${withValue}|(?:${hyphenated.join('|')})(?![\\w-])|${syntax})`);
  const below = FILES.filter((file) =>
    /^src\/(?:aws|data-objects|export|format|list-tables|manifest|pacing|restore|s3|scan|shards|transform|verify)\/|^src\/[^/]+$/.test(
      file,
    ),
  );
  const steps = ['src/main.ts', 'src/post.ts', 'src/program.ts'];
  const named = below
    .filter((file) => !steps.includes(file))
    .flatMap((file) => stringsOf(file).flatMap((text) => (forbidden.test(text) ? `${file}: ${text}` : [])));
  assert.deepEqual(
    named.filter((text) => !text.startsWith('src/remedies.ts')).sort(),
    // A value in manifest-copy.json, which is read and written.
    ['src/manifest/copy-scope.ts: process-func', 'src/scan/finish-scan.ts: process-func'],
  );
  assert.ok(named.length > 20, 'the search must find the remedies');
});

/** Returns the fixed parts of the strings and template literals of a file, except for import paths. */
function stringsOf(file: string): string[] {
  const source = stripTypeScriptTypes(readFileSync(join(PROJECT, file), 'utf8'));
  const strings: string[] = [];
  full(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type === 'Literal' && typeof node.value === 'string') strings.push(node.value);
    if (node.type === 'TemplateElement') strings.push(node.value.cooked ?? '');
  });
  return strings.filter((text) => !/^(?:\.{1,2}\/|node:)/.test(text));
}

test('an item passes through few files, and each is short', () => {
  const { items, others } = filesOfItemPath();
  assert.ok(items.length > 0 && items.length <= 12, `${items.length} files handle the bytes of an item`);
  const perPage = [...items.filter(({ runsFor }) => runsFor === 'page'), ...others];
  assert.ok(others.length > 0 && perPage.length <= 20, `${perPage.length} files run for each page`);
  for (const { file } of [...items, ...others]) {
    const lines = readFileSync(join(PROJECT, 'src', file), 'utf8').split('\n').length - 1;
    assert.ok(lines <= 200, `${file} has ${lines} lines`);
  }
});

/** Reads the two tables in "From response to S3 object" of docs/how-it-works.md. */
function filesOfItemPath() {
  const docs = readFileSync(join(PROJECT, 'docs/how-it-works.md'), 'utf8');
  const [, section = ''] = /^## From response to S3 object\n([\s\S]*?)^## /m.exec(docs) ?? [];
  const rows = [...section.matchAll(/^\| `([^`]+\.ts)` \|(?: (page|part) \|)?/gm)];
  const files = rows.map(([, file = '', runsFor]) => ({ file, runsFor }));
  return {
    items: files.filter(({ runsFor }) => runsFor !== undefined),
    others: files.filter(({ runsFor }) => runsFor === undefined),
  };
}

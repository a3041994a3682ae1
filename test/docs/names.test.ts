import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { action, documents, proseOf, read } from './documents.ts';

/** Names with hyphens that are code, and neither an input nor an output. */
const OTHERS = new Set([
  ...['timeout-minutes', 'id-token', 'x-amz-crc32'],
  // What examples are about.
  ...['eu-central-1', 'my-backups', 'reads-orders', 'writes-backups'],
]);

const known = new Set([...Object.keys(action.inputs), ...Object.keys(action.outputs), ...OTHERS]);
const scripts = Object.keys((JSON.parse(read('package.json').text) as { scripts: object }).scripts);

describe('names in the documents', () => {
  for (const document of documents.filter(({ path }) => path !== 'CHANGELOG.md')) {
    it(`${document.path} names only inputs and outputs that there are`, () => {
      const named = [...proseOf(document).matchAll(/`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?:: [^`]*)?`/g)];
      const unknown = named.map(([, name = '']) => name).filter((name) => !known.has(name));
      assert.deepEqual(unknown, []);
    });

    it(`${document.path} names only files and folders that there are`, () => {
      const named = [...document.text.matchAll(/`((?:src|test|bench|examples|scripts|assembly|docs)\/[\w./-]*)`/g)];
      const paths = named.map(([, path = '']) => path);
      assert.deepEqual(
        paths.filter((path) => !existsSync(path)),
        [],
      );
    });

    it(`${document.path} names only npm scripts that there are`, () => {
      const named = [...document.text.matchAll(/\bnpm (?:run )?((?<=run )[\w:]+|test\b)/g)].map(
        ([, name = '']) => name,
      );
      assert.deepEqual(
        named.filter((name) => !scripts.includes(name)),
        [],
      );
    });
  }
});

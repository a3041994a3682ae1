import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { RESTORE_SETTINGS } from '../../src/restore/restore-settings.ts';
import { allActions, documents, proseOf, read } from './documents.ts';

/** Names with hyphens in code style that are neither inputs nor outputs. */
const OTHERS = new Set([
  ...['timeout-minutes', 'runs-on', 'id-token', 'fail-fast', 'x-amz-crc32'],
  // Actions of this repository
  ...['list-tables'],
  // Values of inputs of the restore Action
  ...['bulk-put', 'load-if-empty', ...RESTORE_SETTINGS],
  // Values in the differences file of the verify Action
  ...['only-in-copy', 'only-in-other'],
  // Names in examples
  ...['eu-central-1', 'my-backups', 'reads-orders', 'writes-backups', 'orders-restored', 'customers-staging'],
]);

const known = new Set([
  ...allActions.flatMap(({ inputs, outputs }) => [...Object.keys(inputs), ...Object.keys(outputs)]),
  ...OTHERS,
]);
const scripts = Object.keys((JSON.parse(read('package.json').text) as { scripts: object }).scripts);

describe('names in the documents', () => {
  for (const document of documents.filter(({ path }) => path !== 'CHANGELOG.md')) {
    it(`in ${document.path} are declared in action.yml if they name inputs or outputs`, () => {
      const named = [...proseOf(document).matchAll(/`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?:: [^`]*)?`/g)];
      const unknown = named.map(([, name = '']) => name).filter((name) => !known.has(name));
      assert.deepEqual(unknown, []);
    });

    it(`in ${document.path} exist if they name files or folders`, () => {
      const named = [...document.text.matchAll(/`((?:src|test|bench|examples|scripts|assembly|docs)\/[\w./-]*)`/g)];
      const paths = named.map(([, path = '']) => path);
      assert.deepEqual(
        paths.filter((path) => !existsSync(path)),
        [],
      );
    });

    it(`in ${document.path} exist in package.json if they name npm scripts`, () => {
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

// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { loadTransform } from '../../src/transform/load-transform.ts';
import { workspaceOf } from './workspace.ts';

// Each load adds listeners that last until the process ends. A run loads only one module.
process.setMaxListeners(0);

const SECRET = 'patient-4711';

const FUNCTION = 'export default (item) => item.id;\n';

async function problemWith(path: string, files: Readonly<Record<string, string>>): Promise<string> {
  using workspace = workspaceOf(files);
  return await problem(loadTransform(path, workspace.path));
}

/** Returns the message of the error with which the promise is rejected, after checking its code and remedy. */
async function problem(loading: Promise<unknown>): Promise<string> {
  try {
    await loading;
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'PROCESS_FUNC_INVALID');
    assert.match(error.remedy, /^[A-Z].*\.$/);
    const text = `${error.message} ${error.remedy}`;
    assert.match(error.message, /^The module ".*" .*\.$/);
    assert.ok(!text.includes(SECRET), text);
    return error.message;
  }
  return assert.fail('the module was loaded');
}

describe('loadTransform', () => {
  for (const [name, content] of [
    ['mask.mjs', FUNCTION],
    ['mask.js', FUNCTION],
    ['mask.ts', 'interface Item { readonly id: string }\nexport default (item: Item): string => item.id;\n'],
    ['mask.mts', 'export default function mask(item: { id: string }) { return item.id satisfies string; }\n'],
    ['scripts/with space/ümlaut#1?.mjs', FUNCTION],
    ['..mask/a.mjs', FUNCTION],
    ['async.mjs', 'export default async (item) => item.id;\n'],
    ['awaits.mjs', `await new Promise((done) => setTimeout(done, 50));\n${FUNCTION}`],
    ['common.js', 'module.exports = (item) => item.id;\n'],
  ] as const) {
    it(`loads ${name}`, async () => {
      using workspace = workspaceOf({ [name]: content });
      const module = await loadTransform(name, workspace.path);
      assert.equal(await module.process({ id: 'a' }, {} as never), 'a');
      assert.equal(module.path, name);
      assert.equal(module.output, 'text');
      assert.equal(module.extension, 'txt');
      assert.equal(module.header, undefined);
      assert.equal(module.sha256, createHash('sha256').update(content).digest('hex'));
      assert.equal(module.unhandledErrors.aborted, false);
    });
  }

  it('reads the exported extension and header', async () => {
    for (const [header, expected] of [
      ["'id,total\\n'", 'id,total\n'],
      ["'ä€😀'", 'ä€😀'],
      ["''", ''],
      ['Uint8Array.of(0xef, 0xbb, 0xbf)', '\ufeff'],
      ["Buffer.from('x')", 'x'],
      ["new (require('node:vm').runInNewContext('Uint8Array'))([65])", 'A'],
    ]) {
      using workspace = workspaceOf({
        'a.mjs': `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${FUNCTION}
          export const extension = 'csv'; export const header = ${header};`,
      });
      const { extension, header: bytes } = await loadTransform('a.mjs', workspace.path);
      assert.equal(extension, 'csv');
      assert.equal(bytes?.toString(), expected);
    }
  });

  it('recognizes a module that returns items', async () => {
    using workspace = workspaceOf({ 'a.mjs': `export const output = 'item';\nexport default (item) => item;\n` });
    const { output, extension, header } = await loadTransform('a.mjs', workspace.path);
    assert.deepEqual({ output, extension, header }, { output: 'item', extension: undefined, header: undefined });
  });

  for (const [what, exports, expected] of [
    ['another output', "output = 'text'", /exports an output other than 'item'\.$/],
    ['an output that is not a string', 'output = { item: true }', /exports an output other than 'item'\.$/],
    ['null as output', 'output = null', /exports an output other than 'item'\.$/],
    ['a header of items', "output = 'item', header = 'id\\n'", /exports both output and header\.$/],
    ['an extension of items', "output = 'item', extension = 'json'", /exports both output and extension\.$/],
  ] as const) {
    it(`rejects ${what}`, async () => {
      assert.match(await problemWith('a.mjs', { 'a.mjs': `export const ${exports};\n${FUNCTION}` }), expected);
    });
  }

  it('accepts absolute paths and symbolic links inside the workspace', async () => {
    using workspace = workspaceOf({ 'real/a.mjs': FUNCTION });
    symlinkSync(join(workspace.path, 'real'), join(workspace.path, 'linked'));
    assert.ok(await loadTransform(join(workspace.path, 'real/a.mjs'), workspace.path));
    assert.ok(await loadTransform('linked/a.mjs', workspace.path));
    assert.ok(await loadTransform('./real/../linked/a.mjs', workspace.path));
    // The workspace itself can also be a symbolic link.
    using other = workspaceOf({});
    symlinkSync(workspace.path, join(other.path, 'checkout'));
    assert.ok(await loadTransform('linked/a.mjs', join(other.path, 'checkout')));
  });
});

/** Files that import each other in different ways. The last two are a package in node_modules. */
const IMPORTING: Readonly<Record<string, string>> = {
  'lib/mask.ts': `
    import { createRequire } from 'node:module';
    import { prefix } from './prefix.mts';
    export * from '../again.mjs';
    import settings from './settings.json' with { type: 'json' };
    import common from './common.cjs';
    import pack from 'pack';
    const { late } = await import(\`./\${'late'}.mjs\`);
    const required: string = createRequire(import.meta.url)('./required.cjs');
    export default (item: { id: string }): string => [prefix, settings.a, common, pack, late, required, item.id].join('');
  `,
  'lib/prefix.mts': "export const prefix: string = '1';",
  'lib/settings.json': '{"a": "2"}',
  'lib/common.cjs': "module.exports = require('./of-common.js');",
  'lib/of-common.js': "module.exports = '3';",
  'lib/late.mjs': "export const late = '5';",
  'lib/required.cjs': "module.exports = require('node:path').sep && '6';",
  'again.mjs': "export { again } from './of-again.mjs';",
  'of-again.mjs': "export const again = 'again';",
  'node_modules/pack/package.json': '{"name": "pack", "exports": "./index.js"}',
  'node_modules/pack/index.js': "module.exports = '4';",
};

async function sha256Of(files: Readonly<Record<string, string>>): Promise<string> {
  using workspace = workspaceOf(files);
  const module = await loadTransform('lib/mask.ts', workspace.path);
  assert.equal(await module.process({ id: 'a' }, {} as never), '123456a');
  return module.sha256;
}

describe('the SHA-256 of a transform', () => {
  it('is the same in another folder, and ignores files that are not imported', async () => {
    assert.equal(await sha256Of(IMPORTING), await sha256Of({ ...IMPORTING, 'lib/not-imported.mjs': 'throw 1' }));
  });

  for (const [file, content] of Object.entries(IMPORTING).filter(([name]) => !name.endsWith('package.json'))) {
    it(`changes with ${file}`, async () => {
      assert.notEqual(await sha256Of(IMPORTING), await sha256Of({ ...IMPORTING, [file]: `${content}\n` }));
    });
  }

  it('equals that of the sha256sum output for its files, in the order of their paths', async () => {
    using workspace = workspaceOf({
      'a.mjs': "export { default } from './B/b.mjs';",
      'B/b.mjs': FUNCTION,
    });
    const { sha256 } = await loadTransform('a.mjs', workspace.path);
    const options = { cwd: workspace.path, shell: true, encoding: 'utf8' } as const;
    const { stdout } = spawnSync('sha256sum B/b.mjs a.mjs | sha256sum', options);
    assert.equal(`${sha256}  -\n`, stdout);
  });

  it('does not cover a file that the module deletes after importing it', async () => {
    const content = `import { rmSync } from 'node:fs';\nawait import('./made.mjs');
      rmSync(new URL('./made.mjs', import.meta.url));\n${FUNCTION}`;
    using workspace = workspaceOf({ 'a.mjs': content, 'made.mjs': 'export {};' });
    const { sha256 } = await loadTransform('a.mjs', workspace.path);
    assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
  });

  it('does not cover files outside of the workspace', async () => {
    using outside = workspaceOf({ 'b.mjs': FUNCTION });
    const content = `export { default } from ${JSON.stringify(join(outside.path, 'b.mjs'))};`;
    using workspace = workspaceOf({ 'a.mjs': content });
    const { sha256 } = await loadTransform('a.mjs', workspace.path);
    assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
  });

  it('does not cover files that the Action itself imports at the same time', async () => {
    const content = `await new Promise(setImmediate);\n${FUNCTION}`;
    using workspace = workspaceOf({ 'a.mjs': content, 'own.mjs': 'export {};' });
    const loading = loadTransform('a.mjs', workspace.path);
    await import(join(workspace.path, 'own.mjs'));
    assert.equal((await loading).sha256, createHash('sha256').update(content).digest('hex'));
  });
});

describe('process-func is rejected if its path', () => {
  it('does not exist', async () => {
    for (const path of ['nowhere.mjs', 'a.mjs/b.mjs', 'nowhere/', 'a\0.mjs']) {
      assert.match(await problemWith(path, { 'a.mjs': FUNCTION }), /does not exist/);
    }
    assert.match(await problem(loadTransform('a.mjs', '/nowhere/at/all')), /does not exist/);
  });

  it('is outside of the workspace', async () => {
    using outside = workspaceOf({ 'a.mjs': FUNCTION });
    using workspace = workspaceOf({});
    mkdirSync(join(workspace.path, 'sub'));
    symlinkSync(join(outside.path, 'a.mjs'), join(workspace.path, 'file.mjs'));
    symlinkSync(outside.path, join(workspace.path, 'folder'));
    const parentPath = `../${outside.path.split('/').at(-1)}/a.mjs`;
    for (const path of [parentPath, `sub/../${parentPath}`, join(outside.path, 'a.mjs'), 'file.mjs', 'folder/a.mjs']) {
      assert.match(await problem(loadTransform(path, workspace.path)), /is outside the workspace/, path);
    }
    // A folder whose name starts with that of the workspace
    assert.match(await problem(loadTransform('sub/../..', workspace.path)), /is outside the workspace/);
    assert.match(await problem(loadTransform('../folder/a.mjs', join(workspace.path, 'sub'))), /outside/);
  });

  it('is not the file of an ES module', async () => {
    const files = { 'a.cjs': FUNCTION, 'a.json': '{}', 'a.py': '', 'a.tsx': FUNCTION, 'a.mjs/b': '', a: FUNCTION };
    for (const path of [...Object.keys(files), 'a.mjs', '.', '']) {
      assert.match(await problemWith(path, files), /is not an ES module file/, path);
    }
  });
});

describe('process-func is rejected if its module', () => {
  for (const [what, content, expected] of [
    ['has no default export', 'export const process = () => null;', /does not have a function as its default export/],
    [
      'has a default export that is not a function',
      'export default { process() {} };',
      /does not have a function as its default export/,
    ],
    [
      'is compiled to CommonJS',
      'exports.__esModule = true; exports.default = () => null;',
      /does not have a function as its default export/,
    ],
    ['exports a number as extension', `${FUNCTION} export const extension = 1;`, /exports an invalid extension/],
    ['exports an empty extension', `${FUNCTION} export const extension = '';`, /exports an invalid extension/],
    ['exports an extension with a leading dot', `${FUNCTION} export const extension = '.csv';`, /extension/],
    ['exports an extension with a slash', `${FUNCTION} export const extension = 'a/b';`, /extension/],
    ['exports a number as header', `${FUNCTION} export const header = 1;`, /header that is neither/],
    ['exports null as header', `${FUNCTION} export const header = null;`, /header that is neither/],
    [
      'exports a header with an unpaired surrogate',
      `${FUNCTION} export const header = '\\ud83d';`,
      /header that is neither/,
    ],
    ['has a syntax error', 'export default (item) => {;', /could not be loaded \("Unexpected end of input"\)/],
    [
      'imports a package that does not exist',
      `import 'csv-nowhere';\n${FUNCTION}`,
      /could not be loaded \("Cannot find package 'csv-nowhere' imported from/,
    ],
    ['imports a file that does not exist', `import './nowhere.mjs';\n${FUNCTION}`, /"Cannot find module '/],
    [
      'imports a name that is not exported',
      `import { nothing } from 'node:fs';\n${FUNCTION}`,
      /"The requested module 'node:fs' does not provide an export named 'nothing'"/,
    ],
    [
      'throws at its top level',
      `\nthrow new TypeError('${SECRET}');\n${FUNCTION}`,
      /could not be loaded \(TypeError, line 2\)/,
    ],
    [
      'throws a value that is not an Error',
      `throw '${SECRET}';\n${FUNCTION}`,
      /could not be loaded \(a value that is not an Error\)/,
    ],
    ['parses invalid JSON', `JSON.parse('${SECRET}');\n${FUNCTION}`, /could not be loaded \(SyntaxError, line 1\)/],
    [
      'rejects a promise at its top level',
      `await Promise.reject(new Error('${SECRET}'));\n${FUNCTION}`,
      /could not be loaded \(Error, line 1\)/,
    ],
    ['does not finish loading', `await new Promise(() => {});\n${FUNCTION}`, /did not load within 30 seconds/],
  ] as const) {
    it(what, async () => {
      // The extension .js allows both ES modules and CommonJS.
      assert.match(await problemWith('a.js', { 'a.js': content }), expected);
    });
  }

  it('contains TypeScript syntax that cannot be stripped', async () => {
    const content = `enum Kind { A, B }\nexport default () => Kind[0];\n`;
    const message = await problemWith('a.ts', { 'a.ts': content });
    assert.match(message, /could not be loaded \("TypeScript enum is not supported in strip-only mode"\)/);
  });

  it('is in a CommonJS package', async () => {
    const message = await problemWith('a.js', { 'package.json': '{"type": "commonjs"}', 'a.js': FUNCTION });
    assert.match(message, /could not be loaded \("Unexpected token 'export'"\)/);
  });

  it('has a name that contains a workflow command', async () => {
    const message = await problemWith('::error::x\n.mjs', {});
    assert.match(message, /The module "::error::x\\n.mjs" does not exist/);
  });
});

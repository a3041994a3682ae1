import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Item } from '../emulators/source.ts';
import {
  assertFailed,
  assertSucceeded,
  type Failure,
  keysIn,
  openPair,
  type Pair,
  startServers,
} from '../fixtures/pair.ts';
import { runWithModule } from '../fixtures/user-module.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';
import { workspaceOf } from '../transform/workspace.ts';

await startServers();

/** In every item, and in no text that anybody may see. */
const SECRET = 'patient-4711';

/** 30 seconds are 1.5. For what waits for them alone, as the time that AWS has to answer shrinks as well. */
const SHORTER = { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } };

/** Modules that fail at items, each in another way, and what the failure says. */
const FAILING: Readonly<Record<string, { readonly module: string; readonly says: RegExp }>> = {
  'an error': {
    module: '\nexport default (item) => {\n  throw new TypeError(JSON.stringify(item));\n};',
    says: /process-func: "scripts\/process\.mjs" threw an exception \(TypeError, line 3\)\./,
  },
  'an error with the item everywhere': {
    module: `export default (item) => {
      throw Object.assign(new RangeError(item.secret), { name: item.secret, code: item.secret, item, cause: item });
    };`,
    says: /threw an exception \(RangeError, line 2\)\./,
  },
  'an error of Node that quotes the item': {
    module: "import { readFileSync } from 'node:fs';\nexport default (item) => readFileSync(item.secret);",
    says: /threw an exception \(Error, ENOENT, line 2\)\./,
  },
  'the item itself': {
    module: 'export default (item) => { throw item; };',
    says: /threw an exception \(a value that is not an Err/,
  },
  'its secret as text': {
    module: 'export default ({ secret }) => { throw secret; };',
    says: /threw an exception \(a value/,
  },
  'a rejection': {
    module: 'export default async (item) => {\n  await null;\n  throw new Error(item.secret);\n};',
    says: /threw an exception \(Error, line 3\)\./,
  },
  'a rejection with the item': {
    module: 'export default (item) => Promise.reject(item);',
    says: /threw an exception \(a value/,
  },
  nothing: { module: 'export default (item) => { item.seen = true; };', says: /returned undefined\./ },
  'the item as the answer': { module: 'export default (item) => item;', says: /returned a value of type object\./ },
  'no answer': {
    module: 'export default () => new Promise(() => {});',
    says: /did not return a result .* within 30 seconds/,
  },
  'an error in a timer': {
    module: `export default (item) => {
      setTimeout(() => { throw new RangeError(item.secret); }, 5);
      return new Promise(() => {});
    };`,
    says: /an unhandled error occurred while "scripts\/process\.mjs" was in use \(RangeError, line 2\)\./,
  },
  'a promise that nothing awaits': {
    module:
      'export default async (item) => {\n  Promise.reject(new Error(item.secret));\n  await new Promise(() => {});\n};',
    says: /an unhandled error .* \(Error, line 2\)\./,
  },
  'a promise that nothing awaits, with the item': {
    module: 'export default (item) => (Promise.reject(item), new Promise(() => {}));',
    says: /an unhandled error .* \(a value that is not an Error\)\./,
  },
  'process.exit(0)': {
    module: 'export default () => process.exit(0);',
    says: /ended the process before the copy was complete\./,
  },
  'process.exit() later': {
    module: 'export default () => new Promise(() => setTimeout(() => process.exit(), 20));',
    says: /ended the process before the copy was complete\./,
  },
};

suite('a module that fails at an item fails the step, and the item is not shown', { concurrency: 2 }, () => {
  for (const [name, { module, says }] of fewOf(Object.entries(FAILING), 3)) {
    for (const segments of fewOf(['auto', '3'], 1)) {
      test(`${name}, total-segments: ${segments}`, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable(secretItems(20));
        await using run = await runWithModule(pair, table, module, {
          ...(name === 'no answer' && SHORTER),
          inputs: { 'total-segments': segments },
        });
        const { message, remedy } = await assertFailedInSecret(run, pair, 'PROCESS_FUNC_FAILED');
        assert.match(message, says);
        assert.match(remedy, /\.$/);
        assert.equal(run.outputs['scope'], 'subset');
      });
    }
  }

  test('in the middle of an upload, which is aborted', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(12));
    const module = `
      let calls = 0;
      export default async (item) => {
        calls += 1;
        if (calls === 10) setTimeout(() => { throw new Error(item.secret); }, 100);
        if (calls >= 10) await new Promise(() => {});
        return 'x'.repeat(2_000_000);
      };`;
    const inputs = { compression: 'none', 'total-segments': '1', 'dynamodb-scan-kwargs': 'Limit: 3' };
    await using run = await runWithModule(pair, table, module, { inputs });
    await assertFailedInSecret(run, pair, 'PROCESS_FUNC_FAILED');
    assert.ok(pair.store.requests.some((request) => request.operation === 'AbortMultipartUpload'));
  });
});

suite('a module that cannot be used fails the step before anything is written', { concurrency: 2 }, () => {
  const COULD_RUN: readonly string[] = ['leaves an error to nobody', 'ends the process'];
  for (const [name, module, says] of fewOf(
    [
      ['has no default export', 'export const process = () => null;', /does not have a function as its default export/],
      ['has a syntax error', 'export default (item) => {', /could not be loaded \("Unexpected end of input"\)/],
      ['lacks a package', "import 'csv-nowhere';", /could not be loaded \("Cannot find package 'csv-nowhere' /],
      ['throws', `throw new Error('${SECRET}');`, /could not be loaded \(Error, line 1\)/],
      ['never ends to load', 'await new Promise(() => {});', /did not load within 30 seconds/],
      [
        'leaves an error to nobody',
        `Promise.reject(new Error('${SECRET}'));\nawait new Promise(() => {});`,
        /an unhandled error .* \(Error, line 1\)/,
      ],
      ['ends the process', 'process.exit(0);', /ended the process before the copy was complete/],
    ] as const,
    3,
  )) {
    test(`as it ${name}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(secretItems(1));
      await using run = await runWithModule(pair, table, module, name === 'never ends to load' ? SHORTER : {});
      const code = COULD_RUN.includes(name) ? 'PROCESS_FUNC_FAILED' : 'PROCESS_FUNC_INVALID';
      assert.match((await assertFailedInSecret(run, pair, code)).message, says);
      assert.deepEqual(await keysIn(pair), []);
    });
  }

  slowTest('as TypeScript that is more than types', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(1));
    const module = 'enum Kind { A }\nexport default () => Kind[0];';
    await using run = await runWithModule(pair, table, module, { name: 'a.ts' });
    const { message } = await assertFailedInSecret(run, pair, 'PROCESS_FUNC_INVALID');
    assert.match(message, /"a\.ts" could not be loaded \("TypeScript enum is not supported in strip-only mode"\)/);
  });

  test('as it lies outside of the workspace', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(1));
    using outside = workspaceOf({ 'a.mjs': 'export default () => null;' });
    using workspace = workspaceOf({});
    symlinkSync(join(outside.path, 'a.mjs'), join(workspace.path, 'link.mjs'));
    for (const path of ['link.mjs', join(outside.path, 'a.mjs'), '../../etc/hosts']) {
      const inputs = { 'dynamodb-table-name': table, 'process-func': path };
      await using run = await pair.run(inputs, { workspace: workspace.path });
      const { message } = await assertFailed(run, pair, 'PROCESS_FUNC_INVALID');
      assert.match(message, /(is outside the workspace|does not exist)\.$/);
    }
    assert.deepEqual(await keysIn(pair), []);
  });

  test('beside export-format', async () => {
    await using pair = await openPair();
    for (const format of ['JSON', 'ION']) {
      await using run = await runWithModule(pair, 'orders', '', { inputs: { 'export-format': format } });
      const { message } = await assertFailed(run, pair, 'INVALID_INPUT');
      assert.match(message, /process-func: cannot be set with export-format/);
    }
  });
});

suite('a module that is not through when the copy is', { concurrency: 2 }, () => {
  slowTest('does not keep the step running', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(3));
    const module = "setInterval(() => {}, 1000);\nexport default ({ pk }) => pk + '\\n';";
    await using run = await runWithModule(pair, table, module, SHORTER);
    assertSucceeded(run);
    assert.equal((await pair.copyOf(run)).summary.itemCount, 3);
    assert.equal(run.warnings.length, 1, run.log);
    assert.match(run.warnings[0] ?? '', /"scripts\/process\.mjs" left a timer or a connection open/);
  });

  slowTest('may end by itself', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(3));
    const module = "setTimeout(() => console.log('ended by itself'), 1000);\nexport default ({ pk }) => pk + '\\n';";
    await using run = await runWithModule(pair, table, module);
    assertSucceeded(run);
    assert.match(run.stdout, /ended by itself/);
    assert.deepEqual(run.warnings, []);
  });

  slowTest('may fail then, with a warning', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(3));
    pair.store.inject((request) => (request.key.endsWith('manifest-files.json') ? { delayMs: 1_000 } : undefined));
    const module = `export default (item) => {
      setTimeout(() => { throw new Error(item.secret); }, 500);
      return item.pk;
    };`;
    await using run = await runWithModule(pair, table, module);
    assertSucceeded(run);
    assertSecret(run);
    assert.equal((await pair.copyOf(run)).summary.itemCount, 3);
    assert.equal(run.warnings.length, 1, run.log);
    assert.match(run.warnings[0] ?? '', /an unhandled error .* \(Error, line 2\)\. All items had already been stored/);
  });
});

function secretItems(count: number): Item[] {
  return Array.from({ length: count }, (_, n) => ({ pk: { S: `${SECRET}-${n}` }, secret: { S: SECRET } }));
}

async function assertFailedInSecret(run: RunResult, pair: Pair, code: string): Promise<Failure> {
  const failure = await assertFailed(run, pair, code);
  assertSecret(run);
  return failure;
}

function assertSecret(run: RunResult): void {
  for (const text of [run.stdout, run.stderr, run.summary, JSON.stringify([run.outputs, run.state, run.exportedEnv])]) {
    assert.ok(!text.includes(SECRET), text);
  }
}

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
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
import type { RunOptions, RunResult } from '../runner/runner.ts';
import { workspaceOf } from '../transform/workspace.ts';

await startServers();

/** Part of every item. Must not appear in any log or output. */
const SECRET = 'patient-4711';

/** Shortens 30 seconds to 1.5. Only for tests that wait for this limit, because it also shortens those of AWS requests. */
const SHORT_TIME_LIMIT = { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } };

interface FailingModule {
  readonly module: string;
  /** Expected error message. */
  readonly message: RegExp;
  readonly options?: RunOptions;
}

const FAILING: Readonly<Record<string, FailingModule>> = {
  'throws an error whose message contains the item': {
    module: '\nexport default (item) => {\n  throw new TypeError(JSON.stringify(item));\n};',
    message: /The module "scripts\/process\.mjs" threw an exception \(TypeError, line 3\)\./,
  },
  'throws an error whose name, code and cause contain the item': {
    module: `export default (item) => {
      throw Object.assign(new RangeError(item.secret), { name: item.secret, code: item.secret, item, cause: item });
    };`,
    message: /threw an exception \(RangeError, line 2\)\./,
  },
  'throws an error of Node.js whose message contains the item': {
    module: "import { readFileSync } from 'node:fs';\nexport default (item) => readFileSync(item.secret);",
    message: /threw an exception \(Error, ENOENT, line 2\)\./,
  },
  'throws the item': {
    module: 'export default (item) => { throw item; };',
    message: /threw an exception \(a value that is not an Err/,
  },
  'throws a string': {
    module: 'export default ({ secret }) => { throw secret; };',
    message: /threw an exception \(a value/,
  },
  'rejects with an error': {
    module: 'export default async (item) => {\n  await null;\n  throw new Error(item.secret);\n};',
    message: /threw an exception \(Error, line 3\)\./,
  },
  'rejects with the item': {
    module: 'export default (item) => Promise.reject(item);',
    message: /threw an exception \(a value/,
  },
  'returns undefined': { module: 'export default (item) => { item.seen = true; };', message: /returned undefined\./ },
  'returns the item': { module: 'export default (item) => item;', message: /returned a value of type object\./ },
  'returns a promise that is never settled': {
    options: SHORT_TIME_LIMIT,
    module: 'export default () => new Promise(() => {});',
    message: /did not return a result .* within 30 seconds/,
  },
  'throws in a timer': {
    module: `export default (item) => {
      setTimeout(() => { throw new RangeError(item.secret); }, 5);
      return new Promise(() => {});
    };`,
    message: /An unhandled error occurred while the module "scripts\/process\.mjs" was in use \(RangeError, line 2\)\./,
  },
  'leaves a promise unhandled that is rejected with an error': {
    module:
      'export default async (item) => {\n  Promise.reject(new Error(item.secret));\n  await new Promise(() => {});\n};',
    message: /An unhandled error .* \(Error, line 2\)\./,
  },
  'leaves a promise unhandled that is rejected with the item': {
    module: 'export default (item) => (Promise.reject(item), new Promise(() => {}));',
    message: /An unhandled error .* \(a value that is not an Error\)\./,
  },
  'calls process.exit(0)': {
    module: 'export default () => process.exit(0);',
    message: /ended the process before the copy was complete\./,
  },
  'calls process.exit() in a timer': {
    module: 'export default () => new Promise(() => setTimeout(() => process.exit(), 20));',
    message: /ended the process before the copy was complete\./,
  },
};

suite('a process-func module that fails on an item', { concurrency: 2 }, () => {
  for (const [behavior, { module, message, options }] of fewOf(Object.entries(FAILING), 3)) {
    for (const segments of fewOf(['auto', '3'], 1)) {
      test(`fails the step without showing the item if it ${behavior}, total-segments: ${segments}`, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable(secretItems(20));
        const inputs = { 'total-segments': segments };
        await using run = await runWithModule(pair, table, module, { ...options, inputs });
        const failure = await assertFailedInSecret(run, pair, 'PROCESS_FUNC_FAILED');
        assert.match(failure.message, message);
        assert.match(failure.remedy, /\.$/);
        assert.equal(run.outputs['scope'], 'subset');
      });
    }
  }

  test('fails the step and aborts the multipart upload if it throws during the upload', async () => {
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

interface UnusableModule extends FailingModule {
  readonly code: ErrorCode;
}

const UNUSABLE: Readonly<Record<string, UnusableModule>> = {
  'has no default export': {
    module: 'export const process = () => null;',
    code: 'PROCESS_FUNC_INVALID',
    message: /does not have a function as its default export/,
  },
  'has a syntax error': {
    module: 'export default (item) => {',
    code: 'PROCESS_FUNC_INVALID',
    message: /could not be loaded \("Unexpected end of input"\)/,
  },
  'imports a package that is not installed': {
    module: "import 'csv-nowhere';",
    code: 'PROCESS_FUNC_INVALID',
    message: /could not be loaded \("Cannot find package 'csv-nowhere' /,
  },
  'throws while it is loaded': {
    module: `throw new Error('${SECRET}');`,
    code: 'PROCESS_FUNC_INVALID',
    message: /could not be loaded \(Error, line 1\)/,
  },
  'does not load within 30 seconds': {
    module: 'await new Promise(() => {});',
    code: 'PROCESS_FUNC_INVALID',
    message: /did not load within 30 seconds/,
    options: SHORT_TIME_LIMIT,
  },
  'leaves a rejected promise unhandled while it is loaded': {
    module: `Promise.reject(new Error('${SECRET}'));\nawait new Promise(() => {});`,
    code: 'PROCESS_FUNC_FAILED',
    message: /An unhandled error .* \(Error, line 1\)/,
  },
  'ends the process while it is loaded': {
    module: 'process.exit(0);',
    code: 'PROCESS_FUNC_FAILED',
    message: /ended the process before the copy was complete/,
  },
};

suite('a process-func module that cannot be used', { concurrency: 2 }, () => {
  for (const [defect, { module, code, message, options }] of fewOf(Object.entries(UNUSABLE), 3)) {
    test(`fails the step with ${code} before anything is written if it ${defect}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(secretItems(1));
      await using run = await runWithModule(pair, table, module, options);
      assert.match((await assertFailedInSecret(run, pair, code)).message, message);
      assert.deepEqual(await keysIn(pair), []);
    });
  }

  slowTest('fails the step if it is TypeScript that type stripping does not support', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(1));
    const module = 'enum Kind { A }\nexport default () => Kind[0];';
    await using run = await runWithModule(pair, table, module, { name: 'a.ts' });
    const { message } = await assertFailedInSecret(run, pair, 'PROCESS_FUNC_INVALID');
    assert.match(message, /"a\.ts" could not be loaded \("TypeScript enum is not supported in strip-only mode"\)/);
  });

  test('fails the step before anything is written if it is outside the workspace', async () => {
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

  test('fails the step with INVALID_INPUT if it returns text and export-format is also set', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(1));
    const module = 'export default ({ pk }) => pk;';
    for (const format of fewOf(['JSON', 'ION'], 1)) {
      await using run = await runWithModule(pair, table, module, { inputs: { 'export-format': format } });
      const { message } = await assertFailed(run, pair, 'INVALID_INPUT');
      assert.match(message, /process-func: cannot be set with export-format/);
    }
  });
});

suite('a process-func module that is still active when the copy is complete', { concurrency: 2 }, () => {
  slowTest('does not keep the step running, and causes a warning about an open timer', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(3));
    const module = "setInterval(() => {}, 1000);\nexport default ({ pk }) => pk + '\\n';";
    await using run = await runWithModule(pair, table, module, SHORT_TIME_LIMIT);
    assertSucceeded(run);
    assert.equal((await pair.copyOf(run)).summary.itemCount, 3);
    assert.equal(run.warnings.length, 1, run.log);
    assert.match(run.warnings[0] ?? '', /"scripts\/process\.mjs" left a timer or a connection open/);
  });

  slowTest('can finish without a warning', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(secretItems(3));
    const module = "setTimeout(() => console.log('ended by itself'), 1000);\nexport default ({ pk }) => pk + '\\n';";
    await using run = await runWithModule(pair, table, module);
    assertSucceeded(run);
    assert.match(run.stdout, /ended by itself/);
    assert.deepEqual(run.warnings, []);
  });

  slowTest('causes a warning, not a failure, if it throws then', async () => {
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
    assert.match(run.warnings[0] ?? '', /An unhandled error .* \(Error, line 2\)\. All items had already been stored/);
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

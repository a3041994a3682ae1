import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Copy, readCopy } from '../support/read-copy.ts';
import { type RunOptions, type RunResult, runAction, startAction } from '../support/runner.ts';
import type { Item, Source } from '../support/source.ts';
import { chosenSource, openSource } from '../support/source.ts';
import { startSourceServer } from '../support/source-servers.ts';
import { chosenStore, openStore, type Store } from '../support/store.ts';
import { type StoreName, startStoreServer } from '../support/store-servers.ts';

/** Both sides of a copy, behind proxies of their own. */
export interface Pair extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly bucket: string;
  /** What a run needs to be told: the bucket, and where the servers are. */
  readonly step: (inputs: Inputs, options?: RunOptions) => RunOptions;
  readonly run: (inputs: Inputs, options?: RunOptions) => Promise<RunResult>;
  readonly start: (inputs: Inputs, options?: RunOptions) => ReturnType<typeof startAction>;
  /** Reads the copy that a run made, and checks all of it. */
  readonly copyOf: (run: RunResult) => Promise<Copy>;
}

export type Inputs = Readonly<Record<string, string>>;

/** Runs one of the modules beside this one before the Action, in its process. */
export function preload(module: 'pretend-cores.ts' | 'fast-clock.ts' | 'ahead-clock.ts' | 'older-node.ts'): RunOptions {
  return { nodeFlags: ['--import', pathToFileURL(join(import.meta.dirname, module)).href] };
}

/**
 * Starts the servers of a file of tests, unless the environment names some that run already. Each test opens a pair of
 * its own before them, so that tests can run side by side and see nothing but their own requests.
 */
export async function startServers(): Promise<void> {
  if (process.env['TEST_SOURCE_ENDPOINT'] === undefined) {
    const server = await startSourceServer(chosenSource());
    process.env['TEST_SOURCE_ENDPOINT'] = server.endpoint;
    after(() => server[Symbol.asyncDispose]());
  }
  if (process.env['TEST_STORE_ENDPOINT'] === undefined) {
    const server = await startStoreServer(chosenStore());
    process.env['TEST_STORE_ENDPOINT'] = server.endpoint;
    after(() => server[Symbol.asyncDispose]());
  }
}

/** @param storeName where the store that the environment names cannot do */
export async function openPair(storeName?: StoreName): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSource());
  const store = stack.use(await openStore(storeName));
  const bucket = await store.createBucket();
  const step: Pair['step'] = (inputs, options = {}) => ({
    ...options,
    // Most tests look at what a copy itself reads and writes; those of resuming turn it on, and TEST_RESUME does for all.
    inputs: {
      's3-bucket-name': bucket,
      's3-force-path-style': 'true',
      resume: process.env['TEST_RESUME'] || 'false',
      ...inputs,
    },
    env: { ...source.env, ...store.env, ...options.env },
  });
  const resources = stack.move();
  return {
    source,
    store,
    bucket,
    step,
    run: (inputs, options) => runAction(step(inputs, options)),
    start: (inputs, options) => startAction(step(inputs, options)),
    copyOf(run) {
      assertSucceeded(run);
      return readCopy(store, bucket, run.outputs['manifest-key'] ?? '');
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export function assertSucceeded(run: RunResult): void {
  assert.equal(run.exitCode, 0, `the step failed:\n${run.log}`);
  assert.deepEqual(run.errors, []);
}

export interface Failure {
  readonly code: string;
  /** The message: what happened, then what to do. */
  readonly message: string;
  readonly remedy: string;
}

/**
 * A failure as it should be: a code of its own, one annotation that ends with a remedy, no copy, and nothing open.
 */
export async function assertFailed(run: RunResult, pair: Pair, code: string): Promise<Failure> {
  assert.equal(run.exitCode, 1, `the step should have failed:\n${run.log}`);
  const errors = run.commands.filter((command) => command.name === 'error');
  assert.equal(errors.length, 1, `one annotation and not ${errors.length}:\n${run.log}`);
  const [error] = errors;
  assert.equal(error?.properties['title'], code, run.log);
  const lines = (error?.message ?? '').split('\n');
  assert.ok(lines.length >= 2, `what happened and what to do, each in lines of its own:\n${error?.message}`);
  assert.match(run.summary, new RegExp(`failed: \`${code}\``));

  assert.equal(run.outputs['manifest-key'], undefined);
  const keys = await keysIn(pair);
  assert.deepEqual(
    keys.filter((key) => key.endsWith('manifest-summary.json')),
    [],
  );
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  return { code, message: lines.slice(0, -1).join('\n'), remedy: lines.at(-1) ?? '' };
}

/** Every key in the pair's bucket. */
export async function keysIn({ store, bucket }: Pair): Promise<string[]> {
  return (await store.list(bucket)).map((object) => object.key);
}

/** Items whose pages are read in several requests: DynamoDB ends a page at 1 MB. */
export function largeItems(count: number, bytes = 100_000): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    pk: { S: `item-${String(index).padStart(4, '0')}` },
    n: { N: String(index) },
    text: { S: `text of item ${index} `.repeat(Math.ceil(bytes / 10)).slice(0, bytes) },
  }));
}

export function smallItems(count: number): Item[] {
  return largeItems(count, 10);
}

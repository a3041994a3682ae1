import assert from 'node:assert/strict';
import type { ExportServiceOptions } from '../support/export-service/export-service.ts';
import { type ExportService, openExportService } from '../support/export-service/export-service.ts';
import { type Copy, readCopy } from '../support/read-copy.ts';
import type { RunningAction, RunOptions, RunResult } from '../support/runner.ts';
import type { DynamoDbRequest, Item } from '../support/source.ts';
import type { StoreName } from '../support/store-servers.ts';
import { assertSucceeded, type Inputs, openPair, type Pair } from './pair.ts';

/** A pair whose source exports as well, with a table to copy. */
export interface ExportPair extends AsyncDisposable {
  readonly pair: Pair;
  readonly service: ExportService;
  readonly table: string;
  /** Runs a step that exports the table, unless the inputs say otherwise; it looks after the export every second. */
  readonly run: (inputs?: Inputs, options?: RunOptions) => Promise<RunResult>;
  readonly start: (inputs?: Inputs, options?: RunOptions) => RunningAction;
  /** Reads the copy of a run, and checks all of it. */
  readonly copyOf: (run: RunResult) => Promise<Copy>;
  /** The requests of one operation, in order. */
  readonly calls: (operation: string) => readonly DynamoDbRequest[];
}

export const TWELVE: readonly Item[] = Array.from({ length: 12 }, (_, index) => ({
  pk: { S: `item-${index}` },
  n: { N: String(index) },
}));

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

type Options = Omit<ExportServiceOptions, 'source' | 'store' | 'bucketOwners'> & {
  /** Who owns the bucket, where it is not the table's account. */
  readonly owner?: string;
  /** Where the store that the environment names cannot do. */
  readonly storeName?: StoreName | undefined;
};

/** Lists exports in a shuffled order unless the options name another: the Action must not rely on any. */
export async function openExportPair(
  { owner, storeName, ...options }: Options = {},
  items: readonly Item[] = TWELVE,
): Promise<ExportPair> {
  await using stack = new AsyncDisposableStack();
  const pair = stack.use(await openPair(storeName));
  const { source, store, bucket } = pair;
  const bucketOwners = owner === undefined ? {} : { [bucket]: owner };
  const service = stack.use(
    await openExportService({ source, store, bucketOwners, listingOrder: 'shuffled', ...options }),
  );
  const table = await source.createTable(items);
  const step = (inputs: Inputs = {}, more: RunOptions = {}) =>
    [
      {
        'dynamodb-table-name': table,
        'point-in-time-export': 'true',
        'check-interval': '1',
        // As by default; the tests of scans turn it off.
        resume: 'true',
        ...inputs,
      },
      { ...more, env: { ...service.env, ...more.env } },
    ] as const;
  const resources = stack.move();
  return {
    pair,
    service,
    table,
    run: (inputs, more) => pair.run(...step(inputs, more)),
    start: (inputs, more) => pair.start(...step(inputs, more)),
    copyOf(run) {
      assertSucceeded(run);
      return readCopy(store, bucket, run.outputs['manifest-key'] ?? '', { writer: 'dynamodb' });
    },
    calls: (operation) => service.requests.filter((request) => request.operation === operation),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The environment of a later attempt of the same run. */
export function attempt(number: number, more: Readonly<Record<string, string>> = {}): RunOptions {
  return { env: { GITHUB_RUN_ATTEMPT: String(number), ...more } };
}

/** A failure as it should be, with the code, in one annotation; whether a copy is there depends on the test. */
export function assertRefused(run: RunResult, code: string): string {
  assert.equal(run.exitCode, 1, `the step should have failed:\n${run.log}`);
  const errors = run.commands.filter((command) => command.name === 'error');
  assert.deepEqual(
    errors.map((error) => error.properties['title']),
    [code],
    run.log,
  );
  assert.ok(run.summary.includes(`failed: \`${code}\``), run.summary);
  return errors[0]?.message ?? '';
}

/** Of an incremental export, as DescribeExport tells it: seconds since the epoch. */
export interface Window {
  readonly ExportFromTime: number;
  readonly ExportToTime: number;
}

/** As the inputs take it, to the second. */
export function iso(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The kwargs of an incremental export. */
export function increment(from: string, to?: string, more: object = {}, inWindow: object = {}): Inputs {
  const window = { ExportFromTime: from, ...(to !== undefined && { ExportToTime: to }), ...inWindow };
  return {
    'export-table-to-point-in-time-kwargs': JSON.stringify({
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: window,
      ...more,
    }),
  };
}

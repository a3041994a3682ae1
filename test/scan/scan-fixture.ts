import assert from 'node:assert/strict';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { Bucket } from '../../src/s3/bucket.ts';
import { runScan } from '../../src/scan/scan.ts';
import type { ScanParameters } from '../../src/scan/scan-parameters.ts';
import type { ScanRequest } from '../../src/scan/scan-request.ts';
import type { CompleteScan, CompleteShard, StartedScan } from '../../src/scan/scan-state.ts';
import { describeTable, scanTarget } from '../../src/scan/table.ts';
import { clientOfBucket, clientOfTable } from '../aws/clients-for-tests.ts';
import { type DynamoDbRequest, type Item, openSource, type Source } from '../emulators/source.ts';
import { openStore, type Store } from '../emulators/store.ts';
import type { WireItem } from '../fixtures/items.ts';
import { compressionOf, unpackOne } from '../fixtures/one-member.ts';

export const OWNER = '123456789012';

/** A table, a bucket, and the scan engine that copies the table to the bucket in this process. */
export interface ScanFixture extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly table: string;
  readonly bucket: string;
  /** Messages that the engine logged. */
  readonly messages: { readonly kind: 'info' | 'notice' | 'warning'; readonly message: string }[];
  /** Copies the table. Rejects only if the scan fails before it starts a copy. */
  readonly run: (change?: Partial<ScanRequest>, options?: RunOptions) => Promise<Run>;
  /** Returns the parameters of the Scan requests so far. */
  readonly scans: () => readonly DynamoDbRequest['parameters'][];
}

export interface RunOptions {
  readonly signal?: AbortSignal;
}

export interface Run {
  /** Last state of the copy, even if it failed. */
  readonly copy: StartedScan | CompleteShard | CompleteScan;
  readonly error: unknown;
}

export async function openScanFixture(
  items: readonly Item[],
  definition: Partial<CreateTableCommandInput> = {},
): Promise<ScanFixture> {
  await using stack = new AsyncDisposableStack();
  const [source, store] = await Promise.all([openSource(), openStore()]);
  stack.use(source);
  stack.use(store);
  const [table, bucket] = await Promise.all([source.createTable(items, definition), store.createBucket()]);
  const client = stack.use(clientOfTable(source.endpoint));
  const s3 = stack.use(clientOfBucket(store.endpoint));
  const messages: ScanFixture['messages'] = [];
  const logger = {
    info: (message: string) => void messages.push({ kind: 'info', message }),
    notice: (message: string) => void messages.push({ kind: 'notice', message }),
    warning: (message: string) => void messages.push({ kind: 'warning', message }),
  };
  const resources = stack.move();
  return {
    source,
    store,
    table,
    bucket,
    messages,
    scans: () => source.requests.filter(({ operation }) => operation === 'Scan').map(({ parameters }) => parameters),
    async run(change = {}, { signal = new AbortController().signal } = {}) {
      const description = await describeTable(client, table, new AbortController().signal);
      const scan: ScanParameters = change.scan ?? { request: {} };
      const request: ScanRequest = {
        client,
        tableName: table,
        table: description,
        tableArn: description.TableArn ?? assert.fail('DescribeTable returned no ARN'),
        target: scanTarget(description, scan.request.IndexName, scan.request.ConsistentRead),
        scan,
        scope: 'table',
        totalSegments: 'auto',
        readCapacity: { kind: 'auto' },
        fileSize: 128 * 1024 * 1024,
        format: 'DYNAMODB_JSON',
        compression: 'gzip',
        bucket: new Bucket({ client: s3, name: bucket, owner: OWNER }),
        prefix: 'backups',
        parametersOf: (...[kind]) => ({ Metadata: { kind } }),
        ifEmpty: 'warn',
        cores: 2,
        runId: '42',
        runUrl: 'https://github.com/o/r/actions/runs/42',
        ...change,
      };
      const { progress, result } = runScan(request, logger, signal);
      const [settled] = await Promise.allSettled([result]);
      const copy = progress.state;
      if (copy.stage === 'not started') {
        throw settled.status === 'rejected' ? settled.reason : new Error('the scan has ended without a start');
      }
      if (settled.status === 'rejected') return { copy, error: settled.reason as unknown };
      assert.equal(copy, settled.value, 'the result of a scan must be its last state');
      return { copy, error: undefined };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Returns `count` items of about `bytes` bytes each. */
export function itemsOf(count: number, bytes: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({
    pk: { S: `item-${i}` },
    n: { N: String(i) },
    text: { S: `${i} `.repeat(Math.ceil(bytes / 2)).slice(0, bytes) },
  }));
}

export interface CopiedObject {
  readonly key: string;
  readonly stored: Buffer;
  /** Uncompressed. */
  readonly content: Buffer;
  readonly lines: readonly string[];
}

/** Returns the key of manifest-summary.json. Fails if the copy is not complete. */
export function manifestKeyOf(copy: Run['copy']): string {
  assert.ok(copy.stage === 'complete');
  return copy.manifestKey;
}

/** Returns the data objects of a copy in the order of its files. Each must be exactly one gzip member or zstd frame. */
export async function copiedObjects(
  { store, bucket }: ScanFixture,
  { files }: Pick<Run['copy'], 'files'>,
): Promise<CopiedObject[]> {
  return Promise.all(
    files.map(async ({ key }) => {
      const stored = await store.read(bucket, key);
      const content = unpackOne(stored, compressionOf(key));
      return { key, stored, content, lines: content.toString().split('\n').slice(0, -1) };
    }),
  );
}

/** Returns the items in DYNAMODB_JSON objects. */
export function itemsIn(objects: readonly CopiedObject[]): WireItem[] {
  return objects.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { Item: WireItem }).Item));
}

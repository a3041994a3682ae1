import assert from 'node:assert/strict';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { Bucket } from '../../src/s3/bucket.ts';
import { runScan } from '../../src/scan/scan.ts';
import type { ScanParameters } from '../../src/scan/scan-parameters.ts';
import type { CompleteScan, StartedScan } from '../../src/scan/scan-progress.ts';
import type { ScanRequest } from '../../src/scan/scan-request.ts';
import { describeTable, scanTarget } from '../../src/scan/table.ts';
import { clientOfBucket, clientOfTable } from '../aws/clients-for-tests.ts';
import { type DynamoDbRequest, type Item, openSource, type Source } from '../emulators/source.ts';
import { openStore, type Store } from '../emulators/store.ts';
import type { WireItem } from '../fixtures/items.ts';
import { compressionOf, unpackOne } from '../fixtures/one-member.ts';

export const OWNER = '123456789012';

/** A table and a bucket, and runs of the engine from one to the other, in this process. */
export interface ScanFixture extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly table: string;
  readonly bucket: string;
  /** What the engine said. */
  readonly said: { readonly kind: 'info' | 'notice' | 'warning'; readonly message: string }[];
  /** Copies the table. */
  readonly run: (change?: Partial<ScanRequest>, options?: RunOptions) => Promise<Run>;
  /** The Scans that came so far, by their parameters. */
  readonly scans: () => readonly DynamoDbRequest['parameters'][];
}

export interface RunOptions {
  readonly signal?: AbortSignal;
}

export interface Run {
  /** What is known of the copy in the end, also if it failed. */
  readonly copy: StartedScan | CompleteScan;
  readonly error: unknown;
}

export async function openScanBench(
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
  const said: ScanFixture['said'] = [];
  const logger = {
    info: (message: string) => void said.push({ kind: 'info', message }),
    notice: (message: string) => void said.push({ kind: 'notice', message }),
    warning: (message: string) => void said.push({ kind: 'warning', message }),
  };
  const resources = stack.move();
  return {
    source,
    store,
    table,
    bucket,
    said,
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
        parametersOf: (kind) => ({ Metadata: { kind } }),
        ifEmpty: 'warn',
        cores: 2,
        runId: '42',
        runUrl: 'https://github.com/o/r/actions/runs/42',
        ...change,
      };
      const { progress, result } = runScan(request, logger, signal);
      const [settled] = await Promise.allSettled([result]);
      const copy = progress.state;
      assert.ok(copy.stage !== 'not started');
      if (settled.status === 'rejected') return { copy, error: settled.reason as unknown };
      assert.equal(copy, settled.value, 'the result of a scan is its last state');
      return { copy, error: undefined };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Items of about `bytes` bytes each. */
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

/** Returns the key of the summary of a copy that is to be complete. */
export function manifestKeyOf(copy: Run['copy']): string {
  assert.ok(copy.stage === 'complete');
  return copy.manifestKey;
}

/** The data objects of a copy in the order of its files; each is exactly one gzip member or zstd frame. */
export async function copiedObjects({ store, bucket }: ScanFixture, { files }: Run['copy']): Promise<CopiedObject[]> {
  return Promise.all(
    files.map(async ({ key }) => {
      const stored = await store.read(bucket, key);
      const content = unpackOne(stored, compressionOf(key));
      return { key, stored, content, lines: content.toString().split('\n').slice(0, -1) };
    }),
  );
}

/** The items in lines of DYNAMODB_JSON. */
export function itemsIn(objects: readonly CopiedObject[]): WireItem[] {
  return objects.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { Item: WireItem }).Item));
}

import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { inParallel } from '../../src/in-parallel.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { openStore, type Store } from '../emulators/store.ts';

/** Start of the first copy of a test: 2026-01-01T00:00:00Z. */
export const EPOCH = 1_767_225_600_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const ORDERS = arnOf('orders');

export function arnOf(table: string, region = 'eu-central-1'): string {
  return `arn:aws:dynamodb:${region}:111111111111:table/${table}`;
}

/** Returns an export ID; `salt` distinguishes copies that started at the same time. */
export function exportIdAt(start: number, salt = 0): string {
  return `${String(start).padStart(14, '0')}-${salt.toString(16).padStart(8, '0')}`;
}

/** A copy to write. All members are optional: without them, it is a native full export of the table `orders`. */
export interface CopyOptions {
  readonly prefix?: string;
  readonly start?: number;
  readonly salt?: number;
  /** Time in exportTime, or in exportToTime of an incremental export. Default: the start. */
  readonly snapshot?: number;
  readonly tableArn?: string;
  readonly isIncremental?: boolean;
  /** Without manifest-summary.json. */
  readonly isIncomplete?: boolean;
  /** Members of manifest-copy.json, which makes it a scan. */
  readonly scan?: Readonly<Record<string, unknown>>;
  /** With manifest-sha256.txt, which manifest-copy.json of a scan names. */
  readonly hasChecksums?: boolean;
  /** Scope in manifest-table.json; undefined for a copy without it. */
  readonly tableScope?: string;
  /** Contents of the data objects by name. */
  readonly data?: Readonly<Record<string, string | Buffer>>;
  /** Numbers of items of data objects by name. Default: 1. */
  readonly itemCounts?: Readonly<Record<string, number>>;
  /** Prefix in the manifests, if the copy was moved from there. */
  readonly manifestPrefix?: string;
  /** Changes members of manifest-summary.json; undefined removes one. */
  readonly summary?: Readonly<Record<string, unknown>>;
  /** Changes members of every line of manifest-files.json. */
  readonly line?: Readonly<Record<string, unknown>>;
  /** Changes the objects of the copy, by their keys below the folder of the copy; undefined leaves one out. */
  readonly objects?: Readonly<Record<string, string | Buffer | undefined>>;
}

export const DATA = { 'aaaaaaaaaaaaaaaaaaaaaaaaaa.json.gz': 'one', 'bbbbbbbbbbbbbbbbbbbbbbbbba.json.gz': 'two' };

/** Returns the objects of a copy by their keys. Each data object has one item. */
export function objectsOf(options: CopyOptions = {}): Map<string, string | Buffer> {
  const { prefix = '', start = EPOCH, salt = 0, snapshot = start, tableArn = ORDERS, data = DATA } = options;
  const { manifestPrefix = prefix, isIncremental = false, isIncomplete = false, scan, tableScope } = options;
  const { hasChecksums = false } = options;
  const id = exportIdAt(start, salt);
  const topOf = (one: string) => `${one === '' ? '' : `${one}/`}AWSDynamoDB/`;
  const dataFolder = (one: string) => `${topOf(one)}${isIncremental ? '' : `${id}/`}data/`;
  const folder = `${topOf(prefix)}${id}/`;
  const files = Object.entries(data)
    .map(([name, content]) => ({
      itemCount: options.itemCounts?.[name] ?? 1,
      md5Checksum: md5(content, 'base64'),
      etag: md5(content, 'hex'),
      dataFileS3Key: `${dataFolder(manifestPrefix)}${name}`,
      ...options.line,
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  const iso = (time: number) => new Date(time).toISOString();
  const summary = JSON.stringify({
    version: isIncremental ? '2023-08-01' : '2020-06-30',
    exportArn: `${tableArn}/export/${id}`,
    startTime: iso(start),
    endTime: iso(start + 60_000),
    tableArn,
    tableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
    ...(isIncremental
      ? { exportFromTime: iso(snapshot - HOUR), exportToTime: iso(snapshot) }
      : { exportTime: iso(snapshot) }),
    s3Bucket: 'somewhere',
    s3Prefix: manifestPrefix === '' ? null : manifestPrefix,
    s3SseAlgorithm: 'AES256',
    s3SseKmsKeyId: null,
    manifestFilesS3Key: `${topOf(manifestPrefix)}${id}/manifest-files.json`,
    billedSizeBytes: 0,
    itemCount: Object.keys(data).reduce((sum, name) => sum + (options.itemCounts?.[name] ?? 1), 0),
    outputFormat: 'DYNAMODB_JSON',
    ...(isIncremental && { outputView: 'NEW_AND_OLD_IMAGES', exportType: 'INCREMENTAL_EXPORT' }),
    ...options.summary,
  });
  const table = tableScope === undefined ? undefined : JSON.stringify(tableManifest(tableArn, tableScope));
  const named = hasChecksums && { checksumsFile: 'manifest-sha256.txt' };
  const copy = scan && JSON.stringify({ engine: 'scan', scope: 'table', compression: 'gzip', ...named, ...scan });
  const own: Record<string, string | Buffer | undefined> = {
    _started: '',
    'manifest-files.json': files,
    'manifest-files.md5': md5(files, 'base64'),
    'manifest-copy.json': copy,
    'manifest-table.json': table,
    ...(!isIncomplete && { 'manifest-summary.json': summary, 'manifest-summary.md5': md5(summary, 'base64') }),
  };
  if (hasChecksums) own['manifest-sha256.txt'] = checksumsOf({ ...own, ...underData(data) });
  Object.assign(own, options.objects);
  const objects = new Map<string, string | Buffer>();
  for (const [name, content] of Object.entries(data)) objects.set(`${dataFolder(prefix)}${name}`, content);
  for (const [name, content] of Object.entries(own)) if (content !== undefined) objects.set(folder + name, content);
  return objects;
}

function underData(data: Readonly<Record<string, string | Buffer>>): Record<string, string | Buffer> {
  return Object.fromEntries(Object.entries(data).map(([name, content]) => [`data/${name}`, content]));
}

/** Returns the lines of `sha256sum` for these objects without the marker. */
export function checksumsOf(objects: Readonly<Record<string, string | Buffer | undefined>>): string {
  const lines: [path: string, line: string][] = [];
  for (const [path, content] of Object.entries(objects)) {
    if (content === undefined || path === '_started') continue;
    lines.push([path, `${createHash('sha256').update(content).digest('hex')}  ${path}\n`]);
  }
  return lines
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line)
    .join('');
}

function tableManifest(tableArn: string, scope: string): object {
  return {
    describedAt: '2026-01-01T00:00:00.000Z',
    tableArn,
    tableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
    scope,
    CreateTable: {
      TableName: tableArn.split('/').at(-1),
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    unknown: [],
    notIncluded: [],
  };
}

export function md5(content: string | Buffer, encoding: 'base64' | 'hex'): string {
  return createHash('md5').update(content).digest(encoding);
}

/** A bucket to which a test writes copies, and the gateway that the Action reads them with. */
export interface CopyBucket extends AsyncDisposable {
  readonly store: Store;
  readonly bucket: Bucket;
  /** Writes the objects of copies. */
  readonly write: (...copies: readonly CopyOptions[]) => Promise<void>;
  readonly put: (key: string, content: string | Buffer) => Promise<void>;
  /** Returns the operations of the requests of the Action so far. */
  readonly operations: () => string[];
}

export async function openCopyBucket(): Promise<CopyBucket> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const client = stack.use(clientOfBucket(store.endpoint));
  const put = async (Key: string, Body: string | Buffer) => {
    // For an empty string, the SDK sends no Content-Length.
    const bytes = typeof Body === 'string' ? Buffer.from(Body) : Body;
    await store.client.send(new PutObjectCommand({ Bucket: name, Key, Body: bytes }));
  };
  const resources = stack.move();
  return {
    store,
    bucket: new Bucket({ client, name }),
    put,
    write: (...copies) =>
      inParallel(
        copies.flatMap((copy) => [...objectsOf(copy)]),
        ([key, content]) => put(key, content),
      ),
    operations: () => store.requests.map(({ operation }) => operation),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

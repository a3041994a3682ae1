import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CREDENTIALS, REGION } from '../../fixtures/credentials.ts';
import { type WireItem, wireJson } from '../../fixtures/items.ts';
import { edgeItems } from '../../fixtures/table-of-edges.ts';
import { openSource, type Source } from '../source.ts';
import { openStore, type Store } from '../store.ts';
import { type LoadService, type LoadServiceOptions, openLoadService } from './load-service.ts';

/** A load service with one bucket and the client of the SDK, for its own tests. */
export interface LoadSetting extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly service: LoadService;
  /** Connects to the service. */
  readonly client: DynamoDBClient;
  readonly bucket: string;
  readonly putObject: (key: string, content: string | Buffer) => Promise<void>;
  /** Puts an object with one line per item, compressed with gzip. */
  readonly putLines: (key: string, lines: readonly string[]) => Promise<void>;
  /** Returns the parameters of an import into a table with the key `pk`, merged with `more`. */
  readonly importOf: (tableName: string, more?: object, table?: object) => never;
  /** Returns the parameters of a bulk operation, merged with `more`. */
  readonly bulkPutOf: (tableName: string, more?: object, input?: object, output?: object) => never;
}

/** Opens a setting in which jobs proceed only with `advance` and `settle`. */
export async function openLoadSetting(options: Partial<LoadServiceOptions> = {}): Promise<LoadSetting> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSource());
  const store = stack.use(await openStore());
  const service = stack.use(await openLoadService({ source, store, delays: 'manual', ...options }));
  // One attempt, so that a test sees each error.
  const client = new DynamoDBClient({
    endpoint: service.endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  stack.defer(() => client.destroy());
  const bucket = await store.createBucket();
  const putObject = async (Key: string, Body: string | Buffer): Promise<void> => {
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  };
  const resources = stack.move();
  return {
    source,
    store,
    service,
    client,
    bucket,
    putObject,
    putLines: (key, lines) => putObject(key, gzipSync(lines.map((line) => `${line}\n`).join(''))),
    // The tests of rejected requests need parameters that the types of the SDK exclude.
    importOf: (TableName, more = {}, table = {}) =>
      ({
        S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: 'data/' },
        InputFormat: 'DYNAMODB_JSON',
        InputCompressionType: 'GZIP',
        TableCreationParameters: { TableName, ...KEY, BillingMode: 'PAY_PER_REQUEST', ...table },
        ...more,
      }) as never,
    bulkPutOf: (TableName, more = {}, input = {}, output = {}) =>
      ({
        TableName,
        InputS3Configuration: {
          S3Bucket: bucket,
          S3KeyPrefix: 'data/',
          InputFormat: 'DYNAMODB_JSON',
          InputCompressionType: 'GZIP',
          ...input,
        },
        OutputS3Configuration: { S3Bucket: bucket, S3KeyPrefix: 'failed/', OutputType: ['ERROR'], ...output },
        ...more,
      }) as never,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const KEY = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
};

/** Returns a table name that no other test uses, because tests can share a server. */
export function uniqueName(base: string): string {
  return `${base}-${randomBytes(6).toString('hex')}`;
}

/** Returns a line of an export with the key `pk`. */
export function lineOf(pk: string, more: object = {}): string {
  return JSON.stringify({ Item: { pk: { S: pk }, ...more } });
}

/**
 * Returns the items of the table of edges that can be compared after a load from this format: those that can be stored
 * as Ion text in UTF-8, and without numbers whose notation the server keeps, because the Ion reader does not.
 */
export function loadableEdges({ name }: Source, format: 'DYNAMODB_JSON' | 'ION'): WireItem[] {
  const items = JSON.parse(wireJson(edgeItems(name))) as WireItem[];
  if (format === 'DYNAMODB_JSON') return items;
  const isWellFormed = (text: string): boolean => !text.includes('\\ud');
  const isPlain = (text: string): boolean => name === 'dynalite' || !/"[LM]":/.test(text);
  return items.filter((item) => isWellFormed(JSON.stringify(item)) && isPlain(JSON.stringify(item)));
}

/** Returns `ValidationException: message`, or `200` if the request succeeds. */
export async function outcomeOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => '200',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

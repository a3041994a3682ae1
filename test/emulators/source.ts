import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { CREDENTIALS, CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';
import { type WireItem, wireJson } from '../fixtures/items.ts';
import { type FaultHook, type RawRequest, type RecordedRequest, startRecordingProxy } from './recording-proxy.ts';
import { ABILITIES, SOURCE_NAMES, type SourceAbilities, type SourceName, startSourceServer } from './source-servers.ts';

export type Item = Record<string, AttributeValue>;

/** What is kept of a request to DynamoDB besides what every recorded request has. */
export interface DynamoDbDetails {
  /** The request's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The bytes of the server's own answer, before any fault. */
  answer?: Buffer;
}

export type DynamoDbRequest = RecordedRequest<DynamoDbDetails>;

/** A DynamoDB for one test, behind a recording proxy. */
export interface Source extends AsyncDisposable {
  readonly name: SourceName;
  readonly can: SourceAbilities;
  /** The proxy's: what the Action is pointed at. */
  readonly endpoint: string;
  /** The variables that point the Action at it: `runAction({ env: { ...source.env, ...store.env } })`. */
  readonly env: Readonly<Record<string, string>>;
  /** Goes straight to the server: what a test does itself is neither recorded nor disturbed. */
  readonly client: DynamoDBClient;
  /** What came through the proxy, in order. */
  readonly requests: readonly DynamoDbRequest[];
  /** Sets the hook that may disturb requests; see faults.ts. */
  readonly inject: (hook?: FaultHook<DynamoDbDetails>) => void;
  /** Makes a table and fills it; resolves to its name. Its key is the string `pk` unless `definition` says otherwise. */
  readonly createTable: (items?: readonly Item[], definition?: Partial<CreateTableCommandInput>) => Promise<string>;
  readonly putItems: (table: string, items: Iterable<Item>) => Promise<void>;
  /** Every item as the server itself sends it: what a copy is compared with. */
  readonly readItems: (table: string) => Promise<WireItem[]>;
}

/**
 * Opens the source that the variable TEST_SOURCE names, dynalite unless set. Each call has a proxy of its own; the
 * server behind it is new as well, unless TEST_SOURCE_ENDPOINT names one that is already running.
 */
export async function openSource(name: SourceName = chosenSource()): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const running = name === chosenSource() ? process.env['TEST_SOURCE_ENDPOINT'] : undefined;
  const server = running ?? stack.use(await startSourceServer(name)).endpoint;
  const proxy = stack.use(
    await startRecordingProxy<DynamoDbDetails>({
      target: new URL(server),
      describe: describeDynamoDbRequest,
      observe: (request, answer) => {
        request.answer = answer.body;
      },
    }),
  );
  const client = new DynamoDBClient({ endpoint: server, region: REGION, credentials: CREDENTIALS });
  stack.defer(() => client.destroy());
  const resources = stack.move();
  return {
    name,
    can: ABILITIES[name],
    endpoint: proxy.endpoint,
    env: { ...CREDENTIALS_ENV, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    client,
    requests: proxy.requests,
    inject: proxy.inject,
    async createTable(items = [], definition = {}) {
      const table = await createTable(client, definition);
      await putItems(server, table, items);
      return table;
    },
    putItems: (table, items) => putItems(server, table, items),
    readItems: (table) => readItems(server, table),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export function chosenSource(): SourceName {
  const wanted = process.env['TEST_SOURCE'] || 'dynalite';
  const name = SOURCE_NAMES.find((known) => known === wanted);
  if (name === undefined) {
    throw new Error(`TEST_SOURCE is ${wanted}; it can be ${SOURCE_NAMES.join(', ')}`);
  }
  return name;
}

async function createTable(client: DynamoDBClient, definition: Partial<CreateTableCommandInput>): Promise<string> {
  const TableName = definition.TableName ?? `table-${randomBytes(6).toString('hex')}`;
  await client.send(
    new CreateTableCommand({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      ...definition,
      TableName,
    }),
  );
  while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE') {
    await sleep(10);
  }
  return TableName;
}

/** The limit of BatchWriteItem. */
const BATCH = 25;

async function putItems(endpoint: string, table: string, items: Iterable<Item>): Promise<void> {
  let requests: unknown[] = [];
  const write = async (): Promise<void> => {
    while (requests.length > 0) {
      const { UnprocessedItems } = (await call(endpoint, 'BatchWriteItem', {
        RequestItems: { [table]: requests },
      })) as { UnprocessedItems?: Record<string, unknown[]> };
      requests = UnprocessedItems?.[table] ?? [];
    }
  };
  for (const Item of items) {
    requests.push({ PutRequest: { Item } });
    if (requests.length === BATCH) {
      await write();
    }
  }
  await write();
}

async function readItems(endpoint: string, table: string): Promise<WireItem[]> {
  const items: WireItem[] = [];
  let start: object = {};
  for (;;) {
    const page = (await call(endpoint, 'Scan', { TableName: table, ConsistentRead: true, ...start })) as {
      Items: WireItem[];
      LastEvaluatedKey?: WireItem;
    };
    items.push(...page.Items);
    if (page.LastEvaluatedKey === undefined) {
      return items;
    }
    start = { ExclusiveStartKey: page.LastEvaluatedKey };
  }
}

/** A request without the SDK, which loses some attributes that hurt, such as `__proto__`. No double checks signatures. */
async function call(endpoint: string, operation: string, parameters: object): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: wireJson(parameters),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${operation} was answered with ${response.status}: ${text.slice(0, 1_000)}`);
  }
  return JSON.parse(text);
}

/** Tells the operation and the parameters of a request to DynamoDB. */
export function describeDynamoDbRequest({
  headers,
  body,
}: RawRequest): DynamoDbDetails & { readonly operation: string } {
  return {
    operation: String(headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
    parameters: parametersOf(body),
  };
}

function parametersOf(body: Buffer): Record<string, unknown> {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>);
}

import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { CREDENTIALS, CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';
import { type WireItem, wireJson } from '../fixtures/items.ts';
import { type FaultHook, type RawRequest, type RecordedRequest, startRecordingProxy } from './recording-proxy.ts';
import { ABILITIES, SOURCE_NAMES, type SourceAbilities, type SourceName, startSourceServer } from './source-servers.ts';

export type Item = Record<string, AttributeValue>;

/** Fields that are recorded only for requests to DynamoDB. */
export interface DynamoDbDetails {
  /** Parameters of the request. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Response body of the server before a fault is applied. */
  httpResponse?: Buffer;
}

export type DynamoDbRequest = RecordedRequest<DynamoDbDetails>;

/** A DynamoDB server for one test, behind a recording proxy. */
export interface Source extends AsyncDisposable {
  readonly name: SourceName;
  readonly can: SourceAbilities;
  /** URL of the proxy. The Action uses it as its endpoint. */
  readonly endpoint: string;
  /** Variables that make the Action use this endpoint: `runAction({ env: { ...source.env, ...store.env } })`. */
  readonly env: Readonly<Record<string, string>>;
  /** Connects directly to the server, so that requests of the test are not recorded and receive no faults. */
  readonly client: DynamoDBClient;
  /** Requests that the proxy received, in order. */
  readonly requests: readonly DynamoDbRequest[];
  /** Sets the hook that injects faults; see faults.ts. */
  readonly inject: (hook?: FaultHook<DynamoDbDetails>) => void;
  /** Creates a table with these items and returns its name. The default key is the string `pk`. */
  readonly createTable: (items?: readonly Item[], definition?: Partial<CreateTableCommandInput>) => Promise<string>;
  readonly putItems: (table: string, items: Iterable<Item>) => Promise<void>;
  /** Returns every item as the server sends it, to compare with a copy. */
  readonly readItems: (table: string) => Promise<WireItem[]>;
}

/**
 * Opens the source that the variable TEST_SOURCE names (default: dynalite). Each call starts a proxy. It also starts a
 * server unless TEST_SOURCE_ENDPOINT is the URL of a running server.
 */
export async function openSource(name: SourceName = chosenSource()): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const running = name === chosenSource() ? process.env['TEST_SOURCE_ENDPOINT'] : undefined;
  const server = running ?? stack.use(await startSourceServer(name)).endpoint;
  const proxy = stack.use(
    await startRecordingProxy<DynamoDbDetails>({
      target: new URL(server),
      describe: describeDynamoDbRequest,
      observe: (request, httpResponse) => {
        request.httpResponse = httpResponse.body;
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
    throw new Error(`TEST_SOURCE: "${wanted}" is invalid. Use ${SOURCE_NAMES.join(', ')}`);
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
  return TableName;
}

/** Maximum number of items per BatchWriteItem. */
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

/** Sends a request without the SDK, which drops some attributes, such as `__proto__`. No emulator checks signatures. */
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
    throw new Error(`${operation} returned status ${response.status}: ${text.slice(0, 1_000)}`);
  }
  return JSON.parse(text);
}

/** Returns the operation and the parameters of a request to DynamoDB. */
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

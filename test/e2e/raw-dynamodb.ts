import { CREDENTIALS, REGION } from '../support/credentials.ts';
import type { WireItem, WireValue } from '../support/items.ts';

export type WireKey = Readonly<Record<string, WireValue>>;

export interface RawPage {
  /** The bytes of each item, from its `{` to its `}`. */
  readonly items: readonly Buffer[];
  readonly lastKey: WireKey | undefined;
}

/** The answer to GetItem as the server wrote it: numbers are strings, and no SDK has touched them. */
export async function getItem(table: string, key: WireKey): Promise<WireItem> {
  const body = await call('GetItem', { TableName: table, Key: key, ConsistentRead: true });
  const { Item } = JSON.parse(body.toString()) as { Item?: WireItem };
  if (Item === undefined) {
    throw new Error(`${table} has no item with the key ${JSON.stringify(key)}`);
  }
  return Item;
}

/** Every page of a Scan, item by item as bytes of the response. */
export async function scanRaw(table: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<RawPage[]> {
  const pages: RawPage[] = [];
  let start: object = {};
  for (;;) {
    const body = await call('Scan', { TableName: table, ...parameters, ...start });
    const { LastEvaluatedKey } = JSON.parse(body.toString()) as { LastEvaluatedKey?: WireKey };
    pages.push({ items: itemsIn(body), lastKey: LastEvaluatedKey });
    if (LastEvaluatedKey === undefined) {
      return pages;
    }
    start = { ExclusiveStartKey: LastEvaluatedKey };
  }
}

/** Straight to the server, past the proxies. None of the doubles checks the signature, but all want to see one. */
async function call(operation: string, parameters: object): Promise<Buffer> {
  const response = await fetch(process.env['TEST_SOURCE_ENDPOINT'] ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(parameters),
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) {
    throw new Error(`${operation} was answered with ${response.status}: ${body.toString().slice(0, 1_000)}`);
  }
  return body;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^"{}[\],:]+/gs;

/** Cuts the items out of a page by its tokens; bytes stay what they are, whatever they spell. */
function itemsIn(body: Buffer): Buffer[] {
  const items: Buffer[] = [];
  // One character a byte, so that positions in the text are positions in the body.
  const text = body.toString('latin1');
  let depth = 0;
  let listAt = -1;
  let itemAt = -1;
  let before = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth === 2 && token === '[' && before === '"Items":') {
        listAt = index;
      } else if (depth === 3 && listAt >= 0) {
        itemAt = index;
      }
    } else if (token === '}' || token === ']') {
      if (depth === 3 && listAt >= 0) {
        items.push(body.subarray(itemAt, index + 1));
      } else if (depth === 2) {
        listAt = -1;
      }
      depth -= 1;
    }
    before = token === ':' ? `${before}:` : token;
  }
  return items;
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { transcodeDynamoDbJson } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { type CutPage, cutPage } from '../../src/scan/scan-response.ts';

function cut(page: string | Buffer): CutPage & { readonly lines: string } {
  const lines = new LineBuffer(Buffer.alloc(16));
  const result = cutPage(Buffer.from(page), transcodeDynamoDbJson, lines);
  return { ...result, lines: lines.lines().toString() };
}

const ITEMS = ['{"pk":{"S":"a"}}', '{"pk":{"S":"b"},"n":{"N":"1.50"}}'];
const LINES = ITEMS.map((item) => `{"Item":${item}}\n`).join('');
const MEMBERS = {
  Count: '2',
  Items: `[${ITEMS.join(',')}]`,
  LastEvaluatedKey: '{"pk":{"S":"b\\"}],\\\\"}}',
  ScannedCount: '7',
  ConsumedCapacity: '{"TableName":"t","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}',
};

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length < 2) return [[...all]];
  return all.flatMap((first, i) => permutations(all.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

/** What is left must be what the SDK would have read, but for the items. */
function assertRest(rest: Buffer, page: string): void {
  assert.deepEqual(JSON.parse(rest.toString()), { ...(JSON.parse(page) as object), Items: [] });
}

test('the items are cut out wherever they stand among the other members', () => {
  const orders = permutations(Object.entries(MEMBERS));
  assert.equal(orders.length, 120);
  for (const order of orders) {
    const page = `{${order.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
    const { rest, count, lines } = cut(page);
    assert.equal(lines, LINES, page);
    assert.equal(count, 2);
    assertRest(rest, page);
  }
});

test('whitespace between the tokens changes nothing', () => {
  const compact = JSON.parse(
    `{${Object.entries(MEMBERS)
      .map(([name, value]) => `"${name}":${value}`)
      .join(',')}}`,
  );
  for (const space of [1, 2, '\t', '\r\n ']) {
    const page = ` \n${JSON.stringify(compact, null, space).replaceAll('":', '" :')}\t\r\n`;
    const { rest, count, lines } = cut(page);
    assert.equal(lines, LINES);
    assert.equal(count, 2);
    assertRest(rest, page);
  }
});

test('a page without items', () => {
  for (const page of ['{"Count":0,"Items":[],"ScannedCount":5}', '{"Items":[ ],"Count":0}']) {
    const { count, lines, rest } = cut(page);
    assert.deepEqual([count, lines], [0, '']);
    assertRest(rest, page);
  }
});

test('what looks like structure inside of strings is text', () => {
  const texts = ['"Items":[', '},{', ']}', '\\', '\\\\"', '"', '","Items":[{"pk":{"S":"x"}}],"', '\\u0022'];
  for (const text of texts) {
    const key = JSON.stringify({ pk: { S: text }, [text]: { S: text } });
    const page = `{"LastEvaluatedKey":${key},"Items":[${key},${key}],"Count":2,"ConsumedCapacity":{"TableName":${JSON.stringify(text)}},"x":[[],{"Items":[1]}]}`;
    const { rest, count, lines } = cut(page);
    assert.equal(count, 2);
    assert.equal(lines, `{"Item":${key}}\n{"Item":${key}}\n`);
    assertRest(rest, page);
  }
});

test('a page that is cut short anywhere is malformed', () => {
  const page = Buffer.from(
    `{"ScannedCount":7,"Count":2,"Items":${MEMBERS.Items},"LastEvaluatedKey":${MEMBERS.LastEvaluatedKey},"é":null}`,
  );
  assert.equal(cut(page).count, 2, 'control: whole it is not');
  for (let length = 0; length < page.length; length += 1) {
    assert.throws(() => cut(page.subarray(0, length)), MalformedPage, `the first ${length} bytes`);
  }
});

const MALFORMED: Readonly<Record<string, string>> = {
  nothing: '',
  'only space': ' \n',
  'no object': '[]',
  'no items': '{"Count":0}',
  'an empty object': '{}',
  'an error in its place': '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}',
  'items twice': '{"Items":[],"Items":[],"Count":0}',
  'items twice, apart': '{"Items":[],"Count":0,"Items":[{"pk":{"S":"a"}}]}',
  'items that are no array': '{"Items":{},"Count":0}',
  'items that are null': '{"Items":null,"Count":0}',
  'a comma too many at the end': '{"Items":[],"Count":0,}',
  'a comma too many at the start': '{,"Items":[],"Count":0}',
  'a comma too many between': '{"Items":[],,"Count":0}',
  'a comma too many after the items': '{"Items":[{"pk":{"S":"a"}},],"Count":1}',
  'a comma missing': '{"Items":[]"Count":0}',
  'a colon missing': '{"Items"[],"Count":0}',
  'a value missing': '{"Items":[],"Count":}',
  'a name without quotes': '{"Items":[],Count:0}',
  'something behind it': '{"Items":[],"Count":0}x',
  'another page behind it': '{"Items":[],"Count":0}{"Items":[],"Count":0}',
  'a zero byte behind it': '{"Items":[],"Count":0}\u0000',
  'a byte order mark': '\ufeff{"Items":[],"Count":0}',
  'fewer items than counted': '{"Items":[{"pk":{"S":"a"}}],"Count":2}',
  'more items than counted': '{"Items":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}],"Count":1}',
  'items not counted': '{"Items":[]}',
  'a count that is no number': '{"Items":[],"Count":"0"}',
  'a count that is null': '{"Items":[],"Count":null}',
  'a count of one too few by its fraction': '{"Items":[],"Count":0.5}',
  'a member that is no JSON': '{"Items":[],"Count":0,"ScannedCount":+1}',
  'brackets that do not match': '{"Items":[],"Count":0,"LastEvaluatedKey":{"a":[}]}',
  'a string without its end': '{"Items":[],"Count":0,"x":"}',
  'a control in a string': '{"Items":[],"Count":0,"x":"\u0001"}',
};

for (const [name, page] of Object.entries(MALFORMED)) {
  test(`malformed: ${name}`, () => {
    assert.throws(() => cut(page), MalformedPage);
  });
}

test('what it says of a malformed page quotes nothing of it', () => {
  for (const page of [
    '{"Items":[{"secret":{"S":"SECRET"}}],"Count":2}',
    '{"Items":[{"secret":{"S":"SECRET"}}],"Count":1,"SECRET":SECRET}',
    '{"Items":[{"secret":SECRET}],"Count":1}',
    '{"Items":[{"SECRET',
  ]) {
    assert.throws(
      () => cut(page),
      (error: Error) => error instanceof MalformedPage && !/secret/i.test(error.message),
    );
  }
});

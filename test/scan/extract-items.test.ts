import assert from 'node:assert/strict';
import test from 'node:test';
import { transcodeDynamoDbJson } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { extractItems, type ResponseWithoutItems } from '../../src/scan/scan-response.ts';

function extract(page: string | Buffer): ResponseWithoutItems & { readonly lines: string } {
  const lines = new LineBuffer(Buffer.alloc(16));
  const result = extractItems(Buffer.from(page), transcodeDynamoDbJson, lines);
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

/** Asserts that `rest` is the page without its items. */
function assertRest(rest: Buffer, page: string): void {
  assert.deepEqual(JSON.parse(rest.toString()), { ...(JSON.parse(page) as object), Items: [] });
}

test('extractItems extracts Items at any position among the other members', () => {
  const orders = permutations(Object.entries(MEMBERS));
  assert.equal(orders.length, 120);
  for (const order of orders) {
    const page = `{${order.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
    const { rest, count, lines } = extract(page);
    assert.equal(lines, LINES, page);
    assert.equal(count, 2);
    assertRest(rest, page);
  }
});

test('extractItems ignores whitespace between tokens', () => {
  const compact = JSON.parse(
    `{${Object.entries(MEMBERS)
      .map(([name, value]) => `"${name}":${value}`)
      .join(',')}}`,
  );
  for (const space of [1, 2, '\t', '\r\n ']) {
    const page = ` \n${JSON.stringify(compact, null, space).replaceAll('":', '" :')}\t\r\n`;
    const { rest, count, lines } = extract(page);
    assert.equal(lines, LINES);
    assert.equal(count, 2);
    assertRest(rest, page);
  }
});

test('extractItems returns no lines for a page whose Items are empty', () => {
  for (const page of ['{"Count":0,"Items":[],"ScannedCount":5}', '{"Items":[ ],"Count":0}']) {
    const { count, lines, rest } = extract(page);
    assert.deepEqual([count, lines], [0, '']);
    assertRest(rest, page);
  }
});

test('extractItems treats brackets, quotes and commas in strings as text', () => {
  const texts = ['"Items":[', '},{', ']}', '\\', '\\\\"', '"', '","Items":[{"pk":{"S":"x"}}],"', '\\u0022'];
  for (const text of texts) {
    const key = JSON.stringify({ pk: { S: text }, [text]: { S: text } });
    const page = `{"LastEvaluatedKey":${key},"Items":[${key},${key}],"Count":2,"ConsumedCapacity":{"TableName":${JSON.stringify(text)}},"x":[[],{"Items":[1]}]}`;
    const { rest, count, lines } = extract(page);
    assert.equal(count, 2);
    assert.equal(lines, `{"Item":${key}}\n{"Item":${key}}\n`);
    assertRest(rest, page);
  }
});

test('extractItems rejects a page that is truncated at any byte', () => {
  const page = Buffer.from(
    `{"ScannedCount":7,"Count":2,"Items":${MEMBERS.Items},"LastEvaluatedKey":${MEMBERS.LastEvaluatedKey},"é":null}`,
  );
  assert.equal(extract(page).count, 2, 'control: the complete page is valid');
  for (let length = 0; length < page.length; length += 1) {
    assert.throws(() => extract(page.subarray(0, length)), MalformedPage, `the first ${length} bytes`);
  }
});

const MALFORMED: Readonly<Record<string, string>> = {
  'an empty body': '',
  'only whitespace': ' \n',
  'an array instead of an object': '[]',
  'a page without Items': '{"Count":0}',
  'an empty object': '{}',
  'an error response': '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}',
  'two Items members': '{"Items":[],"Items":[],"Count":0}',
  'two Items members that are not adjacent': '{"Items":[],"Count":0,"Items":[{"pk":{"S":"a"}}]}',
  'Items that are an object': '{"Items":{},"Count":0}',
  'Items that are null': '{"Items":null,"Count":0}',
  'a comma after the last member': '{"Items":[],"Count":0,}',
  'a comma before the first member': '{,"Items":[],"Count":0}',
  'two commas between members': '{"Items":[],,"Count":0}',
  'a comma after the last item': '{"Items":[{"pk":{"S":"a"}},],"Count":1}',
  'a missing comma': '{"Items":[]"Count":0}',
  'a missing colon': '{"Items"[],"Count":0}',
  'a missing value': '{"Items":[],"Count":}',
  'a name without quotes': '{"Items":[],Count:0}',
  'text after the page': '{"Items":[],"Count":0}x',
  'another page after the page': '{"Items":[],"Count":0}{"Items":[],"Count":0}',
  'a zero byte after the page': '{"Items":[],"Count":0}\u0000',
  'a byte order mark': '\ufeff{"Items":[],"Count":0}',
  'fewer items than Count': '{"Items":[{"pk":{"S":"a"}}],"Count":2}',
  'more items than Count': '{"Items":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}],"Count":1}',
  'a page without Count': '{"Items":[]}',
  'a Count that is a string': '{"Items":[],"Count":"0"}',
  'a Count that is null': '{"Items":[],"Count":null}',
  'a Count that is not an integer': '{"Items":[],"Count":0.5}',
  'a member that is not JSON': '{"Items":[],"Count":0,"ScannedCount":+1}',
  'mismatched brackets': '{"Items":[],"Count":0,"LastEvaluatedKey":{"a":[}]}',
  'an unterminated string': '{"Items":[],"Count":0,"x":"}',
  'a control character in a string': '{"Items":[],"Count":0,"x":"\u0001"}',
};

for (const [name, page] of Object.entries(MALFORMED)) {
  test(`extractItems rejects ${name}`, () => {
    assert.throws(() => extract(page), MalformedPage);
  });
}

test('extractItems rejects a malformed page with an error that contains none of its data', () => {
  for (const page of [
    '{"Items":[{"secret":{"S":"SECRET"}}],"Count":2}',
    '{"Items":[{"secret":{"S":"SECRET"}}],"Count":1,"SECRET":SECRET}',
    '{"Items":[{"secret":SECRET}],"Count":1}',
    '{"Items":[{"SECRET',
  ]) {
    assert.throws(
      () => extract(page),
      (error: Error) => error instanceof MalformedPage && !/secret/i.test(error.message),
    );
  }
});

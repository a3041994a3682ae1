import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkResponseMembers, checkScanResponse } from '../../src/format/check-response.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';

function pageOf(items: string): Buffer {
  return Buffer.from(`{"Count":1,"Items":${items},"ScannedCount":1}`);
}

function assertRejected(page: Buffer, expected: RegExp): void {
  assert.throws(
    () => checkScanResponse(page),
    (error: unknown) => {
      assert.ok(error instanceof MalformedPage);
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /secret/);
      assert.equal(error.at, undefined);
      return true;
    },
  );
}

const VALID = [
  ...['{"S":""}', '{"S":"\\ud83d"}', '{"N":"1"}', '{"N":".5"}', '{"N":"+007.E-130"}', '{"B":""}', '{"B":"AA=="}'],
  ...[
    '{"BOOL":false}',
    '{"NULL":true}',
    '{"SS":[""]}',
    '{"NS":["1","2"]}',
    '{"BS":["","AAE="]}',
    '{"L":[]}',
    '{"M":{}}',
  ],
  ...['{"L":[{"M":{"a":{"L":[{"S":"x"}]}}}]}'],
];

for (const value of VALID) {
  test(`checkScanResponse accepts the attribute value ${value}`, () =>
    checkScanResponse(pageOf(`[{"secret":${value}},{}]`)));
}

test('checkScanResponse accepts a page without items, and whitespace', () => {
  checkScanResponse(pageOf('[]'));
  checkScanResponse(Buffer.from(' { "Items" : [ { "a" : { "S" : "x" } } ] } \n'));
});

const INVALID: readonly (readonly [value: string, expected: RegExp])[] = [
  ['"secret"', /an attribute value in item 1/],
  ['["secret"]', /an attribute value/],
  ['null', /an attribute value/],
  ['{}', /exactly one type descriptor/],
  ['{"S":"secret","N":"1"}', /exactly one type descriptor/],
  ['{"X":"secret"}', /a known type descriptor/],
  ['{"S":1}', /a string/],
  ['{"N":1}', /a number/],
  ['{"N":"secret"}', /a number/],
  ['{"N":""}', /a number/],
  ['{"N":"."}', /a number/],
  ['{"N":"NaN"}', /a number/],
  ['{"B":"A"}', /base64/],
  ['{"B":"AA=A"}', /base64/],
  ['{"B":"A==="}', /base64/],
  ['{"B":"AA-_"}', /base64/],
  ['{"B":null}', /base64/],
  ['{"BOOL":"true"}', /true or false/],
  ['{"NULL":false}', /true/],
  ['{"SS":[]}', /a set/],
  ['{"SS":"secret"}', /a set/],
  ['{"SS":["x",1]}', /a string/],
  ['{"NS":["1","x"]}', /a number/],
  ['{"BS":["AA==","x"]}', /base64/],
  ['{"L":{}}', /a list/],
  ['{"L":[{"S":"x"},{"S":1}]}', /a string/],
  ['{"M":[]}', /a map/],
  ['{"M":{"a":{"N":"secret"}}}', /a number/],
  [`${'{"M":{"a":'.repeat(101)}{"S":"x"}${'}}'.repeat(101)}`, /fewer nesting levels/],
  [`${'{"L":['.repeat(101)}{"S":"x"}${']}'.repeat(101)}`, /fewer nesting levels/],
];

for (const [value, expected] of INVALID) {
  test(`checkScanResponse rejects the attribute value ${value.slice(0, 60)}`, () => {
    assertRejected(pageOf(`[{},{"a":{"S":"x"},"secret":${value}}]`), expected);
  });
}

test('checkScanResponse rejects items that are not objects', () => {
  for (const item of ['1', '"secret"', '[]', 'null']) assertRejected(pageOf(`[${item}]`), /a map in item 0/);
});

test('checkScanResponse rejects a response without an array of Items', () => {
  for (const page of ['[]', 'null', '"secret"', '{}', '{"Items":{}}', '{"items":[]}', '{"Items":null}']) {
    assertRejected(Buffer.from(page), /"Items"/);
  }
});

test('checkScanResponse rejects truncated JSON and text after the JSON', () => {
  const page = pageOf('[{"a":{"S":"secret"}}]');
  for (let length = 0; length < page.length; length += 1) assertRejected(page.subarray(0, length), /JSON/);
  assertRejected(Buffer.concat([page, Buffer.from('secret')]), /JSON/);
});

test('checkScanResponse rejects invalid UTF-8', () => {
  for (const bytes of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0xbd], [0xf5, 0x80, 0x80, 0x80]]) {
    assertRejected(
      Buffer.concat([Buffer.from('{"Items":[{"a":{"S":"'), Buffer.from(bytes), Buffer.from('"}}]}')]),
      /UTF-8/,
    );
  }
});

for (const rest of [
  '{}',
  '{"Items":[],"Count":0,"ScannedCount":0,"ConsumedCapacity":{}}',
  '{"LastEvaluatedKey":null}',
  '{"LastEvaluatedKey":{"a":{"S":"x"}}}',
]) {
  test(`checkResponseMembers accepts ${rest}`, () => checkResponseMembers(Buffer.from(rest)));
}

for (const [rest, expected] of [
  ['{"LastEvaluatedKex":{"a":{"S":"x"}}}', /only members of a Scan response/],
  ['{"LastEvaluatedKey":{}}', /a key in "LastEvaluatedKey"/],
  ['{"LastEvaluatedKey":[{"S":"x"}]}', /a key in "LastEvaluatedKey"/],
  ['{"LastEvaluatedKey":"a"}', /a key in "LastEvaluatedKey"/],
] as const) {
  test(`checkResponseMembers rejects ${rest}`, () => {
    assert.throws(() => checkResponseMembers(Buffer.from(rest)), expected);
  });
}

test('MalformedPage reports the position in the response if it is known', () => {
  assert.equal(new MalformedPage('more data', 0).message, 'expected more data at byte 0 of the response');
  assert.equal(new MalformedPage('valid JSON').message, 'expected valid JSON in the response');
});

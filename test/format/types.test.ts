import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertMalformedItem, contentOf, FORMAT_NAMES, lineOf } from './transcoded.ts';

const VALUES: readonly (readonly [received: string, json: string, ion: string])[] = [
  ['{"BOOL":true}', 'true', 'true'],
  ['{"BOOL":false}', 'false', 'false'],
  ['{"NULL":true}', 'null', 'null'],
  ['{"B":""}', '""', '{{}}'],
  ['{"B":"AA=="}', '"AA=="', '{{AA==}}'],
  ['{"B":"AAE="}', '"AAE="', '{{AAE=}}'],
  ['{"B":"AAEC"}', '"AAEC"', '{{AAEC}}'],
  ['{"B":"+/+/"}', '"+/+/"', '{{+/+/}}'],
  ['{"B":"+\\/+\\/AA\\u003d\\u003D"}', '"+\\/+\\/AA\\u003d\\u003D"', '{{+/+/AA==}}'],
  ['{"BS":["","AA==","AAEC"]}', '["","AA==","AAEC"]', '$dynamodb_BS::[{{}},{{AA==}},{{AAEC}}]'],
  ['{"SS":[""]}', '[""]', '$dynamodb_SS::[""]'],
  ['{"NS":["3","-2.50"]}', '[3,-2.50]', '$dynamodb_NS::[3.,-2.5]'],
  ['{"L":[]}', '[]', '[]'],
  ['{"M":{}}', '{}', '{}'],
  ['{"L":[{"L":[]},{"M":{}},{"S":"x"},{"NULL":true}]}', '[[],{},"x",null]', '[[],{},"x",null]'],
  ['{"M":{"b":{"M":{"c":{"L":[{"N":"1"}]}}},"d":{"S":""}}}', '{"b":{"c":[1]},"d":""}', '{b:{c:[1.]},d:""}'],
  ['{"M":{"S":{"S":"x"},"M":{"N":"1"}}}', '{"S":"x","M":1}', '{S:"x",M:1.}'],
];

for (const [received, json, ion] of VALUES) {
  test(`the attribute value ${received} is ${json} in JSON and ${ion} in ION`, () => {
    assert.equal(contentOf('DYNAMODB_JSON', received), received);
    assert.equal(contentOf('JSON', received), json);
    assert.equal(contentOf('ION', received), ion);
  });
}

test('ION of the item in the AWS documentation of exports is the documented line', () => {
  const item =
    '{"Authors":{"SS":["Author1","Author2"]},"ISBN":{"S":"333-3"},"Id":{"N":"103"},"InPublication":{"BOOL":false},' +
    '"PageCount":{"N":"600"},"Price":{"N":"2000"}}';
  assert.equal(
    lineOf('ION', item),
    '$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],ISBN:"333-3",Id:103.,InPublication:false,' +
      'PageCount:6d2,Price:2d3}}',
  );
});

test('an item without attributes is an empty object in all formats', () => {
  assert.equal(lineOf('DYNAMODB_JSON', '{}'), '{"Item":{}}');
  assert.equal(lineOf('JSON', '{}'), '{}');
  assert.equal(lineOf('ION', '{}'), '$ion_1_0 {Item:{}}');
});

function nested(type: 'M' | 'L', depth: number): string {
  const [open, close] = type === 'M' ? ['{"M":{"m":', '}}'] : ['{"L":[', ']}'];
  return `{"a":${open.repeat(depth)}{"BOOL":true}${close.repeat(depth)}}`;
}

test('all formats accept 31 to 100 nesting levels', () => {
  for (const depth of [31, 32, 100]) {
    for (const type of ['M', 'L'] as const) {
      const item = nested(type, depth);
      assert.equal(lineOf('DYNAMODB_JSON', item), `{"Item":${item}}`);
      const [open, close] = type === 'M' ? ['{"m":', '}'] : ['[', ']'];
      assert.equal(lineOf('JSON', item), `{"a":${open.repeat(depth)}true${close.repeat(depth)}}`);
      const ionOpen = type === 'M' ? '{m:' : '[';
      assert.equal(lineOf('ION', item), `$ion_1_0 {Item:{a:${ionOpen.repeat(depth)}true${close.repeat(depth)}}}`);
    }
  }
});

test('all formats reject more than 100 nesting levels instead of overflowing the stack', () => {
  for (const depth of [101, 1_000_000]) {
    for (const format of FORMAT_NAMES) {
      assertMalformedItem(format, nested('M', depth));
      assertMalformedItem(format, nested('L', depth));
      assertMalformedItem(format, `{"a":${'['.repeat(depth * 2)}${']'.repeat(depth * 2)}}`);
      assertMalformedItem(format, `{"a":${'{"a":'.repeat(depth * 2)}1${'}'.repeat(depth * 2)}}`);
    }
  }
});

/** Valid JSON that is not an attribute value. DYNAMODB_JSON keeps it because it may be a new type of DynamoDB. */
const UNTYPED = [
  ...['{"X":"x"}', '{"s":"x"}', '{"SSS":["x"]}', '{"BOO":true}', '{"BOXX":true}', '{"NUXX":true}', '{"NULLS":true}'],
  ...['{"":"x"}', '{}', '[]', '"x"', '1', 'true', 'null', '{"\\u0053":"x"}', '{"S":"x","N":"1"}', '{"S":"x","S":"x"}'],
  ...['{"S":1}', '{"S":true}', '{"S":null}', '{"S":{}}', '{"S":["x"]}', '{"N":1}', '{"N":-1.5e3}', '{"B":null}'],
  ...['{"BOOL":"true"}', '{"BOOL":null}', '{"BOOL":1}', '{"NULL":false}', '{"NULL":null}', '{"NULL":"true"}'],
  ...['{"SS":"x"}', '{"SS":[]}', '{"SS":[1]}', '{"SS":[{"S":"x"}]}', '{"SS":{}}', '{"NS":[1]}', '{"NS":[]}'],
  ...['{"BS":[]}', '{"BS":[null]}', '{"L":{}}', '{"L":["x"]}', '{"L":"x"}', '{"M":[]}', '{"M":"x"}', '{"M":{"a":"x"}}'],
  ...['{"VECTOR":[0.5,-1,1E+3,0]}'],
];

for (const value of UNTYPED) {
  test(`JSON and ION reject ${value}, which is not an attribute value, and DYNAMODB_JSON keeps it`, () => {
    assertMalformedItem('JSON', `{"a":${value}}`);
    assertMalformedItem('ION', `{"a":${value}}`);
    assert.equal(contentOf('DYNAMODB_JSON', value), value);
  });
}

const INVALID_BASE64 = [
  'A',
  'AA',
  'AAA',
  'AA=',
  'AAA==',
  '====',
  'A===',
  'AA==AA==',
  'A=AA',
  'AA==AAAA',
  'AAA-',
  'AAA_',
];
const INVALID_BLOBS = [...INVALID_BASE64, 'AAA ', 'AA\\n=', '\\u0041=A=', '}}', 'AAAé', '\\u2028AAA', 'AAA\\"'];

for (const text of INVALID_BLOBS) {
  test(`ION rejects the binary value ${text}, which is not base64`, () => {
    assertMalformedItem('ION', `{"a":{"B":"${text}"}}`);
    assertMalformedItem('ION', `{"a":{"BS":["AAAA","${text}"]}}`);
  });
}

/** Texts that are not valid JSON. */
const INVALID_JSON = [
  ...[
    '{"S":"x"',
    '{"S":"x"]',
    '{"S":"x"}}',
    '{"S""x"}',
    '{"S","x"}',
    '{S:"x"}',
    '{"S":\'x\'}',
    '{"S":"x",}',
    '{,}',
    '{"S"}',
  ],
  ...[
    '{"BOOL":tru}',
    '{"BOOL":truee}',
    '{"BOOL":fals}',
    '{"BOOL":falsy}',
    '{"BOOL":True}',
    '{"NULL":tru e}',
    '{"NULL":}',
  ],
  ...['{"L":[}', '{"L":[{"S":"x"},]}', '{"L":[,]}', '{"L":[{"S":"x"}{"S":"x"}]}', '{"L":[{"S":"x"}}', '{"M":{"a"}}'],
  ...[
    '{"M":{"a":{"S":"x"},}}',
    '{"M":{"a":{"S":"x"}"b":{"S":"x"}}}',
    '{"M":{"a" "b":{"S":"x"}}}',
    '{"M":{a:{"S":"x"}}}',
  ],
  ...[
    '{"SS":["x",]}',
    '{"SS":["x" "x"]}',
    '{"SS":["x"}',
    '{"SS":["x"]',
    '{"N":01}',
    '{"N":.5}',
    '{"N":1.}',
    '{"N":1e}',
  ],
  ...['{"N":+1}', '{"N":-}', '{"N":NaN}', '{"N":1 2}', '', ',', ':', '}', ']', '\0', '{"S":"x"}\0', '{"S":"secret"} x'],
];

for (const value of INVALID_JSON) {
  test(`all formats reject the attribute value ${JSON.stringify(value)}, which is not valid JSON`, () => {
    for (const format of FORMAT_NAMES) assertMalformedItem(format, `{"a":${value}}`);
  });
}

test('all formats reject items that are not objects or not separated by one comma', () => {
  for (const items of [
    '1',
    '"x"',
    '[]',
    'null',
    '{},',
    ',{}',
    '{}{}',
    '{};{}',
    '{},,{}',
    '{}\0{}',
    '{"a":{"S":"x"}}{}',
  ]) {
    for (const format of FORMAT_NAMES) assertMalformedItem(format, items);
  }
});

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
  test(`a value: ${received}`, () => {
    assert.equal(contentOf('DYNAMODB_JSON', received), received);
    assert.equal(contentOf('JSON', received), json);
    assert.equal(contentOf('ION', received), ion);
  });
}

test('the item of the documentation of exports', () => {
  const item =
    '{"Authors":{"SS":["Author1","Author2"]},"ISBN":{"S":"333-3"},"Id":{"N":"103"},"InPublication":{"BOOL":false},' +
    '"PageCount":{"N":"600"},"Price":{"N":"2000"}}';
  assert.equal(
    lineOf('ION', item),
    '$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],ISBN:"333-3",Id:103.,InPublication:false,' +
      'PageCount:6d2,Price:2d3}}',
  );
});

test('an item without attributes', () => {
  assert.equal(lineOf('DYNAMODB_JSON', '{}'), '{"Item":{}}');
  assert.equal(lineOf('JSON', '{}'), '{}');
  assert.equal(lineOf('ION', '{}'), '$ion_1_0 {Item:{}}');
});

function nested(type: 'M' | 'L', depth: number): string {
  const [open, close] = type === 'M' ? ['{"M":{"m":', '}}'] : ['{"L":[', ']}'];
  return `{"a":${open.repeat(depth)}{"BOOL":true}${close.repeat(depth)}}`;
}

test('as many levels as DynamoDB takes, and more', () => {
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

test('so many levels that the stack would end are refused', () => {
  for (const depth of [101, 1_000_000]) {
    for (const format of FORMAT_NAMES) {
      assertMalformedItem(format, nested('M', depth));
      assertMalformedItem(format, nested('L', depth));
      assertMalformedItem(format, `{"a":${'['.repeat(depth * 2)}${']'.repeat(depth * 2)}}`);
      assertMalformedItem(format, `{"a":${'{"a":'.repeat(depth * 2)}1${'}'.repeat(depth * 2)}}`);
    }
  }
});

/** JSON, but nothing DynamoDB sends: the typed formats refuse it, DYNAMODB_JSON passes on what may be a new type. */
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
  test(`no attribute value: ${value}`, () => {
    assertMalformedItem('JSON', `{"a":${value}}`);
    assertMalformedItem('ION', `{"a":${value}}`);
    assert.equal(contentOf('DYNAMODB_JSON', value), value);
  });
}

const NO_BASE64 = ['A', 'AA', 'AAA', 'AA=', 'AAA==', '====', 'A===', 'AA==AA==', 'A=AA', 'AA==AAAA', 'AAA-', 'AAA_'];
const NO_BASE64_BUT_STRINGS = [...NO_BASE64, 'AAA ', 'AA\\n=', '\\u0041=A=', '}}', 'AAAé', '\\u2028AAA', 'AAA\\"'];

for (const text of NO_BASE64_BUT_STRINGS) {
  test(`ION takes no blob that is no base64: ${text}`, () => {
    assertMalformedItem('ION', `{"a":{"B":"${text}"}}`);
    assertMalformedItem('ION', `{"a":{"BS":["AAAA","${text}"]}}`);
  });
}

/** No JSON. */
const BROKEN = [
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

for (const value of BROKEN) {
  test(`no JSON: ${JSON.stringify(value)}`, () => {
    for (const format of FORMAT_NAMES) assertMalformedItem(format, `{"a":${value}}`);
  });
}

test('items that are no objects, or not apart', () => {
  for (const items of [
    '',
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
    // Nothing at all is an empty page, which is sound.
    if (items !== '') for (const format of FORMAT_NAMES) assertMalformedItem(format, items);
  }
});

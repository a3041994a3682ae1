import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMapping } from '../../src/inputs/mapping.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { readScanParameters } from '../../src/inputs/scan-kwargs.ts';
import { narrowingParameters, type ScanParameters } from '../../src/scan/scan-parameters.ts';

const INPUT = 'dynamodb-scan-kwargs';
const SECRET = 'hunter2';

function read(text: string): { readonly scan: ScanParameters; readonly lines: readonly string[] } {
  const problems = new InputProblems(INPUT);
  const mapping = parseMapping(text, problems);
  assert.ok(mapping, text);
  return { scan: readScanParameters(mapping, problems), lines: problems.lines };
}

function accepted(text: string): ScanParameters {
  const { scan, lines } = read(text);
  assert.deepEqual(lines, [], text);
  return scan;
}

/** Returns a key with the given number of attributes. */
function keyOf(attributes: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: attributes }, (_, index) => [`key-${index}`, index]));
}

/** Returns the parsed value of `:v`. */
function readValue(text: string): unknown {
  const scan = accepted(`{"FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": ${text}}}`);
  return plain(scan.request.ExpressionAttributeValues?.[':v']);
}

/** Returns a copy with ordinary prototypes, because deepEqual compares prototypes. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}

describe('dynamodb-scan-kwargs', () => {
  it('accept an empty mapping', () => assert.deepEqual(accepted('{}'), { request: {} }));

  it('are read from YAML', () => {
    const scan = accepted(`
      FilterExpression: '#s = :open AND price >= :min AND size(tags) > :none'
      ProjectionExpression: '#s, price, tags[0].name'
      ExpressionAttributeNames:
        '#s': status
      ExpressionAttributeValues:
        ':open': open
        ':min': 0.10
        ':none': {N: '0'}
      IndexName: by-status_1.x
      ConsistentRead: true
      Limit: 100
      Select: SPECIFIC_ATTRIBUTES
      Segment: 3
      TotalSegments: 8
      ExclusiveStartKey:
        id: {S: abc}
        at: 5
    `);
    assert.deepEqual(plain(scan), {
      request: {
        FilterExpression: '#s = :open AND price >= :min AND size(tags) > :none',
        ProjectionExpression: '#s, price, tags[0].name',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':open': { S: 'open' }, ':min': { N: '0.10' }, ':none': { N: '0' } },
        IndexName: 'by-status_1.x',
        ConsistentRead: true,
        Limit: 100,
        Select: 'SPECIFIC_ATTRIBUTES',
      },
      startKey: { id: { S: 'abc' }, at: { N: '5' } },
      shard: { segment: 3, totalSegments: 8 },
    });
  });

  for (const text of [
    '{"Select": "ALL_ATTRIBUTES"}',
    '{"Select": "ALL_PROJECTED_ATTRIBUTES", "IndexName": "abc"}',
    '{"ConsistentRead": false}',
    '{"Limit": 1}',
    '{"Limit": 2147483647}',
    '{"Segment": 0, "TotalSegments": 1}',
    '{"Segment": 999999, "TotalSegments": 1000000}',
    '{"ExclusiveStartKey": {"a": "b"}}',
    '{"ExclusiveStartKey": {"a": {"B": "AQI="}, "b": 1, "c": {"N": "2"}, "d": {"S": "x"}}}',
    // Four partition key and four sort key attributes of an index, and the two of the table
    `{"IndexName": "by-everything", "ExclusiveStartKey": ${JSON.stringify(keyOf(10))}}`,
    '{"FilterExpression": "attribute_exists(#a_1) AND #a_1 <> :B2", "ExpressionAttributeNames": {"#a_1": "a.b"}, "ExpressionAttributeValues": {":B2": 1}}',
    '{"ProjectionExpression": "#a, #b.c", "ExpressionAttributeNames": {"#a": "x", "#b": "__proto__"}}',
    `{"FilterExpression": "a > b ${'x'.repeat(4000)}"}`,
  ]) {
    it(`accept ${text.slice(0, 100)}`, () => {
      accepted(text);
    });
  }

  for (const [text, path, expected] of [
    ['{"TableName": "x"}', 'TableName', /dynamodb-table-name/],
    ['{"ReturnConsumedCapacity": "TOTAL"}', 'ReturnConsumedCapacity', /always measured/],
    ['{"AttributesToGet": ["a"]}', 'AttributesToGet', /ProjectionExpression/],
    ['{"ScanFilter": {}}', 'ScanFilter', /FilterExpression/],
    ['{"ConditionalOperator": "AND"}', 'ConditionalOperator', /FilterExpression/],
    ['{"limit": 5}', 'limit', /must be spelled Limit/],
    [`{"Nonsense": "${SECRET}"}`, 'Nonsense', /FilterExpression, .*TotalSegments or ExclusiveStartKey/],
    [`{":${SECRET} x": 1}`, '[entry 1]', /not a supported parameter/],
    ['{"FilterExpression": ""}', 'FilterExpression', /non-empty string; it is an empty string/],
    ['{"FilterExpression": 5}', 'FilterExpression', /string.*it is a number/],
    ['{"FilterExpression": null}', 'FilterExpression', /string.*it is null/],
    [`{"FilterExpression": ["${SECRET}"]}`, 'FilterExpression', /string.*it is a list/],
    [`{"FilterExpression": "${SECRET}${'x'.repeat(4090)}"}`, 'FilterExpression', /4,096 bytes/],
    [`{"FilterExpression": "${'é'.repeat(2049)}"}`, 'FilterExpression', /4,096 bytes/],
    ['{"ProjectionExpression": ["a", "b"]}', 'ProjectionExpression', /must be a non-empty string/],
    ['{"ExpressionAttributeNames": "x"}', 'ExpressionAttributeNames', /must be a mapping; it is a string/],
    ['{"ExpressionAttributeNames": {}}', 'ExpressionAttributeNames', /empty/],
    [
      `{"ExpressionAttributeNames": {"s": "${SECRET}"}}`,
      'ExpressionAttributeNames[entry 1]',
      /name that starts with #/,
    ],
    [
      `{"FilterExpression": "#s > b", "ExpressionAttributeNames": {"#s": 5}}`,
      'ExpressionAttributeNames["#s"]',
      /attribute name.*it is a number/,
    ],
    [
      `{"FilterExpression": "#s > b", "ExpressionAttributeNames": {"#s": ""}}`,
      'ExpressionAttributeNames["#s"]',
      /it is an empty string/,
    ],
    [
      `{"FilterExpression": "a = b", "ExpressionAttributeNames": {"#s": "${SECRET}"}}`,
      'ExpressionAttributeNames["#s"]',
      /not used/,
    ],
    [
      `{"ProjectionExpression": "a", "ExpressionAttributeValues": {":s": "${SECRET}"}}`,
      'ExpressionAttributeValues[":s"]',
      /not used.*FilterExpression/,
    ],
    [
      `{"FilterExpression": "a = :st", "ExpressionAttributeValues": {":st": 1, ":s": "${SECRET}"}}`,
      'ExpressionAttributeValues[":s"]',
      /not used/,
    ],
    [`{"FilterExpression": "#${SECRET} = b"}`, 'ExpressionAttributeNames', /does not define 1 of the placeholders/],
    [
      `{"FilterExpression": "a IN (:${SECRET}, :b)"}`,
      'ExpressionAttributeValues',
      /does not define 2 of the placeholders/,
    ],
    [
      `{"FilterExpression": "a = :s", "ExpressionAttributeValues": {"s": "${SECRET}", ":s": 1}}`,
      'ExpressionAttributeValues[entry 1]',
      /name that starts with :/,
    ],
    [
      `{"FilterExpression": "a = :s", "ExpressionAttributeValues": {"#s": "${SECRET}", ":s": 1}}`,
      'ExpressionAttributeValues["#s"]',
      /name that starts with :/,
    ],
    [
      `{"FilterExpression": "a = :s", "ExpressionAttributeValues": {":s-x": "${SECRET}", ":s": 1}}`,
      'ExpressionAttributeValues[entry 1]',
      /name that starts with :/,
    ],
    ['{"ExpressionAttributeValues": ["x"]}', 'ExpressionAttributeValues', /must be a mapping; it is a list/],
    ['{"IndexName": ""}', 'IndexName', /empty/],
    ['{"IndexName": "ab"}', 'IndexName', /3 to 255/],
    [`{"IndexName": "${SECRET}/x"}`, 'IndexName', /3 to 255/],
    ['{"ConsistentRead": "true"}', 'ConsistentRead', /true or false, without quotes; it is a string/],
    ['ConsistentRead: yes', 'ConsistentRead', /true or false/],
    ['{"ConsistentRead": 1}', 'ConsistentRead', /true or false/],
    ['{"Limit": 0}', 'Limit', /from 1 to 2,147,483,647/],
    ['{"Limit": -1}', 'Limit', /from 1 to/],
    ['{"Limit": 1.5}', 'Limit', /whole number/],
    ['{"Limit": 1e3}', 'Limit', /whole number/],
    ['{"Limit": "5"}', 'Limit', /without quotes; it is a string/],
    ['{"Limit": 2147483648}', 'Limit', /2,147,483,647/],
    ['Limit: 0x10', 'Limit', /whole number/],
    ['Limit: 0o17', 'Limit', /whole number/],
    ['Limit: .inf', 'Limit', /whole number/],
    ['Limit: .nan', 'Limit', /whole number/],
    ['Limit: 1_000', 'Limit', /whole number/],
    ['Limit:', 'Limit', /whole number.*it is null/],
    ['{"Select": "COUNT"}', 'Select', /ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES or SPECIFIC_ATTRIBUTES/],
    [`{"Select": "${SECRET}"}`, 'Select', /ALL_ATTRIBUTES/],
    ['{"Select": "ALL_PROJECTED_ATTRIBUTES"}', 'Select', /IndexName/],
    ['{"Select": "SPECIFIC_ATTRIBUTES"}', 'Select', /ProjectionExpression/],
    ['{"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "a"}', 'Select', /SPECIFIC_ATTRIBUTES/],
    ['{"Segment": 0}', 'Segment', /TotalSegments.*total-segments/],
    ['{"TotalSegments": 4}', 'TotalSegments', /Segment.*total-segments/],
    ['{"Segment": 4, "TotalSegments": 4}', 'Segment', /less than TotalSegments/],
    ['{"Segment": -1, "TotalSegments": 4}', 'Segment', /from 0 to 999,999/],
    ['{"Segment": "0", "TotalSegments": 4}', 'Segment', /without quotes/],
    ['{"Segment": 0, "TotalSegments": 0}', 'TotalSegments', /from 1 to 1,000,000/],
    ['{"Segment": 0, "TotalSegments": 1000001}', 'TotalSegments', /1,000,000/],
    ['{"ExclusiveStartKey": {}}', 'ExclusiveStartKey', /key of an item/],
    [`{"ExclusiveStartKey": "${SECRET}"}`, 'ExclusiveStartKey', /must be a mapping/],
    [`{"ExclusiveStartKey": {"${SECRET}": true}}`, 'ExclusiveStartKey[entry 1]', /string, a number or a binary/],
    [`{"ExclusiveStartKey": {"a": 1, "${SECRET}": ["${SECRET}"]}}`, 'ExclusiveStartKey[entry 2]', /string, a number/],
    [`{"ExclusiveStartKey": {"${SECRET}": {"N": "${SECRET}"}}}`, 'ExclusiveStartKey[entry 1]', /not a decimal number/],
    [`{"ExclusiveStartKey": ${JSON.stringify(keyOf(11))}}`, 'ExclusiveStartKey', /key of an item/],
  ] as const) {
    it(`reject ${text.slice(0, 100)} with a message that matches ${expected} and contains no value`, () => {
      const { lines } = read(text);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(path.startsWith('[') ? `${INPUT}${path}: ` : `${INPUT}.${path}: `), lines[0]);
      assert.match(lines[0] ?? '', expected);
      assert.doesNotMatch(lines[0] ?? '', new RegExp(SECRET));
    });
  }

  it('report every problem at once', () => {
    const { lines } = read('{"Limit": 0, "ConsistentRead": "yes", "Nope": 1, "Segment": 1}');
    assert.equal(lines.length, 4);
  });
});

describe('attribute values in dynamodb-scan-kwargs', () => {
  const digits38 = `${'1234567890'.repeat(3)}12345678`;
  for (const [text, expected] of [
    ['"x"', { S: 'x' }],
    ['""', { S: '' }],
    ['5', { N: '5' }],
    ['-0.50E+07', { N: '-0.50E+07' }],
    [digits38, { N: digits38 }],
    [`0.${'0'.repeat(100)}${digits38}`, { N: `0.${'0'.repeat(100)}${digits38}` }],
    [`${digits38}${'0'.repeat(80)}`, { N: `${digits38}${'0'.repeat(80)}` }],
    [`${digits38}.${'0'.repeat(80)}`, { N: `${digits38}.${'0'.repeat(80)}` }],
    ['1E-130', { N: '1E-130' }],
    ['9.9999999999999999999999999999999999999E+125', { N: '9.9999999999999999999999999999999999999E+125' }],
    ['-9.9999999999999999999999999999999999999e125', { N: '-9.9999999999999999999999999999999999999e125' }],
    ['0', { N: '0' }],
    ['0E-500', { N: '0E-500' }],
    ['true', { BOOL: true }],
    ['null', { NULL: true }],
    ['[1, "x", [null]]', { L: [{ N: '1' }, { S: 'x' }, { L: [{ NULL: true }] }] }],
    ['[]', { L: [] }],
    ['{"a": 1, "b": {"c": false}}', { M: { a: { N: '1' }, b: { M: { c: { BOOL: false } } } } }],
    ['{}', { M: {} }],
    ['{"s": "x"}', { M: { s: { S: 'x' } } }],
    ['{"S": "x", "N": "5"}', { M: { S: { S: 'x' }, N: { S: '5' } } }],
    ['{"S": "x"}', { S: 'x' }],
    ['{"N": "5"}', { N: '5' }],
    ['{"N": 5.0}', { N: '5.0' }],
    ['{"N": "+005.50"}', { N: '+005.50' }],
    [`{"N": "${'0'.repeat(50)}7"}`, { N: `${'0'.repeat(50)}7` }],
    ['{"B": "AQID"}', { B: new Uint8Array([1, 2, 3]) }],
    ['{"B": ""}', { B: new Uint8Array() }],
    ['{"BOOL": false}', { BOOL: false }],
    ['{"NULL": true}', { NULL: true }],
    ['{"L": [{"S": "x"}, 1]}', { L: [{ S: 'x' }, { N: '1' }] }],
    ['{"M": {"S": {"S": "x"}}}', { M: { S: { S: 'x' } } }],
    ['{"M": {"N": 5}}', { M: { N: { N: '5' } } }],
    ['{"M": {}}', { M: {} }],
    ['{"SS": ["a", "b"]}', { SS: ['a', 'b'] }],
    ['{"NS": ["1", 2.50]}', { NS: ['1', '2.50'] }],
    ['{"BS": ["AQ==", "Ag=="]}', { BS: [new Uint8Array([1]), new Uint8Array([2])] }],
  ] as const) {
    it(`are converted to typed values: ${text.slice(0, 60)}`, () => assert.deepEqual(readValue(text), expected));
  }

  it('keep their attribute named __proto__', () => {
    const { request } = accepted(
      '{"FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": {"__proto__": 1, "x": 2}}}',
    );
    assert.deepEqual(Object.keys(request.ExpressionAttributeValues?.[':v']?.M ?? {}), ['__proto__', 'x']);
  });

  for (const [text, expected] of [
    [`{"S": ${SECRET.length}}`, /the value of S must be a string; it is a number. Put it in quotes$/],
    ['{"S": null}', /the value of S must be a string/],
    [`{"N": "${SECRET}"}`, /the value of N is not a decimal number/],
    ['{"N": ""}', /not a decimal number/],
    ['{"N": " 5"}', /not a decimal number/],
    ['{"N": "."}', /not a decimal number/],
    ['{"N": "1.2.3"}', /not a decimal number/],
    ['{"N": "1e"}', /not a decimal number/],
    ['{"N": "0x1F"}', /not a decimal number/],
    ['{"N": "Infinity"}', /not a decimal number/],
    ['{"N": "1_000"}', /not a decimal number/],
    ['{"N": true}', /the value of N must be a number; it is a boolean/],
    [`${digits38}9`, /more than 38 significant digits/],
    [`{"N": "0.${digits38}9"}`, /more than 38 significant digits/],
    ['1E126', /outside/],
    ['1E-131', /outside/],
    ['0.9E-130', /outside/],
    ['-10E125', /outside/],
    ['1E99999999999999999999', /outside/],
    ['{"B": "AQI"}', /base64/],
    ['{"B": "AQI=\\n"}', /base64/],
    [`{"B": "${SECRET}!"}`, /base64/],
    ['{"B": "_-8="}', /base64/],
    ['{"B": 5}', /base64/],
    ['{"BOOL": "true"}', /the value of BOOL must be true or false/],
    ['{"NULL": false}', /the value of NULL must be true/],
    ['{"L": {}}', /the value of L must be a list/],
    ['{"M": []}', /the value of M must be a mapping/],
    ['{"SS": []}', /the value of SS must be a list with at least one/],
    ['{"SS": "a"}', /the value of SS must be a list/],
    ['{"SS": ["a", "a"]}', /must be unique/],
    ['{"SS": [1]}', /an element of SS must be a string/],
    ['{"NS": ["1", "1.0"]}', /must be unique/],
    ['{"NS": [100, "1E2"]}', /must be unique/],
    [`{"NS": ["${SECRET}"]}`, /not a decimal number/],
    ['{"BS": ["AQ==", "AQ=="]}', /must be unique/],
    ['{"BS": ["A"]}', /base64/],
    [`{"a": {"${SECRET}": {"N": "${SECRET}"}}}`, /not a decimal number/],
    ['[{"S": 1}]', /the value of S must be a string/],
  ] as const) {
    it(`are rejected with a message that matches ${expected}: ${text.slice(0, 60)}`, () => {
      const { lines } = read(`{"FilterExpression": "a = :v", "ExpressionAttributeValues": {":v": ${text}}}`);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(`${INPUT}.ExpressionAttributeValues[":v"]: `), lines[0]);
      assert.match(lines[0] ?? '', expected);
      assert.doesNotMatch(lines[0] ?? '', new RegExp(SECRET));
    });
  }

  for (const [text, expected] of [
    ['0x1F', /not a decimal number/],
    ['0o17', /not a decimal number/],
    ['.inf', /not a decimal number/],
    ['-.inf', /not a decimal number/],
    ['.nan', /not a decimal number/],
    ['1_000', /not a decimal number/],
    ['007', /leading zeros/],
    ['{N: 1_000}', /not a decimal number/],
    ['{N: 0x1F}', /not a decimal number/],
  ] as const) {
    it(`are rejected if they are written as the YAML number ${text}`, () => {
      const { lines } = read(`FilterExpression: a = :v\nExpressionAttributeValues:\n  :v: ${text}`);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});

describe('narrowingParameters', () => {
  const filter = '"FilterExpression": "a > b"';
  for (const [text, expected] of [
    ['{}', []],
    ['{"ConsistentRead": true, "Limit": 5, "Select": "ALL_ATTRIBUTES"}', []],
    ['{"Segment": 0, "TotalSegments": 1}', []],
    ['{"Segment": 0, "TotalSegments": 2}', ['Segment']],
    [`{${filter}}`, ['FilterExpression']],
    ['{"ProjectionExpression": "a"}', ['ProjectionExpression']],
    ['{"IndexName": "abc"}', ['IndexName']],
    [`{"ExclusiveStartKey": {"a": 1}, ${filter}}`, ['FilterExpression', 'ExclusiveStartKey']],
  ] as const) {
    it(`returns ${JSON.stringify(expected)} for ${text}`, () =>
      assert.deepEqual(narrowingParameters(accepted(text)), expected));
  }
});

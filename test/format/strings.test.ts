import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidIonText } from '../../src/format/malformed-page.ts';
import { assertMalformedItem, contentOf, FORMAT_NAMES, lineOf } from './transcoded.ts';

/** Text between the quotes: as received, in ION, and in the JSON formats if it differs from the received text. */
const STRINGS: readonly (readonly [received: string, ion: string, json?: string])[] = [
  ['', ''],
  ['a', 'a'],
  ['abc', 'abc'],
  ['abcdefg', 'abcdefg'],
  ['abcdefgh', 'abcdefgh'],
  ["it's", "it's"],
  ['},{', '},{'],
  [']}],', ']}],'],
  ['\\"Items\\":[', '\\"Items\\":['],
  ['{\\"S\\":\\"x\\"}', '{\\"S\\":\\"x\\"}'],
  ['\\\\', '\\\\'],
  ['\\\\\\"', '\\\\\\"'],
  ['abc\\\\', 'abc\\\\'],
  ['\\/', '/'],
  ['\\b\\f\\n\\r\\t', '\\b\\f\\n\\r\\t'],
  ['\\u0000\\u0007\\u000B', '\\0\\a\\v'],
  ['\\u0008\\u000c\\u000A\\u000d\\u0009', '\\b\\f\\n\\r\\t'],
  ['\\u0001\\u001b\\u001F', '\\x01\\x1b\\x1f'],
  ['\\u0022\\u005c\\u0027\\u002f', '\\"\\\\\'/'],
  ['\\u0041\\u00e9\\u4E2d', 'Aé中'],
  ['\\u0080\\u009f\\u00a0', '\u0080\u009f\u00a0'],
  ['\x7f', '\x7f'],
  ['\\u007f', '\x7f'],
  ['\\ud83d\\uDE00', '😀'],
  ['\\uDBFF\\udfff', '\u{10ffff}'],
  ['\\ud800\\udc00', '\u{10000}'],
  ['\\ud7ff\\ue000', '\ud7ff\ue000'],
  ['😀 straße 中文', '😀 straße 中文'],
  ['\u0085', '\\u0085', '\\u0085'],
  ['\u2028', '\\u2028', '\\u2028'],
  ['a\u2029b\u2028', 'a\\u2029b\\u2028', 'a\\u2029b\\u2028'],
  ['\\\\\u2028', '\\\\\\u2028', '\\\\\\u2028'],
  ['\\u0085\\u2028\\u2029', '\\u0085\\u2028\\u2029'],
  // Characters that share the first bytes of their UTF-8 with line separators.
  ['\u201ca\u201d \u2013\u2028', '\u201ca\u201d \u2013\\u2028', '\u201ca\u201d \u2013\\u2028'],
  ['\u2014\u2029', '\u2014\\u2029', '\u2014\\u2029'],
  ['\u0084\u0086\u2027\u202a\u203c', '\u0084\u0086\u2027\u202a\u203c'],
  ['\ufeff\ufffd\uffff', '\ufeff\ufffd\uffff'],
];

for (const [received, ion, json = received] of STRINGS) {
  test(`the string ${JSON.stringify(received)} is ${JSON.stringify(json)} in the JSON formats and ${JSON.stringify(ion)} in ION`, () => {
    assert.equal(contentOf('DYNAMODB_JSON', `{"S":"${received}"}`), `{"S":"${json}"}`);
    assert.equal(contentOf('JSON', `{"S":"${received}"}`), `"${json}"`);
    assert.equal(contentOf('ION', `{"S":"${received}"}`), `"${ion}"`);
  });

  test(`the string ${JSON.stringify(received)} in a set is ${JSON.stringify(json)} in the JSON formats and ${JSON.stringify(ion)} in ION`, () => {
    const set = `{"SS":["${received}","${received}"]}`;
    assert.equal(contentOf('DYNAMODB_JSON', set), `{"SS":["${json}","${json}"]}`);
    assert.equal(contentOf('JSON', set), `["${json}","${json}"]`);
    assert.equal(contentOf('ION', set), `$dynamodb_SS::["${ion}","${ion}"]`);
  });
}

/** Attribute names as received and in ION. The JSON formats keep them. */
const NAMES: readonly (readonly [received: string, ion: string])[] = [
  ['a', 'a'],
  ['_', '_'],
  ['pk', 'pk'],
  ['Item', 'Item'],
  ['S', 'S'],
  ['a1_B2', 'a1_B2'],
  ['nulls', 'nulls'],
  ['Null', 'Null'],
  ['falsy', 'falsy'],
  ['trues', 'trues'],
  ['nano', 'nano'],
  ['null', "'null'"],
  ['true', "'true'"],
  ['false', "'false'"],
  ['nan', "'nan'"],
  ['+inf', "'+inf'"],
  ['null.int', "'null.int'"],
  ['', "''"],
  ['1', "'1'"],
  ['10', "'10'"],
  ['9a', "'9a'"],
  ['$', "'$'"],
  ['$1', "'$1'"],
  ['$ion_1_0', "'$ion_1_0'"],
  ['$dynamodb_SS', "'$dynamodb_SS'"],
  ['a.b', "'a.b'"],
  ['created-at', "'created-at'"],
  ['aws:rep:region', "'aws:rep:region'"],
  ['a b', "'a b'"],
  ["it's", "'it\\'s'"],
  ["''", "'\\'\\''"],
  ['say \\"x\\"', '\'say "x"\''],
  ['\\u0022', "'\"'"],
  ['\\u0027', "'\\''"],
  ['back\\\\slash', "'back\\\\slash'"],
  ['a\\/b', "'a/b'"],
  ['new\\nline\\u0000', "'new\\nline\\0'"],
  ['é', "'é'"],
  ['emoji 😀', "'emoji 😀'"],
  ['\\ud83d\\ude00', "'😀'"],
  ['\\u2028', "'\\u2028'"],
  // Identifiers that are received with escapes.
  ['\\u0041bc', 'Abc'],
  ['p\\u006b', 'pk'],
  ['n\\u0075ll', "'null'"],
];

for (const [received, ion] of NAMES) {
  test(`the attribute name ${JSON.stringify(received)} is unchanged in the JSON formats and ${JSON.stringify(ion)} in ION`, () => {
    const item = `{"${received}":{"M":{"${received}":{"S":"x"}}},"b":{"NULL":true}}`;
    assert.equal(lineOf('DYNAMODB_JSON', item), `{"Item":${item}}`);
    assert.equal(lineOf('JSON', item), `{"${received}":{"${received}":"x"},"b":null}`);
    assert.equal(lineOf('ION', item), `$ion_1_0 {Item:{${ion}:{${ion}:"x"},b:null}}`);
  });
}

test('raw line separators in an attribute name are escaped', () => {
  const item = '{"\u0085\u2028\u2029":{"S":"x"}}';
  assert.equal(lineOf('DYNAMODB_JSON', item), '{"Item":{"\\u0085\\u2028\\u2029":{"S":"x"}}}');
  assert.equal(lineOf('JSON', item), '{"\\u0085\\u2028\\u2029":"x"}');
  assert.equal(lineOf('ION', item), `$ion_1_0 {Item:{'\\u0085\\u2028\\u2029':"x"}}`);
});

test('attributes keep their order, even those with integer-like names', () => {
  const item = '{"b":{"S":"1"},"10":{"S":"2"},"2":{"S":"3"},"a":{"S":"4"},"__proto__":{"S":"5"}}';
  assert.equal(lineOf('DYNAMODB_JSON', item), `{"Item":${item}}`);
  assert.equal(lineOf('JSON', item), '{"b":"1","10":"2","2":"3","a":"4","__proto__":"5"}');
  assert.equal(lineOf('ION', item), `$ion_1_0 {Item:{b:"1",'10':"2",'2':"3",a:"4",__proto__:"5"}}`);
});

test('all formats keep strings of 400 KB', () => {
  for (const part of ['x', '\\"', '\\u0041', 'é', 'ab\\\\', '中\\n']) {
    const text = part.repeat(Math.ceil(400_000 / Buffer.byteLength(part)));
    const ion = text.replaceAll('\\u0041', 'A');
    assert.equal(contentOf('DYNAMODB_JSON', `{"S":"${text}"}`), `{"S":"${text}"}`);
    assert.equal(contentOf('JSON', `{"S":"${text}"}`), `"${text}"`);
    assert.equal(contentOf('ION', `{"S":"${text}"}`), `"${ion}"`);
  }
});

test('a string of 100,000 line separators is escaped in all formats', () => {
  const text = '\u0085'.repeat(100_000);
  for (const format of FORMAT_NAMES) {
    assert.match(contentOf(format, `{"S":"${text}"}`), /^(\{"S":)?"(\\u0085){100000}"\}?$/);
  }
});

for (const unpaired of [
  '\\ud83d',
  '\\uDE00',
  '\\ud83dx',
  '\\ud83d\\n',
  '\\ud83d\\ud83d',
  '\\ude00\\ude00',
  '\\ud83d\\ue000',
  'x\\udfff\\ud800',
  '\\ud83d\\u0041',
  '\\ud800',
  '\\udbff',
  '\\udc00',
  '\\udfff',
  '\\ud800\\udbff',
  '\\udc00\\udc00',
]) {
  test(`the unpaired surrogate ${unpaired} is kept in the JSON formats, and ION rejects it without a retry`, () => {
    assert.equal(contentOf('DYNAMODB_JSON', `{"S":"${unpaired}"}`), `{"S":"${unpaired}"}`);
    assert.equal(contentOf('JSON', `{"S":"${unpaired}"}`), `"${unpaired}"`);
    assert.equal(lineOf('JSON', `{"${unpaired}":{"S":""}}`), `{"${unpaired}":""}`);
    assert.throws(() => contentOf('ION', `{"S":"${unpaired}"}`), InvalidIonText);
    assert.throws(() => lineOf('ION', `{"${unpaired}":{"S":""}}`), InvalidIonText);
    assert.throws(() => lineOf('ION', `{ "${unpaired}":{"S":""}}`), InvalidIonText);
  });
}

test('all formats reject raw control characters in strings and attribute names', () => {
  for (let control = 0; control < 0x20; control += 1) {
    for (const before of ['', 'a', 'abc', 'abcdefg']) {
      const text = before + String.fromCharCode(control);
      for (const format of FORMAT_NAMES) {
        assertMalformedItem(format, `{"a":{"S":"${text}"}}`, 11 + before.length);
        assertMalformedItem(format, `{"-${text}":{"S":""}}`, 3 + before.length);
      }
    }
  }
});

test('all formats reject invalid escapes', () => {
  for (const text of [
    '\\x',
    '\\0',
    '\\U',
    "\\'",
    '\\u',
    '\\u004',
    '\\u00g1',
    '\\u 041',
    '\\u+041',
    '\\\u2028',
    '\\é',
  ]) {
    for (const format of FORMAT_NAMES) {
      assertMalformedItem(format, `{"a":{"S":"${text}"}}`);
      assertMalformedItem(format, `{"-${text}":{"S":"${text}"}}`);
    }
  }
});

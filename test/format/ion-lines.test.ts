import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { IonLines } from '../../src/format/ion-lines.ts';
import { ItemLines } from '../../src/format/item-lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { integer, pick, type Random, randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { canonical, type Meaning, meaningOfEntries, meaningOfIon, meaningOfParsed, unordered } from './reference.ts';
import { transcoded } from './transcoded.ts';

/** Converts Ion lines to items in DynamoDB JSON. The chunks end at random places. */
function converted(text: string | Buffer, random: Random = () => 1): string[] {
  const ion = new IonLines();
  const lines = new ItemLines(['pk']);
  const items: string[] = [];
  const readAll = (json: Buffer) => {
    lines.append(json);
    while (lines.next()) items.push(lines.bytes.toString('utf8', lines.start, lines.end));
  };
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.max(1, Math.floor(random() * (bytes.length - at)));
    readAll(ion.append(bytes.subarray(at, end)));
    at = end;
  }
  readAll(ion.finish());
  return items;
}

function jsonOf(ion: string): string {
  const [item = ''] = converted(`$ion_1_0 {Item:{a:${ion}}}\n`);
  return item.slice('{"a":'.length, -1);
}

const VALUES: readonly (readonly [ion: string, json: string])[] = [
  ['"text"', '{"S":"text"}'],
  ['""', '{"S":""}'],
  ['"it\'s"', '{"S":"it\'s"}'],
  ['"\\0\\a\\b\\t\\n\\f\\r\\v"', '{"S":"\\u0000\\u0007\\u0008\\u0009\\u000a\\u000c\\u000d\\u000b"}'],
  ['"\\"\\\'\\?\\\\\\/"', '{"S":"\\"\'?\\\\/"}'],
  ['"\\x41\\xe9\\x22\\x5c\\x1f"', '{"S":"Aé\\"\\\\\\u001f"}'],
  ['"\\u2028\\u0085\\U0001F600\\ud83d\\ude00"', '{"S":"\u2028\u0085😀😀"}'],
  ['"Grüße 世界 😀"', '{"S":"Grüße 世界 😀"}'],
  ['103.', '{"N":"103"}'],
  ['103', '{"N":"103"}'],
  ['6d2', '{"N":"600"}'],
  ['6D+2', '{"N":"600"}'],
  ['0.', '{"N":"0"}'],
  ['0d5', '{"N":"0"}'],
  ['-1.50', '{"N":"-1.50"}'],
  ['0.000001', '{"N":"0.000001"}'],
  ['1d-7', '{"N":"0.0000001"}'],
  ['-123d-9', '{"N":"-0.000000123"}'],
  ['1.5d3', '{"N":"1500"}'],
  ['1.25d1', '{"N":"12.5"}'],
  ['12345678901234567890123456789012345678.', '{"N":"12345678901234567890123456789012345678"}'],
  ['9.9999999999999999999999999999999999999d125', `{"N":"${'9'.repeat(38)}${'0'.repeat(88)}"}`],
  ['1d-130', `{"N":"0.${'0'.repeat(129)}1"}`],
  ['1d999999999', '{"N":"1E999999999"}'],
  ['{{AAEC/w==}}', '{"B":"AAEC/w=="}'],
  ['{{}}', '{"B":""}'],
  ['true', '{"BOOL":true}'],
  ['false', '{"BOOL":false}'],
  ['null', '{"NULL":true}'],
  ['[]', '{"L":[]}'],
  ['["x",1.,[null],{}]', '{"L":[{"S":"x"},{"N":"1"},{"L":[{"NULL":true}]},{"M":{}}]}'],
  ['{}', '{"M":{}}'],
  [
    "{b:\"x\",'null':true,'':1.,$x:2.,'it\\'s \"q\"':3.}",
    '{"M":{"b":{"S":"x"},"null":{"BOOL":true},"":{"N":"1"},"$x":{"N":"2"},"it\'s \\"q\\"":{"N":"3"}}}',
  ],
  ['$dynamodb_SS::["a",""]', '{"SS":["a",""]}'],
  ['$dynamodb_NS::[1.,2d1]', '{"NS":["1","20"]}'],
  ['$dynamodb_BS::[{{AA==}},{{}}]', '{"BS":["AA==",""]}'],
];

for (const [ion, json] of VALUES) {
  test(`IonLines converts ${ion.slice(0, 60)} to ${json.slice(0, 60)}`, () => assert.equal(jsonOf(ion), json));
}

test('IonLines rejects a line that has more than 4 MiB as JSON', () => {
  const line = (numbers: number) => `$ion_1_0 {Item:{pk:"a",l:[${'0,'.repeat(numbers - 1)}0]}}\n`;
  assert.equal(converted(line(400_000)).length, 1);
  assert.throws(() => converted(line(500_000)), MalformedPage);
});

test('IonLines converts the example of the AWS documentation', () => {
  const line =
    '$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5",ISBN:"333-3333333333",Id:103.,InPublication:false,PageCount:6d2,Price:2d3,ProductCategory:"Book",Title:"Book 103 Title"}}';
  assert.deepEqual(converted(line), [
    '{"Authors":{"SS":["Author1","Author2"]},"Dimensions":{"S":"8.5 x 11.0 x 1.5"},"ISBN":{"S":"333-3333333333"},"Id":{"N":"103"},"InPublication":{"BOOL":false},"PageCount":{"N":"600"},"Price":{"N":"2000"},"ProductCategory":{"S":"Book"},"Title":{"S":"Book 103 Title"}}',
  ]);
});

const INVALID_VALUES = [
  ...[
    '"a',
    '"a\\',
    '"\\q"',
    '"\\x4"',
    '"\\u12"',
    '"\\ud83d"',
    '"\\ud83d\\u0041"',
    '"\\ude00"',
    '"\\U00110000"',
    '"\ta"',
  ],
  ...["'a'", "'''a'''", 'a', 'nan', '+inf', 'null.string', 'nullable', 'True', '2007-01-01T', '(a)', 'x::1.', '$10'],
  ...['01.', '1e5', '1_000.', '-', '--1.', '.5', '+1.', '1d', '1.2.3', '0x1', '1d1.5'],
  ...['{{AAE}}', '{{AA=A}}', '{{A===}}', '{{"clob"}}', '{{AA==}', '{{ AA== }}'],
  ...[
    '[1.,]',
    '[,1.]',
    '[1. 2.]',
    '[',
    '{a:1.,}',
    '{a}',
    '{a:}',
    '{"a":1.}',
    '{null:1.}',
    '{$10:1.}',
    '{1:1.}',
    '{:1.}',
    '{a :1.}',
  ],
  ...[
    '$dynamodb_SS::[]',
    '$dynamodb_SS::[1.]',
    '$dynamodb_NS::["1"]',
    '$dynamodb_BS::["AA=="]',
    '$dynamodb_XS::["a"]',
    '$dynamodb_SS::"a"',
  ],
  ...['1.}},{Item:{a:2.', '1.}}{', '1.}}//', '"a"}} $ion_1_0 {Item:{a:1.', '1./**/'],
  '['.repeat(5_000),
  '{a:'.repeat(5_000),
];

for (const ion of INVALID_VALUES) {
  test(`IonLines rejects the value ${ion.slice(0, 60)}`, () => assert.throws(() => jsonOf(ion), MalformedPage));
}

for (const line of [
  '{Item:{a:1.}}',
  '$ion_1_0{Item:{a:1.}}',
  '$ion_1_0 {Record:{a:1.}}',
  '$ion_1_0 {Item:"a"}',
  '$ion_1_0 {Item:{a:1.},B:{}}',
  '$ion_1_0 [1.]',
  ' ',
  '',
]) {
  test(`IonLines rejects the line ${JSON.stringify(line)}`, () => {
    assert.throws(() => converted(`${line}\n`), MalformedPage);
  });
}

const PAGES = byEffort({ quick: 60, thorough: 1_000 });

suite('with random items', () => {
  test('IonLines returns the items that were written as ION, whatever the chunks are', () => {
    const random = seeded(3);
    for (let page = 0; page < PAGES; page += 1) {
      const { bytes, start, items } = randomPage(random, { oddNumbers: true });
      const { lines } = transcoded('ION', bytes, start);
      const json = converted(lines.map((line) => `${line}\n`).join(''), random);
      const parsed = json.map((item) => JSON.parse(item) as object);
      assert.deepEqual(
        parsed.map((item) => unordered(meaningOfParsed(item))),
        items.map((item) => unordered(meaningOfEntries(item))),
      );
      // An independent reader of Ion.
      assert.deepEqual(
        parsed.map((item) => unordered(meaningOfParsed(item))),
        lines.map((line) => unordered(meaningOfIon(line))).map(canonicalNumbers),
      );
    }
  });

  test('IonLines rejects changed lines, or reads them like ion-js', () => {
    const random = seeded(5);
    let accepted = 0;
    for (let page = 0; page < 10 * PAGES; page += 1) {
      const { bytes, start } = randomPage(random, { items: 1 });
      const [line = '$ion_1_0 {Item:{}}'] = transcoded('ION', bytes, start).lines;
      const changed = withChange(line, random).toWellFormed();
      let json: string[];
      try {
        json = converted(changed);
      } catch (error) {
        assert.ok(error instanceof MalformedPage, String(error));
        continue;
      }
      accepted += 1;
      const [item = '', ...more] = json;
      assert.deepEqual(more, []);
      if (hasInteger(item, changed)) continue;
      assert.deepEqual(
        unordered(meaningOfParsed(JSON.parse(item))),
        canonicalNumbers(unordered(meaningOfIon(changed))),
        changed,
      );
    }
    assert.ok(accepted > PAGES && accepted < 9 * PAGES, `${accepted} lines were accepted`);
  });
});

/** Returns the meaning with canonical numbers, because a changed line can have trailing zeros. */
function canonicalNumbers(meaning: Meaning): Meaning {
  switch (meaning[0]) {
    case 'N':
      return ['N', canonical(meaning[1])];
    case 'NS':
      return ['NS', meaning[1].map(canonical)];
    case 'L':
      return ['L', meaning[1].map(canonicalNumbers)];
    case 'M':
      return ['M', meaning[1].map(([name, value]) => [name, canonicalNumbers(value)])];
    default:
      return meaning;
  }
}

/** Returns true if a change has made an integer of a decimal. The reference knows only decimals. */
function hasInteger(item: string, line: string): boolean {
  try {
    meaningOfIon(line);
    return false;
  } catch (error) {
    return /not a DynamoDB type: int/.test((error as Error).message) && item.includes('"N');
  }
}

const TOKENS = ['{', '}', '[', ']', ',', ':', '"', "'", '\\', ' ', 'd', '0', '.', '-', '::', '{{', '}}', 'a', '\\n'];

function withChange(line: string, random: Random): string {
  const at = integer(random, '$ion_1_0 '.length, line.length);
  const end = Math.min(line.length, at + integer(random, 0, 2));
  switch (pick(random, ['insert', 'delete', 'replace'])) {
    case 'insert':
      return line.slice(0, at) + pick(random, TOKENS) + line.slice(at);
    case 'delete':
      return line.slice(0, at) + line.slice(end);
    default:
      return line.slice(0, at) + pick(random, TOKENS) + line.slice(end);
  }
}

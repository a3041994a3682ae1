import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { chosenSource, type Item } from '../emulators/source.ts';
import { assertFailed, keysIn, openPair, startServers } from '../fixtures/pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { canonical, type Meaning, meaningOfIon, unordered } from '../format/reference.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** Attribute names that have a special meaning in Ion, unquoted or quoted. */
const ION_NAMES = [
  ...'$1 $0 $10 $ion_1_0 $ion $ion_symbol_table $dynamodb_SS null null.int true false nan +inf -inf'.split(' '),
  ...["''", "'", "'''", "it's", '😀', 'é', 'a b', '1a', '_', '$', '::', '{{', '\\', '\0', '\n', '\u2028', 'Item'],
];

const NAMES: Item = {
  pk: { S: 'names of Ion' },
  ...Object.fromEntries(ION_NAMES.map((name) => [name, { S: name }])),
  map: { M: Object.fromEntries(ION_NAMES.map((name) => [name, { M: { [name]: { S: name } } }])) },
};

const items = [...edgeItems(chosenSource()), NAMES];

suite('a copy in ION contains the items of the table', { concurrency: 2 }, () => {
  for (const { compression, extension, segments, hasManyObjects } of fewOf(
    [
      { compression: 'gzip', extension: '.ion.gz', segments: '1', hasManyObjects: false },
      { compression: 'gzip', extension: '.ion.gz', segments: '8', hasManyObjects: true },
      { compression: 'zstd', extension: '.ion.zst', segments: '1', hasManyObjects: false },
      { compression: 'none', extension: '.ion', segments: '8', hasManyObjects: true },
    ],
    2,
  )) {
    test(`an independent Ion reader returns the same items (${compression}, ${segments} segments)`, async () => {
      await using pair = await openPair();
      const expected = items.filter(isUnicode);
      const table = await pair.source.createTable(expected);
      await using run = await pair.run({
        'dynamodb-table-name': table,
        'export-format': 'ION',
        compression,
        'total-segments': segments,
      });
      const copy = await pair.copyOf(run);
      assert.equal(copy.summary.outputFormat, 'ION');
      assert.equal(copy.record?.['outputFormat'], 'ION');
      assert.equal(copy.summary.itemCount, expected.length);
      assert.equal(run.outputs['scope'], 'table');
      for (const { dataFileS3Key } of copy.objects) {
        assert.ok(dataFileS3Key.endsWith(extension), dataFileS3Key);
      }
      assert.equal(copy.objects.length > 1, hasManyObjects);
      for (const line of copy.lines) assert.match(line, /^\$ion_1_0 \{Item:\{.*\}\}$/);
      const written = copy.lines.map((line) => textOf(meaningOfIon(line)));
      assert.deepEqual(written.sort(), expected.map((item) => textOf(meaningOf({ M: item }))).sort());
    });
  }
});

suite('values that Ion cannot represent', { concurrency: 2 }, () => {
  const LONE = { high: 'patient-4711 \ud83d', low: '\ude00 patient-4711', reversed: 'patient-4711 \ude00\ud83d' };
  for (const [half, text] of fewOf(Object.entries(LONE), 1)) {
    for (const [where, item] of fewOf(
      Object.entries({
        'a string': { s: { S: text } },
        'a set': { s: { SS: ['a', text] } },
        'a name': { [text]: { S: 'x' } },
        'a list in a map': { m: { M: { l: { L: [{ S: text }] } } } },
      } satisfies Record<string, Item>),
      1,
    )) {
      test(`a copy in ION fails with ION_VALUE_INVALID on half of a surrogate pair (${half}) in ${where}`, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable([
          { pk: { S: 'patient-4711-0' } },
          { pk: { S: 'patient-4711-1' }, ...item },
          { pk: { S: 'patient-4711-2' } },
        ]);
        const isStored = (await pair.source.readItems(table)).some((read) => !isUnicode(read));
        assert.ok(isStored, `control: ${pair.source.name} stores half of a surrogate pair`);
        await using run = await pair.run({ 'dynamodb-table-name': table, 'export-format': 'ION' });
        const { message, remedy } = await assertFailed(run, pair, 'ION_VALUE_INVALID');
        assert.match(message, /half of a surrogate pair.*cannot be written as Ion\.$/);
        assert.match(remedy, /DYNAMODB_JSON/);
        for (const shown of [run.stdout, run.stderr, run.summary, JSON.stringify(run.outputs)]) {
          assert.doesNotMatch(shown, /patient-4711/);
        }
        assert.deepEqual(
          (await keysIn(pair)).filter((key) => !key.endsWith('/_started')),
          [],
        );
        // The page is not corrupted, and a retry would return the same value.
        assert.equal(pair.source.requests.filter((request) => request.operation === 'Scan').length, 1);
      });
    }
  }

  slowTest('a table with half of a surrogate pair is copied in the formats DYNAMODB_JSON and JSON', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable([{ pk: { S: 'a' }, s: { S: LONE.high } }]);
    const isStored = !(await pair.source.readItems(table)).every(isUnicode);
    assert.ok(isStored, `control: ${pair.source.name} stores half of a surrogate pair`);
    for (const format of ['DYNAMODB_JSON', 'JSON']) {
      await using run = await pair.run({ 'dynamodb-table-name': table, 'export-format': format });
      const [line = ''] = (await pair.copyOf(run)).lines;
      assert.match(line, /patient-4711 \\ud83d/i);
    }
  });
});

/** Returns true if every string and name in an item is valid Unicode. JSON.stringify escapes unpaired surrogates. */
function isUnicode(item: object): boolean {
  return !/[^\\](\\\\)*\\ud[89a-f]/i.test(JSON.stringify(item));
}

function meaningOf(value: AttributeValue): Meaning {
  const [[type, content] = ['', undefined]] = Object.entries(value);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  switch (type) {
    case 'N':
      return ['N', canonical(content as string)];
    case 'NS':
      return ['NS', (content as string[]).map(canonical)];
    case 'NULL':
      return ['NULL'];
    case 'B':
      return ['B', base64(content as Uint8Array)];
    case 'BS':
      return ['BS', (content as Uint8Array[]).map(base64)];
    case 'L':
      return ['L', (content as AttributeValue[]).map(meaningOf)];
    case 'M':
      return ['M', Object.entries(content as Item).map(([name, inner]) => [name, meaningOf(inner)])];
    default:
      return [type, content] as unknown as Meaning;
  }
}

/** Returns the same text for equal items, regardless of the order of attributes and set elements. */
function textOf(meaning: Meaning): string {
  return JSON.stringify(unordered(withSortedSets(meaning)));
}

function withSortedSets(meaning: Meaning): Meaning {
  switch (meaning[0]) {
    case 'SS':
    case 'NS':
    case 'BS':
      return [meaning[0], meaning[1].toSorted()];
    case 'L':
      return ['L', meaning[1].map(withSortedSets)];
    case 'M':
      return ['M', meaning[1].map(([name, inner]) => [name, withSortedSets(inner)])];
    default:
      return meaning;
  }
}

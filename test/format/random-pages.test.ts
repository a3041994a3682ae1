import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkScanResponse } from '../../src/format/check-response.ts';
import { type PageOptions, type RandomPage, randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import {
  dynamoDbJsonOf,
  jsonOf,
  meaningOfEntries,
  meaningOfIon,
  meaningOfParsed,
  parseWithDigits,
  plain,
  unordered,
} from './reference.ts';
import { transcoded } from './transcoded.ts';

const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261122);
const PAGES = Number(process.env['RANDOM_PAGES_COUNT'] ?? byEffort({ quick: 60, thorough: 600 }));

const SHAPES: Record<string, PageOptions> = {
  'as DynamoDB sends them': { rawSeparators: false },
  'with raw line separators': {},
  'with whitespace': { whitespace: true },
};

for (const [shape, options] of Object.entries(SHAPES)) {
  test(`DYNAMODB_JSON keeps every byte of the items of random pages ${shape}`, (t) => {
    forEachPage(t, { ...options, loneSurrogates: true, oddNumbers: true }, (page) => {
      const { lines, end } = transcoded('DYNAMODB_JSON', page.bytes, page.start);
      assert.equal(end, page.end);
      assert.deepEqual(
        lines,
        page.items.map((item) => `{"Item":${dynamoDbJsonOf(item)}}`),
      );
      const { Items } = JSON.parse(page.bytes.toString());
      assert.deepEqual(
        lines.map((line) => JSON.parse(line).Item),
        Items,
      );
    });
  });

  test(`JSON keeps the strings, the digits and the order of random pages ${shape}`, (t) => {
    forEachPage(t, { ...options, loneSurrogates: true }, (page) => {
      const { lines, end } = transcoded('JSON', page.bytes, page.start);
      assert.equal(end, page.end);
      assert.deepEqual(lines, page.items.map(jsonOf));
      const { Items } = JSON.parse(page.bytes.toString());
      assert.deepEqual(lines.map(parseWithDigits), Items.map(plain));
    });
  });

  test(`JSON converts the numbers of random pages ${shape} to valid JSON numbers`, (t) => {
    forEachPage(t, { ...options, oddNumbers: true }, (page) => {
      const { lines } = transcoded('JSON', page.bytes, page.start);
      const { Items } = JSON.parse(page.bytes.toString());
      assert.deepEqual(lines.map(parseWithDigits), Items.map(plain));
    });
  });

  test(`ION of random pages ${shape} has the same meaning when ion-js reads it`, (t) => {
    forEachPage(t, { ...options, oddNumbers: true }, (page) => {
      const { lines, end } = transcoded('ION', page.bytes, page.start);
      assert.equal(end, page.end);
      assert.deepEqual(lines.map(meaningOfIon), page.items.map(meaningOfEntries));
      const { Items } = JSON.parse(page.bytes.toString());
      assert.deepEqual(
        page.items.map((item) => unordered(meaningOfEntries(item))),
        Items.map((item: object) => unordered(meaningOfParsed(item))),
      );
    });
  });

  test(`checkScanResponse accepts random pages ${shape}`, (t) => {
    forEachPage(t, { ...options, loneSurrogates: true, oddNumbers: true }, (page) => checkScanResponse(page.bytes));
  });
}

test('all formats keep attribute names with backslashes', (t) => {
  forEachPage(t, { backslashesInNames: true }, (page) => {
    const { lines } = transcoded('DYNAMODB_JSON', page.bytes, page.start);
    assert.deepEqual(
      lines,
      page.items.map((item) => `{"Item":${dynamoDbJsonOf(item)}}`),
    );
    assert.deepEqual(transcoded('JSON', page.bytes, page.start).lines, page.items.map(jsonOf));
    const ion = transcoded('ION', page.bytes, page.start).lines;
    assert.deepEqual(ion.map(meaningOfIon), page.items.map(meaningOfEntries));
  });
});

function forEachPage(
  t: { diagnostic(message: string): void },
  options: PageOptions,
  check: (page: RandomPage) => void,
): void {
  const random = seeded(SEED);
  let items = 0;
  for (let count = 0; count < PAGES; count += 1) {
    const page = randomPage(random, options);
    items += page.items.length;
    try {
      check(page);
    } catch (error) {
      t.diagnostic(`page ${count} of seed ${SEED}: ${page.bytes.toString('base64')}`);
      throw error;
    }
  }
  t.diagnostic(`RANDOM_PAGES_SEED=${SEED} RANDOM_PAGES_COUNT=${PAGES}: ${items} items`);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { InvalidIonText, MalformedPage } from '../../src/format/malformed-page.ts';
import { integer, pick, type Random, type RandomPage, randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { meaningOfIon, meaningOfParsed, parseWithDigits, plain, unordered } from './reference.ts';
import { transcoded } from './transcoded.ts';

const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261122);
const PAGES = Number(process.env['DAMAGED_PAGES_COUNT'] ?? byEffort({ quick: 1_000, thorough: 5_000 }));

/** JSON.parse reads such names incorrectly. See the generator. */
const NAME_WITH_BACKSLASH = /"(?:[^"\\]|\\.)*\\(?:\\|u005c)(?:[^"\\]|\\.)*"\s*:/i;

type Item = Record<string, Record<string, unknown>>;

/** Compares a line with the item that JSON.parse reads from the same corrupted bytes. */
const CHECKS: Record<FormatName, (line: string, item: Item) => void> = {
  DYNAMODB_JSON: (line, item) => assert.deepEqual(JSON.parse(line), { Item: item }),
  JSON: (line, item) => assert.deepEqual(parseWithDigits(line), plain(item)),
  ION: (line, item) => assert.deepEqual(unordered(meaningOfIon(line)), unordered(meaningOfParsed(item))),
};

for (const format of Object.keys(FORMATS) as FormatName[]) {
  test(`${format} of a corrupted page is the meaning of its bytes, or the page is rejected`, (t) => {
    const random = seeded(SEED);
    let rejected = 0;
    let compared = 0;
    for (let count = 0; count < PAGES; count += 1) {
      const valid = randomPage(random, { items: 2, whitespace: random() < 0.2, rawSeparators: random() < 0.5 });
      const bytes = corrupted(random, valid);
      const found = linesIfAccepted(format, bytes, valid.start);
      if (!found) {
        rejected += 1;
        continue;
      }
      const text = `[${bytes.toString('utf8', valid.start, found.end)}`;
      if (NAME_WITH_BACKSLASH.test(text)) continue;
      compared += 1;
      try {
        const items = JSON.parse(text) as Item[];
        assert.equal(found.lines.length, items.length);
        for (const [index, item] of items.entries()) CHECKS[format](found.lines[index] as string, item);
      } catch (error) {
        t.diagnostic(`page ${count} of seed ${SEED}: ${bytes.toString('base64')}`);
        throw error;
      }
    }
    t.diagnostic(`RANDOM_PAGES_SEED=${SEED} DAMAGED_PAGES_COUNT=${PAGES}: ${rejected} rejected, ${compared} compared`);
    assert.ok(rejected > PAGES / 4 && compared > PAGES / 20, 'control: some pages are rejected and some are compared');
  });
}

function linesIfAccepted(format: FormatName, bytes: Buffer, start: number) {
  try {
    return transcoded(format, bytes, start);
  } catch (error) {
    if (error instanceof MalformedPage || error instanceof InvalidIonText) return undefined;
    throw error;
  }
}

const BYTES = Buffer.from('"\\{}[]:,.-+eEuSNBLMOtn019aA/= \n\t\0\x1f\x7f\u0085\u2028é\ud83d');

/** Returns the page with one to three small corruptions in its items. */
function corrupted(random: Random, { bytes: valid, start, end }: RandomPage): Buffer {
  let bytes = valid;
  for (let corruptions = integer(random, 1, 3); corruptions > 0; corruptions -= 1) {
    const at = integer(random, start, Math.min(end, bytes.length) - 1);
    const before = bytes.subarray(0, at);
    const length = integer(random, 1, 4);
    const other = integer(random, start, Math.min(end, bytes.length) - 1);
    const parts = {
      change: [before, BYTES.subarray(other % BYTES.length, (other % BYTES.length) + 1), bytes.subarray(at + 1)],
      flip: [before, Buffer.of((bytes[at] as number) ^ (1 << integer(random, 0, 7))), bytes.subarray(at + 1)],
      insert: [before, BYTES.subarray(other % BYTES.length, (other % BYTES.length) + 1), bytes.subarray(at)],
      remove: [before, bytes.subarray(at + length)],
      repeat: [before, bytes.subarray(other, other + length * 4), bytes.subarray(at)],
      cut: [before],
    };
    bytes = Buffer.concat(parts[pick(random, Object.keys(parts) as (keyof typeof parts)[])]);
  }
  return bytes;
}

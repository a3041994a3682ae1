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

/** Such names are not read right by JSON.parse: see the generator. */
const NAME_WITH_BACKSLASH = /"(?:[^"\\]|\\.)*\\(?:\\|u005c)(?:[^"\\]|\\.)*"\s*:/i;

type Item = Record<string, Record<string, unknown>>;

/** Checks a line against the item that JSON.parse reads from the same damaged bytes. */
const CHECKS: Record<FormatName, (line: string, item: Item) => void> = {
  DYNAMODB_JSON: (line, item) => assert.deepEqual(JSON.parse(line), { Item: item }),
  JSON: (line, item) => assert.deepEqual(parseWithDigits(line), plain(item)),
  ION: (line, item) => assert.deepEqual(unordered(meaningOfIon(line)), unordered(meaningOfParsed(item))),
};

for (const format of Object.keys(FORMATS) as FormatName[]) {
  test(`${format} of a damaged page is what its bytes still say, or nothing`, (t) => {
    const random = seeded(SEED);
    let refused = 0;
    let survived = 0;
    for (let count = 0; count < PAGES; count += 1) {
      const sound = randomPage(random, { items: 2, whitespace: random() < 0.2, rawSeparators: random() < 0.5 });
      const bytes = damaged(random, sound);
      const found = linesOrRefusal(format, bytes, sound.start);
      if (!found) {
        refused += 1;
        continue;
      }
      const text = `[${bytes.toString('utf8', sound.start, found.end)}`;
      if (NAME_WITH_BACKSLASH.test(text)) continue;
      survived += 1;
      try {
        const items = JSON.parse(text) as Item[];
        assert.equal(found.lines.length, items.length);
        for (const [index, item] of items.entries()) CHECKS[format](found.lines[index] as string, item);
      } catch (error) {
        t.diagnostic(`page ${count} of seed ${SEED}: ${bytes.toString('base64')}`);
        throw error;
      }
    }
    t.diagnostic(`RANDOM_PAGES_SEED=${SEED} DAMAGED_PAGES_COUNT=${PAGES}: ${refused} refused, ${survived} compared`);
    assert.ok(refused > PAGES / 4 && survived > PAGES / 20, 'both happen');
  });
}

function linesOrRefusal(format: FormatName, bytes: Buffer, start: number) {
  try {
    return transcoded(format, bytes, start);
  } catch (error) {
    if (error instanceof MalformedPage || error instanceof InvalidIonText) return undefined;
    throw error;
  }
}

const BYTES = Buffer.from('"\\{}[]:,.-+eEuSNBLMOtn019aA/= \n\t\0\x1f\x7f\u0085\u2028é\ud83d');

/** The page with one to three small damages between its items' start and end. */
function damaged(random: Random, { bytes: sound, start, end }: RandomPage): Buffer {
  let bytes = sound;
  for (let damages = integer(random, 1, 3); damages > 0; damages -= 1) {
    const at = integer(random, start, Math.min(end, bytes.length) - 1);
    const before = bytes.subarray(0, at);
    const few = integer(random, 1, 4);
    const other = integer(random, start, Math.min(end, bytes.length) - 1);
    const parts = {
      change: [before, BYTES.subarray(other % BYTES.length, (other % BYTES.length) + 1), bytes.subarray(at + 1)],
      flip: [before, Buffer.of((bytes[at] as number) ^ (1 << integer(random, 0, 7))), bytes.subarray(at + 1)],
      insert: [before, BYTES.subarray(other % BYTES.length, (other % BYTES.length) + 1), bytes.subarray(at)],
      remove: [before, bytes.subarray(at + few)],
      repeat: [before, bytes.subarray(other, other + few * 4), bytes.subarray(at)],
      cut: [before],
    };
    bytes = Buffer.concat(parts[pick(random, Object.keys(parts) as (keyof typeof parts)[])]);
  }
  return bytes;
}

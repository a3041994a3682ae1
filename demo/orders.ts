import type { Item } from '../test/emulators/source.ts';

const CITIES = ['Lisboa', 'Zürich', '東京', 'São Paulo', 'New York', 'Kraków', 'Ἀθῆναι'];
const NOTES = ['leave it with "the neighbor"', 'gift 🎁', 'line one\nline two', 'C:\\orders\\new', '', 'ring twice'];
const SKUS = ['mug-blue', 'tee-xl', 'poster-a2', 'sticker', 'notebook', 'lamp'];

/** Yields orders of a fictional shop: numbers that JavaScript would round, sets, binary, lists of maps, empty text. */
export function* orders(count: number): Generator<Item> {
  for (let n = 0; n < count; n++) {
    const pick = <T>(values: readonly T[], step: number): T => values[(n * step) % values.length] as T;
    yield {
      pk: { S: `customer#${String((n * 7_919) % 2_000).padStart(4, '0')}` },
      sk: { S: `order#${String(n).padStart(6, '0')}` },
      placedAt: { S: new Date(Date.UTC(2026, 0, 1) + n * 61_000).toISOString() },
      city: { S: pick(CITIES, 1) },
      total: { N: ((n % 500) + 0.95).toFixed(2) },
      ledgerId: { N: `9007199254740993${String(n).padStart(6, '0')}.5` },
      paid: n % 3 === 0 ? { BOOL: true } : { NULL: true },
      note: { S: pick(NOTES, 1) },
      tags: { SS: [pick(SKUS, 1), `week-${(n % 52) + 1}`] },
      points: { NS: ['1', String(n + 2), '0.5'] },
      signature: { B: Buffer.from(`signature of order ${n}`) },
      lines: {
        L: Array.from({ length: (n % 3) + 1 }, (_, line) => ({
          M: { sku: { S: pick(SKUS, line + 1) }, count: { N: String((n % 4) + 1) } },
        })),
      },
      address: { M: { street: { S: `${(n % 300) + 1} Market Street` }, 'geo.lat': { N: '38.7223' }, unit: { S: '' } } },
    };
  }
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type PlanSize, type PlanSizing, sizePlan } from '../../src/preflight/size-shards.ts';
import { MAX_OBJECTS } from '../../src/scan/segments.ts';
import { MAX_PLANNED_SEGMENTS } from '../../src/shards/copy-plan.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

const AUTO: PlanSizing = {
  shards: 'auto',
  totalSegments: 'auto',
  maxParallel: undefined,
  fileSize: 128 * MIB,
  sizeBytes: undefined,
  readLimit: undefined,
  consistentRead: false,
};

/** One runner consumes 4 * 35 MB per second, which is 17,090 RCU per second of eventually consistent reads. */
const CASES: readonly (readonly [name: string, Partial<PlanSizing>, Partial<PlanSize>])[] = [
  ['no reported size', {}, { shards: 1, segments: 64, why: 'DynamoDB reports no size of the table yet' }],
  ['an empty table', { sizeBytes: 0 }, { shards: 1, segments: 64 }],
  ['a byte', { sizeBytes: 1 }, { shards: 1, segments: 64, why: 'one for each 32 GiB' }],
  ['32 GiB', { sizeBytes: 32 * GIB }, { shards: 1, segments: 512 }],
  ['more than 32 GiB', { sizeBytes: 32 * GIB + 1 }, { shards: 2, maxParallel: 2 }],
  ['512 GiB', { sizeBytes: 512 * GIB }, { shards: 16, why: 'one for each 32 GiB' }],
  ['5 TiB', { sizeBytes: 5120 * GIB }, { shards: 16, why: 'one for each 32 GiB, at most 16' }],
  [
    'a read limit that one runner can consume',
    { sizeBytes: 512 * GIB, readLimit: 17_000 },
    { shards: 1, why: '1 runner with 4 cores can consume the read limit of 17,000 RCU per second' },
  ],
  [
    'a read limit that two runners can consume',
    { sizeBytes: 512 * GIB, readLimit: 17_100 },
    { shards: 2, why: '2 runners with 4 cores can consume the read limit of 17,100 RCU per second' },
  ],
  [
    'a read limit for consistent reads, which consume twice as much',
    { sizeBytes: 512 * GIB, readLimit: 34_100, consistentRead: true },
    { shards: 1 },
  ],
  ['a read limit below one unit', { sizeBytes: 512 * GIB, readLimit: 0.5 }, { shards: 1 }],
  ['a high read limit', { sizeBytes: 64 * GIB, readLimit: 1e6 }, { shards: 2, why: 'one for each 32 GiB' }],
  ['requested shards', { shards: 7, sizeBytes: GIB, readLimit: 5 }, { shards: 7, why: 'as requested', maxParallel: 7 }],
  ['256 shards of a small table', { shards: 256, sizeBytes: GIB }, { shards: 256, segments: 256 * 64 }],
  ['256 shards of a large table', { shards: 256, sizeBytes: 10_240 * GIB }, { segments: 256 * 78 }],
  ['fewer jobs at the same time than shards', { shards: 8, maxParallel: 3 }, { maxParallel: 3 }],
  ['more jobs at the same time than shards', { shards: 8, maxParallel: 20 }, { maxParallel: 8 }],
  ['requested segments', { shards: 4, totalSegments: 40 }, { segments: 40 }],
  ['requested segments that cannot be divided', { shards: 4, totalSegments: 41 }, { segments: 44 }],
  ['fewer segments than shards', { shards: 4, totalSegments: 1 }, { segments: 4 }],
  ['the maximum of segments', { shards: 3, totalSegments: MAX_PLANNED_SEGMENTS }, { segments: 19_998 }],
  ['segments of small objects', { sizeBytes: 4 * GIB, fileSize: 16 * MIB }, { shards: 1, segments: 256 }],
];

suite('the size of a plan', () => {
  for (const [name, sizing, expected] of CASES) {
    test(`for ${name}`, () => {
      const size: Partial<PlanSize> = sizePlan({ ...AUTO, ...sizing });
      const compared = Object.fromEntries(Object.keys(expected).map((key) => [key, size[key as keyof PlanSize]]));
      assert.deepEqual(compared, expected);
    });
  }

  test('keeps file-size while the copy has few objects', () => {
    assert.equal(sizePlan({ ...AUTO, sizeBytes: 2048 * GIB }).fileSize, 128 * MIB);
  });

  for (const [shards, sizeBytes, fileSize] of [
    [16, 20_480 * GIB, 128 * MIB],
    [256, 20_480 * GIB, 128 * MIB],
    [256, 100 * GIB, 64 * 1024],
    [1, 100 * GIB, 64 * 1024],
  ] as const) {
    test(`limits the copy to 40,000 objects: ${shards} shards, ${sizeBytes / GIB} GiB, objects of ${fileSize} bytes`, () => {
      const size = sizePlan({ ...AUTO, shards, sizeBytes, fileSize });
      assert.ok(size.fileSize > fileSize);
      // Each segment ends with a smaller object, and 10,000 objects can be completed by age.
      assert.ok(sizeBytes / size.fileSize + size.segments + 10_000 <= MAX_OBJECTS);
    });
  }

  test('has at least one segment for each shard and the same number in each, for every size', () => {
    for (let shards = 1; shards <= 256; shards += 1) {
      for (const sizeBytes of [0, GIB, 100 * GIB, 50_000 * GIB]) {
        for (const totalSegments of ['auto', 1, 1000, MAX_PLANNED_SEGMENTS] as const) {
          const size = sizePlan({ ...AUTO, shards, sizeBytes, totalSegments });
          assert.ok(size.segments >= shards && size.segments <= MAX_PLANNED_SEGMENTS && size.segments % shards === 0);
          if (totalSegments === 'auto') assert.ok(size.segments / shards >= 64);
        }
      }
    }
  });
});

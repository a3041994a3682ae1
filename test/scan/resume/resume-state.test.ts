import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zeroCounts } from '../../../src/manifest/counts.ts';
import { newDataObjectName, newExportId } from '../../../src/manifest/export-id.ts';
import { copyLayout } from '../../../src/manifest/layout.ts';
import {
  parseRunFile,
  parseSealedFiles,
  parseSegment,
  type ResumingStep,
} from '../../../src/scan/resume/parse-resume-state.ts';
import {
  type RunFile,
  type RunState,
  runFileJson,
  type SegmentState,
  START,
  type StartKey,
  sealedFilesJson,
  segmentJson,
} from '../../../src/scan/resume/resume-state.ts';

const START_TIME = 1_795_000_000_000;
const STEP = 'step-1';

const READER: ResumingStep = {
  step: STEP,
  attempt: 4,
  isPrefix: (prefix, attempt, time) => prefix === `a/${attempt}` && time === START_TIME,
};

const RUN: RunState = {
  attempts: [1, 3],
  request: 'r',
  tableId: null,
  tableCreated: 5,
  exportId: newExportId(new Date(START_TIME), { step: STEP, attempt: 1 }),
  prefix: 'a/1',
  startTime: START_TIME,
  segments: { first: 16, count: 16, total: 64 },
  fileSize: 65_536,
  broken: false,
  proved: undefined,
};

const FILE: RunFile = {
  owner: '0123456789abcdef0123456789abcdef',
  attempt: 3,
  writtenAt: START_TIME,
  ended: false,
  lateUntil: 0,
  run: RUN,
};

const SEGMENT: SegmentState = {
  position: START,
  sealed: [],
  files: [],
  pending: undefined,
  late: [],
  upload: undefined,
};

const { data, root } = copyLayout(RUN.prefix, RUN.exportId);
const KEY = `${data}${newDataObjectName()}.json.gz`;
const OTHER_KEY = `${data}${newDataObjectName()}.json.gz`;
const MD5 = 'B2M2Y8AsgTpgAmY7PhCfqg==';
const OBJECT = { key: KEY, size: 9, md5: MD5, crc32: 'AAAAAA==-2', etag: 'ab-2', uploadId: 'u' };
const STORED = { key: KEY, size: 5, md5: MD5, etag: 'e', itemCount: 2 };
const AFTER = { startKey: undefined, ended: true, counts: zeroCounts() };

const FULL_SEGMENT: SegmentState = {
  position: { startKey: { pk: { S: 'x' } }, ended: false, counts: { ...zeroCounts(), scannedCount: 3 } },
  sealed: [
    { attempt: 1, count: 2 },
    { attempt: 3, count: 1 },
  ],
  files: [STORED],
  pending: { object: { ...OBJECT, key: OTHER_KEY }, itemCount: 4, after: AFTER },
  late: [{ object: { ...OBJECT, key: OTHER_KEY, etag: undefined, uploadId: undefined }, itemCount: 5, after: AFTER }],
  upload: { key: OTHER_KEY, uploadId: 'u' },
};

describe('a key comes back as it was', () => {
  const keys: Readonly<Record<string, StartKey>> = {
    'a string that hurts': { pk: { S: '\u2028"\\\ud83d\ude00 __proto__' } },
    'a number of 38 digits': { pk: { N: '99999999999999999999999999999999999999' }, sk: { N: '-1E-130' } },
    'bytes that are no text': { pk: { B: new Uint8Array([0, 255, 128, 10, 34]) }, sk: { B: new Uint8Array(0) } },
    'a key of an index, of all three types': {
      pk: { S: '' },
      gsi: { N: '0' },
      sort: { B: new Uint8Array([1]) },
    },
    'an attribute that objects have of themselves': Object.fromEntries([
      ['__proto__', { S: 'x' }],
      ['constructor', { N: '1' }],
    ]),
  };
  for (const [name, startKey] of Object.entries(keys)) {
    test(name, () => {
      const position = { startKey, ended: false, counts: { ...zeroCounts(), itemCount: 7 } };
      const read = segmentOf({ ...SEGMENT, position });
      const told = Object.entries(read?.position.startKey ?? {});
      assert.deepEqual(told, Object.entries(startKey));
      assert.deepEqual(read?.position.counts, position.counts);
      // A Buffer would be a view into what it was decoded from, and another thing to the SDK.
      for (const [, value] of told) assert.ok(value.B === undefined || value.B.constructor === Uint8Array);
    });
  }

  test('and a value that no key has is not written', () => {
    const position = { startKey: { pk: { SS: ['a'] } }, ended: false, counts: zeroCounts() };
    assert.throws(() => segmentJson('id', { ...SEGMENT, position }), /not of type S, N or B/);
  });
});

test('a segment comes back with its objects, those of one part and those of an upload', () => {
  assert.deepEqual({ ...segmentOf(FULL_SEGMENT) }, withPlainKeys(FULL_SEGMENT));
});

test('run.json comes back, with and without something to go on from', () => {
  const proved = { endTime: START_TIME + 1, counts: { ...zeroCounts(), consumedReadCapacity: 0.5 } };
  for (const run of [undefined, RUN, { ...RUN, proved }]) {
    const json = runFileJson({ ...FILE, run });
    assert.deepEqual(parseRunFile(json, READER), { ...FILE, run });
  }
});

test('entries that were moved out of a checkpoint come back', () => {
  assert.deepEqual(parseSealedFiles(sealedFilesJson(RUN.exportId, [STORED]), RUN), [STORED]);
});

test('a checkpoint of another copy, which a job that looks the same has left, is known as such', () => {
  assert.equal(parseSegment(segmentJson('another', SEGMENT), RUN), 'of another copy');
  assert.equal(parseSealedFiles(sealedFilesJson('another', []), RUN), undefined);
});

test('run.json of an attempt that is not an earlier one is told by its attempt, and not read further', () => {
  const json = runFileJson({ ...FILE, attempt: 4, run: { ...RUN, prefix: 'elsewhere' } });
  assert.deepEqual(parseRunFile(json, READER), { ...FILE, attempt: 4, run: undefined });
});

describe('run.json does not count', () => {
  const of = (attempt: number, step = STEP) => newExportId(new Date(START_TIME), { step, attempt });
  const runs: Readonly<Record<string, Partial<RunState>>> = {
    'if it names a copy of another step': { exportId: of(1, 'another step') },
    'if it names a copy that another attempt has begun': { exportId: of(2) },
    'if it names a copy of another time': { startTime: START_TIME + 1 },
    'if its export ID has another form': { exportId: `${RUN.exportId}/../..` },
    'if its prefix is not the one of the step': { prefix: 'production' },
    'if it names no attempt': { attempts: [] },
    'if it names this attempt': { attempts: [1, 4] },
    'if it names a later attempt first': { attempts: [5, 1] },
    'if it has no segments': { segments: { first: 0, count: 0, total: 1 } },
    'if it has more segments than there are': { segments: { first: 60, count: 5, total: 64 } },
    'if it has more segments than DynamoDB': { segments: { first: 0, count: 1e7, total: 1e7 } },
    'if it has several segments without a total': { segments: { first: 0, count: 2, total: null } },
    'if its objects have no size': { fileSize: 0 },
  };
  for (const [why, change] of Object.entries(runs)) {
    test(why, () =>
      assert.equal(parseRunFile(runFileJson({ ...FILE, run: { ...RUN, ...change } }), READER), undefined),
    );
  }
});

describe('a segment does not count', () => {
  const segments: Readonly<Record<string, Partial<SegmentState>>> = {
    'if a stored object lies elsewhere': { files: [{ ...STORED, key: 'production/payroll.csv' }] },
    'if a stored object is a manifest': { files: [{ ...STORED, key: `${root}manifest-summary.json` }] },
    'if a stored object lies in a folder below': { files: [{ ...STORED, key: `${data}x/${newDataObjectName()}` }] },
    'if a stored object has a name of another form': {
      files: [{ ...STORED, key: `${data}../${newDataObjectName()}` }],
    },
    'if a pending object lies elsewhere': {
      pending: { object: { ...OBJECT, key: 'production/payroll.csv' }, itemCount: 4, after: AFTER },
    },
    'if a late object lies elsewhere': {
      late: [{ object: { ...OBJECT, key: 'production/payroll.csv' }, itemCount: 4, after: AFTER }],
    },
    'if its late object is not its next one': {
      pending: { object: OBJECT, itemCount: 4, after: AFTER },
      late: [{ object: { ...OBJECT, key: OTHER_KEY }, itemCount: 4, after: AFTER }],
    },
    'if its upload is of another key': { upload: { key: 'production/payroll.csv', uploadId: 'u' } },
    'if entries are those of another attempt': { sealed: [{ attempt: 2, count: 1 }] },
    'if a key has no attribute': { position: { ...START, startKey: {} } },
  };
  for (const [why, change] of Object.entries(segments)) {
    test(why, () => assert.equal(segmentOf({ ...SEGMENT, ...change }), undefined));
  }
});

describe('garbage in the place of any value makes a checkpoint none', () => {
  const garbage = [null, true, -1, 1.5, 1e300, '', 'text', [], [[]], {}, { S: 1 }];
  const cases = [
    ['run.json', runFileJson({ ...FILE, run: { ...RUN, proved: { endTime: 1, counts: zeroCounts() } } }), parseRun],
    ['a segment', segmentJson(RUN.exportId, FULL_SEGMENT), (json: Buffer) => parseSegment(json, RUN)],
    ['entries', sealedFilesJson(RUN.exportId, [STORED]), (json: Buffer) => parseSealedFiles(json, RUN)],
  ] as const;
  for (const [what, json, parse] of cases) {
    test(`in ${what}`, () => {
      assert.ok(parse(json), 'control');
      const original = JSON.parse(json.toString()) as unknown;
      for (const path of pathsIn(original)) {
        for (const value of garbage) {
          const changed = Buffer.from(JSON.stringify(withValue(original, path, value)));
          // What has the same type may count: a text for a text, no upload, no files.
          const read = parse(changed);
          if (read !== undefined) assertMayBe(path, value);
        }
      }
    });
  }

  for (const text of ['', '{', 'null', '[]', '{}', '{"version":1,"owner":"o","attempt":1,"run":null}', '\u0000']) {
    test(JSON.stringify(text), () => {
      for (const [, , parse] of cases) assert.equal(parse(Buffer.from(text)), undefined);
    });
  }

  test('a number that JSON can hold and no count can be', () => {
    const proved = { endTime: 1, counts: { ...zeroCounts(), consumedReadCapacity: 0.25 } };
    const json = runFileJson({ ...FILE, run: { ...RUN, proved } }).toString();
    assert.ok(parseRun(Buffer.from(json)), 'control');
    for (const number of ['1e999', '-1e999', '-0.5']) {
      assert.equal(parseRun(Buffer.from(json.replace('0.25', number))), undefined, number);
    }
  });

  test('half of a file', () => {
    for (const [, json, parse] of cases) assert.equal(parse(json.subarray(0, json.length >> 1)), undefined);
  });
});

/** The values that are as good as those that were written, by the names of their members. */
const MAY_BE: Readonly<Record<string, readonly unknown[]>> = {
  run: [null],
  proved: [null],
  broken: [true],
  ended: [true],
  tableId: [null, '', 'text'],
  tableCreated: [null],
  request: ['', 'text'],
  exportId: ['', 'text'],
  sealed: [[]],
  files: [[]],
  late: [[]],
  pending: [null],
  upload: [null],
  startKey: [null],
  etag: ['text', null],
  uploadId: ['text', null],
  crc32: ['text'],
  S: ['', 'text'],
  consumedReadCapacity: [1.5, 1e300],
};

function assertMayBe(path: readonly string[], value: unknown): void {
  const name = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  const known = name === 'exportId' && path.length > 1 ? [] : MAY_BE[name];
  const accepted = (known ?? []).some((one) => JSON.stringify(one) === JSON.stringify(value));
  assert.ok(accepted, `${path.join('.')}: ${JSON.stringify(value)}`);
}

function parseRun(json: Buffer): unknown {
  return parseRunFile(json, READER);
}

function segmentOf(segment: SegmentState): SegmentState | undefined {
  const read = parseSegment(segmentJson(RUN.exportId, segment), RUN);
  assert.notEqual(read, 'of another copy');
  return read === 'of another copy' ? undefined : read;
}

/** The paths of all values in some JSON. */
function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, member]) => pathsIn(member, [...path, name]));
  return path.length === 0 ? inner : [path, ...inner];
}

function withValue(json: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as Record<string, unknown>;
  copy[name] = withValue(copy[name], rest, value);
  return copy;
}

/** Keys are read into objects without a prototype. */
function withPlainKeys(state: SegmentState): SegmentState {
  const startKey = Object.assign(Object.create(null), state.position.startKey) as StartKey;
  return { ...state, position: { ...state.position, startKey } };
}

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
  givenUp: [],
  consumedReadCapacity: 128.5,
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
const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const OBJECT = { key: KEY, size: 9, md5: MD5, sha256: SHA256, crc32: 'AAAAAA==-2', etag: 'ab-2', uploadId: 'u' };
const STORED = { key: KEY, size: 5, md5: MD5, sha256: SHA256, etag: 'e', itemCount: 2 };
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

describe('a start key is unchanged after writing and parsing', () => {
  const keys: Readonly<Record<string, StartKey>> = {
    'if it has a string with quotes, line separators and emoji': { pk: { S: '\u2028"\\\ud83d\ude00 __proto__' } },
    'if it has a number of 38 digits': { pk: { N: '99999999999999999999999999999999999999' }, sk: { N: '-1E-130' } },
    'if it has bytes that are not UTF-8': {
      pk: { B: new Uint8Array([0, 255, 128, 10, 34]) },
      sk: { B: new Uint8Array(0) },
    },
    'if it is the key of an index with all three types': {
      pk: { S: '' },
      gsi: { N: '0' },
      sort: { B: new Uint8Array([1]) },
    },
    'if it has attributes with names of Object.prototype': Object.fromEntries([
      ['__proto__', { S: 'x' }],
      ['constructor', { N: '1' }],
    ]),
  };
  for (const [name, startKey] of Object.entries(keys)) {
    test(name, () => {
      const position = { startKey, ended: false, counts: { ...zeroCounts(), itemCount: 7 } };
      const read = segmentOf({ ...SEGMENT, position });
      const parsed = Object.entries(read?.position.startKey ?? {});
      assert.deepEqual(parsed, Object.entries(startKey));
      assert.deepEqual(read?.position.counts, position.counts);
      // A Buffer would be a view of the parsed file, and the SDK would treat it differently.
      for (const [, value] of parsed) assert.ok(value.B === undefined || value.B.constructor === Uint8Array);
    });
  }
});

test('a start key with a type other than S, N or B is not written', () => {
  const position = { startKey: { pk: { SS: ['a'] } }, ended: false, counts: zeroCounts() };
  assert.throws(() => segmentJson('id', { ...SEGMENT, position }), /not of type S, N or B/);
});

test('a segment is unchanged after writing and parsing, with stored, pending and late objects', () => {
  assert.deepEqual({ ...segmentOf(FULL_SEGMENT) }, withPlainKeys(FULL_SEGMENT));
});

test('run.json is unchanged after writing and parsing, with and without a copy to resume', () => {
  const proved = { endTime: START_TIME + 1, counts: { ...zeroCounts(), consumedReadCapacity: 0.5 } };
  for (const run of [undefined, RUN, { ...RUN, proved }]) {
    const json = runFileJson({ ...FILE, run });
    assert.deepEqual(parseRunFile(json, READER), { ...FILE, run });
  }
});

test('sealed entries are unchanged after writing and parsing', () => {
  assert.deepEqual(parseSealedFiles(sealedFilesJson(RUN.exportId, [STORED]), RUN), [STORED]);
});

test('a checkpoint of another copy by a job with the same identity is recognized', () => {
  assert.equal(parseSegment(segmentJson('another', SEGMENT), RUN), 'of another copy');
  assert.equal(parseSealedFiles(sealedFilesJson('another', []), RUN), undefined);
});

test('run.json of the same or a later attempt is parsed without its copy', () => {
  const json = runFileJson({ ...FILE, attempt: 4, run: { ...RUN, prefix: 'elsewhere' } });
  assert.deepEqual(parseRunFile(json, READER), { ...FILE, attempt: 4, run: undefined });
});

describe('run.json is rejected', () => {
  const of = (attempt: number, step = STEP) => newExportId(new Date(START_TIME), { step, attempt });
  const runs: Readonly<Record<string, Partial<RunState>>> = {
    'if its copy belongs to another step': { exportId: of(1, 'another step') },
    'if its copy was started by another attempt': { exportId: of(2) },
    'if its copy has another start time': { startTime: START_TIME + 1 },
    'if its export ID has an invalid format': { exportId: `${RUN.exportId}/../..` },
    'if its prefix is not the prefix of the step': { prefix: 'production' },
    'if it has no attempts': { attempts: [] },
    'if it has the current attempt': { attempts: [1, 4] },
    'if it has a later attempt first': { attempts: [5, 1] },
    'if it has no segments': { segments: { first: 0, count: 0, total: 1 } },
    'if its segments exceed the total': { segments: { first: 60, count: 5, total: 64 } },
    'if it has more segments than DynamoDB allows': { segments: { first: 0, count: 1e7, total: 1e7 } },
    'if it has several segments without a total': { segments: { first: 0, count: 2, total: null } },
    'if its file-size is 0': { fileSize: 0 },
  };
  for (const [why, change] of Object.entries(runs)) {
    test(why, () =>
      assert.equal(parseRunFile(runFileJson({ ...FILE, run: { ...RUN, ...change } }), READER), undefined),
    );
  }
});

describe('run.json of a shard', () => {
  const dataPrefix = `${data}ac`;
  const shard = { exportId: RUN.exportId, dataPrefix, segments: RUN.segments };
  const reader = { ...READER, step: `${RUN.exportId}/3-of-8`, shard };
  // The copy was planned an hour before the shard was started.
  const run: RunState = { ...RUN, startTime: START_TIME + 3_600_000 };
  const givenUp = [`${dataPrefix}${newDataObjectName().slice(2)}.json.gz`];
  const file: RunFile = { ...FILE, lateUntil: 7, givenUp, run };

  test('is unchanged after writing and parsing', () => {
    const isPrefix = (prefix: string) => prefix === RUN.prefix;
    assert.deepEqual(parseRunFile(runFileJson(file), { ...reader, isPrefix }), file);
  });

  const files: Readonly<Record<string, Partial<RunFile>>> = {
    'if its copy is not the one of the plan': { run: { ...run, exportId: newExportId(new Date(START_TIME)) } },
    'if its segments are not those of the plan': { run: { ...run, segments: { ...run.segments, count: 15 } } },
    'if it gives up an object of another shard': { givenUp: [`${data}ad${newDataObjectName().slice(2)}.json.gz`] },
    'if it gives up an object outside of the copy': { givenUp: ['production/payroll.csv'] },
    'if it gives up an object in a subfolder': { givenUp: [`${dataPrefix}/../${newDataObjectName()}`] },
  };
  for (const [why, change] of Object.entries(files)) {
    test(`is rejected ${why}`, () => {
      const isPrefix = () => true;
      assert.equal(parseRunFile(runFileJson({ ...file, ...change }), { ...reader, isPrefix }), undefined);
    });
  }

  test('does not give up objects if the step does not copy a shard', () => {
    assert.equal(parseRunFile(runFileJson({ ...FILE, givenUp }), READER), undefined);
  });

  test('has checkpoints whose objects are all its own', () => {
    const key = givenUp[0] ?? '';
    const own = segmentJson(RUN.exportId, { ...SEGMENT, files: [{ ...STORED, key }] });
    assert.equal(typeof parseSegment(own, run, dataPrefix), 'object');
    assert.equal(parseSegment(own, run, `${data}ad`), undefined);
    assert.equal(parseSealedFiles(sealedFilesJson(RUN.exportId, [{ ...STORED, key }]), run, `${data}ad`), undefined);
  });
});

describe('the checkpoint of a segment is rejected', () => {
  const segments: Readonly<Record<string, Partial<SegmentState>>> = {
    'if a stored object is outside of the copy': { files: [{ ...STORED, key: 'production/payroll.csv' }] },
    'if a stored object is a manifest': { files: [{ ...STORED, key: `${root}manifest-summary.json` }] },
    'if a stored object is in a subfolder': { files: [{ ...STORED, key: `${data}x/${newDataObjectName()}` }] },
    'if a stored object has an invalid name': {
      files: [{ ...STORED, key: `${data}../${newDataObjectName()}` }],
    },
    'if a pending object is outside of the copy': {
      pending: { object: { ...OBJECT, key: 'production/payroll.csv' }, itemCount: 4, after: AFTER },
    },
    'if a late object is outside of the copy': {
      late: [{ object: { ...OBJECT, key: 'production/payroll.csv' }, itemCount: 4, after: AFTER }],
    },
    'if a late object is not its next object': {
      pending: { object: OBJECT, itemCount: 4, after: AFTER },
      late: [{ object: { ...OBJECT, key: OTHER_KEY }, itemCount: 4, after: AFTER }],
    },
    'if the SHA-256 of a stored object has upper-case digits': {
      files: [{ ...STORED, sha256: SHA256.toUpperCase() }],
    },
    'if the SHA-256 of a pending object is too short': {
      pending: { object: { ...OBJECT, sha256: SHA256.slice(1) }, itemCount: 4, after: AFTER },
    },
    'if its upload has a key outside of the copy': { upload: { key: 'production/payroll.csv', uploadId: 'u' } },
    'if its sealed entries belong to another attempt': { sealed: [{ attempt: 2, count: 1 }] },
    'if its start key has no attribute': { position: { ...START, startKey: {} } },
  };
  for (const [why, change] of Object.entries(segments)) {
    test(why, () => assert.equal(segmentOf({ ...SEGMENT, ...change }), undefined));
  }
});

describe('a file of a checkpoint is rejected', () => {
  const garbage = [null, true, -1, 1.5, 1e300, '', 'text', [], [[]], {}, { S: 1 }];
  const cases = [
    ['run.json', runFileJson({ ...FILE, run: { ...RUN, proved: { endTime: 1, counts: zeroCounts() } } }), parseRun],
    ['the checkpoint of a segment', segmentJson(RUN.exportId, FULL_SEGMENT), (json: Buffer) => parseSegment(json, RUN)],
    ['sealed entries', sealedFilesJson(RUN.exportId, [STORED]), (json: Buffer) => parseSealedFiles(json, RUN)],
  ] as const;
  for (const [what, json, parse] of cases) {
    test(`if any value of ${what} is replaced by an invalid one`, () => {
      assert.ok(parse(json), 'control');
      const original = JSON.parse(json.toString()) as unknown;
      for (const path of pathsIn(original)) {
        for (const value of garbage) {
          const changed = Buffer.from(JSON.stringify(withValue(original, path, value)));
          // A value of the same type can be valid, for example another string, or no upload.
          if (parse(changed) !== undefined) assertCanBe(path, value);
        }
      }
    });
  }

  for (const text of ['', '{', 'null', '[]', '{}', '{"version":1,"owner":"o","attempt":1,"run":null}', '\u0000']) {
    test(`if its text is ${JSON.stringify(text)}`, () => {
      for (const [, , parse] of cases) assert.equal(parse(Buffer.from(text)), undefined);
    });
  }

  test('if a count is negative or infinite', () => {
    const proved = { endTime: 1, counts: { ...zeroCounts(), consumedReadCapacity: 0.25 } };
    const json = runFileJson({ ...FILE, run: { ...RUN, proved } }).toString();
    assert.ok(parseRun(Buffer.from(json)), 'control');
    for (const number of ['1e999', '-1e999', '-0.5']) {
      assert.equal(parseRun(Buffer.from(json.replace('0.25', number))), undefined, number);
    }
  });

  test('if it is truncated', () => {
    for (const [, json, parse] of cases) assert.equal(parse(json.subarray(0, json.length >> 1)), undefined);
  });
});

/** Valid values by the name of the member that they replace. */
const VALID_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  run: [null],
  proved: [null],
  broken: [true],
  ended: [true],
  tableId: [null, '', 'text'],
  tableCreated: [null],
  request: ['', 'text'],
  exportId: ['', 'text'],
  sealed: [[]],
  givenUp: [[]],
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

function assertCanBe(path: readonly string[], value: unknown): void {
  const name = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  const known = name === 'exportId' && path.length > 1 ? [] : VALID_VALUES[name];
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

/** Returns the paths of all values in a parsed JSON document. */
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

/** Returns the state as it is parsed: its start key has no prototype. */
function withPlainKeys(state: SegmentState): SegmentState {
  const startKey = Object.assign(Object.create(null), state.position.startKey) as StartKey;
  return { ...state, position: { ...state.position, startKey } };
}

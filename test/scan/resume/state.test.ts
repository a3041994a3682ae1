import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noCounts } from '../../../src/backup/counts.ts';
import {
  parseRunFile,
  parseSegment,
  type RunState,
  runFileJson,
  type SegmentState,
  START,
  type StartKey,
  segmentJson,
} from '../../../src/scan/resume/state.ts';

const SEGMENT: SegmentState = {
  position: START,
  files: [],
  pending: undefined,
  upload: undefined,
  givenUp: [],
  writtenAt: 1,
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
      const position = { startKey, ended: false, counts: { ...noCounts(), itemCount: 7 } };
      const read = parseSegment('id', segmentJson('id', { ...SEGMENT, position }));
      const told = Object.entries(read?.position.startKey ?? {});
      assert.deepEqual(told, Object.entries(startKey));
      assert.deepEqual(read?.position.counts, position.counts);
      // A Buffer would be a view into what it was decoded from, and another thing to the SDK.
      for (const [, value] of told) assert.ok(value.B === undefined || value.B.constructor === Uint8Array);
    });
  }

  test('and a value that no key has is not written', () => {
    const position = { startKey: { pk: { SS: ['a'] } }, ended: false, counts: noCounts() };
    assert.throws(() => segmentJson('id', { ...SEGMENT, position }), /neither S, N nor B/);
  });
});

test('a segment comes back with its objects, those of one part and those of an upload', () => {
  const object = { key: 'data/b', size: 9, md5: 'bQ==', crc32: 'AAAAAA==-2', etag: 'ab-2', uploadId: 'u' };
  const full: SegmentState = {
    position: { startKey: { pk: { S: 'x' } }, ended: false, counts: { ...noCounts(), scannedCount: 3 } },
    files: [{ key: 'data/a', size: 5, md5: 'bQ==', etag: 'e', itemCount: 2 }],
    pending: { object, itemCount: 4, after: { startKey: undefined, ended: true, counts: noCounts() } },
    upload: { key: 'data/b', uploadId: 'u' },
    givenUp: ['data/c'],
    writtenAt: 1_700_000_000_000,
  };
  assert.deepEqual({ ...parseSegment('id', segmentJson('id', full)) }, withPlainKeys(full));
  const { uploadId: _, etag: __, ...put } = object;
  const small = { ...full, pending: { ...full.pending, object: put } } as unknown as SegmentState;
  const read = parseSegment('id', segmentJson('id', small));
  assert.equal(read?.pending?.object.uploadId, undefined);
  assert.equal(read?.pending?.object.etag, undefined);
});

test('run.json comes back, with and without something to go on from', () => {
  const run: RunState = {
    attempts: [1, 3],
    request: 'r',
    tableId: null,
    tableCreated: 5,
    exportId: 'id',
    prefix: 'a/b',
    startTime: 4,
    segments: { first: 16, count: 16, total: 64 },
    fileSize: 65_536,
    broken: false,
    writtenAt: 6,
  };
  const file = { owner: 'o', attempt: 3, run };
  assert.deepEqual(parseRunFile(runFileJson(file)), file);
  assert.deepEqual(parseRunFile(runFileJson({ ...file, run: undefined })), { ...file, run: undefined });
});

describe('what is no checkpoint of this version is none', () => {
  for (const text of ['', '{', 'null', '[]', '{}', '{"version":2,"owner":"o","attempt":1,"run":null}', '\u0000']) {
    test(JSON.stringify(text), () => {
      assert.equal(parseRunFile(Buffer.from(text)), undefined);
      assert.equal(parseSegment('id', Buffer.from(text)), undefined);
    });
  }
  test('nor is one of another copy, which a job that looks the same has left', () => {
    assert.ok(parseSegment('id', segmentJson('id', SEGMENT)), 'control');
    assert.equal(parseSegment('id', segmentJson('another', SEGMENT)), undefined);
  });
  test('half of a file', () => {
    const json = segmentJson('id', SEGMENT);
    assert.equal(parseSegment('id', json.subarray(0, json.length >> 1)), undefined);
  });
});

/** Keys are read into objects without a prototype. */
function withPlainKeys(state: SegmentState): SegmentState {
  const startKey = Object.assign(Object.create(null), state.position.startKey) as StartKey;
  return { ...state, position: { ...state.position, startKey } };
}

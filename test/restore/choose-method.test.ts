import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseMethod, type MethodFacts, type RequestedMethod } from '../../src/restore/choose-method.ts';

const GIB = 1024 ** 3;
const TB = 1e12;

const LARGE: MethodFacts = {
  tableExists: false,
  sizeBytes: GIB,
  largestObjectBytes: 30_000_000,
  uncompressedBytes: 4 * GIB,
  objectCount: 32,
  hasLocalIndexes: false,
  hasWarmThroughput: false,
  isGlobalTable: false,
  isOneIdentity: true,
  region: 'eu-central-1',
  writeSeconds: undefined,
};

const CHOSEN: readonly (readonly [what: string, change: Partial<MethodFacts>, method: string])[] = [
  ['a new table of 4 GiB', {}, 'import'],
  ['a new table of exactly 1 GiB', { uncompressedBytes: GIB }, 'import'],
  ['a new table of less than 1 GiB', { uncompressedBytes: GIB - 1 }, 'write'],
  ['a copy of unknown size with 256 MiB of objects', { uncompressedBytes: undefined, sizeBytes: GIB / 4 }, 'import'],
  ['a copy of unknown size with fewer bytes', { uncompressedBytes: undefined, sizeBytes: GIB / 4 - 1 }, 'write'],
  ['an existing table', { tableExists: true }, 'write'],
  ['local secondary indexes', { hasLocalIndexes: true }, 'write'],
  ['a warm throughput', { hasWarmThroughput: true }, 'write'],
  ['different credentials for table and bucket', { isOneIdentity: false }, 'write'],
  ['50,000 objects', { objectCount: 50_000 }, 'import'],
  ['50,001 objects', { objectCount: 50_001 }, 'write'],
  ['1 TB in Frankfurt', { sizeBytes: TB }, 'import'],
  ['more than 1 TB in Frankfurt', { sizeBytes: TB + 1 }, 'write'],
  ['15 TB in Ireland', { sizeBytes: 15 * TB, region: 'eu-west-1' }, 'import'],
  ['more than 15 TB in Ireland', { sizeBytes: 15 * TB + 1, region: 'eu-west-1' }, 'write'],
];

for (const [what, change, method] of CHOSEN) {
  test(`auto loads ${what} with ${method}`, () => {
    const chosen = chooseMethod('auto', { ...LARGE, ...change });
    assert.equal(chosen.method, method);
    assert.match(chosen.why, /^[a-zA-Z].*[^.]$/);
  });
}

test('auto never chooses bulk-put', () => {
  assert.notEqual(chooseMethod('auto', { ...LARGE, tableExists: true }).method, 'bulk-put');
});

const POSSIBLE: readonly (readonly [method: RequestedMethod, change: Partial<MethodFacts>])[] = [
  ['import', { uncompressedBytes: 1 }],
  ['write', {}],
  ['write', { writeSeconds: 6 * 3600 }],
  ['bulk-put', { tableExists: true }],
  ['bulk-put', { hasLocalIndexes: true, largestObjectBytes: 5 * GIB }],
];

for (const [method, change] of POSSIBLE) {
  test(`${method} is used as requested with ${JSON.stringify(change)}`, () => {
    assert.deepEqual(chooseMethod(method, { ...LARGE, ...change }), { method, why: 'as requested' });
  });
}

const REJECTED: readonly (readonly [method: RequestedMethod, change: Partial<MethodFacts>, why: RegExp])[] = [
  ['import', { tableExists: true }, /the table exists/],
  ['import', { hasLocalIndexes: true }, /local secondary indexes/],
  ['import', { hasWarmThroughput: true }, /warm throughput/],
  ['import', { isOneIdentity: false }, /different credentials/],
  ['import', { objectCount: 50_001 }, /50,001 objects/],
  ['import', { sizeBytes: 2 * TB }, /2 TB, and an import in eu-central-1 reads at most 1 TB/],
  ['bulk-put', { isGlobalTable: true }, /global tables/],
  ['bulk-put', { isOneIdentity: false }, /different credentials/],
  ['bulk-put', { objectCount: 50_001 }, /50,001 objects/],
  ['bulk-put', { largestObjectBytes: 5 * GIB + 1 }, /at most 5 GiB/],
  ['write', { writeSeconds: 6 * 3600 + 1 }, /about 6 h 0 min, and a job/],
  ['auto', { tableExists: true, writeSeconds: 90_000 }, /about 25 h 0 min.*the table exists/],
];

for (const [method, change, message] of REJECTED) {
  test(`${method} is rejected with ${JSON.stringify(change)}`, () => {
    assert.throws(() => chooseMethod(method, { ...LARGE, ...change }), { code: 'METHOD_NOT_POSSIBLE', message });
  });
}

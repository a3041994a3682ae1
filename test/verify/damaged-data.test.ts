import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { startServers } from '../fixtures/pair.ts';
import { type CopyBucket, openCopyBucket } from '../manifest/stored-copies.ts';
import { fewOf } from '../run/effort.ts';
import {
  COMPRESS,
  EXTENSIONS,
  type Format,
  itemsFrom,
  linesIn,
  NAMES,
  ROOT,
  type Verification,
  verifiableCopy,
  verify,
  verifyChanged,
} from './verifiable-copy.ts';

await startServers();

const FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON', 'CUSTOM'] as const satisfies readonly Format[];
const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;

function assertDamaged({ verified, error }: Verification, says: RegExp, what = ''): void {
  assert.equal(verified, undefined, `${what} was not found`);
  assert.equal(error?.code, 'COPY_DAMAGED', `${what}: ${error?.stack}`);
  assert.match(error?.message ?? '', says, what);
  assert.doesNotMatch(`${error?.message} ${error?.remedy}`, /item-\d|café|custom;/, what);
}

/** Changes the bytes of an object. */
type Change = (stored: Buffer) => Buffer;

function flipped(at: (length: number) => number): Change {
  return (stored) => {
    const changed = Buffer.from(stored);
    const index = at(stored.length);
    changed[index] = (changed[index] as number) ^ 0x01;
    return changed;
  };
}

const CHANGES: Readonly<Record<string, Change>> = {
  'a flipped bit in the first byte': flipped(() => 0),
  'a flipped bit in the middle': flipped((length) => length >> 1),
  'a flipped bit in the last byte': flipped((length) => length - 1),
  'a missing first byte': (stored) => stored.subarray(1),
  'a missing last byte': (stored) => stored.subarray(0, -1),
  'an extra byte at the start': (stored) => Buffer.concat([Buffer.of(0x20), stored]),
  'an extra byte at the end': (stored) => Buffer.concat([stored, Buffer.of(0x0a)]),
  'half of the object': (stored) => stored.subarray(0, stored.length >> 1),
  'an empty object': () => Buffer.alloc(0),
  'the object twice': (stored) => Buffer.concat([stored, stored]),
};

suite('verifyData finds changed bytes', () => {
  for (const format of FORMATS) {
    for (const compression of fewOf(COMPRESSIONS, 1)) {
      test(`of a copy in ${format} with compression ${compression}`, async () => {
        await using fixture = await openCopyBucket();
        // Without the total size, which would show most of these changes already in the listing.
        const copy = verifiableCopy({ format, compression, scan: { sizeBytes: null, uncompressedBytes: null } });
        await fixture.write(copy);
        const name = `${NAMES[1]}${EXTENSIONS[compression]}`;
        const stored = copy.data?.[name] as Buffer;
        for (const [what, change] of Object.entries(CHANGES)) {
          await fixture.put(`${ROOT}data/${name}`, change(stored));
          const found = await verify(fixture);
          const says = new RegExp(
            `^s3://[\\w-]+/${ROOT}data/: 1 object .*\\("${name}"[^)]*\\)\\. The manifest lists 3 data`,
          );
          assertDamaged(found, says, what);
          assert.deepEqual([found.figures.checkedObjectCount, found.figures.failedObjectCount], [2, 1], what);
        }
        await fixture.put(`${ROOT}data/${name}`, stored);
        assert.ifError((await verify(fixture)).error);
      });
    }
  }
});

test('verifyData finds an object that was compressed again, although its lines are the same', async () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    const again: Change = (stored) => (compression === 'gzip' ? gzipSync(lines, { level: 9 }) : COMPRESS.gzip(stored));
    const lines = linesIn('DYNAMODB_JSON', itemsFrom(100, 40));
    const found = await verifyChanged({ compression, scan: { sizeBytes: null } }, async ({ put }) => {
      await put(`${ROOT}data/${NAMES[1]}${EXTENSIONS[compression]}`, again(COMPRESS[compression](Buffer.from(lines))));
    });
    assertDamaged(found, /1 object (does not match its MD5|cannot be decompressed)/);
  }
});

test('verifyData finds two objects that were swapped', async () => {
  const found = await verifyChanged({}, async ({ put }) => {
    const { data = {} } = verifiableCopy();
    const [a = '', b = ''] = Object.keys(data);
    await put(`${ROOT}data/${a}`, data[b] as Buffer);
    await put(`${ROOT}data/${b}`, data[a] as Buffer);
  });
  assertDamaged(
    found,
    /2 objects do not match their MD5s in manifest-files\.json \("a+\.json\.gz", "b+\.json\.gz"\)\./,
  );
});

test('verifyData finds a missing and an extra object, and reads the others', async () => {
  const found = await verifyChanged({}, async ({ store, bucket, put }) => {
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: `${ROOT}data/${NAMES[0]}.json.gz` }));
    await put(`${ROOT}data/extra.json.gz`, 'x');
  });
  assertDamaged(
    found,
    /1 object is missing \("a+\.json\.gz"\)\. 1 object is not in the manifest \("extra\.json\.gz"\)\./,
  );
  assert.deepEqual([found.figures.checkedObjectCount, found.figures.failedObjectCount], [2, 2]);
});

suite('verifyData finds a copy whose checksums are right, but whose content is not', () => {
  const one = (json: string) => (lines: string) => lines.replace(/^.*\n/, `${json}\n`);
  const invalid: Readonly<Record<string, string>> = {
    'is valid JSON but no item': '{"pk":{"S":"a"}}',
    'has an unknown type': '{"Item":{"pk":{"S":"a"},"x":{"X":"a"}}}',
    'has two types in a value': '{"Item":{"pk":{"S":"a"},"x":{"S":"a","N":"1"}}}',
    'has a string without a type': '{"Item":{"pk":{"S":"a"},"x":"a"}}',
    'has a number that is not one': '{"Item":{"pk":{"S":"a"},"x":{"N":"1x"}}}',
    'has a number that is not in a string': '{"Item":{"pk":{"S":"a"},"x":{"N":1}}}',
    'has a binary that is not base64': '{"Item":{"pk":{"S":"a"},"x":{"B":"AAE"}}}',
    'has an empty set': '{"Item":{"pk":{"S":"a"},"x":{"SS":[]}}}',
    'has a set of numbers with a string': '{"Item":{"pk":{"S":"a"},"x":{"NS":["a"]}}}',
    'has a NULL that is not true': '{"Item":{"pk":{"S":"a"},"x":{"NULL":false}}}',
    'has a BOOL that is a string': '{"Item":{"pk":{"S":"a"},"x":{"BOOL":"true"}}}',
    'lacks the key attribute': '{"Item":{"x":{"S":"a"}}}',
    'has the key attribute twice': '{"Item":{"pk":{"S":"a"},"pk":{"S":"a"}}}',
    'has a key attribute of another type': '{"Item":{"pk":{"N":"1"}}}',
    'has an empty key attribute': '{"Item":{"pk":{"S":""}}}',
    'has two items': '{"Item":{"pk":{"S":"a"}}}{"Item":{"pk":{"S":"b"}}}',
    'is empty': '',
    'is not JSON': '{"Item":{"pk":{"S":"a"}}',
    'has a raw control character': '{"Item":{"pk":{"S":"a\tb"}}}',
  };
  for (const [what, line] of Object.entries(invalid)) {
    test(`because a line in DYNAMODB_JSON ${what}`, async () => {
      const found = await verifyChanged({ relines: one(line) });
      assertDamaged(found, /1 object has an invalid line \("b+\.json\.gz" near line 1\)\./);
    });
  }

  const invalidIon: Readonly<Record<string, string>> = {
    'is DYNAMODB_JSON': '{"Item":{"pk":{"S":"a"}}}',
    'lacks the key attribute': '$ion_1_0 {Item:{x:"a"}}',
    'has a key attribute of another type': '$ion_1_0 {Item:{pk:1.}}',
    'has an Ion type that DynamoDB does not have': '$ion_1_0 {Item:{pk:"a",x:2026-01-01T}}',
    'has an empty set': '$ion_1_0 {Item:{pk:"a",x:$dynamodb_SS::[]}}',
    'has no version marker': '{Item:{pk:"a"}}',
  };
  for (const [what, line] of Object.entries(invalidIon)) {
    test(`because a line in ION ${what}`, async () => {
      const found = await verifyChanged({ format: 'ION', relines: one(line) });
      assertDamaged(found, /1 object has an invalid line/);
    });
  }

  for (const [what, line] of Object.entries({ 'is an array': '[1]', 'is not JSON': '{"pk":1', 'is a number': '1' })) {
    test(`because a line in JSON ${what}`, async () => {
      assertDamaged(await verifyChanged({ format: 'JSON', relines: one(line) }), /1 object has an invalid line/);
    });
  }

  for (const format of ['DYNAMODB_JSON', 'ION', 'JSON'] as const) {
    test(`because an object in ${format} has a line less or more than the manifest lists`, async () => {
      for (const itemCount of [39, 41]) {
        assertDamaged(await verifyChanged({ format, itemCount }), /1 object has a different number of lines/);
      }
    });
  }

  test('because an item is duplicated', async () => {
    const found = await verifyChanged({ relines: (lines) => lines + lines.slice(0, lines.indexOf('\n') + 1) });
    assertDamaged(found, /1 object has a different number of lines/);
  });

  test('because an object has two gzip members', async () => {
    const half = (lines: string) => lines.indexOf('\n', lines.length >> 1) + 1;
    const repack = (_: Buffer, lines: string) =>
      Buffer.concat([gzipSync(lines.slice(0, half(lines))), gzipSync(lines.slice(half(lines)))]);
    assertDamaged(await verifyChanged({ repack, scan: { sizeBytes: null } }), /1 object has bytes after its content/);
    const empty = (stored: Buffer) => Buffer.concat([gzipSync(''), stored]);
    assertDamaged(await verifyChanged({ repack: empty, scan: { sizeBytes: null } }), /bytes after its content/);
  });

  test('because an object has two zstd frames', async () => {
    const repack = (stored: Buffer) => Buffer.concat([stored, COMPRESS.zstd(Buffer.from(''))]);
    const found = await verifyChanged({ compression: 'zstd', repack, scan: { sizeBytes: null } });
    assertDamaged(found, /1 object has bytes after its content/);
  });

  for (const compression of ['gzip', 'zstd'] as const) {
    test(`because an object of a copy with ${compression} is not compressed`, async () => {
      const repack = (_: Buffer, lines: string) => Buffer.from(lines);
      const found = await verifyChanged({ compression, repack, scan: { sizeBytes: null } });
      assertDamaged(found, /1 object cannot be decompressed/);
    });
  }

  test('because the totals in manifest-copy.json are those of other objects', async () => {
    assertDamaged(
      await verifyChanged({ scan: { sizeBytes: 1 } }),
      /The sizeBytes in manifest-copy\.json are not those/,
    );
    const found = await verifyChanged({ scan: { uncompressedBytes: 1 } });
    assertDamaged(found, /The uncompressedBytes in manifest-copy\.json are not those/);
  });
});

test('verifyData finds an object that differs from its SHA-256 in manifest-sha256.txt', async () => {
  await using fixture = await openCopyBucket();
  await fixture.write(verifiableCopy());
  const { error } = await verify(fixture, {}, (copy) => ({
    ...copy,
    checksums: new Map(copy.files.map(({ key }) => [key, '0'.repeat(64)])),
  }));
  assert.match(error?.message ?? '', /3 objects do not match their SHA-256s in manifest-sha256\.txt/);
});

/** Replaces an object after the folder was listed. */
class ReplacingBucket extends Bucket {
  replace = async () => {};

  override async *list(...parameters: Parameters<Bucket['list']>) {
    yield* super.list(...parameters);
    await this.replace();
  }
}

suite('verifyData finds an object that was replaced after the listing', () => {
  for (const [how, content] of Object.entries({
    'by one of another size': Buffer.from('another'),
    // S3 keeps the ETag of a PUT of the same bytes, so the content must differ.
    'by one of the same size': flipped(() => 20)(verifiableCopy().data?.[`${NAMES[1]}.json.gz`] as Buffer),
  })) {
    test(how, async () => {
      await using fixture = await openCopyBucket();
      await fixture.write(verifiableCopy());
      using client = clientOfBucket(fixture.store.endpoint);
      const bucket = new ReplacingBucket({ client, name: fixture.bucket.name });
      bucket.replace = () => fixture.put(`${ROOT}data/${NAMES[1]}.json.gz`, content);
      assertDamaged(await verify({ bucket }), /1 object was replaced during the verification \("b+\.json\.gz"\)/);
    });
  }

  test('by nothing', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write(verifiableCopy());
    using client = clientOfBucket(fixture.store.endpoint);
    const bucket = new ReplacingBucket({ client, name: fixture.bucket.name });
    const gone = { Bucket: fixture.bucket.name, Key: `${ROOT}data/${NAMES[1]}.json.gz` };
    bucket.replace = async () => void (await fixture.store.client.send(new DeleteObjectCommand(gone)));
    assertDamaged(await verify({ bucket }), /1 object is missing \("b+\.json\.gz"\)/);
  });
});

suite('verifyData fails if an object cannot be read', () => {
  const deny = (code: string) => async (fixture: CopyBucket) =>
    fixture.store.inject(({ operation, key }) =>
      operation === 'GetObject' && key?.includes('/data/b') ? s3Error(code, 403) : undefined,
    );

  test('because S3 denies access', async () => {
    const { verified, error, figures } = await verifyChanged({}, deny('AccessDenied'));
    assert.equal(verified, undefined);
    assert.equal(error?.code, 'ACCESS_DENIED');
    assert.match(error?.message ?? '', /1 object cannot be read, because S3 denies access \("b+\.json\.gz"\)/);
    assert.deepEqual([figures.checkedObjectCount, figures.failedObjectCount], [2, 1]);
  });

  test('because it is archived', async () => {
    const { error } = await verifyChanged({}, deny('InvalidObjectState'));
    assert.equal(error?.code, 'OBJECT_ARCHIVED');
    assert.match(error?.message ?? '', /1 object is in an archive storage class/);
  });

  test('and another one is damaged, which is the code of the error', async () => {
    const { error } = await verifyChanged({}, async (fixture) => {
      await deny('AccessDenied')(fixture);
      await fixture.put(`${ROOT}data/${NAMES[0]}.json.gz`, 'damaged');
    });
    assert.equal(error?.code, 'COPY_DAMAGED');
    assert.match(error?.message ?? '', /1 object cannot be decompressed .* 1 object cannot be read/);
  });

  test('because the folder cannot be listed', async () => {
    const { error } = await verifyChanged({}, async ({ store }) =>
      store.inject(({ operation }) => (operation === 'ListObjectsV2' ? s3Error('AccessDenied', 403) : undefined)),
    );
    assert.equal(error?.code, 'ACCESS_DENIED');
    assert.match(error?.message ?? '', /could not be checked: .* s3:ListBucket/);
  });
});

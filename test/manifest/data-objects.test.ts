import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { checkDataObjects, isSameObject } from '../../src/manifest/data-objects.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { openCopy } from '../../src/manifest/open-copy.ts';
import { s3Error } from '../emulators/faults.ts';
import { emptyResponse } from '../fixtures/aws-errors.ts';
import { type CopyBucket, type CopyOptions, DATA, EPOCH, exportIdAt, md5, openCopyBucket } from './stored-copies.ts';

const ID = exportIdAt(EPOCH);
const FOLDER = `p/AWSDynamoDB/${ID}/data/`;
const [FIRST = '', SECOND = ''] = Object.keys(DATA);
const SIGNAL = AbortSignal.timeout(60_000);

/** Writes a copy, changes the bucket, and checks the data objects. */
async function check(change: (fixture: CopyBucket) => Promise<void>, options: CopyOptions = {}) {
  await using fixture = await openCopyBucket();
  await fixture.write({ prefix: 'p', ...options });
  const copy = await openCopy(
    { exportId: ID, layout: copyLayout('p', ID) },
    { bucket: fixture.bucket, signal: SIGNAL },
  );
  await change(fixture);
  return await checkDataObjects(copy, { bucket: fixture.bucket, signal: SIGNAL });
}

function remove(Key: string) {
  return async ({ store, bucket }: CopyBucket) => {
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key }));
  };
}

const unchanged = async () => {};
const multipart = { line: { etag: `${'0'.repeat(32)}-1` } };

describe('checkDataObjects', () => {
  it('returns the size of the data objects', async () => {
    assert.deepEqual(await check(unchanged), { sizeBytes: 6, largestObjectBytes: 3 });
    assert.deepEqual(await check(unchanged, { scan: { sizeBytes: 6 } }), { sizeBytes: 6, largestObjectBytes: 3 });
    assert.deepEqual(await check(unchanged, { data: {} }), { sizeBytes: 0, largestObjectBytes: 0 });
  });

  it('accepts the MD5 of an object as its ETag, because a copied object is no longer a multipart upload', async () => {
    assert.deepEqual(await check(unchanged, multipart), { sizeBytes: 6, largestObjectBytes: 3 });
  });

  it('reports a missing object', async () => {
    await assert.rejects(check(remove(FOLDER + FIRST)), {
      code: 'COPY_DAMAGED',
      message: new RegExp(`/${FOLDER}: 1 object is missing \\("${FIRST}"\\)\\. The manifest lists 2 data objects\\.$`),
      remedy: /^Do not use this copy\./,
    });
  });

  for (const [what, key] of [
    ['in the folder', 'c.json.gz'],
    ['in a subfolder', `more/${FIRST}`],
    ['with the key of the folder', ''],
  ] as const) {
    it(`reports another object ${what}`, async () => {
      await assert.rejects(
        check(({ put }) => put(FOLDER + key, '')),
        { code: 'COPY_DAMAGED', message: /: 1 object is not in the manifest \(/ },
      );
    });
  }

  it('reports an object with other content of the same size', async () => {
    for (const options of [{}, multipart]) {
      await assert.rejects(
        check(({ put }) => put(FOLDER + SECOND, 'TWO'), options),
        { code: 'COPY_DAMAGED', message: new RegExp(`: 1 object was changed \\("${SECOND}"\\)\\.`) },
      );
    }
  });

  it('reports all differences with their counts and at most three names of each', async () => {
    const data = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`${i}.json.gz`, `data ${i}`]));
    const change = async (fixture: CopyBucket) => {
      for (const i of [0, 1, 2, 3, 4]) await remove(`${FOLDER}${i}.json.gz`)(fixture);
      for (const i of [5, 6]) await fixture.put(`${FOLDER}${i}.json.gz`, 'other');
      for (const i of [0, 1, 2, 3]) await fixture.put(`${FOLDER}x${i}"`, '');
    };
    await assert.rejects(check(change, { data }), {
      code: 'COPY_DAMAGED',
      message: new RegExp(
        [
          ': 5 objects are missing \\("0\\.json\\.gz", "1\\.json\\.gz", "2\\.json\\.gz", \\.\\.\\.\\)\\.',
          '2 objects were changed \\("5\\.json\\.gz", "6\\.json\\.gz"\\)\\.',
          '4 objects are not in the manifest \\("x0\\\\"", "x1\\\\"", "x2\\\\"", \\.\\.\\.\\)\\. The manifest lists 7 data objects\\.$',
        ].join(' '),
      ),
    });
  });

  it('reports a total size that differs from manifest-copy.json', async () => {
    await assert.rejects(check(unchanged, { scan: { sizeBytes: 7 } }), {
      code: 'COPY_DAMAGED',
      message: /the data objects have 6 bytes, but manifest-copy\.json has a different sizeBytes\.$/,
    });
  });

  it('requests each object of an incremental export, whose folder contains the objects of others, without listing it', async () => {
    const folder = 'p/AWSDynamoDB/data/';
    const other = async ({ put, store }: CopyBucket) => {
      await put(`${folder}other.json.gz`, 'x');
      store.inject(({ operation }) => (operation === 'ListObjectsV2' ? s3Error('AccessDenied', 403) : undefined));
    };
    const increments = { isIncremental: true };
    assert.deepEqual(await check(other, increments), { sizeBytes: 6, largestObjectBytes: 3 });
    await assert.rejects(check(remove(folder + FIRST), increments), { message: /: 1 object is missing/ });
    const replace = ({ put }: CopyBucket) => put(folder + SECOND, 'TWO');
    await assert.rejects(check(replace, increments), { message: /: 1 object was changed/ });
  });

  it('fails if the role is not authorized to check an object of an incremental export, unless another is damaged', async () => {
    const folder = 'p/AWSDynamoDB/data/';
    const deny = ({ store }: CopyBucket) =>
      store.inject(({ operation, key }) =>
        operation === 'HeadObject' && key.endsWith(FIRST) ? emptyResponse(403) : undefined,
      );
    await assert.rejects(
      check(async (fixture) => deny(fixture), { isIncremental: true }),
      {
        code: 'ACCESS_DENIED',
        message: /^1 data object of the copy could not be checked: the role is not authorized to perform s3:GetObject/,
        remedy: /^Grant s3:GetObject on s3:\/\/bucket-\w+\/p\/AWSDynamoDB\/data\/\* to the role/,
      },
    );
    const damage = async (fixture: CopyBucket) => {
      deny(fixture);
      await fixture.put(folder + SECOND, 'TWO');
    };
    await assert.rejects(check(damage, { isIncremental: true }), {
      code: 'COPY_DAMAGED',
      message: /1 object was changed/,
    });
  });

  it('fails if the role is not authorized to list the bucket, with the permission to grant', async () => {
    const deny = async ({ store }: CopyBucket) => store.inject(() => s3Error('AccessDenied', 403));
    await assert.rejects(check(deny), {
      code: 'ACCESS_DENIED',
      message: /could not be checked: the role is not authorized to perform s3:ListBucket on the bucket bucket-\w+\.$/,
      remedy: /^Grant s3:ListBucket on the bucket bucket-\w+ to the role\./,
    });
  });

  it('fails if the store cannot list objects', async () => {
    const reject = async ({ store }: CopyBucket) => store.inject(() => s3Error('NotImplemented', 501));
    await assert.rejects(check(reject), { name: 'NotImplemented' });
  });
});

describe('isSameObject', () => {
  const file = { key: 'k', itemCount: 1, md5: md5('one', 'base64'), etag: 'an-etag' };
  for (const [what, stored, listed, same] of [
    ['its ETag', file, { size: 3, etag: 'an-etag' }, true],
    ['its MD5 as ETag', file, { size: 3, etag: md5('one', 'hex') }, true],
    ['another ETag', file, { size: 3, etag: md5('two', 'hex') }, false],
    ['no ETag', file, { size: 3, etag: '' }, false],
    ['its ETag and size', { ...file, size: 3 }, { size: 3, etag: 'an-etag' }, true],
    ['its size and no ETag', { ...file, size: 3 }, { size: 3, etag: '' }, true],
    ['another size and no ETag', { ...file, size: 3 }, { size: 4, etag: '' }, false],
    ['its ETag, but another size', { ...file, size: 3 }, { size: 4, etag: 'an-etag' }, false],
  ] as const) {
    it(`is ${same} for an object with ${what}`, () => assert.equal(isSameObject(stored, listed), same));
  }
});

import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CopyIdentity, copyInFolder } from '../../src/manifest/layout.ts';
import { openCopy } from '../../src/manifest/open-copy.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { verifyData } from '../../src/verify/verify-data.ts';
import { VerifyProgress } from '../../src/verify/verify-progress.ts';
import { s3Error } from '../emulators/faults.ts';
import { startServers } from '../fixtures/pair.ts';
import { openCopyBucket } from '../manifest/stored-copies.ts';
import { itemsFrom, linesIn, ROOT, verifiableCopy, verify, verifyChanged } from './verifiable-copy.ts';

await startServers();

const NEVER = new AbortController().signal;
const FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON', 'CUSTOM'] as const;
const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;

suite('verifyData accepts an intact copy', () => {
  for (const format of FORMATS) {
    for (const compression of COMPRESSIONS) {
      test(`in ${format} with compression ${compression}`, async () => {
        const { verified, error, figures, notices } = await verifyChanged({ format, compression });
        assert.ifError(error);
        const { bytesRead = 0, uncompressedBytes = 0, ...others } = verified ?? {};
        assert.deepEqual(others, {
          objectCount: 3,
          checkedObjectCount: 3,
          itemCount: 120,
          isLineChecked: format !== 'CUSTOM',
          areKeysChecked: format === 'DYNAMODB_JSON' || format === 'ION',
          hasChecksums: true,
          changedEtagCount: 0,
        });
        assert.ok(uncompressedBytes > 120 * 8 && bytesRead > 0);
        assert.equal(uncompressedBytes === bytesRead, compression === 'none');
        assert.deepEqual([figures.plannedObjectCount, figures.failedObjectCount, notices], [3, 0, []]);
      });
    }
  }
});

for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
  test(`verifyData passes every item of a copy in ${format} in complete lines of DYNAMODB_JSON`, async () => {
    const received: string[] = [];
    const onItems = (lines: Buffer) => {
      assert.ok(lines.toString().endsWith('}\n'));
      received.push(...lines.toString().split('\n').slice(0, -1));
    };
    const { error } = await verifyChanged({ format }, undefined, { onItems });
    assert.ifError(error);
    const expected = [0, 100, 200].flatMap((first) =>
      linesIn('DYNAMODB_JSON', itemsFrom(first, 40)).split('\n').slice(0, -1),
    );
    const parsed = (lines: readonly string[]) => lines.map((line) => JSON.stringify(JSON.parse(line))).sort();
    assert.deepEqual(parsed(received), parsed(expected));
  });
}

test('verifyData counts a verification alone if its progress contains another one', async () => {
  await using fixture = await openCopyBucket();
  await fixture.write(verifiableCopy());
  const progress = new VerifyProgress();
  const first = await verify(fixture, { progress });
  const second = await verify(fixture, { progress });
  assert.ifError(second.error);
  assert.deepEqual(second.verified, first.verified);
  assert.deepEqual([progress.figures.itemCount, progress.figures.plannedObjectCount], [240, 6]);
});

test('verifyData accepts a copy without data objects', async () => {
  const empty = verifiableCopy({ more: { data: {}, itemCounts: {} } });
  const { scan, ...others } = empty;
  const { verified, error } = await (async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ ...others, scan: { ...scan, fileCount: 0, sizeBytes: 0, uncompressedBytes: 0 } });
    return await verify(fixture);
  })();
  assert.ifError(error);
  assert.deepEqual([verified?.objectCount, verified?.itemCount, verified?.bytesRead], [0, 0, 0]);
});

test('verifyData continues a download whose connection closes, and counts each byte once', async () => {
  const { verified, error, figures } = await verifyChanged({ compression: 'none' }, async ({ store }) =>
    store.inject(({ operation }, nth) => (operation === 'GetObject' && nth % 3 === 0 ? 'cut' : undefined)),
  );
  assert.ifError(error);
  assert.equal(verified?.bytesRead, verified?.uncompressedBytes);
  assert.equal(figures.checkedObjectCount, 3);
});

test('verifyData rejects with an error of S3 that says nothing about the object', async () => {
  const { verified, error } = await verifyChanged({}, async ({ store }) =>
    store.inject(({ operation, key }) =>
      operation === 'GetObject' && key?.includes('/data/') ? s3Error('NoSuchBucket', 404) : undefined,
    ),
  );
  assert.equal(verified, undefined);
  assert.equal(error?.name, 'NoSuchBucket');
});

test('verifyData stops and rejects with the reason of its signal', async () => {
  await using fixture = await openCopyBucket();
  await fixture.write(verifiableCopy());
  const copy = await openCopy(copyInFolder(ROOT) as CopyIdentity, { bucket: fixture.bucket, signal: NEVER });
  const stop = new AbortController();
  fixture.store.inject(({ operation }) => {
    if (operation !== 'GetObject') return undefined;
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    return 'hang';
  });
  const logger = { info: () => {}, notice: () => {}, warning: () => {} };
  const context = { bucket: fixture.bucket, logger, waits: new PendingWaits(), signal: stop.signal };
  await assert.rejects(verifyData(copy, context, { progress: new VerifyProgress() }), /stopped/);
});

test('verifyData does not pass items of a copy whose lines are no items', async () => {
  for (const format of ['JSON', 'CUSTOM'] as const) {
    const { error } = await verifyChanged({ format }, undefined, { onItems: () => assert.fail('no items') });
    assert.match(error?.message ?? '', /only full copies in DYNAMODB_JSON or ION have items/);
  }
});

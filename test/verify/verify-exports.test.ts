import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { changeLine, type NetChange } from '../emulators/export-service/export-lines.ts';
import { startServers } from '../fixtures/pair.ts';
import { type CopyBucket, type CopyOptions, openCopyBucket } from '../manifest/stored-copies.ts';
import { EXTENSIONS, NAMES, ROOT, verifiableCopy, verify, verifyChanged } from './verifiable-copy.ts';

await startServers();

/** Stores each data object as a multipart upload. */
async function uploadAgain({ store: { client }, bucket: { name: Bucket } }: CopyBucket): Promise<void> {
  for (const [name, Body] of Object.entries(verifiableCopy().data ?? {})) {
    const Key = `${ROOT}data/${name}`;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  }
}

/** Object of a partition without items, as DynamoDB writes it. */
const EMPTY = Buffer.from('1f8b08000000000000ff03000000000000000000', 'hex');

for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
  test(`verifyData accepts a full export in ${format} with several gzip members and an empty object`, async () => {
    const cut = (lines: string) => lines.indexOf('\n', lines.length >> 1) - 20;
    const repack = (_: Buffer, lines: string) =>
      Buffer.concat([gzipSync(lines.slice(0, cut(lines))), gzipSync(''), gzipSync(lines.slice(cut(lines)))]);
    const copy = verifiableCopy({ format, isExport: true, repack });
    const empty = `${'d'.repeat(26)}.json.gz`;
    const { error, verified } = await verifyChanged({
      ...{ format, isExport: true, repack },
      more: { data: { ...copy.data, [empty]: EMPTY }, itemCounts: { ...copy.itemCounts, [empty]: 0 } },
    });
    assert.ifError(error);
    assert.deepEqual([verified?.checkedObjectCount, verified?.itemCount, verified?.areKeysChecked], [4, 120, true]);
  });
}

test('verifyData accepts items without the key attributes if the scope of an export is unknown', async () => {
  const relines = (lines: string) => lines.replace('"pk":{"S":"item-100"},', '');
  const { error, verified } = await verifyChanged({ isExport: true, relines, more: { tableScope: 'subset' } });
  assert.ifError(error);
  assert.equal(verified?.areKeysChecked, false);
  const checked = await verifyChanged({ isExport: true, relines, more: { tableScope: 'subset' } }, undefined, {
    keyAttributes: [{ name: 'pk', type: 'S' }],
  });
  assert.match(checked.error?.message ?? '', /1 object has an invalid line/);
});

test('verifyData finds garbage after the gzip members of an export', async () => {
  for (const garbage of [Buffer.alloc(20), Buffer.from('garbage'), EMPTY.subarray(0, 5)]) {
    const repack = (stored: Buffer) => Buffer.concat([stored, garbage]);
    const { error } = await verifyChanged({ isExport: true, repack });
    assert.match(error?.message ?? '', /1 object (has bytes after its content|cannot be decompressed)/);
  }
});

suite('verifyData reads incremental exports', () => {
  const pk = (n: number) => ({ pk: { S: `item-${n}` } });
  const changes: NetChange[] = [
    { keys: pk(1), newImage: { ...pk(1), n: { N: '1.50' } }, at: 1_768_386_096_366 },
    { keys: pk(2), oldImage: { ...pk(2), set: { SS: ['a', 'b'] } }, at: 1_768_386_096_367 },
    { keys: pk(3), oldImage: pk(3), newImage: { ...pk(3), l: { L: [{ NULL: true }] } }, at: 1_768_386_096_368 },
  ];
  const name = `${NAMES[0]}${EXTENSIONS.gzip}`;

  function incremental(format: 'DYNAMODB_JSON' | 'ION', lines: readonly string[], itemCount = 3): CopyOptions {
    return {
      isIncremental: true,
      data: { [name]: gzipSync(lines.map((line) => `${line}\n`).join('')) },
      itemCounts: { [name]: itemCount },
      tableScope: 'table',
      summary: { outputFormat: format },
    };
  }

  async function verifyIncremental(copy: CopyOptions) {
    await using fixture = await openCopyBucket();
    await fixture.write(copy);
    // The folder contains the objects of other incremental exports too.
    await fixture.put(`AWSDynamoDB/data/${'z'.repeat(26)}.json.gz`, 'of another export');
    return await verify(fixture);
  }

  const linesOf = (format: 'DYNAMODB_JSON' | 'ION') =>
    changes.map((change) => changeLine(format, 'NEW_AND_OLD_IMAGES', change));

  for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
    test(`in ${format}`, async () => {
      const { error, verified } = await verifyIncremental(incremental(format, linesOf(format)));
      assert.ifError(error);
      assert.deepEqual([verified?.itemCount, verified?.areKeysChecked], [3, true]);
    });

    test(`in ${format} with only the keys of a deleted item`, async () => {
      const lines = changes.map((change) => changeLine(format, 'NEW_IMAGE', change));
      assert.ifError((await verifyIncremental(incremental(format, lines))).error);
    });

    test(`and finds a wrong number of lines in ${format}`, async () => {
      const { error } = await verifyIncremental(incremental(format, linesOf(format).slice(1)));
      assert.match(error?.message ?? '', /1 object has a different number of lines/);
    });
  }

  test('in ION without the member Record', async () => {
    const lines = linesOf('ION').map((line) => line.replace('{Record:{', '{').replace(/\}$/, ''));
    assert.ifError((await verifyIncremental(incremental('ION', lines))).error);
  });

  const [, , last = ''] = linesOf('DYNAMODB_JSON');
  for (const [what, line] of Object.entries({
    'is a line of a full export': '{"Item":{"pk":{"S":"a"}}}',
    'lacks the keys': last.replace(/"Keys":\{"pk":\{"S":"item-3"\}\},/, ''),
    'has a key of another name': last.replace('"Keys":{"pk"', '"Keys":{"other"'),
    'has another attribute in its keys': last.replace('"Keys":{', '"Keys":{"n":{"N":"1"},'),
    'has an image without the key': last.replace('"NewImage":{"l"', '"NewImage":{"x":{"S":"a"}},"OldImage":{"l"'),
    'has an invalid value': last.replace('{"NULL":true}', '{"NULL":false}'),
    'has no time': last.replace(/"Metadata":\{.*?\}\},/, ''),
    'has an unknown member': last.replace('{"Metadata"', '{"More":{},"Metadata"'),
    'is not JSON': last.slice(0, -1),
    'is a number': '1',
    'has keys that are a list': last.replace(/"Keys":\{"pk":\{"S":"item-3"\}\}/, '"Keys":[]'),
  })) {
    test(`and finds a line that ${what}`, async () => {
      assert.notEqual(line, last);
      const { error } = await verifyIncremental(incremental('DYNAMODB_JSON', [line], 1));
      assert.equal(error?.code, 'COPY_DAMAGED');
      assert.match(error.message, /1 object has an invalid line/);
      assert.doesNotMatch(error.message, /item-\d/);
    });
  }

  for (const [what, change] of Object.entries({
    'is a line of a full export': () => '$ion_1_0 {Item:{pk:"a"}}',
    'has another end': (line: string) => line.slice(0, -1),
    'has a value outside of a struct': (line: string) => line.replace('Keys:{', 'Keys:1,Other:{'),
  })) {
    test(`and finds a line in ION that ${what}`, async () => {
      const { error } = await verifyIncremental(incremental('ION', [change(linesOf('ION')[2] ?? '')], 1));
      assert.match(error?.message ?? '', /1 object has an invalid line/);
    });
  }
});

suite('verifyData and ETags that differ from the manifest', () => {
  /** Stores the objects again as multipart uploads, whose ETags are not MD5s. */
  const changed = async (verifyOptions: Parameters<typeof verifyChanged>[2]) =>
    await verifyChanged({}, uploadAgain, verifyOptions);

  test('accepts them if the MD5s agree', async () => {
    const { verified, error, notices } = await changed({});
    assert.ifError(error);
    assert.equal(verified?.changedEtagCount, 3);
    assert.match(notices.join(), /The ETags of 3 data objects are not those of the manifest, but the MD5s are/);
  });

  test('fails for objects outside of the sample, and says to verify all', async () => {
    const { error } = await changed({ sample: { kind: 'part', part: 1, parts: 3 } });
    assert.equal(error?.code, 'COPY_DAMAGED');
    assert.match(error.message, /2 objects were changed/);
    assert.match(error.remedy ?? '', /Verify the whole copy/);
  });

  test('reads only the objects of a sample', async () => {
    const { verified, error, figures } = await verifyChanged({}, undefined, {
      sample: { kind: 'percent', percent: 50, seed: 'x' },
    });
    assert.ifError(error);
    assert.deepEqual([verified?.objectCount, verified?.checkedObjectCount, verified?.itemCount], [3, 2, 80]);
    assert.equal(figures.plannedObjectCount, 2);
  });

  test('finds missing and extra objects outside of a sample', async () => {
    const { error } = await verifyChanged({}, ({ put }) => put(`${ROOT}data/more/x.json.gz`, 'x'), {
      sample: { kind: 'part', part: 1, parts: 3 },
    });
    assert.match(error?.message ?? '', /1 object is not in the manifest/);
  });
});

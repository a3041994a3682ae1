import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DescribeTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { CopyError } from '../../src/errors.ts';
import { remedies } from '../../src/remedies.ts';
import { type Fault, jsonResponse, s3Error } from '../emulators/faults.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import {
  type FinishPair,
  type FinishPairOptions,
  openFinishPair,
  resumeFolderOf,
  unlistedKey,
  writesOf,
} from '../fixtures/finish-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { keysIn, startServers } from '../fixtures/pair.ts';
import { type Copy, readCopy } from '../fixtures/read-copy.ts';
import { finishInProcess } from './finish-in-process.ts';

await startServers();

/** Reads the copy and asserts that it contains all items of the table. */
async function finishedCopy({ pair, layout, original }: FinishPair): Promise<Copy> {
  const copy = await readCopy(pair.store, pair.bucket, layout.manifestSummary);
  assertSameItems(copy.items(), original);
  return copy;
}

/** Asserts that the copy cannot be finished, for this reason, and that nothing was written or deleted. */
async function assertNotFinished(finishing: FinishPair, code: string, message: RegExp): Promise<void> {
  await assert.rejects(finishInProcess(finishing), (error: CopyError) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(writesOf(finishing), []);
}

/** Returns options with which the first of three shards has abandoned an object. */
function givenUp(lateUntil: number): FinishPairOptions {
  return {
    manifest: (manifest, layout) =>
      manifest.shard === '1-of-3' ? { ...manifest, givenUp: [unlistedKey({ layout })], lateUntil } : manifest,
  };
}

// Not concurrent: the clients take their endpoints from the environment.
suite('finishing a copy of shards', () => {
  test('writes the manifests in the same order as a scan, the summary last', async () => {
    await using finishing = await openFinishPair();
    const { finished } = await finishInProcess(finishing);
    await finishedCopy(finishing);
    assert.deepEqual(writesOf(finishing), [
      'PutObject manifest-files.md5',
      'PutObject manifest-files.json',
      'PutObject manifest-copy.json',
      'PutObject manifest-table.json',
      'PutObject manifest-summary.md5',
      'PutObject manifest-sha256.txt',
      'PutObject manifest-summary.json',
    ]);
    assert.equal(finished.counts.itemCount, 20);
    assert.ok(
      finishing.pair.store.requests
        .filter(({ operation }) => operation === 'PutObject')
        .every(({ headers }) => headers['if-none-match'] === '*'),
      'every manifest is written only if it does not exist',
    );
  });

  test('returns the same for a complete copy as for the step that completed it', async () => {
    await using finishing = await openFinishPair();
    const { finished: first } = await finishInProcess(finishing);
    const writes = writesOf(finishing).length;
    const { finished: second, log } = await finishInProcess(finishing);
    const comparable = ({ files, ...others }: typeof first) => ({ ...others, keys: files.map(({ key }) => key) });
    assert.deepEqual(comparable(second), comparable(first));
    assert.equal(writesOf(finishing).length, writes);
    assert.deepEqual(log, ['The copy was complete already. No object was written.']);
  });

  test('has the scope transformed if process-func returned the items of the shards', async () => {
    const transformed = {
      scope: 'transformed',
      narrowedBy: ['process-func'],
      processFuncSha256: 'ab'.repeat(32),
    } as const;
    await using finishing = await openFinishPair({ manifest: (manifest) => ({ ...manifest, ...transformed }) });
    const { finished: first } = await finishInProcess(finishing);
    const { finished: second } = await finishInProcess(finishing);
    assert.deepEqual([first.scope, second.scope], ['transformed', 'transformed']);
    const { store, bucket } = finishing.pair;
    for (const name of ['manifest-copy.json', 'manifest-table.json']) {
      const content = await store.read(bucket, `${finishing.layout.root}${name}`);
      assert.equal((JSON.parse(content.toString()) as { scope: string }).scope, 'transformed');
    }
  });

  test('deletes checkpoints that the step that completed the copy has left', async () => {
    await using finishing = await openFinishPair();
    await finishInProcess(finishing);
    await finishing.put(`${resumeFolderOf(finishing)}request.json`, '{}');
    await finishInProcess(finishing);
    assert.deepEqual(
      (await keysIn(finishing.pair)).filter((key) => key.includes('/_resume/')),
      [],
    );
  });

  test('deletes no checkpoint of another copy', async () => {
    await using finishing = await openFinishPair();
    const other = `${resumeFolderOf(finishing).slice(0, -1)}0/run.json`;
    await finishing.put(other, '{}');
    await finishInProcess(finishing);
    assert.ok((await keysIn(finishing.pair)).includes(other));
  });

  test('fails with COPY_DAMAGED if the copy is complete but one of its objects was changed', async () => {
    await using finishing = await openFinishPair();
    await finishInProcess(finishing);
    const writes = writesOf(finishing).length;
    await finishing.put(finishing.manifests[0]?.files[0]?.key ?? '', 'changed');
    await assert.rejects(finishInProcess(finishing), { code: 'COPY_DAMAGED', message: /1 object was changed/ });
    assert.equal(writesOf(finishing).length, writes);
  });

  for (const name of ['manifest-copy.json', 'manifest-sha256.txt']) {
    test(`fails with COPY_DAMAGED if ${name} of a complete copy is deleted while the step reads it`, async () => {
      await using finishing = await openFinishPair();
      await finishInProcess(finishing);
      const { store, bucket } = finishing.pair;
      const writes = writesOf(finishing).length;
      let reads = 0;
      store.inject(async ({ operation, key }) => {
        if (operation === 'GetObject' && key.endsWith(name) && ++reads === 2) {
          await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        }
        return undefined;
      });
      await assert.rejects(finishInProcess(finishing), {
        code: 'COPY_DAMAGED',
        message: `The copy s3://${bucket}/${finishing.layout.root} cannot be finished: ${name} does not exist in the bucket.`,
        remedy: remedies.copyShardsAgain(true),
      });
      assert.equal(writesOf(finishing).length, writes);
    });
  }

  for (const [member, change] of [
    ['ARN', () => ({ tableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/Other' })],
    ['ID', (table: TableDescription) => ({ table: { ...table, TableId: 'e9a6ee4e-0000-4000-8000-000000000000' } })],
  ] as const) {
    test(`fails with COPY_DAMAGED if the complete copy is of a table with another ${member}`, async () => {
      await using finishing = await openFinishPair();
      await finishInProcess(finishing);
      const { source, bucket } = finishing.pair;
      const writes = writesOf(finishing).length;
      const { Table = {} } = await source.client.send(new DescribeTableCommand({ TableName: finishing.table }));
      await assert.rejects(finishInProcess(finishing, change(Table)), {
        code: 'COPY_DAMAGED',
        message: `The copy s3://${bucket}/${finishing.layout.root} cannot be finished: manifest-summary.json describes another table.`,
        remedy: remedies.copyShardsAgain(true),
      });
      assert.equal(writesOf(finishing).length, writes);
    });
  }

  test('deletes late objects that a shard has abandoned', async () => {
    await using finishing = await openFinishPair(givenUp(1));
    await finishing.put(unlistedKey(finishing), 'late');
    const { log } = await finishInProcess(finishing);
    await finishedCopy(finishing);
    assert.ok(log.includes('Deleted 1 object of earlier attempts, which arrived late.'), log.join('\n'));
  });

  test('fails with ACCESS_DENIED if S3 does not delete a late object', async () => {
    await using finishing = await openFinishPair(givenUp(1));
    await finishing.put(unlistedKey(finishing), 'late');
    finishing.pair.store.inject(({ operation }) =>
      operation === 'DeleteObjects' ? notDeleted(unlistedKey(finishing)) : undefined,
    );
    await assert.rejects(finishInProcess(finishing), { code: 'ACCESS_DENIED', message: /did not delete 1 object/ });
    assert.equal((await keysIn(finishing.pair)).includes(finishing.layout.manifestFiles), false);
  });

  test('waits until no request for an abandoned object can arrive', async () => {
    const lateUntil = Date.now() + 2_500;
    await using finishing = await openFinishPair(givenUp(lateUntil));
    const listedAt: number[] = [];
    finishing.pair.store.inject(({ operation, url }) => {
      if (operation === 'ListObjectsV2' && url.includes('data')) listedAt.push(Date.now());
      return undefined;
    });
    const { log } = await finishInProcess(finishing);
    await finishedCopy(finishing);
    assert.match(log.join('\n'), /Waiting [\d.]+ s: until then, S3 may still store objects/);
    // The clock of S3 has whole seconds.
    assert.ok((listedAt[0] ?? 0) >= lateUntil - 1_500, 'the data objects were listed too early');
  });

  test('waits for requests of abandoned attempts although their objects are unknown', async () => {
    const lateUntil = Date.now() + 2_500;
    await using finishing = await openFinishPair({ manifest: (manifest) => ({ ...manifest, lateUntil }) });
    const { store } = finishing.pair;
    store.inject(async ({ operation, url }) => {
      if (operation !== 'ListObjectsV2' || !url.includes('data')) return undefined;
      assert.ok(Date.now() >= lateUntil - 1_500, 'the data objects were listed too early');
      await finishing.put(unlistedKey(finishing), 'late');
      return undefined;
    });
    await assertNotFinished(finishing, 'COPY_INCOMPLETE', /1 object is not in the manifest/);
  });

  test('fails with COPY_INCOMPLETE and deletes nothing if data/ contains an object of no shard', async () => {
    await using finishing = await openFinishPair(givenUp(1));
    await finishing.put(unlistedKey(finishing), 'late');
    await finishing.put(`${finishing.layout.data}unknown.json.gz`, 'not ours');
    await assertNotFinished(finishing, 'COPY_INCOMPLETE', /1 object is not in the manifest \("unknown\.json\.gz"\)/);
  });

  test('fails with COPY_INCOMPLETE if an object of a shard is missing', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest, layout) => {
        const [file] = manifest.files;
        const key = unlistedKey({ layout });
        return {
          ...manifest,
          files: manifest.files.map((each) => (each === file ? { ...each, key } : each)).sort(byKey),
        };
      },
      shards: 1,
    });
    await assertNotFinished(finishing, 'COPY_INCOMPLETE', /1 object is missing .* 1 object is not in the manifest/);
  });

  test('fails with SHARDS_MISSING and names the shards, also those that are being written', async () => {
    await using finishing = await openFinishPair({
      shards: 5,
      manifest: (manifest) => (manifest.shard === '1-of-5' ? manifest : undefined),
    });
    const run = (shard: string, content: string) =>
      finishing.put(`${resumeFolderOf(finishing)}${shard}/run.json`, content);
    await run('3-of-5', JSON.stringify({ ended: false }));
    await run('4-of-5', JSON.stringify({ ended: true }));
    await run('5-of-5', 'not JSON');
    const message =
      /^4 of 5 shards are not complete: 2-of-5, 3-of-5, 4-of-5 and 5-of-5\. 3-of-5 is being written: its job was active in the last .*\. The copy cannot be finished\./;
    await assertNotFinished(finishing, 'SHARDS_MISSING', message);
  });

  suite('if a shard is complete but a job that copies it holds its claim', () => {
    const RUN = '2-of-3/run.json';
    const claim = (owner: string) => JSON.stringify({ owner, ended: false });

    test('fails with SHARD_IN_USE if the job is still running', async () => {
      await using finishing = await openFinishPair();
      const key = `${resumeFolderOf(finishing)}${RUN}`;
      await finishing.put(key, claim('first'));
      let reads = 0;
      finishing.pair.store.inject(async ({ operation, key: read }) => {
        if (operation === 'GetObject' && read === key && ++reads === 2) await finishing.put(key, claim('heartbeat'));
        return undefined;
      });
      await assertNotFinished(finishing, 'SHARD_IN_USE', /^Shard 2-of-3 is complete, but a job that copies it/);
    });

    test('finishes the copy once the job has ended', async () => {
      await using finishing = await openFinishPair();
      const key = `${resumeFolderOf(finishing)}${RUN}`;
      await finishing.put(key, claim('first'));
      let reads = 0;
      finishing.pair.store.inject(async ({ operation, key: read }) => {
        if (operation !== 'GetObject' || read !== key || ++reads < 2) return undefined;
        await finishing.put(key, JSON.stringify({ owner: 'first', ended: true }));
        return undefined;
      });
      const { log } = await finishInProcess(finishing);
      await finishedCopy(finishing);
      assert.match(log.join('\n'), /^A job of shard 2-of-3 was active recently\. Waiting for its end, at most /m);
    });

    test('finishes the copy if the job deletes its claim meanwhile, also if the role may list only a part', async () => {
      await using finishing = await openFinishPair();
      const { store, bucket } = finishing.pair;
      const key = `${resumeFolderOf(finishing)}${RUN}`;
      await finishing.put(key, claim('first'));
      store.inject(async ({ operation, key: read }) => {
        if (operation !== 'GetObject' || read !== key) return undefined;
        await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        // The response of S3 for an object that does not exist.
        return s3Denies('s3:ListBucket');
      });
      await finishInProcess(finishing);
      await finishedCopy(finishing);
    });

    test('finishes the copy at once if the job died long ago', async () => {
      await using finishing = await openFinishPair();
      await finishing.put(`${resumeFolderOf(finishing)}${RUN}`, claim('first'));
      finishing.pair.store.inject(({ operation, key }) =>
        operation === 'GetObject' && key.endsWith(RUN) ? LONG_AGO : undefined,
      );
      const { log } = await finishInProcess(finishing);
      await finishedCopy(finishing);
      assert.doesNotMatch(log.join(), /Waiting/);
    });
  });

  test('counts a shard manifest that was withdrawn as missing', async () => {
    await using finishing = await openFinishPair();
    await finishing.put(`${finishing.layout.root}manifest-shard-2-of-3.json`);
    await assertNotFinished(finishing, 'SHARDS_MISSING', /^1 of 3 shards is not complete: 2-of-3\. The copy cannot/);
  });

  test('names at most 20 missing shards', async () => {
    await using finishing = await openFinishPair({ items: [], shards: 30, manifest: () => undefined });
    await assertNotFinished(
      finishing,
      'SHARDS_MISSING',
      /^30 of 30 shards are not complete: 1-of-30, .*20-of-30 and 10 more\./,
    );
  });

  test('finishes 256 shards of which most have no items', async () => {
    await using finishing = await openFinishPair({ shards: 256 });
    const { finished } = await finishInProcess(finishing);
    await finishedCopy(finishing);
    assert.equal(finished.shards.length, 256);
  });

  test('fails with COPY_DAMAGED if the manifest of a shard is invalid', async () => {
    await using finishing = await openFinishPair();
    await finishing.put(`${finishing.layout.root}manifest-shard-2-of-3.json`, '{"version":1}');
    await assertNotFinished(finishing, 'COPY_DAMAGED', /manifest-shard-2-of-3\.json has a missing or invalid member: /);
  });

  test('fails with COPY_DAMAGED before it reads shard manifests that are too large in total', async () => {
    await using finishing = await openFinishPair();
    const { store, bucket } = finishing.pair;
    store.inject(({ operation, query }) =>
      operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('/manifest-shard-')
        ? ONE_HUNDRED_MB_EACH
        : undefined,
    );
    await assert.rejects(finishInProcess(finishing), {
      code: 'COPY_DAMAGED',
      message: `The copy s3://${bucket}/${finishing.layout.root} cannot be finished: manifest-shard-*.json have more than 268.4 MB in total.`,
      remedy: remedies.copyShardsAgain(true),
    });
    const read = store.requests.filter(
      ({ operation, key }) => operation === 'GetObject' && key.includes('/manifest-shard-'),
    );
    assert.deepEqual(read, []);
    assert.deepEqual(writesOf(finishing), []);
  });

  test('fails with TABLE_RECREATED if the table is created again while the step runs', async () => {
    await using finishing = await openFinishPair();
    let described = 0;
    finishing.pair.source.inject(({ operation }) => {
      if (operation !== 'DescribeTable' || ++described === 1) return undefined;
      return jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, CreationDateTime: 1 } }));
    });
    await assertNotFinished(finishing, 'TABLE_RECREATED', /while this step was running/);
  });

  test('fails with EMPTY_COPY before it writes anything if the copy must not be empty', async () => {
    await using finishing = await openFinishPair({ items: [] });
    await assert.rejects(finishInProcess(finishing, { ifEmpty: 'error' }), { code: 'EMPTY_COPY' });
    assert.deepEqual(writesOf(finishing), []);
    await finishInProcess(finishing);
    await finishedCopy(finishing);
  });

  test('fails if the role is not allowed to list the bucket', async () => {
    await using finishing = await openFinishPair();
    finishing.pair.store.inject(({ operation }) =>
      operation === 'ListObjectsV2' ? s3Denies('s3:ListBucket') : undefined,
    );
    await assert.rejects(finishInProcess(finishing), { name: 'AccessDenied' });
    assert.deepEqual(writesOf(finishing), []);
  });

  test('keeps the checkpoints, with a notice, if the role is not allowed to delete them', async () => {
    await using finishing = await openFinishPair();
    await finishing.put(`${resumeFolderOf(finishing)}request.json`, '{}');
    finishing.pair.store.inject(({ operation }) =>
      operation === 'DeleteObjects' ? s3Denies('s3:DeleteObject') : undefined,
    );
    const { log } = await finishInProcess(finishing);
    await finishedCopy(finishing);
    assert.match(log.join(), /The checkpoints of the shards in s3:.* were not deleted/);
  });

  for (const name of ['manifest-files.md5', 'manifest-table.json', 'manifest-summary.json']) {
    test(`completes the copy if an earlier step ended before it wrote ${name}`, async () => {
      await using finishing = await openFinishPair();
      const { pair } = finishing;
      pair.store.inject(({ operation, key }) =>
        operation === 'PutObject' && key.endsWith(name) ? s3Error('AccessDenied', 403) : undefined,
      );
      await assert.rejects(finishInProcess(finishing, { runUrl: 'https://github.com/a/b/actions/runs/1' }));
      pair.store.inject();
      // The settings of the table may have changed in between.
      pair.source.inject(({ operation }) =>
        operation === 'ListTagsOfResource' ? jsonResponse(() => ({ Tags: [{ Key: 'a', Value: 'b' }] })) : undefined,
      );
      await finishInProcess(finishing, { runUrl: 'https://github.com/a/b/actions/runs/2' });
      const { table = {} } = await finishedCopy(finishing);
      assert.deepEqual(
        table['Tags'],
        name === 'manifest-files.md5' || name === 'manifest-table.json' ? [{ Key: 'a', Value: 'b' }] : [],
      );
    });
  }

  test('makes one copy if two steps write each manifest at the same time', async () => {
    await using finishing = await openFinishPair();
    const arrived = new Map<string, PromiseWithResolvers<void>>();
    finishing.pair.store.inject(async ({ operation, key }) => {
      if (operation !== 'PutObject') return undefined;
      const other = arrived.get(key);
      if (other) other.resolve();
      else {
        const own = Promise.withResolvers<void>();
        arrived.set(key, own);
        await Promise.race([own.promise, new Promise((resolve) => setTimeout(resolve, 2_000))]);
      }
      return undefined;
    });
    const runs = ['https://github.com/a/b/actions/runs/1', 'https://github.com/a/b/actions/runs/2'];
    const both = await Promise.all(runs.map((runUrl) => finishInProcess(finishing, { runUrl })));
    const { record = {} } = await finishedCopy(finishing);
    assert.ok(runs.includes(String(record['runUrl'])));
    assert.deepEqual(both[0]?.finished.checksums, both[1]?.finished.checksums);
  });

  test('fails with COPY_INCOMPLETE if a manifest with other content exists', async () => {
    await using finishing = await openFinishPair();
    await finishing.put(finishing.layout.manifestFiles, 'from elsewhere');
    await assert.rejects(finishInProcess(finishing), {
      code: 'COPY_INCOMPLETE',
      message: /manifest-files\.json of this copy already exists/,
    });
    assert.equal((await keysIn(finishing.pair)).includes(finishing.layout.manifestSummary), false);
  });

  test('fails if the store does not support conditional writes', async () => {
    await using finishing = await openFinishPair();
    finishing.pair.store.inject(({ operation, headers }) =>
      operation === 'PutObject' && headers['if-none-match'] !== undefined ? s3Error('NotImplemented', 501) : undefined,
    );
    await assert.rejects(finishInProcess(finishing), { name: 'NotImplemented' });
    assert.equal((await keysIn(finishing.pair)).includes(finishing.layout.manifestFiles), false);
  });
});

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

/** Lets an object appear to be old. */
const LONG_AGO: Fault = {
  rewrite: (response) => ({
    ...response,
    headers: { ...response.headers, 'last-modified': new Date(Date.now() - 86_400_000).toUTCString() },
  }),
};

/** Lets each object in a listing appear to have 100 MB. */
const ONE_HUNDRED_MB_EACH: Fault = {
  rewrite: (response) => ({
    ...response,
    body: Buffer.from(response.body.toString().replaceAll(/<Size>\d+</g, '<Size>100000000<')),
  }),
};

function notDeleted(key: string) {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><DeleteResult><Error><Key>${key}</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>`,
  );
  return { httpResponse: { status: 200, headers: { 'content-type': 'application/xml' }, body } };
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startServers } from '../fixtures/pair.ts';
import { openRestorePair, type RestorePair } from '../fixtures/restore-pair.ts';
import { fewOf } from '../run/effort.ts';
import { type JobOptions, type JobResult, runJob } from '../runner/workflow-job.ts';

await startServers();

/** Opens a pair whose table was copied to the prefix of the examples. */
function openExamplePair(): Promise<RestorePair> {
  return openRestorePair({ copyInputs: { 's3-key-prefix': 'orders/{date}' } });
}

/** Runs an example workflow for the bucket and the table of a pair. */
function runExample(
  name: string,
  { pair, service, table }: RestorePair,
  options: Pick<JobOptions, 'runOther'> = {},
): Promise<JobResult> {
  const workflow = readFileSync(`examples/workflows/${name}.yml`, 'utf8')
    .replaceAll('my-backups', pair.bucket)
    .replaceAll(/(?<=table-name: )orders\b/g, table);
  // The servers accept only the credentials of the environment, in one Region.
  const inputs = { 'role-to-assume': '', 'aws-region': '', 's3-force-path-style': 'true' };
  return runJob({ workflow, inputs, env: { ...pair.source.env, ...pair.store.env, ...service.env }, ...options });
}

suite('restore-drill.yml', { concurrency: 2 }, () => {
  test('restores the newest copy, finds every item equal, and leaves no table', async () => {
    await using restoring = await openExamplePair();
    const { pair, copyUri, table } = restoring;
    const since = pair.source.requests.length;
    await using job = await runExample('restore-drill', restoring);
    assert.equal(job.conclusion, 'success', job.steps.map(({ log }) => log).join('\n'));
    const [check, restore, compare] = job.steps.map(({ result }) => result);
    assert.equal(check?.outputs['s3-uri'], copyUri);
    assert.equal(restore?.outputs['item-count'], '20');
    assert.equal(compare?.outputs['verified'], 'true');
    assert.equal(compare?.outputs['different-count'], '0');
    const temporary = `${table}-drill-1658821493`;
    assert.match(
      compare?.summary ?? '',
      new RegExp(`### ✅ Verified the copy of ${table}: 20 items. It equals table ${temporary}`),
    );
    // The table existed while it was compared.
    const scanned = pair.source.requests.slice(since).filter(({ operation }) => operation === 'Scan');
    assert.ok(scanned.length > 0);
    assert.match(job.posts.map(({ log }) => log).join('\n'), new RegExp(`Deleted the temporary table ${temporary}`));
    assert.equal((await restoring.tables()).includes(temporary), false);
  });

  for (const damage of fewOf(['data object', 'item'] as const, 1)) {
    test(`fails because of a damaged ${damage}, and leaves no table`, async () => {
      await using restoring = await openExamplePair();
      const { pair, service, table } = restoring;
      if (damage === 'data object') {
        const [Key] = (await pair.store.list(pair.bucket))
          .map(({ key }) => key)
          .filter((key) => key.includes('/data/'));
        await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body: 'x' }));
      } else {
        // Something else changes the table after the restore.
        service.inject(({ operation }) => {
          if (operation !== 'UntagResource') return undefined;
          void pair.source.client.send(
            new PutItemCommand({ TableName: `${table}-drill-1658821493`, Item: { pk: { S: 'item-1' } } }),
          );
          return { delayMs: 200 };
        });
      }
      await using job = await runExample('restore-drill', restoring);
      assert.equal(job.conclusion, 'failure');
      const failed = job.steps.find(({ outcome }) => outcome === 'failure');
      const code = damage === 'data object' ? 'COPY_DAMAGED' : 'DIFFERENCES_FOUND';
      assert.match(failed?.result?.summary ?? '', new RegExp(`Verification failed: \`${code}\``));
      assert.equal((await restoring.tables()).includes(`${table}-drill-1658821493`), false);
    });
  }
});

suite('migration-guard.yml', { concurrency: 2 }, () => {
  for (const isDeleting of fewOf([false, true], 1)) {
    const title = isDeleting ? 'fails because of deleted items' : 'succeeds';
    test(`${title} after a migration that changes an item, and stores its key as an artifact`, async () => {
      await using restoring = await openExamplePair();
      const { pair, table } = restoring;
      const artifacts: string[] = [];
      const migrate = async () => {
        const { client } = pair.source;
        await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'item-1' }, n: { N: '2' } } }));
        if (!isDeleting) return;
        await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'item-2' } } }));
      };
      await using job = await runExample('migration-guard', restoring, {
        runOther({ uses = '', run, with: given = {} }) {
          if (run === './migrate.sh') return migrate();
          if (uses.startsWith('actions/checkout@')) return Promise.resolve();
          if (!uses.startsWith('actions/upload-artifact@')) return undefined;
          artifacts.push(...readFileSync(String(given['path']), 'utf8').trim().split('\n'));
          return Promise.resolve();
        },
      });
      const log = job.steps.map((step) => step.log).join('\n');
      assert.equal(job.conclusion, isDeleting ? 'failure' : 'success', log);
      assert.match(log, isDeleting ? /Deleted: 1, added: 0, changed: 1/ : /Deleted: 0, added: 0, changed: 1/);
      assert.equal(artifacts.length, isDeleting ? 2 : 1);
      assert.ok(artifacts.includes('{"kind":"different","key":{"pk":{"S":"item-1"}}}'), artifacts.join('\n'));
    });
  }
});

test('backup-age.yml succeeds with a copy of today and fails without one', async () => {
  await using restoring = await openExamplePair();
  await using job = await runExample('backup-age', restoring);
  assert.equal(job.conclusion, 'success', job.steps.map(({ log }) => log).join('\n'));
  const { store, bucket } = restoring.pair;
  for (const { key } of await store.list(bucket)) {
    if (key.endsWith('manifest-summary.json')) {
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '' }));
    }
  }
  await using without = await runExample('backup-age', restoring);
  assert.equal(without.conclusion, 'failure');
  assert.match(without.steps[0]?.log ?? '', /No complete copy of table /);
});

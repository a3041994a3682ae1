import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { DeleteItemCommand, DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { openLoadService } from '../emulators/load-service/load-service.ts';
import type { Item } from '../emulators/source.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { assertSameItems, type WireItem } from '../fixtures/items.ts';
import { keysIn, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { sendRaw } from '../fixtures/raw-dynamodb.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { openRestorePair, type RestorePair } from '../fixtures/restore-pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from '../runner/workflow.ts';
import { type JobOptions, type JobResult, runJob, type WorkflowStep } from '../runner/workflow-job.ts';
import { workspaceOf } from '../transform/workspace.ts';

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
  const workflow = exampleFor(name, pair, table);
  return runJob({
    workflow,
    inputs: INPUTS,
    env: { ...pair.source.env, ...pair.store.env, ...service.env },
    ...options,
  });
}

/** The servers accept only the credentials of the environment, in one Region. */
const INPUTS = { 'role-to-assume': '', 'aws-region': '', 's3-force-path-style': 'true' };

/** Returns an example workflow for the bucket of a pair and a table. */
function exampleFor(name: string, { bucket }: Pair, table: string): string {
  return readFileSync(`examples/workflows/${name}.yml`, 'utf8')
    .replaceAll('my-backups', bucket)
    .replaceAll(/(?<=table-name: )(?:orders|events)\b/g, table);
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
    slowTest(`fails because of a damaged ${damage}, and leaves no table`, async () => {
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
    slowTest(`${title} after a migration that changes an item, and stores its key as an artifact`, async () => {
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

slowTest('backup-age.yml succeeds with a copy of today and fails without one', async () => {
  await using restoring = await openExamplePair();
  await using job = await runExample('backup-age', restoring);
  assert.equal(job.conclusion, 'success', job.steps.map(({ log }) => log).join('\n'));
  const { store, bucket } = restoring.pair;
  for (const { key } of await store.list(bucket)) {
    if (key.endsWith('manifest-summary.json')) {
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.alloc(0) }));
    }
  }
  await using without = await runExample('backup-age', restoring);
  assert.equal(without.conclusion, 'failure');
  assert.match(without.steps[0]?.log ?? '', /No complete copy of table /);
});

/** Returns a line for each job: its name, the value of its matrix, its attempt and its conclusion. */
function outline({ jobs }: WorkflowRun): string[] {
  return jobs.map(({ id, matrix = {}, attempt, conclusion }) =>
    [id, ...Object.values(matrix), attempt, conclusion].join(' '),
  );
}

suite('shards-of-one-table.yml', { concurrency: 2 }, () => {
  const runShards = (pair: Pair, table: string, options: Partial<WorkflowOptions> = {}) =>
    runWorkflow({
      // The emulated tables are too small for several shards.
      workflow: exampleFor('shards-of-one-table', pair, table).replace(
        /^( +)shards: auto$/m,
        '$1shards: 3\n$1total-segments: 12',
      ),
      inputs: INPUTS,
      env: { ...pair.source.env, ...pair.store.env },
      ...options,
    });

  test('resumes the failed shard in "Re-run failed jobs", and finishes one complete copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(300));
    // Each shard has 4 segments: this one is in the second shard.
    pair.source.inject(({ operation, parameters }) =>
      operation === 'Scan' && parameters['Segment'] === 6 ? dynamoDbDenies('dynamodb:Scan') : undefined,
    );
    await using first = await runShards(pair, table);
    assert.deepEqual(
      outline(first),
      ['plan 1 success', 'copy 1-of-3 1 success', 'copy 2-of-3 1 failure', 'copy 3-of-3 1 success', 'finish 1 skipped'],
      first.log(),
    );
    assert.deepEqual(
      (await keysIn(pair)).filter((key) => key.endsWith('manifest-summary.json')),
      [],
    );
    pair.source.inject();
    const since = pair.source.requests.length;
    const second = await first.rerunFailedJobs();
    assert.deepEqual(
      outline(second),
      ['plan 1 success', 'copy 1-of-3 1 success', 'copy 2-of-3 2 success', 'copy 3-of-3 1 success', 'finish 2 success'],
      second.log(),
    );
    const read = pair.source.requests.slice(since).filter(({ operation }) => operation === 'Scan');
    const segments = read.map(({ parameters }) => Number(parameters['Segment']));
    assert.ok(segments.includes(6) && segments.every((segment) => segment >= 4 && segment < 8), segments.join());

    const [finish, report] = second.jobsOf('finish')[0]?.result?.steps ?? [];
    const copy = await readCopy(pair.store, pair.bucket, finish?.outputs['manifest-key'] ?? '');
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.match(
      report?.log ?? '',
      new RegExp(`^Copied 300 items to s3://${pair.bucket}/${table}/.*/AWSDynamoDB/`, 'm'),
    );
  });

  slowTest('fails with a hint at masked values if GitHub drops the plan, because the table is a secret', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await runShards(pair, table, { secrets: [table] });
    assert.deepEqual(run.jobsOf('plan')[0]?.droppedOutputs, ['plan']);
    assert.deepEqual(outline(run).slice(1), [
      'copy 1-of-3 1 failure',
      'copy 2-of-3 1 failure',
      'copy 3-of-3 1 failure',
      'finish 1 skipped',
    ]);
    assert.match(run.log(), /plan: is empty\. .*GitHub also drops an output that contains a masked value/);
  });

  slowTest('makes a second copy in "Re-run all jobs"', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(30));
    const summaries = async () => (await keysIn(pair)).filter((key) => key.endsWith('manifest-summary.json'));
    await using first = await runShards(pair, table);
    assert.equal(first.conclusion, 'success', first.log());
    await using second = await runShards(pair, table);
    assert.equal(second.conclusion, 'success', second.log());
    assert.equal((await summaries()).length, 2);
  });
});

suite('call-backup.yml', { concurrency: 2 }, () => {
  const runCall = async (pair: Pair) => {
    const table = await pair.source.createTable(smallItems(20));
    const workflow = exampleFor('call-backup', pair, table).replace('table: orders', `table: ${table}`);
    return {
      table,
      run: await runWorkflow({ workflow, inputs: INPUTS, env: { ...pair.source.env, ...pair.store.env } }),
    };
  };

  slowTest('copies and verifies a table, and returns the copy and its items to the calling workflow', async () => {
    await using pair = await openPair();
    const { table, run } = await runCall(pair);
    await using _ = run;
    assert.deepEqual(outline(run), ['backup 1 success', 'report 1 success'], run.log());
    const [backup] = run.jobsOf('backup');
    const [copy, verify] = backup?.result?.steps ?? [];
    assert.deepEqual(backup?.outputs, { 's3-uri': copy?.outputs['s3-uri'], 'item-count': '20' });
    assert.match(
      copy?.outputs['s3-uri'] ?? '',
      new RegExp(`^s3://${pair.bucket}/${table}/\\d{4}-\\d{2}-\\d{2}/AWSDynamoDB/`),
    );
    // Every data object was read.
    assert.equal(verify?.outputs['verified'], 'true');
    assert.equal(verify?.outputs['bytes-read'], copy?.outputs['size-bytes']);
    assert.match(run.log(), /^Copied and verified 20 items in s3:/m);
  });

  slowTest('fails if a data object of the copy is damaged after it was written', async () => {
    await using pair = await openPair();
    const { store, bucket } = pair;
    // The first step that reads a manifest verifies the copy.
    store.inject(async ({ operation, key }) => {
      if (operation !== 'GetObject' || !key.endsWith('/manifest-summary.json')) return undefined;
      const [Key] = (await keysIn(pair)).filter((each) => each.includes('/data/'));
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
      return undefined;
    });
    const { run } = await runCall(pair);
    await using _ = run;
    assert.deepEqual(outline(run), ['backup 1 failure', 'report 1 skipped'], run.log());
    assert.match(run.jobsOf('backup')[0]?.result?.steps[1]?.result?.summary ?? '', /failed: `COPY_DAMAGED`/);
  });
});

for (const isFailing of fewOf([true, false], 1)) {
  const title = isFailing ? 'sends a message with a link to the run if the copy fails' : 'sends none if it succeeds';
  slowTest(`message-on-failure.yml ${title}`, async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    const messages: unknown[] = [];
    const webhook = createServer(async (request, response) => {
      messages.push([request.method, request.headers['content-type'], await json(request)]);
      response.end('ok');
    });
    await once(webhook.listen(0, '127.0.0.1'), 'listening');
    await using _ = { [Symbol.asyncDispose]: async () => void webhook.close() };
    if (isFailing) {
      pair.source.inject(({ operation }) => (operation === 'Scan' ? dynamoDbDenies('dynamodb:Scan') : undefined));
    }
    await using run = await runWorkflow({
      workflow: exampleFor('message-on-failure', pair, table),
      inputs: INPUTS,
      env: { ...pair.source.env, ...pair.store.env, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r' },
      contexts: {
        secrets: { BACKUP_WEBHOOK_URL: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/hook?a=1&b=$x` },
      },
    });
    assert.deepEqual(
      outline(run),
      isFailing ? ['backup 1 failure', 'message 1 success'] : ['backup 1 success', 'message 1 skipped'],
      run.log(),
    );
    const message = 'Backup of table orders: failure. https://github.com/o/r/actions/runs/1658821493';
    assert.deepEqual(messages, isFailing ? [['POST', 'application/json', { text: message }]] : []);
  });
}

suite('all-tables.yml', { concurrency: 2 }, () => {
  test('copies and verifies each table with the tag, also if the copy of another one fails', async () => {
    await using pair = await openPair();
    const { source, store } = pair;
    await using service = await openLoadService({ source, store });
    const prefix = await source.createTable();
    const names: string[] = [];
    for (const [end, tag] of [
      ['-a.b', 'nightly'],
      ['-c', 'nightly'],
      ['-d', 'weekly'],
      ['-drill-1', 'nightly'],
    ] as const) {
      const name = await source.createTable(smallItems(5), { TableName: `${prefix}${end}` });
      const Tags = [{ Key: 'backup', Value: tag }];
      const tagged = await sendRaw(service.endpoint, 'TagResource', { ResourceArn: service.tableArn(name), Tags });
      assert.equal(tagged.status, 200);
      names.push(name);
    }
    const [first = '', second = ''] = names;
    const isOfSecond = (parameters: Readonly<Record<string, unknown>>) => parameters['TableName'] === second;
    service.inject(({ operation, parameters }) =>
      operation === 'Scan' && isOfSecond(parameters) ? dynamoDbDenies('dynamodb:Scan') : undefined,
    );
    await using run = await runWorkflow({
      // The server has tables of other tests.
      workflow: exampleFor('all-tables', pair, '').replace(/^( +)\*$/m, `$1${prefix}*`),
      inputs: { ...INPUTS, 'read-capacity': 'auto' },
      env: { ...source.env, ...store.env, ...service.env },
    });
    assert.deepEqual(
      outline(run),
      [
        'list 1 success',
        ...[`copy ${first} 1 success`, `copy ${second} 1 failure`],
        ...[`verify ${first} 1 success`, `verify ${second} 1 failure`],
        'verified 1 skipped',
      ],
      run.log(),
    );
    assert.match(run.jobsOf('verify')[1]?.result?.steps[0]?.log ?? '', /COPY_NOT_FOUND|No complete copy of table/);

    service.inject();
    const again = await run.rerunFailedJobs();
    assert.deepEqual(
      outline(again),
      [
        'list 1 success',
        ...[`copy ${first} 1 success`, `copy ${second} 2 success`],
        ...[`verify ${first} 2 success`, `verify ${second} 2 success`],
        'verified 2 success',
      ],
      again.log(),
    );
    assert.match(again.jobsOf('verified')[0]?.result?.steps[0]?.log ?? '', /^All 2 tables have a verified copy$/m);
  });
});

suite('refresh-staging.yml', { concurrency: 2 }, () => {
  const MASKING_KEY = 'a key of this test, which masks the same text equally';
  const mask = (text: string) => createHmac('sha256', MASKING_KEY).update(text).digest('hex').slice(0, 24);

  /** Returns a customer, with a sort key and other attributes to mask. */
  const customer = (n: number): Item => ({
    pk: { S: `customer-${n % 7}` },
    email: { S: `ada-${n}@example.com` },
    name: { S: `Ada ${n}` },
    phone: { S: '+49 4711' },
    balance: { N: '-1234567890.1234567890123456789012345678' },
    visits: { N: String(n) },
    tags: { SS: ['new', 'ada'] },
    digits: { NS: ['9007199254740993', '1'] },
    scan: { B: Uint8Array.of(0, n, 255) },
    contacts: { L: [{ M: { 'First-Name': { S: `Ada ${n}` }, mobile: { N: '4711' }, active: { BOOL: true } } }] },
    nothing: { NULL: true },
  });

  const masked = (item: WireItem): WireItem => {
    const { phone: _, email, name, ...kept } = item as WireItem & Record<'email' | 'name', { readonly S: string }>;
    return {
      ...kept,
      email: { S: `${mask(email.S)}@example.com` },
      name: { S: mask(name.S) },
      contacts: { L: [{ M: { 'First-Name': { S: mask(name.S) }, active: { BOOL: true } } }] },
    };
  };

  async function openStaging() {
    await using stack = new AsyncDisposableStack();
    const pair = stack.use(await openPair());
    const { source, store } = pair;
    const service = stack.use(await openLoadService({ source, store }));
    const table = await source.createTable(
      Array.from({ length: 40 }, (_, n) => customer(n)),
      {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'email', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: ['pk', 'email'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      },
    );
    const staging = `${table}-staging`;
    const module = readFileSync('examples/process-func/mask-personal-fields.mjs', 'utf8');
    const workspace = stack.use(workspaceOf({ 'scripts/mask-personal-fields.mjs': module }));
    let deletions = 0;
    const refresh = () =>
      runWorkflow({
        workflow: readFileSync('examples/workflows/refresh-staging.yml', 'utf8')
          .replaceAll('my-staging-data', pair.bucket)
          .replaceAll('customers-staging', staging)
          .replaceAll('table-name: customers\n', `table-name: ${table}\n`),
        inputs: INPUTS,
        env: { ...source.env, ...store.env, ...service.env },
        contexts: { secrets: { MASKING_KEY } },
        optionsOf: () => ({ workspace: workspace.path }),
        runOther({ uses = '', run, env }: WorkflowStep) {
          if (/^(?:actions\/checkout|aws-actions\/configure-aws-credentials)@/.test(uses)) return Promise.resolve();
          if (!run?.includes('aws dynamodb delete-table --table-name "$TABLE"')) return undefined;
          return source.client.send(new DeleteTableCommand({ TableName: env?.['TABLE'] ?? '' })).then(
            () => {
              deletions += 1;
            },
            // As `describe-table` in the script, which then deletes nothing.
            (error: Error) => assert.equal(error.name, 'ResourceNotFoundException'),
          );
        },
      });
    const resources = stack.move();
    return {
      ...{ pair, source, table, staging, refresh },
      deletions: () => deletions,
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  }

  test('loads masked items of every type into the staging table, and nothing else', async () => {
    await using staged = await openStaging();
    const { pair, source, table, staging } = staged;
    await using run = await staged.refresh();
    assert.deepEqual(outline(run), ['copy 1 success', 'restore 1 success'], run.log());
    const original = await source.readItems(table);
    assert.equal(original.length, 40);
    assertSameItems(await source.readItems(staging), original.map(masked));
    const [, copy] = run.jobsOf('copy')[0]?.result?.steps ?? [];
    assert.equal(copy?.outputs['scope'], 'transformed');
    const { objects, record } = await readCopy(pair.store, pair.bucket, copy?.outputs['manifest-key'] ?? '');
    assert.doesNotMatch(objects.map(({ content }) => content.toString()).join(''), /Ada \d|ada-\d|4711"/);
    assert.deepEqual([record?.['outputFormat'], record?.['scope']], ['DYNAMODB_JSON', 'transformed']);
    assert.ok(!run.log().includes(MASKING_KEY));
  });

  slowTest('deletes the old table first, so that no item remains that production no longer has', async () => {
    await using staged = await openStaging();
    const { source, table, staging } = staged;
    await using first = await staged.refresh();
    assert.equal(first.conclusion, 'success', first.log());
    await source.client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: { pk: { S: 'customer-3' }, email: { S: 'ada-3@example.com' } },
      }),
    );
    await using second = await staged.refresh();
    assert.equal(second.conclusion, 'success', second.log());
    assert.equal(staged.deletions(), 1);
    const original = await source.readItems(table);
    assert.equal(original.length, 39);
    assertSameItems(await source.readItems(staging), original.map(masked));
  });
});

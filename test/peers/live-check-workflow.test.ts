import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { suite, test } from 'node:test';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { parse, stringify } from 'yaml';
import { prepareTable } from '../../scripts/live-check/prepare-table.ts';
import { openExportService } from '../emulators/export-service/export-service.ts';
import { openLoadService } from '../emulators/load-service/load-service.ts';
import { spawnGuarded } from '../emulators/server-process.ts';
import { chosenStore } from '../emulators/store.ts';
import { SUBJECT, startOidcIssuer } from '../emulators/sts/oidc-issuer.ts';
import { openStsService } from '../emulators/sts/sts.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { ROLE } from '../fixtures/credential-pair.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { openPair, startServers } from '../fixtures/pair.ts';
import { PROJECT } from '../run/folders.ts';
import { runWorkflow } from '../runner/workflow.ts';
import { RUN_ID, type WorkflowStep } from '../runner/workflow-job.ts';

// moto is the only test server with versions of objects, which the workflow deletes at the end.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store with versions of objects';
if (!skip) {
  await startServers();
}

const MINUTE = 60_000;
const TABLE = `live-check-${RUN_ID}`;

/** The servers accept only the credentials of the environment, in one Region. */
const INPUTS = { 'role-to-assume': '', 'aws-region': '', 's3-force-path-style': 'true' };

suite('live-check.yml on the test servers', () => {
  test('passes, because the servers do what is assumed about AWS, and deletes everything', { skip }, async () => {
    await using pair = await openPair();
    const { source, store, bucket } = pair;
    await using loads = await openLoadService({ source, store });
    await using exports = await openExportService({ source: { ...source, endpoint: loads.endpoint }, store });
    exports.deny('DescribeLimits');
    await using issuer = await startOidcIssuer();
    await using sts = await openStsService({
      roles: { [ROLE]: { subject: SUBJECT } },
      audiences: ['sts.amazonaws.com'],
    });
    // IAM is assumed to allow ListExports only for all resources.
    exports.inject(({ operation, headers }) => {
      const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
      const session = sts.sessions.findIndex(({ accessKeyId }) => accessKeyId === key);
      const isLimited = sts.requests[session]?.parameters['Policy'] !== undefined;
      return operation === 'ListExports' && isLimited ? dynamoDbDenies('dynamodb:ListExports') : undefined;
    });
    const client = new DynamoDBClient({ endpoint: exports.endpoint, region: REGION, credentials: CREDENTIALS });

    // The period of the incremental exports is in the past, so that no step waits.
    const start = Date.now() - 20 * MINUTE;
    const tables = { source: TABLE, bulkPut: `${TABLE}-bulk-put` };
    const { from, to } = await prepareTable(
      client,
      tables,
      async () => undefined,
      () => start,
    );
    for (const [pk, before, after] of [
      ['inserted', undefined, '2'],
      ['updated', '1', '2'],
      ['deleted', '1', undefined],
    ] as const) {
      const image = (n: string) => ({ pk: { S: pk }, n: { N: n } });
      exports.recordChange(TABLE, {
        keys: { pk: { S: pk } },
        ...(before !== undefined && { oldImage: image(before) }),
        ...(after !== undefined && { newImage: image(after) }),
        at: new Date(start + MINUTE),
      });
    }

    const environment = {
      ...{ ...source.env, ...store.env, ...exports.env, ...issuer.env, ...sts.env },
      ...{ LIVE_CHECK_ROLE: ROLE, LIVE_CHECK_TABLE: TABLE, LIVE_CHECK_BUCKET: bucket },
    };
    const outputs = new Map<string, string>();
    // The servers are in this process, so it must not block while the script runs.
    const runOther = async (step: WorkflowStep) => {
      const [, command] = /main\.ts (check|cleanup)$/.exec(step.run ?? '') ?? [];
      if (command !== undefined) outputs.set(command, await runScript(command, { ...environment, ...step.env }));
    };
    await using run = await runWorkflow({
      workflow: workflowFor(bucket, from, to),
      inputs: INPUTS,
      env: environment,
      runOther: (step) => (step.run?.startsWith('remaining=') ? undefined : runOther(step)),
    });
    const failed = run.jobs.filter(({ conclusion }) => conclusion !== 'success').map(({ id }) => id);
    assert.deepEqual(failed, [], run.log());
    const report = outputs.get('check') ?? '';
    const facts = report.split('\n').filter((line) => /\| (?:equal|different|not seen) \|$/.test(line));
    assert.equal(facts.length, 17, report);
    assert.deepEqual(
      sts.requests.map(({ parameters }) => parameters['RoleArn']),
      [ROLE, ROLE, ROLE],
    );
    const [, policy] = sts.requests.flatMap(({ parameters }) => parameters['Policy'] ?? 'none');
    const tableArn = `arn:aws:dynamodb:${REGION}:123456789012:table/${TABLE}`;
    assert.deepEqual(JSON.parse(policy ?? ''), {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'dynamodb:ListExports', Resource: [tableArn, `${tableArn}/*`] }],
    });
    assert.match(report, /\| finish \| success \|/);
    assert.match(report, /\| Exports \(measured\) \| [\d,]{8,} bytes \| \$0\.00/);

    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    assert.deepEqual(
      TableNames.filter((name) => name.startsWith(TABLE)),
      [],
    );
    assert.deepEqual(await store.list(bucket), []);
    client.destroy();
  });
});

/** Runs a command of the script. Returns its output. */
async function runScript(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  await using script = spawnGuarded(process.execPath, ['scripts/live-check/main.ts', command], {
    cwd: PROJECT,
    env: { ...process.env, ...env, GITHUB_STEP_SUMMARY: devNull },
  });
  assert.equal(await script.ended, 0, script.output());
  return script.output();
}

/** Returns the workflow without what the test runner does not support, for a bucket and a table that exists. */
function workflowFor(bucket: string, from: string, to: string): string {
  const values: Readonly<Record<string, string>> = {
    'env.LIVE_CHECK_TABLE': TABLE,
    'env.FAILED_ITEMS': `s3://${bucket}/${TABLE}/failed-items`,
    'inputs.bucket': bucket,
  };
  const text = readFileSync('.github/workflows/live-check.yml', 'utf8')
    .replaceAll(/\$\{\{ ((?:env|inputs)\.[\w-]+) \}\}/g, (_, name: string) => values[name] ?? '')
    .replaceAll(/\b(?:env|inputs)\.[\w-]+/g, (name) => `'${values[name]}'`)
    .replaceAll(/uses: \.\/(\S*)/g, (_, name: string) => `uses: OWNER/dynamodb-to-s3${name && `/${name}`}@v1`)
    .replaceAll(/\$\{\{ needs\.prepare\.outputs\.(from|to) \}\}/g, (_, name) => (name === 'from' ? from : to));
  const workflow = parse(text) as {
    readonly jobs: Record<string, { name?: string; outputs?: object; steps: { with?: Record<string, string> }[] }>;
  };
  for (const job of Object.values(workflow.jobs)) {
    delete job.name;
    for (const step of job.steps) {
      const waits = step.with && ('export-table-to-point-in-time-kwargs' in step.with || 'method' in step.with);
      if (waits) step.with = { ...step.with, 'check-interval': '1' };
    }
  }
  // The test creates the table.
  delete workflow.jobs['prepare']?.outputs;
  return stringify(workflow);
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { chosenStore } from '../emulators/store.ts';
import { REGION } from '../fixtures/credentials.ts';
import { openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { runJob } from '../runner/workflow-job.ts';
import { installAwsCli } from './install.ts';

// moto is also an emulator of CloudWatch.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store that implements CloudWatch';
const bin = skip ? '' : await installCommand();
if (!skip) await startServers();

test('cloudwatch-metrics.yml puts the outputs into CloudWatch, and the alarm finds the metric', { skip }, async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(20));
  const env = {
    ...pair.source.env,
    ...pair.store.env,
    AWS_ENDPOINT_URL_CLOUDWATCH: process.env['TEST_STORE_ENDPOINT'] ?? '',
    AWS_DEFAULT_REGION: REGION,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
  };
  const forTable = (file: string) =>
    readFileSync(file, 'utf8')
      .replaceAll('my-backups', pair.bucket)
      .replaceAll(/\borders\b/g, table);
  await using job = await runJob({
    workflow: forTable('examples/workflows/cloudwatch-metrics.yml'),
    inputs: { 'role-to-assume': '', 'aws-region': '', 's3-force-path-style': 'true' },
    env,
    runOther: ({ uses = '' }) =>
      uses.startsWith('aws-actions/configure-aws-credentials@') ? Promise.resolve() : undefined,
  });
  assert.equal(job.conclusion, 'success', job.steps.map(({ log }) => log).join('\n'));
  const copied = job.steps[0]?.outputs ?? {};
  assert.equal(copied['item-count'], '20');

  const aws = (...args: string[]) => {
    const output = execFileSync(join(bin, 'aws'), ['cloudwatch', ...args, '--output', 'json'], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    return JSON.parse(output) as Record<string, readonly Record<string, unknown>[]>;
  };
  const dimensions = ['--dimensions', `Name=Table,Value=${table}`];
  for (const [metric, output, unit] of [
    ['Items', 'item-count', 'Count'],
    ['StoredSize', 'size-bytes', 'Bytes'],
    ['Duration', 'duration-seconds', 'Seconds'],
    ['ReadCapacityUnits', 'consumed-read-capacity', 'Count'],
  ] as const) {
    const hour = 3_600_000;
    const times = ['--start-time', new Date(Date.now() - hour).toISOString()];
    times.push('--end-time', new Date(Date.now() + hour).toISOString());
    const named = ['--namespace', 'Backups', '--metric-name', metric, ...dimensions];
    const { Datapoints = [] } = aws(
      'get-metric-statistics',
      ...named,
      ...times,
      '--period',
      '86400',
      '--statistics',
      'Sum',
    );
    assert.deepEqual(
      Datapoints.map(({ Sum, Unit }) => [Sum, Unit]),
      [[Number(copied[output]), unit]],
      metric,
    );
  }

  // The alarm evaluates the metric that the workflow writes.
  execFileSync('bash', ['-c', forTable('examples/monitoring/create-alarm.sh')], { env: { ...process.env, ...env } });
  const { MetricAlarms: [alarm] = [] } = aws('describe-alarms', '--alarm-names', `No backup of ${table}`);
  const queries = alarm?.['Metrics'] as readonly {
    readonly Id: string;
    readonly MetricStat?: { readonly Metric: object };
  }[];
  const { Metrics: [stored] = [] } = aws(
    'list-metrics',
    '--namespace',
    'Backups',
    '--metric-name',
    'Items',
    ...dimensions,
  );
  assert.deepEqual(queries.find(({ Id }) => Id === 'copies')?.MetricStat?.Metric, stored);
  assert.equal(alarm?.['TreatMissingData'], 'breaching');
  assert.equal(alarm?.['EvaluationPeriods'], 26);
});

/** Returns a folder with the command `aws`. */
async function installCommand(): Promise<string> {
  const python = await installAwsCli();
  const folder = mkdtempSync(join(tmpdir(), 'aws-cli-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'aws'), `#!/bin/sh\nexec '${python}' -m awscli "$@"\n`, { mode: 0o755 });
  return folder;
}

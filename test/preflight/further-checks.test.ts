import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Identities } from '../../src/aws/credentials/identities.ts';
import type { CopyError } from '../../src/errors.ts';
import type { WorkflowRun } from '../../src/github/workflow-run.ts';
import { assumeRoles, logExportWriter } from '../../src/preflight/assume-roles.ts';
import { PreflightChecks } from '../../src/preflight/checks/checks.ts';
import { chooseEngine } from '../../src/preflight/choose-engine.ts';
import { requestedScope } from '../../src/preflight/engine-requests.ts';
import { determineReadLimit, loadTransformIfSet, runFurtherChecks } from '../../src/preflight/further-checks.ts';
import { read } from '../inputs/read-step.ts';
import { workspaceOf } from '../transform/workspace.ts';

const NEVER = new AbortController().signal;

function newChecks(): PreflightChecks {
  return new PreflightChecks((error) => error as CopyError, NEVER);
}

function newLogger() {
  const lines: string[] = [];
  const log = (kind: string) => (line: string) => void lines.push(`${kind}: ${line}`);
  return { lines, info: log('info'), notice: log('notice'), warning: log('warning') };
}

test('a read limit below the requested one is a notice', async () => {
  const logger = newLogger();
  const table = { ProvisionedThroughput: { ReadCapacityUnits: 100 } };
  await determineReadLimit(read({ 'read-capacity': '400' }), table, newChecks(), logger);
  assert.deepEqual(logger.lines, [
    'notice: The scan consumes at most 100 read capacity units (RCU) per second: 400 were requested, but the provisioned throughput is 100.',
  ]);
});

test('an export with two identities names the one that writes it', () => {
  const logger = newLogger();
  const identities = { source: { description: 'role A' }, dest: { description: 'role B' } } as unknown as Identities;
  logExportWriter(identities, logger);
  assert.match(
    logger.lines.join(),
    /^info: DynamoDB writes the export with the permissions of role A\. The bucket policy/,
  );
});

test('credentials are named, those of the bucket too if they differ', async () => {
  const logger = newLogger();
  const identity = (description: string) => ({ description, credentials: async () => ({}) });
  const identities = { source: identity('role A'), dest: identity('role B'), outlivesEnvironment: false };
  const roles = { ...read({}).roles, source: 'arn:aws:iam::111122223333:role/a' };
  await assumeRoles(identities as unknown as Identities, roles, logger);
  assert.match(logger.lines[0] ?? '', /^info: The environment's AWS credentials are temporary/);
  assert.deepEqual(logger.lines.slice(1), [
    'info: Credentials for the table: role A',
    'info: Credentials for the bucket: role B',
  ]);
});

suite('point-in-time-export: auto', () => {
  test('chooses an export if the table is not available', async () => {
    const inputs = read({ 'point-in-time-export': 'auto' });
    const found = { tableError: new Error('gone') } as unknown as Parameters<typeof chooseEngine>[1];
    const identity = {} as Parameters<typeof chooseEngine>[2];
    const context = { inputs, checks: newChecks(), logger: newLogger(), signal: NEVER } as unknown as Parameters<
      typeof chooseEngine
    >[0];
    assert.deepEqual(await chooseEngine(context, found, identity), {
      engine: 'export',
      why: 'the table is not available, and only an export can be continued',
    });
  });
});

test('a dry run cannot check an export that DynamoDB writes with another role than that of the bucket', async () => {
  const inputs = read({ 'dry-run': 'true', 'point-in-time-export': 'true' });
  const roles = { ...inputs.roles, dest: 'arn:aws:iam::111122223333:role/writes-backups' };
  const checks = newChecks();
  const found = { export: {}, bucket: {} } as unknown as Parameters<typeof runFurtherChecks>[1];
  await runFurtherChecks({ ...inputs, roles }, found, checks);
  const { outcome } = checks.results.find(({ name }) => name === 'Write access') ?? assert.fail('no such check');
  assert.deepEqual(outcome, {
    status: 'not checked',
    why: 'DynamoDB writes an export with the permissions of the source role, which this step cannot test',
  });
});

suite('a process-func module with export-format', () => {
  for (const [output, format, problem] of [
    ['', 'DYNAMODB_JSON', undefined],
    ['', 'ION', /process-func: cannot be set with export-format, because the module returns text/],
    ['', 'JSON', /process-func: cannot be set with export-format, because the module returns text/],
    ["export const output = 'item';", 'DYNAMODB_JSON', undefined],
    ["export const output = 'item';", 'ION', undefined],
    ["export const output = 'item';", 'JSON', undefined],
  ] as const) {
    const returns = output === '' ? 'text' : 'items';
    test(`is ${problem ? 'rejected' : 'accepted'} if it returns ${returns} and the format is ${format}`, async () => {
      using workspace = workspaceOf({ 'a.mjs': `${output}\nexport default (item) => item;` });
      const checks = newChecks();
      const run = { workspace: workspace.path } as WorkflowRun;
      const inputs = read({ 'process-func': 'a.mjs', 'export-format': format });
      const transform = await loadTransformIfSet(inputs, run, checks);
      const [result] = checks.results;
      if (problem) {
        assert.throws(() => checks.throwIfFailed(), { code: 'INVALID_INPUT', message: problem });
      } else {
        assert.deepEqual(result?.outcome, { status: 'ok', detail: `"a.mjs" was loaded, and returns ${returns}` });
        assert.equal(requestedScope(inputs, transform), output === '' ? 'subset' : 'transformed');
      }
    });
  }
});

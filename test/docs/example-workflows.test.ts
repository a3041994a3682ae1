import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { runContext } from '../../src/github/run-context.ts';
import { readFinishInputs } from '../../src/inputs/finish-inputs.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
import { readListTablesInputs } from '../../src/inputs/list-tables-inputs.ts';
import { readPlanCopyInputs } from '../../src/inputs/plan-copy-inputs.ts';
import { readRestoreInputs } from '../../src/inputs/restore-inputs.ts';
import { readVerifyInputs } from '../../src/inputs/verify-inputs.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { readCalledWorkflow } from '../runner/called-workflow.ts';
import {
  action,
  finishAction,
  listTablesAction,
  paths,
  planAction,
  read,
  restoreAction,
  verifyAction,
} from './documents.ts';

/** Matches an Action of this repository in `uses`. scripts/release/set-owner replaces OWNER. */
const THIS_ACTION = /^[\w-]+\/dynamodb-to-s3(?:\/(plan|finish|list-tables|restore|verify))?@v\d+$/;

/** Returns the declaration of the Action that a step uses, and the function that reads its inputs. */
function actionOf({ uses = '' }: Step) {
  switch (THIS_ACTION.exec(uses)?.[1]) {
    case 'plan':
      return {
        declared: planAction,
        readEnvironment: (env: NodeJS.ProcessEnv) => readPlanCopyInputs(env, runContext(env)),
      };
    case 'finish':
      return { declared: finishAction, readEnvironment: readFinishInputs };
    case 'list-tables':
      return { declared: listTablesAction, readEnvironment: readListTablesInputs };
    case 'restore':
      return { declared: restoreAction, readEnvironment: readRestoreInputs };
    case 'verify':
      return { declared: verifyAction, readEnvironment: readVerifyInputs };
    default:
      return { declared: action, readEnvironment: (env: NodeJS.ProcessEnv) => readInputs(env, runContext(env)) };
  }
}

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  /** Reusable workflow that the job calls instead of running steps. */
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, 'read' | 'write' | 'none'>>;
  readonly needs?: string | readonly string[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly 'max-parallel'?: number };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions?: Job['permissions'];
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Values that GitHub would insert for expressions. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'matrix.table': 'orders',
  'matrix.shard': '3-of-8',
  'needs.plan.outputs.plan': formatPlan({ ...PLAN, maxParallel: PLAN.shards }),
  'github.run_id': '1234567890',
  'vars.READ_BUDGET': '1000000',
  'inputs.into': 'orders-restored',
  'inputs.table': 'orders',
  'inputs.bucket': 'my-backups',
  'inputs.region': 'eu-central-1',
  'inputs.role': 'arn:aws:iam::123456789012:role/table-backup',
  'inputs.before': '',
  'inputs.if-table-exists': 'error',
  'inputs.allow-source-table': 'false',
  'inputs.dry-run': 'true',
  'inputs.commit-sha': '',
  'inputs.key': '{"id":{"S":"1"}}',
  'steps.copy.outputs.s3-uri': 's3://my-backups/orders/2026-11-22/AWSDynamoDB/01763806396789-8c1f3a2b/',
  'steps.check.outputs.s3-uri': 's3://my-backups/orders/2026-11-22/AWSDynamoDB/01763806396789-8c1f3a2b/',
  'needs.copy.outputs.s3-uri': 's3://my-staging-data/customers/2026-11-22/AWSDynamoDB/01763806396789-8c1f3a2b/',
  'steps.restore.outputs.dynamodb-table-name': 'orders-drill-1234567890',
  'steps.before.outputs.s3-uri': 's3://my-backups/orders/1/AWSDynamoDB/01763806396789-8c1f3a2b/',
  'steps.after.outputs.s3-uri': 's3://my-backups/orders/1/AWSDynamoDB/01763806997123-2b8c1f3a/',
};

const RUNNER = {
  GITHUB_RUN_ID: '1234567890',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
};

for (const path of paths(['examples/workflows/*.yml', '.github/workflows/backup.yml'])) {
  describe(path, () => {
    const { text } = read(path);
    const workflow = parse(text) as Workflow;
    const jobs = Object.values(workflow.jobs);
    const uses = jobs.flatMap((job) =>
      (job.steps ?? []).filter(({ uses = '' }) => THIS_ACTION.test(uses)).map((step) => ({ job, step })),
    );
    const calls = jobs.filter((job) => job.uses !== undefined);

    const outputsOf = (id: string): string[] => {
      const job = workflow.jobs[id];
      const { outputs = {} } =
        job?.uses === undefined ? (job ?? {}) : readCalledWorkflow(job, workflow.permissions, {});
      return Object.keys(outputs);
    };

    it('uses this Action', () => assert.ok(uses.length + calls.length > 0));

    it('sets every required input and only inputs that action.yml declares', () => {
      for (const { step } of uses) {
        const set = Object.keys(step.with ?? {});
        const { inputs } = actionOf(step).declared;
        assert.deepEqual(
          set.filter((name) => !(name in inputs)),
          [],
        );
        const required = Object.keys(inputs).filter((name) => inputs[name]?.required);
        assert.deepEqual(
          required.filter((name) => !set.includes(name)),
          [],
        );
      }
    });

    it('sets values that the Action accepts', () => {
      for (const { job, step } of uses) {
        // The default of the input is ${{ strategy.max-parallel }}.
        const { 'max-parallel': maxParallel } = job.strategy ?? {};
        const defaults = {
          ...(maxParallel !== undefined && { 'INPUT_MAX-PARALLEL': String(maxParallel) }),
          // The default of the input is ${{ github.token }}.
          'INPUT_GITHUB-TOKEN': 'ghs_0123456789',
        };
        const env = { ...defaults, ...regionOf(job.steps ?? []), ...environmentOf(step) };
        actionOf(step).readEnvironment(env);
      }
    });

    it('passes values to scripts in the environment, because an expression in a script can inject code', () => {
      const scripts = jobs.flatMap(({ steps = [] }) => steps.flatMap(({ run = [] }) => run));
      assert.deepEqual(
        scripts.filter((script) => script.includes('${{')),
        [],
      );
    });

    it('reads only outputs that action.yml declares', () => {
      for (const [, id, output = ''] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const step = uses.find((each) => each.step.id === id)?.step;
        if (step) assert.ok(output in actionOf(step).declared.outputs, `no action.yml declares the output ${output}`);
      }
    });

    it('reads only outputs of jobs that the job needs and that set them', () => {
      for (const job of jobs) {
        const needed = [job.needs ?? []].flat();
        for (const [, id = '', output = ''] of JSON.stringify(job).matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
          assert.ok(needed.includes(id), `the job must need ${id}`);
          assert.ok(outputsOf(id).includes(output), `the job ${id} must set the output ${output}`);
        }
      }
    });

    it('sets the inputs and the permissions that a reusable workflow requires', () => {
      for (const job of calls) assert.doesNotThrow(() => readCalledWorkflow(job, workflow.permissions, {}));
    });

    it('has the permission id-token: write only if it assumes a role', () => {
      for (const { job } of uses) {
        const set = (job.steps ?? []).flatMap((step) => Object.keys(step.with ?? {}));
        const assumes = set.some((name) => name.endsWith('role-to-assume'));
        const permissions = job.permissions ?? workflow.permissions;
        assert.equal(permissions?.['id-token'], assumes ? 'write' : undefined);
      }
    });

    it('has the permission statuses: write only if it sets a commit status', () => {
      for (const { job } of uses) {
        const sets = (job.steps ?? []).some((step) => step.with?.['commit-status'] !== undefined);
        const permissions = job.permissions ?? workflow.permissions;
        assert.equal(permissions?.['statuses'], sets ? 'write' : undefined);
      }
    });
  });
}

/** Returns the variables that aws-actions/configure-aws-credentials sets for later steps. */
function regionOf(steps: readonly Step[]): NodeJS.ProcessEnv {
  const configured = steps.find(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
  return configured ? { AWS_REGION: String(configured.with?.['aws-region']) } : {};
}

/** Returns the environment in which the runner passes the inputs of the step. */
function environmentOf(step: Step): NodeJS.ProcessEnv {
  const inputs = Object.entries(step.with ?? {}).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    String(value).replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const filled = EXPRESSIONS[expression];
      assert.ok(filled !== undefined, `EXPRESSIONS has no value for ${expression}`);
      return filled;
    }),
  ]);
  return { ...RUNNER, ...step.env, ...Object.fromEntries(inputs) };
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readInputs } from '../../src/inputs/inputs.ts';
import { runContextOf } from '../fixtures/run-context.ts';
import { action, paths, read } from './documents.ts';

/** OWNER becomes the owner's name before the first release. */
const OURS = /^[\w-]+\/dynamodb-to-s3@v\d+$/;

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>
  >;
}

/** What GitHub would put in their place. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'matrix.table': 'orders',
  'matrix.shard': '7',
  'github.run_id': '1234567890',
};

const RUNNER = {
  GITHUB_RUN_ID: '1234567890',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
};

for (const path of paths(['examples/workflows/*.yml'])) {
  describe(path, () => {
    const { text } = read(path);
    const workflow = parse(text) as Workflow;
    const jobs = Object.values(workflow.jobs);
    const ours = jobs.flatMap((job) =>
      job.steps.filter(({ uses = '' }) => OURS.test(uses)).map((step) => ({ job, step })),
    );

    it('uses the Action', () => assert.ok(ours.length > 0));

    it('sets only inputs that there are, and those that are required', () => {
      for (const { step } of ours) {
        const set = Object.keys(step.with ?? {});
        assert.deepEqual(
          set.filter((name) => !(name in action.inputs)),
          [],
        );
        const required = Object.keys(action.inputs).filter((name) => action.inputs[name]?.required);
        assert.deepEqual(
          required.filter((name) => !set.includes(name)),
          [],
        );
      }
    });

    it('sets them to values that the Action accepts', () => {
      for (const { job, step } of ours) {
        const env = { ...regionOf(job.steps), ...environmentOf(step) };
        readInputs(env, runContextOf(env));
      }
    });

    it('reads only outputs that there are', () => {
      const ids = ours.map(({ step }) => step.id);
      for (const [, id, output = ''] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        if (ids.includes(id)) assert.ok(output in action.outputs, `there is no output ${output}`);
      }
    });

    it('may ask for a token where it assumes a role', () => {
      for (const { job } of ours) {
        const set = job.steps.flatMap((step) => Object.keys(step.with ?? {}));
        const assumes = set.some((name) => name.endsWith('role-to-assume'));
        const permissions = job.permissions ?? workflow.permissions;
        assert.equal(permissions?.['id-token'], assumes ? 'write' : undefined);
      }
    });
  });
}

/** What aws-actions/configure-aws-credentials leaves to the steps after it. */
function regionOf(steps: readonly Step[]): NodeJS.ProcessEnv {
  const configured = steps.find(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
  return configured ? { AWS_REGION: String(configured.with?.['aws-region']) } : {};
}

/** As the runner passes the inputs of the step. */
function environmentOf(step: Step): NodeJS.ProcessEnv {
  const inputs = Object.entries(step.with ?? {}).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    String(value).replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const filled = EXPRESSIONS[expression];
      assert.ok(filled !== undefined, `what would ${expression} be?`);
      return filled;
    }),
  ]);
  return { ...RUNNER, ...step.env, ...Object.fromEntries(inputs) };
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { runContext } from '../../src/github/run-context.ts';
import { readPlanCopyInputs } from '../../src/inputs/plan-copy-inputs.ts';
import { action, planAction, read } from './documents.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const REQUIRED = {
  'INPUT_DYNAMODB-TABLE-NAME': 'Music',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  AWS_REGION: 'eu-central-1',
};

describe('plan/action.yml', () => {
  it('declares exactly the inputs that the code reads', () => {
    const names = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) names.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readPlanCopyInputs(env, runContext({}), NOW);
    assert.deepEqual([...names].sort(), Object.keys(planAction.inputs).sort());
  });

  it('declares the default values that the code uses', () => {
    const defaults = Object.entries(planAction.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(readPlanCopyInputs(env, runContext({}), NOW), readPlanCopyInputs(REQUIRED, runContext({}), NOW));
  });

  it('declares the table and the bucket as required, and defaults for all other inputs', () => {
    for (const [name, input] of Object.entries(planAction.inputs)) {
      const isRequired = ['dynamodb-table-name', 's3-bucket-name'].includes(name);
      assert.equal(input.required ?? false, isRequired, name);
      assert.equal(typeof input.default, isRequired ? 'undefined' : 'string', name);
    }
  });

  it('has the defaults of the main Action for inputs with the same name', () => {
    // The main Action has this input to find out how many jobs run at the same time.
    const shared = Object.keys(planAction.inputs).filter((name) => name in action.inputs && name !== 'max-parallel');
    const defaultsOf = (declared: typeof action) => shared.map((name) => [name, declared.inputs[name]?.default]);
    assert.ok(shared.length > 20);
    assert.deepEqual(defaultsOf(planAction), defaultsOf(action));
  });

  it('declares every output that the code sets, and no other', () => {
    const [, body = ''] = /function planOutputs([\s\S]*?)\n}\n/.exec(read('src/report/plan-report.ts').text) ?? [];
    const set = [...body.matchAll(/^\s+(?:\.\.\..*?\{ )?'?([a-z][a-z0-9-]*)'?: /gm)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(set)].sort(), Object.keys(planAction.outputs).sort());
  });

  it('runs plan.js on Node 24', () => {
    const { runs } = parse(readFileSync('plan/action.yml', 'utf8')) as { readonly runs: unknown };
    assert.deepEqual(runs, { using: 'node24', main: '../dist/plan.js' });
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readFinishInputs } from '../../src/inputs/finish-inputs.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { action, finishAction, read } from './documents.ts';

const REQUIRED = {
  INPUT_PLAN: formatPlan(PLAN),
  'INPUT_DYNAMODB-TABLE-NAME': 'orders',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  AWS_REGION: 'eu-central-1',
};

describe('finish/action.yml', () => {
  it('declares exactly the inputs that the code reads', () => {
    const names = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) names.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readFinishInputs(env);
    assert.deepEqual([...names].sort(), Object.keys(finishAction.inputs).sort());
  });

  it('declares the default values that the code uses', () => {
    const defaults = Object.entries(finishAction.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(readFinishInputs(env), readFinishInputs(REQUIRED));
  });

  it('declares the plan, the table and the bucket as required', () => {
    const required = Object.entries(finishAction.inputs).filter(([, input]) => input.required ?? false);
    assert.deepEqual(
      required.map(([name]) => name),
      ['plan', 'dynamodb-table-name', 's3-bucket-name'],
    );
  });

  it('has only inputs and outputs of the main Action, with the same defaults', () => {
    const others = Object.keys(finishAction.inputs).filter((name) => !(name in action.inputs));
    assert.deepEqual(others, []);
    const shared = Object.keys(finishAction.inputs).filter((name) => name !== 'plan');
    const defaultsOf = (declared: typeof action) => shared.map((name) => [name, declared.inputs[name]?.default]);
    assert.deepEqual(defaultsOf(finishAction), defaultsOf(action));
    const outputs = Object.keys(finishAction.outputs).filter((name) => !(name in action.outputs));
    assert.deepEqual(outputs, []);
  });

  it('declares every output that the code sets, and no other', () => {
    const source = read('src/report/finish-report.ts').text;
    const [, body = ''] = /export function finishOutputs[\s\S]*?: Outputs \{\n([\s\S]*?)\n}\n/.exec(source) ?? [];
    const set = [...body.matchAll(/^\s+(?:\.\.\..*?\{ )?'?([a-z][a-z0-9-]*)'?: /gm)].map(([, name = '']) => name);
    // With the keys, setOutputs also sets the path of a file with them.
    const all = new Set([...set, 's3-keys-file']);
    assert.deepEqual([...all].sort(), Object.keys(finishAction.outputs).sort());
  });

  it('runs finish.js on Node 24', () => {
    const { runs } = parse(readFileSync('finish/action.yml', 'utf8')) as { readonly runs: unknown };
    assert.deepEqual(runs, { using: 'node24', main: '../dist/finish.js' });
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readVerifyInputs } from '../../src/inputs/verify-inputs.ts';
import { action, read, verifyAction } from './documents.ts';

const REQUIRED = {
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  AWS_REGION: 'eu-central-1',
};

describe('verify/action.yml', () => {
  it('declares exactly the inputs that the code reads', () => {
    const names = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) names.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readVerifyInputs(env);
    assert.deepEqual([...names].sort(), Object.keys(verifyAction.inputs).sort());
  });

  it('declares the default values that the code uses', () => {
    const defaults = Object.entries(verifyAction.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(readVerifyInputs(env), readVerifyInputs(REQUIRED));
  });

  it('declares no input as required', () => {
    const required = Object.entries(verifyAction.inputs).filter(([, input]) => input.required ?? false);
    assert.deepEqual(
      required.map(([name]) => name),
      [],
    );
  });

  it('has the defaults of the main Action for inputs with the same name', () => {
    const shared = Object.keys(verifyAction.inputs).filter((name) => name in action.inputs);
    const defaultsOf = (declared: typeof action) => shared.map((name) => [name, declared.inputs[name]?.default]);
    // The bucket is part of the URI of a copy.
    const withoutBucket = ([name]: (string | undefined)[]) => name !== 's3-bucket-name';
    assert.deepEqual(defaultsOf(verifyAction).filter(withoutBucket), defaultsOf(action).filter(withoutBucket));
  });

  it('declares every output that the code sets, and no other', () => {
    const source = read('src/report/verify-report.ts').text;
    const bodies = [...source.matchAll(/function (?:verifyOutputs|readCounts)([\s\S]*?)\n}\n/g)].map(
      ([, body = '']) => body,
    );
    assert.equal(bodies.length, 2);
    const body = bodies.join('\n');
    const set = [...body.matchAll(/^\s+(?:\.\.\..*?\{ )?'?([a-z][a-z0-9-]*)'?: /gm)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(set)].sort(), Object.keys(verifyAction.outputs).sort());
  });

  it('runs verify.js on Node 24', () => {
    const { runs } = parse(readFileSync('verify/action.yml', 'utf8')) as { readonly runs: unknown };
    assert.deepEqual(runs, { using: 'node24', main: '../dist/verify.js' });
  });
});

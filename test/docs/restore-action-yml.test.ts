import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readRestoreInputs } from '../../src/inputs/restore-inputs.ts';
import { action, read, restoreAction } from './documents.ts';

const REQUIRED = {
  'INPUT_DYNAMODB-TABLE-NAME': 'orders-restored',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  AWS_REGION: 'eu-central-1',
};

/** Inputs that the code does not read by name. They are part of the identity of a step. */
const IDENTITY_INPUTS = ['matrix', 'job-index'];

describe('restore/action.yml', () => {
  it('declares exactly the inputs that the code reads', () => {
    const names = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) names.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readRestoreInputs(env);
    assert.deepEqual([...names, ...IDENTITY_INPUTS].sort(), Object.keys(restoreAction.inputs).sort());
  });

  it('declares the default values that the code uses', () => {
    const defaults = Object.entries(restoreAction.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(readRestoreInputs(env), readRestoreInputs(REQUIRED));
  });

  it('declares only the table as required', () => {
    const required = Object.entries(restoreAction.inputs).filter(([, input]) => input.required ?? false);
    assert.deepEqual(
      required.map(([name]) => name),
      ['dynamodb-table-name'],
    );
  });

  it('has the defaults of the main Action for inputs with the same name', () => {
    const shared = Object.keys(restoreAction.inputs).filter((name) => name in action.inputs);
    const defaultsOf = (declared: typeof action) => shared.map((name) => [name, declared.inputs[name]?.default]);
    // The bucket is part of the URI of a copy.
    const withoutBucket = ([name]: (string | undefined)[]) => name !== 's3-bucket-name';
    assert.deepEqual(defaultsOf(restoreAction).filter(withoutBucket), defaultsOf(action).filter(withoutBucket));
  });

  it('declares every output that the code sets, and no other', () => {
    const source = read('src/report/restore-report.ts').text;
    const [, body = ''] = /export function restoreOutputs([\s\S]*?)\n}\n/.exec(source) ?? [];
    const set = [...body.matchAll(/^\s+(?:\.\.\..*?\{ )?'?([a-z][a-z0-9-]*)'?: /gm)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(set)].sort(), Object.keys(restoreAction.outputs).sort());
  });

  it('runs restore.js on Node 24, and restore-post.js at the end of every job', () => {
    const { runs } = parse(readFileSync('restore/action.yml', 'utf8')) as { readonly runs: unknown };
    assert.deepEqual(runs, {
      using: 'node24',
      main: '../dist/restore.js',
      post: '../dist/restore-post.js',
      'post-if': 'always()',
    });
  });
});

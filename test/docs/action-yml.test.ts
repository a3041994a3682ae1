import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readInputs } from '../../src/inputs/inputs.ts';
import { runContextOf } from '../fixtures/run-context.ts';
import { withoutFunctions } from '../inputs/read-step.ts';

interface Described {
  readonly description: string;
}

interface ActionFile extends Described {
  readonly name: string;
  readonly author: string;
  readonly branding: { readonly icon: string; readonly color: string };
  readonly inputs: Record<string, Described & { readonly required?: boolean; readonly default?: unknown }>;
  readonly outputs: Record<string, Described>;
  readonly runs: unknown;
}

const action: ActionFile = parse(readFileSync(join(import.meta.dirname, '../../action.yml'), 'utf8'));
const NOW = new Date('2026-11-22T12:00:00Z');
const REQUIRED = {
  'INPUT_DYNAMODB-TABLE-NAME': 'Music',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  AWS_REGION: 'eu-central-1',
};

/** Not read one by one: they count as a part of all that the workflow says. */
const ONLY_TELL_STEPS_APART = ['matrix', 'job-index'];

describe('action.yml', () => {
  it('declares exactly the inputs that are read', () => {
    const read = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) read.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readInputs(env, runContextOf({}), NOW);
    assert.deepEqual([...read, ...ONLY_TELL_STEPS_APART].sort(), Object.keys(action.inputs).sort());
  });

  it('has the defaults of the code', () => {
    const defaults = Object.entries(action.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(
      withoutFunctions(readInputs(env, runContextOf({}), NOW)),
      withoutFunctions(readInputs(REQUIRED, runContextOf({}), NOW)),
    );
  });

  for (const [name, input] of Object.entries(action.inputs)) {
    it(`says of the input ${name} that it is required, or what its default is`, () => {
      const required = ['dynamodb-table-name', 's3-bucket-name'].includes(name);
      assert.equal(input.required ?? false, required);
      assert.equal(typeof input.default, required ? 'undefined' : 'string');
      assert.match(input.description, /^\S.{39,}\S$/s);
    });
  }

  it('names the outputs', () => {
    assert.deepEqual(Object.keys(action.outputs), [
      's3-keys',
      's3-keys-file',
      's3-uri',
      'data-uri',
      'manifest-key',
      'scope',
      'snapshot-time',
      'engine',
      'export-id',
      'export-arn',
      'item-count',
      'dropped-count',
      'file-count',
      'size-bytes',
      'uncompressed-bytes',
      'consumed-read-capacity',
      'estimated-read-capacity',
      'duration-seconds',
    ]);
    for (const { description } of Object.values(action.outputs)) assert.match(description, /\S/);
  });

  it('runs index.js on Node 24, and post.js at the end of the job, however that ended', () =>
    assert.deepEqual(action.runs, {
      using: 'node24',
      main: 'dist/index.js',
      post: 'dist/post.js',
      'post-if': 'always()',
    }));

  it('introduces itself', () => {
    assert.equal(action.name, 'DynamoDB to S3');
    assert.equal(action.author, 'DynamoDB to S3 contributors');
    // The marketplace cuts longer ones.
    assert.ok(action.description.length <= 125, `${action.description.length} characters`);
  });
});

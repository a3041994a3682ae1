import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { runContext } from '../../src/github/run-context.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
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

/** Inputs that the code does not read by name. They are part of the identity of a step. */
const IDENTITY_INPUTS = ['job-index'];

describe('action.yml', () => {
  it('declares exactly the inputs that the code reads', () => {
    const read = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>(REQUIRED, {
      get(target, name) {
        if (typeof name === 'string' && name.startsWith('INPUT_')) read.add(name.slice('INPUT_'.length).toLowerCase());
        return Reflect.get(target, name);
      },
    });
    readInputs(env, runContext({}), NOW);
    assert.deepEqual([...read, ...IDENTITY_INPUTS].sort(), Object.keys(action.inputs).sort());
  });

  it('declares the default values that the code uses', () => {
    const defaults = Object.entries(action.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      String(input.default ?? ''),
    ]);
    const env = { ...Object.fromEntries(defaults), ...REQUIRED };
    assert.deepEqual(
      withoutFunctions(readInputs(env, runContext({}), NOW)),
      withoutFunctions(readInputs(REQUIRED, runContext({}), NOW)),
    );
  });

  it('declares only the table and the bucket as required, without a default', () => {
    const required = Object.entries(action.inputs).filter(([, input]) => input.required ?? false);
    assert.deepEqual(
      required.map(([name, input]) => [name, input.default]),
      [
        ['dynamodb-table-name', undefined],
        ['s3-bucket-name', undefined],
      ],
    );
  });

  const optional = Object.entries(action.inputs).filter(([, input]) => !input.required);
  for (const [name, input] of optional) {
    it(`declares a default for the optional input ${name}`, () => assert.equal(typeof input.default, 'string'));
  }

  for (const [name, input] of Object.entries(action.inputs)) {
    it(`describes the input ${name}`, () => {
      assert.match(input.description, /^\S.{39,}\S$/s);
    });
  }

  it('declares every output with a description', () => {
    assert.deepEqual(Object.keys(action.outputs), [
      's3-keys',
      's3-keys-file',
      's3-uri',
      'data-uri',
      'manifest-key',
      'checksums-file',
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

  it('runs index.js on Node 24, and post.js at the end of every job', () =>
    assert.deepEqual(action.runs, {
      using: 'node24',
      main: 'dist/index.js',
      post: 'dist/post.js',
      'post-if': 'always()',
    }));

  it('has the name and the author of the Action and a description of at most 125 characters', () => {
    assert.equal(action.name, 'DynamoDB to S3');
    assert.equal(action.author, 'DynamoDB to S3 contributors');
    // GitHub Marketplace truncates longer descriptions.
    assert.ok(action.description.length <= 125, `${action.description.length} characters`);
  });
});

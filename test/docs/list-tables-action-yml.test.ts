import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readListTablesInputs } from '../../src/inputs/list-tables-inputs.ts';
import { listTablesOutputs } from '../../src/report/list-tables-outputs.ts';
import { action, listTablesAction } from './documents.ts';

describe('list-tables/action.yml', () => {
  it('declares every input that the Action reads', () => {
    const names = new Set<string>();
    // Both paths: without a role, and with one
    for (const role of ['', 'arn:aws:iam::123456789012:role/x']) {
      const env = new Proxy<NodeJS.ProcessEnv>(
        { 'INPUT_AWS-REGION': 'eu-central-1', INPUT_NAMES: '*', 'INPUT_ROLE-TO-ASSUME': role },
        {
          get(target, name: string) {
            if (name.startsWith('INPUT_')) names.add(name.slice(6).toLowerCase());
            return target[name];
          },
        },
      );
      readListTablesInputs(env);
    }
    assert.deepEqual([...names].sort(), Object.keys(listTablesAction.inputs).sort());
  });

  it('has defaults that the Action uses too if an input is not set', () => {
    const defaults = Object.entries(listTablesAction.inputs).map(([name, input]) => [
      `INPUT_${name.toUpperCase()}`,
      input.default ?? '',
    ]);
    const given = { AWS_REGION: 'eu-central-1', INPUT_NAMES: '*' };
    assert.deepEqual(
      JSON.stringify(readListTablesInputs({ ...Object.fromEntries(defaults), ...given })),
      JSON.stringify(readListTablesInputs(given)),
    );
  });

  it('has the defaults of the main Action for the inputs that both have', () => {
    const shared = Object.keys(listTablesAction.inputs).filter((name) => name in action.inputs && name !== 'if-empty');
    assert.ok(shared.length >= 7, shared.join());
    for (const name of shared) assert.equal(listTablesAction.inputs[name]?.default, action.inputs[name]?.default, name);
  });

  it('declares the outputs that the Action sets', () => {
    const outputs = listTablesOutputs({ tables: [], existing: 0, matching: 0, unmatched: [] });
    assert.deepEqual(Object.keys(outputs), Object.keys(listTablesAction.outputs));
  });

  it('runs list-tables.js on Node 24, without a post step', () => {
    const { runs } = parse(readFileSync('list-tables/action.yml', 'utf8')) as { readonly runs: unknown };
    assert.deepEqual(runs, { using: 'node24', main: '../dist/list-tables.js' });
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MAX_OUTPUT_CHARACTERS } from '../../src/github/set-outputs.ts';
import type { ListTablesInputs } from '../../src/inputs/list-tables-inputs.ts';
import { listTablesOutputs, requireUsableList } from '../../src/report/list-tables-outputs.ts';

const INPUTS: ListTablesInputs = {
  ...{ patterns: [], tags: [], ifEmpty: 'error', sourceRegion: 'eu-central-1' },
  roles: { chaining: false, sessionName: 'lists-tables', durationSeconds: 3600 },
  ...{ table: { name: '' }, bucket: '' },
};

/** Returns a list whose output has this number of characters. */
function listOf(characters: number) {
  // A name has 100 characters with its quotation marks and its comma. The brackets have one more than the missing comma.
  const tables = Array.from({ length: Math.floor(characters / 100) - 1 }, (_, i) => String(i).padStart(97, 't'));
  const rest = characters - 1 - 100 * tables.length;
  const list = [...tables, 'r'.repeat(rest - 3)];
  return { tables: list, existing: list.length, matching: list.length, unmatched: [] };
}

suite('a list of tables', () => {
  test('is accepted if its output is as long as an output of a job can be', () => {
    const list = listOf(MAX_OUTPUT_CHARACTERS);
    assert.equal(listTablesOutputs(list)['tables']?.length, MAX_OUTPUT_CHARACTERS);
    requireUsableList(list, INPUTS);
  });

  test('fails with OUTPUTS_NOT_WRITTEN if its output is longer, and states what to do', () => {
    const list = listOf(MAX_OUTPUT_CHARACTERS + 1);
    assert.equal(listTablesOutputs(list)['tables']?.length, MAX_OUTPUT_CHARACTERS + 1);
    assert.throws(() => requireUsableList(list, INPUTS), {
      code: 'OUTPUTS_NOT_WRITTEN',
      message: 'The list of 4,500 tables exceeds the GitHub size limit for job outputs.',
      remedy: 'Select fewer tables (names, tags), and use several steps or workflows for the others.',
    });
  });
});

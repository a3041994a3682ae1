import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateExpression, isCondition, resolveText } from '../runner/expressions.ts';
import { runWorkflow, type WorkflowOptions, type WorkflowRun } from '../runner/workflow.ts';

function run(workflow: string, options: Partial<WorkflowOptions> = {}): Promise<WorkflowRun> {
  return runWorkflow({ workflow, inputs: {}, env: {}, ...options });
}

/** Returns a line for each job: its name, its matrix, its attempt and its conclusion. */
function outline({ jobs }: WorkflowRun): string[] {
  return jobs.map(
    ({ id, matrix, attempt, conclusion }) =>
      `${id} ${matrix ? `${Object.values(matrix)} ` : ''}${attempt} ${conclusion}`,
  );
}

const MATRIX = `
jobs:
  list:
    outputs:
      names: \${{ steps.list.outputs.names }}
    steps:
      - id: list
        run: echo "names=$NAMES" >> "$GITHUB_OUTPUT"
        env:
          NAMES: '["a","b","c"]'
  each:
    needs: list
    strategy:
      fail-fast: false
      max-parallel: 2
      matrix:
        name: \${{ fromJSON(needs.list.outputs.names) }}
    steps:
      - run: '[ "$NAME" != "$FAILS" ]'
        env:
          NAME: \${{ matrix.name }}
  end:
    needs: [list, each]
    steps:
      - run: echo "$NAMES"
        env:
          NAMES: \${{ needs.list.outputs.names }}
`;

describe('the emulated workflow', () => {
  it('runs jobs in the order of needs, one for each value of a matrix', async () => {
    await using all = await run(MATRIX.replace(/( {2}list:\n[\s\S]*?)( {2}end:\n[\s\S]*)/, '$2$1'), {
      env: { FAILS: '' },
    });
    assert.deepEqual(outline(all), [
      'list 1 success',
      ...['each a 1 success', 'each b 1 success', 'each c 1 success'],
      'end 1 success',
    ]);
    assert.equal(all.conclusion, 'success');
    assert.match(all.jobsOf('end')[0]?.result?.steps[0]?.log ?? '', /^\["a","b","c"\]$/m);
  });

  it('skips the jobs that need a failed one, and re-runs only failed and dependent jobs', async () => {
    await using first = await run(MATRIX, { env: { FAILS: 'b' } });
    assert.deepEqual(outline(first), [
      'list 1 success',
      ...['each a 1 success', 'each b 1 failure', 'each c 1 success'],
      'end 1 skipped',
    ]);
    assert.equal(first.conclusion, 'failure');
    const second = await first.rerunFailedJobs({ env: { FAILS: '' } });
    assert.deepEqual(outline(second), [
      'list 1 success',
      ...['each a 1 success', 'each b 2 success', 'each c 1 success'],
      'end 2 success',
    ]);
  });

  it('runs all jobs of a matrix again if the job before it failed', async () => {
    const workflow = MATRIX.replace('run: echo', 'run: test "$FAILS" != list && echo');
    await using first = await run(workflow, { env: { FAILS: 'list' } });
    assert.deepEqual(outline(first), ['list 1 failure', 'each 1 skipped', 'end 1 skipped']);
    const second = await first.rerunFailedJobs({ env: { FAILS: '' } });
    assert.equal(second.conclusion, 'success');
    assert.equal(second.jobsOf('each').length, 3);
  });

  for (const [title, options, script] of [
    ['of a secret of the repository', { secrets: ['"b"'] }, ''],
    ['that a step masks', {}, 'echo "::add-mask::b"\n          '],
  ] as const) {
    it(`drops an output that contains a value ${title}, so the matrix fails`, async () => {
      const workflow = MATRIX.replace(
        'run: echo',
        `run: |-
          ${script}echo`,
      );
      await using all = await run(workflow, { ...options, env: { FAILS: '' } });
      assert.deepEqual(all.jobsOf('list')[0]?.droppedOutputs, ['names']);
      assert.deepEqual(outline(all), ['list 1 success', 'each 1 failure', 'end 1 skipped']);
      assert.match(all.jobsOf('each')[0]?.error ?? '', /JSON/);
    });
  }

  it('fails a job whose matrix is empty', async () => {
    await using all = await run(MATRIX.replace(`'["a","b","c"]'`, "'[]'"), { env: { FAILS: '' } });
    assert.equal(all.jobsOf('each')[0]?.error, "Matrix vector 'name' does not contain any values");
  });

  it('starts a job after a failure only if its condition calls a status function', async () => {
    const ending = (condition: string) => `${MATRIX}    if: ${condition}\n`;
    for (const [condition, conclusion] of [
      [`\${{ !cancelled() && needs.list.result == 'success' }}`, 'success'],
      ['always()', 'success'],
      ["needs.list.result == 'success'", 'skipped'],
      [`\${{ failure() }}`, 'success'],
    ] as const) {
      await using all = await run(ending(condition), { env: { FAILS: 'a' } });
      assert.equal(all.jobsOf('end')[0]?.conclusion, conclusion, condition);
    }
  });

  it('skips a job after a failure of a job that it does not need directly', async () => {
    const between = `  between:
    needs: [list, each]
    if: \${{ !cancelled() }}
    steps:
      - run: 'true'
`;
    const workflow = `${MATRIX.replace('needs: [list, each]', 'needs: [list, between]')}${between}`;
    await using all = await run(workflow, { env: { FAILS: 'a' } });
    assert.equal(all.jobsOf('between')[0]?.conclusion, 'success');
    assert.equal(all.jobsOf('end')[0]?.conclusion, 'skipped');
  });

  it('rejects a call of a reusable workflow as GitHub does', async () => {
    const call = (permission: string, values: string) => `
permissions:
  id-token: ${permission}
jobs:
  backup:
    uses: OWNER/dynamodb-to-s3/.github/workflows/backup.yml@v1
    with: {${values}}
`;
    const inputs = 'table: t, bucket: b, region: r, role: x';
    await assert.rejects(run(call('write', 'table: t, regions: r, role: x')), /\[bucket,region\].*\[regions\]/);
    await assert.rejects(run(call('none', inputs)), /requests id-token: write, but is only allowed id-token: none/);
    const own = call('write', inputs).replace('with:', 'permissions: {}\n    with:');
    await assert.rejects(run(own), /requests id-token: write/);
    await assert.rejects(run(call('write', inputs).replace('dynamodb-to-s3', 'other')), /no workflow runs for/);
  });

  it('throws for syntax that it does not support', async () => {
    await assert.rejects(
      run(MATRIX.replace('fail-fast: false', 'fail-fast: true'), { env: { FAILS: '' } }),
      /fail-fast/,
    );
    await assert.rejects(run(`${MATRIX}    container: x\n`, { env: { FAILS: '' } }), /container of the job end/);
    await assert.rejects(run(MATRIX.replace('needs: list', 'needs: lists')), /cannot start/);
    await assert.rejects(
      run(MATRIX.replace('needs.list.', 'needs.lists.'), { env: { FAILS: '' } }),
      /needs has no lists/,
    );
  });
});

describe('an expression', () => {
  const contexts = {
    needs: { list: { result: 'success', outputs: { count: '0', names: '["a"]' } } },
    steps: {},
    matrix: { shard: '1-of-8', n: 7 },
    'always()': true,
  };

  for (const [expression, value] of [
    ['needs.list.outputs.count', '0'],
    ['needs.list.outputs.missing', null],
    ["needs.list.outputs.missing == ''", true],
    ["needs.list.outputs.count != '0'", false],
    ["needs.list.result == 'SUCCESS'", true],
    ['fromJSON(needs.list.outputs.names)', ['a']],
    ["!(matrix.n == 7) || matrix.shard == '1-of-8' && always()", true],
    ["needs.list.outputs.missing || 'it''s'", "it's"],
  ] as const) {
    it(`${expression} has the value that GitHub gives it`, () => {
      assert.deepEqual(evaluateExpression(expression, contexts), value);
    });
  }

  it('throws for what GitHub or the emulation does not know', () => {
    for (const expression of [
      'secrets.x',
      'steps.x.outputs.y',
      'hashFiles(matrix.n)',
      'matrix.n >= 7',
      'matrix.n 7',
      '',
    ]) {
      assert.throws(() => evaluateExpression(expression, contexts), expression);
    }
  });

  it('is replaced in a text by its value', () => {
    assert.equal(resolveText(`{"Segment": \${{ matrix.n }}}\${{ matrix.none }}`, contexts), '{"Segment": 7}');
    assert.throws(() => resolveText(`\${{ needs.list.outputs }}`, contexts));
    assert.equal(isCondition(`\${{ always() }}`, contexts), true);
  });
});

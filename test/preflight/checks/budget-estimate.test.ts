import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readBudgetCheck } from '../../../src/preflight/checks/budget-estimate.ts';

const NEVER = new AbortController().signal;

suite('the check of the read budget', () => {
  test('passes if the estimate is at most the budget', async () => {
    for (const estimate of [0.5, 1_000]) {
      const outcome = await readBudgetCheck(1_000, estimate).run(NEVER);
      assert.deepEqual(outcome, {
        status: 'ok',
        detail: `about ${estimate === 1_000 ? '1,000' : estimate} of at most 1,000 RCU`,
      });
    }
  });

  test('fails with READ_BUDGET_TOO_SMALL if the estimate is higher', async () => {
    await assert.rejects(readBudgetCheck(1_000, 1_000.5).run(NEVER), {
      code: 'READ_BUDGET_TOO_SMALL',
      message: /about 1,000\.5 read capacity units \(RCU\), but the copy may consume at most 1,000/,
      remedy: /max-consumed-read-capacity/,
    });
  });

  test('passes if DynamoDB reports no size, because the scan stops before it exceeds the budget', async () => {
    const outcome = await readBudgetCheck(1_000, undefined).run(NEVER);
    assert.match(outcome.status === 'ok' ? outcome.detail : '', /^1,000 RCU\. .* has not counted it yet/);
  });
});

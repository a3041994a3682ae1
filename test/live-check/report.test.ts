import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPassed, reportMarkdown } from '../../scripts/live-check/report.ts';

const EQUAL = { name: 'Type', expected: 'a|b', seen: 'a|b' };

test('a live check passes only if all jobs succeeded and all facts are equal', () => {
  const success = { scan: 'success', restore: 'success' };
  assert.equal(hasPassed(success, [EQUAL]), true);
  assert.equal(hasPassed({ ...success, restore: 'failure' }, [EQUAL]), false);
  assert.equal(hasPassed({ ...success, restore: 'skipped' }, [EQUAL]), false);
  assert.equal(hasPassed(success, [{ ...EQUAL, seen: 'a' }]), false);
  assert.equal(hasPassed(success, [{ ...EQUAL, seen: undefined }]), false);
  assert.equal(hasPassed({}, []), false);
});

test('the report has a row for each job, fact and cost', () => {
  const facts = [EQUAL, { name: 'Order', expected: 'x', seen: undefined }];
  const costs = [
    { what: 'Scans', quantity: '5 RCU', cost: 0.25 },
    { what: 'Loads', quantity: '2 items', cost: undefined },
  ];
  const report = reportMarkdown({ scan: 'success' }, facts, costs);
  for (const line of [
    '### Live check failed',
    '| scan | success |',
    '| Type | `a\\|b` | `a\\|b` | equal |',
    '| Order | `x` |  | not seen |',
    '| Scans | 5 RCU | $0.250000 |',
    '| Loads | 2 items | unknown |',
    '| Total of the known prices |  | $0.250000 |',
  ]) {
    assert.ok(report.split('\n').includes(line), `${line} in\n${report}`);
  }
});

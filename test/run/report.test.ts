import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { ERROR_TESTS, PROMISES, uncovered } from './promises.ts';
import { TestReport } from './report.ts';

/** The events of one test in a suite, as the test runner sends them. */
function events(type: 'test:pass' | 'test:fail', more: object = {}): TestEvent[] {
  const at = { file: '/root/test/a.test.ts', line: 3 };
  const error = Object.assign(new Error('wrapped'), { cause: new Error('1 is not 2') });
  return [
    { type: 'test:start', data: { ...at, name: 'suite', nesting: 0 } },
    { type: 'test:start', data: { ...at, name: 'one', nesting: 1 } },
    { type, data: { ...at, name: 'one', nesting: 1, details: { duration_ms: 5, type: 'test', error }, ...more } },
    { type: 'test:pass', data: { ...at, name: 'suite', nesting: 0, details: { duration_ms: 9, type: 'suite' } } },
  ] as unknown as TestEvent[];
}

function reportOf(
  all: readonly TestEvent[],
  problems?: readonly string[],
): { readonly good: boolean; readonly text: string } {
  const lines: string[] = [];
  const report = new TestReport('/root', (line) => lines.push(line));
  for (const event of all) report.add(event);
  const good = report.end(problems);
  return { good, text: lines.join('\n') };
}

test('a run passes if a test passed and none failed, and its last line has the counts', () => {
  const { good, text } = reportOf(events('test:pass'));
  assert.equal(good, true);
  assert.match(text, /suite > one \(test\/a\.test\.ts:3\)/);
  assert.match(text, /\n1 passed, 0 failed, 0 skipped$/);
});

test('a run fails if a test failed, and shows its assertion', () => {
  const { good, text } = reportOf([...events('test:pass'), ...events('test:fail')]);
  assert.equal(good, false);
  assert.match(text, /Failed:\nsuite > one \(test\/a\.test\.ts:3\)\nError: 1 is not 2/);
  assert.match(text, /\n1 passed, 1 failed, 0 skipped$/);
});

test('a run without a test that passed fails', () => {
  assert.equal(reportOf([]).good, false);
  const { good, text } = reportOf(events('test:pass', { skip: 'no such server' }));
  assert.equal(good, false);
  assert.match(text, /Skipped:\nsuite > one .*: no such server/);
});

test('a run fails if a promise has no test that passed', () => {
  const problems = uncovered([]);
  assert.equal(problems.length, PROMISES.length + Object.keys(ERROR_TESTS).length);
  assert.equal(reportOf(events('test:pass'), problems.slice(0, 1)).good, false);
  const passed = [...PROMISES.map(({ test }) => test), ...Object.values(ERROR_TESTS)];
  assert.deepEqual(uncovered(passed.map(([file, name]) => ({ file, name: `suite > ${name}` }))), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { ERROR_TESTS, PROMISES, uncovered } from './promises.ts';
import { TestReport } from './report.ts';

/** Returns the events that the test runner emits for one test in a suite. */
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

test('a test run succeeds if a test passed and none failed, and its last line contains the counts', () => {
  const { good, text } = reportOf(events('test:pass'));
  assert.equal(good, true);
  assert.match(text, /suite > one \(test\/a\.test\.ts:3\)/);
  assert.match(text, /\n1 passed, 0 failed, 0 skipped$/);
});

test('a test run fails if a test failed, and reports the assertion', () => {
  const { good, text } = reportOf([...events('test:pass'), ...events('test:fail')]);
  assert.equal(good, false);
  assert.match(text, /Failed:\nsuite > one \(test\/a\.test\.ts:3\)\nError: 1 is not 2/);
  assert.match(text, /\n1 passed, 1 failed, 0 skipped$/);
});

test('a test run fails if no test passed', () => {
  assert.equal(reportOf([]).good, false);
  const { good, text } = reportOf(events('test:pass', { skip: 'no such server' }));
  assert.equal(good, false);
  assert.match(text, /Skipped:\nsuite > one .*: no such server/);
});

test('a test run fails if a promise has no passed test', () => {
  const problems = uncovered([]);
  assert.equal(problems.length, PROMISES.length + Object.keys(ERROR_TESTS).length);
  assert.equal(reportOf(events('test:pass'), problems.slice(0, 1)).good, false);
  const passed = [...PROMISES.map(({ test }) => test), ...Object.values(ERROR_TESTS)];
  assert.deepEqual(uncovered(passed.map(([file, name]) => ({ file, name: `suite > ${name}` }))), []);
});

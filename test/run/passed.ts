import { readFileSync } from 'node:fs';
import { PASSED } from './folders.ts';
import type { PassedTest } from './report.ts';

/**
 * Returns a pattern for each end-to-end test that passed in the last `npm test`. The name of an end-to-end test contains
 * its case, so it does the same work in every suite. The number of cases in a unit test can depend on the suite.
 */
export function passedPatterns(): string[] {
  const passed = JSON.parse(readFileSync(PASSED, 'utf8')) as readonly PassedTest[];
  return passed.filter(({ file }) => file.startsWith('test/e2e/')).map(({ name }) => patternOf(name));
}

/** Returns the pattern of a test. Node compares it with the names of the suites and the test, separated by spaces. */
function patternOf(name: string): string {
  const escaped = name.replaceAll(' > ', ' ').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return `/^${escaped}$/`;
}

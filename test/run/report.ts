import { relative, sep } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** Number of tests in the list of the slowest tests. */
const SLOWEST = 10;

export interface PassedTest {
  /** Path relative to the root. */
  readonly file: string;
  readonly line: number | undefined;
  /** Names of its suites and its own name. */
  readonly name: string;
  readonly durationMs: number;
}

type TestEnd = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

/** Prints one line per test file and every failure in full; at the end, the slowest tests and the counts. */
export class TestReport {
  private readonly root: string;
  private readonly print: (line: string) => void;
  private readonly startedAt = performance.now();
  readonly passed: PassedTest[] = [];
  /** One text per failed test: its name, its place and its error. */
  readonly failed: string[] = [];
  private readonly skipped: string[] = [];
  /**
   * Names of the suites and the test that are running, outermost first. The runner reports the tests of a file in the
   * order of their definition and the files one after the other, even if it runs several files at once.
   */
  private readonly names: string[] = [];

  /** @param root folder that file names are relative to */
  constructor(root: string, print = (line: string): void => void process.stdout.write(`${line}\n`)) {
    this.root = root;
    this.print = print;
  }

  /** Processes one event of the test runner. */
  add({ type, data }: TestEvent): void {
    if (type === 'test:start') this.names.splice(data.nesting, this.names.length, data.name);
    else if (type === 'test:pass' || type === 'test:fail') this.testEnded({ type, data } as TestEnd);
    else if (type === 'test:stdout' || type === 'test:stderr') this.print(data.message.trimEnd());
    else if (type === 'test:diagnostic' && data.nesting > 0) this.print(`  ${this.names.join(' > ')}: ${data.message}`);
    else if (type === 'test:summary' && data.file !== undefined) {
      const { tests, passed, skipped } = data.counts;
      const failed = tests - passed - skipped;
      const counts = [
        `${passed} passed`,
        ...(failed > 0 ? [`${failed} FAILED`] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ];
      this.print(`${seconds(data.duration_ms)}  ${relative(this.root, data.file)}: ${counts.join(', ')}`);
    }
  }

  /**
   * Prints the end of the report.
   *
   * @param problems problems other than failed tests
   * @returns true if at least one test passed, none failed, and there are no other problems
   */
  end(problems: readonly string[] = []): boolean {
    const { passed, failed, skipped, print } = this;
    const slowest = passed.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
    print(`\nThe ${slowest.length} slowest tests:`);
    for (const { name, file, line, durationMs } of slowest) {
      print(`${seconds(durationMs)}  ${name} (${file}:${line})`);
    }
    if (skipped.length > 0) print(`\nSkipped:\n${skipped.join('\n')}`);
    if (failed.length > 0) print(`\nFailed:\n${failed.join('\n\n')}`);
    if (problems.length > 0) print(`\n${problems.join('\n')}`);
    const total = passed.length + failed.length + skipped.length;
    print(`\n${total} tests in ${((performance.now() - this.startedAt) / 1000).toFixed(0)} s`);
    // Keep the form of the last line: tools that parse the output of test runners search for it.
    print(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
    return failed.length === 0 && problems.length === 0 && passed.length > 0;
  }

  private testEnded({ type, data }: TestEnd): void {
    const file = relative(this.root, data.file ?? '')
      .split(sep)
      .join('/');
    const name = [...this.names.slice(0, data.nesting), data.name].join(' > ');
    const place = `${name} (${file}:${data.line})`;
    const { details } = data;
    if (type === 'test:fail') {
      const { error } = details as typeof details & { readonly error: Error & { failureType?: string } };
      // A suite fails because one of its tests failed, which has already been reported.
      if (error.failureType === 'subtestsFailed') return;
      const failure = `${place}\n${inspect(error.cause ?? error)}`;
      this.print(`FAILED  ${failure}`);
      this.failed.push(failure);
    } else if (details.type === 'suite') {
      return;
    } else if (data.skip !== undefined && data.skip !== false) {
      this.skipped.push(`${place}: ${data.skip}`);
    } else {
      this.passed.push({ file, line: data.line, name, durationMs: details.duration_ms });
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

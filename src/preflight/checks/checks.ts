import type { CopyError } from '../../errors.ts';
import { type Check, type Finding, ok } from './check.ts';
import { checksFailed } from './checks-failed.ts';

/** Runs checks one after the other and keeps their results, to report all failures together. */
export class Checks {
  private readonly found: Finding[] = [];
  private readonly explain: (error: unknown) => CopyError;
  private readonly signal: AbortSignal;

  /** @param explain converts whatever a check throws into an error that the user can act on */
  constructor(explain: (error: unknown) => CopyError, signal: AbortSignal) {
    this.explain = explain;
    this.signal = signal;
  }

  get findings(): readonly Finding[] {
    return this.found;
  }

  get haveFailed(): boolean {
    return this.failures().length > 0;
  }

  /** @throws only if the run was cancelled in the meantime */
  async run({ name, run }: Check): Promise<void> {
    try {
      this.found.push({ name, outcome: await run(this.signal) });
    } catch (error) {
      this.fail(name, error);
    }
  }

  /**
   * Runs a check whose result the run needs.
   *
   * @returns undefined if it failed
   */
  async find<T>(name: string, search: () => Promise<T>, says: (result: T) => string): Promise<T | undefined> {
    try {
      const result = await search();
      this.found.push({ name, outcome: ok(says(result)) });
      return result;
    } catch (error) {
      this.fail(name, error);
      return undefined;
    }
  }

  /** @throws {CopyError} the failure if there is one, CHECKS_FAILED if there are several */
  throwIfFailed(): void {
    const failures = this.failures();
    if (failures.length > 0) throw checksFailed(failures);
  }

  private fail(name: string, error: unknown): void {
    if (this.signal.aborted) throw error;
    this.found.push({ name, outcome: { status: 'failed', error: this.explain(error) } });
  }

  private failures(): CopyError[] {
    return this.found.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.error] : []));
  }
}

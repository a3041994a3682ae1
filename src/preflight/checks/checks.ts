import { CopyError } from '../../errors.ts';
import { type Check, type CheckResult, ok } from './check.ts';

/** Runs checks and keeps their results in this order, to report all failures together. */
export class PreflightChecks {
  private readonly found: CheckResult[];
  private readonly explain: (error: unknown) => CopyError;
  private readonly signal: AbortSignal;

  /** @param explain converts whatever a check throws into an error that the user can act on */
  constructor(explain: (error: unknown) => CopyError, signal: AbortSignal, found: CheckResult[] = []) {
    this.explain = explain;
    this.signal = signal;
    this.found = found;
  }

  /** Returns a view of the same results for checks whose errors are explained differently. */
  explainedBy(explain: (error: unknown) => CopyError): PreflightChecks {
    return new PreflightChecks(explain, this.signal, this.found);
  }

  get results(): readonly CheckResult[] {
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
  async find<T>(name: string, search: () => Promise<T>, describe: (result: T) => string): Promise<T | undefined> {
    try {
      const result = await search();
      this.found.push({ name, outcome: ok(describe(result)) });
      return result;
    } catch (error) {
      this.fail(name, error);
      return undefined;
    }
  }

  /**
   * Runs a check whose result the next one needs.
   *
   * @throws {CopyError} like `throwIfFailed`
   */
  async require<T>(name: string, search: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const result = await this.find(name, search, describe);
    this.throwIfFailed();
    return result as T;
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

/** Errors of credentials or clock. They affect every request, so they are reported once. */
const AFFECTS_EVERY_REQUEST = /^(CREDENTIALS_|CLOCK_SKEW$|ID_TOKEN_|ROLE_)/;

/**
 * Combines several failures into one error, because a step fails with one annotation. A single failure is returned as
 * it is.
 *
 * @param failures at least one
 */
export function checksFailed(failures: readonly CopyError[]): CopyError {
  const distinct = new Map(failures.toReversed().map((failure) => [identityOf(failure), failure]));
  const [first, ...others] = [...distinct.values()].toReversed();
  if (first && others.length === 0) return first;
  const lines = [...distinct.values()].toReversed().map(({ code, message, remedy }) => {
    return `- ${code}: ${[...message.split('\n'), remedy].join(' ')}`;
  });
  return new CopyError(
    'CHECKS_FAILED',
    `${lines.length} preflight checks failed:\n${lines.join('\n')}`,
    'Fix these problems, then re-run the job. Nothing was written.',
  );
}

function identityOf({ code, message }: CopyError): string {
  return AFFECTS_EVERY_REQUEST.test(code) ? code : `${code} ${message}`;
}

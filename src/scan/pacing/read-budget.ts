import { CopyError } from '../../errors.ts';
import { remedies } from '../../remedies.ts';
import { formatCapacityUnits } from './read-limit.ts';

/**
 * Records durably that attempts of this copy consume at most `units` in all.
 *
 * @throws if it cannot be recorded. No further request is sent then.
 */
type Record = (units: number) => Promise<void>;

/**
 * Fraction of the maximum that is recorded ahead of the consumption. An attempt that is killed counts with what it has
 * recorded, so this is also the largest part of the budget that it can lose.
 */
const RECORDED_AHEAD = 0.05;

/**
 * Maximum number of read capacity units (RCU) that a copy consumes in all attempts together.
 *
 * A request reserves the most that its page can cost before it is sent, and settles the consumed capacity that DynamoDB
 * reports. The maximum is therefore never exceeded, however many requests are in progress. What DynamoDB has consumed
 * for a lost response is unknown: its whole reservation counts as consumed.
 */
export class ReadBudget {
  private readonly max: number;
  private consumed: number;
  /** Units of requests in progress. */
  private reserved = 0;
  /** Units up to which requests can be sent. Until the maximum, they can be increased by recording more. */
  private granted: number;
  private record: Record | undefined;
  private recording: Promise<void> | undefined;
  private wasExceeded = false;
  private waiting: (() => void)[] = [];

  /**
   * @param max Infinity for no maximum
   * @param consumed units that earlier attempts have consumed, or at most can have consumed
   */
  constructor(max = Number.POSITIVE_INFINITY, consumed = 0) {
    this.max = max;
    this.granted = max;
    this.consumed = consumed;
  }

  /** Units that all attempts so far can have consumed at most. */
  get atMost(): number {
    return this.consumed + this.reserved;
  }

  /** From now on, requests are sent only if what they can consume is recorded. Does nothing without a maximum. */
  recordWith(record: Record): void {
    if (!Number.isFinite(this.max)) return;
    this.record = record;
    this.granted = 0;
  }

  /**
   * Reserves what a request can consume at most. If only the requests in progress can show whether the units are left,
   * waits for them.
   *
   * @throws {CopyError} READ_BUDGET_EXHAUSTED if the units are not left; from then on, for every request
   */
  async reserve(units: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const after = this.atMost + units;
      if (this.wasExceeded || (after > this.max && this.reserved === 0)) throw this.exhausted();
      if (after <= this.granted) break;
      if (after <= this.max) await this.recordAhead(after);
      else await this.nextSettlement(signal);
    }
    this.reserved += units;
  }

  /** Replaces a reservation with what was consumed; 0 if the request was not sent or was throttled. */
  settle(reserved: number, consumed: number): void {
    this.reserved -= reserved;
    this.consumed += consumed;
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  private recordAhead(units: number): Promise<void> {
    const ahead = Math.min(this.max, Math.max(units, this.atMost + RECORDED_AHEAD * this.max));
    this.recording ??= (this.record?.(ahead) ?? Promise.resolve())
      .then(() => {
        this.granted = ahead;
      })
      .finally(() => {
        this.recording = undefined;
      });
    return this.recording;
  }

  private nextSettlement(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.push(() => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
    });
  }

  private exhausted(): CopyError {
    this.wasExceeded = true;
    return new CopyError(
      'READ_BUDGET_EXHAUSTED',
      `The copy has consumed ${formatCapacityUnits(this.consumed)} of at most ${formatCapacityUnits(this.max)} read capacity units (RCU), in all attempts together. The next page could exceed this maximum.`,
      remedies.raiseReadBudget,
    );
  }
}

/** Returns true for the error of a request that the read budget does not allow. */
export function isReadBudgetExhausted(error: unknown): boolean {
  return error instanceof CopyError && error.code === 'READ_BUDGET_EXHAUSTED';
}

/**
 * Seconds of unused capacity that DynamoDB retains for bursts.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 */
const BURST_SECONDS = 300;

/**
 * Read capacity of a table in provisioned mode. It starts without burst capacity, like a fully used table, so that
 * reads above the provisioned capacity are throttled immediately.
 */
export class TokenBucket {
  private readonly unitsPerSecond: number;
  private readonly now: () => number;
  private tokens = 0;
  private filledAt: number;

  constructor(unitsPerSecond: number, now = () => performance.now()) {
    this.unitsPerSecond = unitsPerSecond;
    this.now = now;
    this.filledAt = now();
  }

  /** Returns whether a request is accepted. Its cost is known only afterwards and can make the balance negative. */
  hasAny(): boolean {
    this.fill();
    return this.tokens > 0;
  }

  spend(units: number): void {
    this.fill();
    this.tokens -= units;
  }

  private fill(): void {
    const now = this.now();
    const earned = (this.unitsPerSecond * (now - this.filledAt)) / 1000;
    this.tokens = Math.min(BURST_SECONDS * this.unitsPerSecond, this.tokens + earned);
    this.filledAt = now;
  }
}

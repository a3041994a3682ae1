/**
 * DynamoDB keeps what a table has not used of the last five minutes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 */
const BURST_SECONDS = 300;

/**
 * The capacity of a table in provisioned mode. It begins with nothing saved up, as that of a table in full use: what goes
 * beyond its capacity is throttled at once.
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

  /** Whether a request is let in; what it costs shows only then, and may leave a debt. */
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

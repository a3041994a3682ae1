import type { ScanStatus } from '../scan/scan-state.ts';

/** Progress of a copy at one point in time. */
export interface ThroughputSample {
  /** Seconds since the start of the copy. */
  readonly seconds: number;
  /** Uncompressed bytes written. */
  readonly bytes: number;
  /** Read capacity units consumed. */
  readonly units: number;
}

const FIRST_INTERVAL_MS = 1_000;
/**
 * Maximum number of samples that a chart can show. Above it, every second sample is dropped and the interval doubles.
 */
const MAX_SAMPLES = 60;

/** Records the progress of a copy at regular intervals, for the charts in the summary. */
export class ThroughputSamples {
  private samples: ThroughputSample[] = [];
  private interval = FIRST_INTERVAL_MS;
  private timer: NodeJS.Timeout | undefined;
  private readonly scan: Pick<ScanStatus, 'figures'>;
  private readonly startedAt: number;

  /** Starts the timer, which does not keep the process alive. */
  constructor(scan: Pick<ScanStatus, 'figures'>) {
    this.scan = scan;
    this.startedAt = Date.now();
    this.record();
    this.timer = setTimeout(() => this.tick(), this.interval).unref();
  }

  /** Samples in chronological order. The first was recorded at the start. */
  get all(): readonly ThroughputSample[] {
    return this.samples;
  }

  /** Stops the timer and records a last sample. */
  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    // Two samples in quick succession would give a random speed.
    if (Date.now() - this.startedAt - 1000 * (this.samples.at(-1)?.seconds ?? 0) >= this.interval / 2) this.record();
  }

  private tick(): void {
    this.record();
    if (this.samples.length > MAX_SAMPLES) {
      this.samples = this.samples.filter((_, index) => index % 2 === 0);
      this.interval *= 2;
    }
    this.timer = setTimeout(() => this.tick(), this.interval).unref();
  }

  private record(): void {
    const { uncompressedBytes: bytes, consumedReadCapacity: units } = this.scan.figures;
    this.samples.push({ seconds: (Date.now() - this.startedAt) / 1000, bytes, units });
  }
}

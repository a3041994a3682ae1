import type { ScanView } from '../../scan/scan-progress.ts';

/** What a copy had come to at a time. */
export interface Sample {
  /** Since the start of the copy. */
  readonly seconds: number;
  /** Bytes of lines. */
  readonly bytes: number;
  /** Read units. */
  readonly units: number;
}

const FIRST_INTERVAL_MS = 1_000;
/** As many as a chart can show. Where there would be more, every second one goes, and they come half as often. */
const MOST_SAMPLES = 60;

/** Looks at a copy every so often, for the chart of the summary. */
export class Samples {
  private samples: Sample[] = [];
  private interval = FIRST_INTERVAL_MS;
  private timer: NodeJS.Timeout | undefined;
  private readonly scan: Pick<ScanView, 'figures'>;
  private readonly startedAt: number;

  /** Begins; it holds no process open by itself. */
  constructor(scan: Pick<ScanView, 'figures'>) {
    this.scan = scan;
    this.startedAt = Date.now();
    this.look();
    this.timer = setTimeout(() => this.tick(), this.interval).unref();
  }

  /** In order of time; the first is that of the start. */
  get all(): readonly Sample[] {
    return this.samples;
  }

  /** Looks a last time. */
  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    // Two looks within an instant would make a speed of chance.
    if (Date.now() - this.startedAt - 1000 * (this.samples.at(-1)?.seconds ?? 0) >= this.interval / 2) this.look();
  }

  private tick(): void {
    this.look();
    if (this.samples.length > MOST_SAMPLES) {
      this.samples = this.samples.filter((_, index) => index % 2 === 0);
      this.interval *= 2;
    }
    this.timer = setTimeout(() => this.tick(), this.interval).unref();
  }

  private look(): void {
    const { uncompressedBytes: bytes, consumedReadCapacity: units } = this.scan.figures;
    this.samples.push({ seconds: (Date.now() - this.startedAt) / 1000, bytes, units });
  }
}

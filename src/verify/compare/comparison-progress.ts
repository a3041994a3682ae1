import type { SideName } from './difference-search.ts';

/** Figures of the reading that is in progress. */
export interface ComparisonFigures {
  /** Pass 1 decides whether the sides are equal. Pass 2 finds the keys of differences. 0 before the start. */
  readonly pass: 0 | 1 | 2;
  readonly side: SideName;
  /** Bytes of lines in DYNAMODB_JSON that were read in this pass from this side. */
  readonly lineBytes: number;
}

/** Progress of a comparison. Only the engine updates it. */
export class ComparisonProgress {
  private current: ComparisonFigures = { pass: 0, side: 'copy', lineBytes: 0 };

  get figures(): ComparisonFigures {
    return this.current;
  }

  startReading(pass: 1 | 2, side: SideName): void {
    this.current = { pass, side, lineBytes: 0 };
  }

  linesRead(bytes: number): void {
    this.current = { ...this.current, lineBytes: this.current.lineBytes + bytes };
  }
}

/**
 * A place in src/ that creates text for users. A `text` is a string or template literal of several words. The other
 * kinds are complete messages: an error, a line of the log, a problem in the inputs, or a row of the job summary.
 */
export interface Site {
  readonly id: number;
  /** Path such as `src/s3/bucket.ts`. */
  readonly file: string;
  readonly kind: 'error' | 'info' | 'notice' | 'warning' | 'group' | 'input' | 'row' | 'text';
  readonly line: number;
  readonly source: string;
  /** Fixed parts of its texts. */
  readonly fixed: readonly string[];
  /** True if the site contains texts. Otherwise its message comes from elsewhere, as a parameter. */
  readonly hasText: boolean;
}

/** Global function of record.ts: records the strings of a site and returns the values unchanged. */
export const RECORD = '__recordMessage';

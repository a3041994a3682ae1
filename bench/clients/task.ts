/** Task of a client. The SDK reads endpoints and credentials from the environment. */
export const TASK = {
  table: process.env['BENCH_TABLE'] ?? '',
  bucket: 'bench',
  segments: Number(process.env['BENCH_SEGMENTS'] ?? 16),
  /** `gzip`, `zstd` or `none`. */
  compression: process.env['BENCH_COMPRESSION'] ?? 'none',
  region: process.env['AWS_REGION'] ?? '',
} as const;

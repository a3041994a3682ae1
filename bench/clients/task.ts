/** What a client is to do; the endpoints and credentials are in the environment, as the SDK reads them. */
export const TASK = {
  table: process.env['BENCH_TABLE'] ?? '',
  bucket: 'bench',
  segments: Number(process.env['BENCH_SEGMENTS'] ?? 16),
  /** `gzip`, `zstd` or `none`. */
  compression: process.env['BENCH_COMPRESSION'] ?? 'none',
  region: process.env['AWS_REGION'] ?? '',
} as const;

import type { Compression } from '../s3/compression.ts';

/** Names of the compressions in ImportTable and StartBulkPutItems. */
export const COMPRESSION_TYPES = { gzip: 'GZIP', zstd: 'ZSTD', none: 'NONE' } as const satisfies Record<
  Compression,
  string
>;

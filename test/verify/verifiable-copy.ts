import { gzipSync, zstdCompressSync } from 'node:zlib';
import { transcodeIon } from '../../src/format/ion.ts';
import { transcodeJson } from '../../src/format/json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { copyInFolder } from '../../src/manifest/layout.ts';
import { openCopy, type StoredCopy } from '../../src/manifest/open-copy.ts';
import type { Compression } from '../../src/s3/compression.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { type VerifiedData, type VerifyDataOptions, verifyData } from '../../src/verify/verify-data.ts';
import { type VerifyFigures, VerifyProgress } from '../../src/verify/verify-progress.ts';
import { type CopyBucket, type CopyOptions, EPOCH, exportIdAt, openCopyBucket } from '../manifest/stored-copies.ts';

export const COMPRESS: Readonly<Record<Compression, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes, { level: 3 }),
  zstd: (bytes) => zstdCompressSync(bytes),
  none: (bytes) => bytes,
};

export const EXTENSIONS: Readonly<Record<Compression, string>> = { gzip: '.json.gz', zstd: '.json.zst', none: '.json' };

export type Format = 'DYNAMODB_JSON' | 'ION' | 'JSON' | 'CUSTOM';

/** Returns items as the JSON of DynamoDB, with the key attribute `pk`. */
export function itemsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const n = first + index;
    return `{"pk":{"S":"item-${n}"},"n":{"N":"${n}.5"},"b":{"B":"AAEC"},"set":{"NS":["1","2"]},"m":{"M":{"l":{"L":[{"NULL":true},{"BOOL":false}]}}},"text":{"S":"café \\"${'x'.repeat(n % 50)}\\""}}`;
  });
}

/** Returns the lines of items in a format. */
export function linesIn(format: Format, items: readonly string[]): string {
  if (format === 'CUSTOM') return items.map((_, index) => `${index};custom\n`).join('');
  if (format === 'DYNAMODB_JSON') return items.map((item) => `{"Item":${item}}\n`).join('');
  const lines = new LineBuffer(Buffer.alloc(1024));
  const transcode = format === 'ION' ? transcodeIon : transcodeJson;
  transcode(Buffer.from(`[${items.join()}]`), 1, lines);
  return lines.lines().toString();
}

export const ID = exportIdAt(EPOCH);
export const ROOT = `AWSDynamoDB/${ID}/`;

/** Names of the data objects of a copy, without extensions. */
export const NAMES = ['a', 'b', 'c'].map((letter) => letter.repeat(26));

export interface VerifiableOptions {
  readonly format?: Format;
  readonly compression?: Compression;
  /** Changes the bytes of the second object before its checksums are computed. */
  readonly repack?: (stored: Buffer, lines: string) => Buffer;
  /** Changes the text of the second object before it is compressed. */
  readonly relines?: (lines: string) => string;
  /** Number of items of the second object in the manifest. Default: 40. */
  readonly itemCount?: number;
  /** Members of manifest-copy.json. Default: a complete scan. Undefined for an export. */
  readonly scan?: Readonly<Record<string, unknown>> | undefined;
  readonly isExport?: boolean;
  readonly more?: CopyOptions;
}

/** Returns a copy of three data objects with 40 items each. */
export function verifiableCopy(options: VerifiableOptions = {}): CopyOptions {
  const { format = 'DYNAMODB_JSON', compression = 'gzip', repack, relines, itemCount = 40, isExport = false } = options;
  const objects = NAMES.map((name, index) => {
    const plain = linesIn(format, itemsFrom(100 * index, 40));
    const lines = index === 1 && relines ? relines(plain) : plain;
    const stored = COMPRESS[compression](Buffer.from(lines));
    return [name + EXTENSIONS[compression], index === 1 && repack ? repack(stored, lines) : stored, lines] as const;
  });
  const names = objects.map(([name]) => name);
  return {
    data: Object.fromEntries(objects.map(([name, stored]) => [name, stored])),
    itemCounts: Object.fromEntries(names.map((name, index) => [name, index === 1 ? itemCount : 40])),
    tableScope: 'table',
    hasChecksums: !isExport,
    summary: { outputFormat: format },
    ...(!isExport && {
      scan: {
        scope: 'table',
        compression,
        fileCount: 3,
        sizeBytes: objects.reduce((sum, [, stored]) => sum + stored.length, 0),
        uncompressedBytes: objects.reduce((sum, [, , lines]) => sum + Buffer.byteLength(lines), 0),
        ...options.scan,
      },
    }),
    ...options.more,
  };
}

export interface Verification {
  readonly verified?: VerifiedData;
  readonly error?: Error & { readonly code?: string; readonly remedy?: string };
  readonly figures: VerifyFigures;
  readonly notices: readonly string[];
}

/** Opens the copy and verifies it. */
export async function verify(
  { bucket }: Pick<CopyBucket, 'bucket'>,
  options: Partial<VerifyDataOptions> = {},
  change: (copy: StoredCopy) => StoredCopy = (copy) => copy,
): Promise<Verification> {
  const progress = new VerifyProgress();
  const notices: string[] = [];
  const logger = { info: () => {}, notice: (text: string) => notices.push(text), warning: () => {} };
  const signal = AbortSignal.timeout(60_000);
  const identity = copyInFolder(ROOT);
  if (!identity) throw new Error('not the folder of a copy');
  try {
    const copy = change(await openCopy(identity, { bucket, signal }));
    const context = { bucket, logger, waits: new PendingWaits(), signal };
    return { verified: await verifyData(copy, context, { progress, ...options }), figures: progress.figures, notices };
  } catch (error) {
    return { error: error as Error, figures: progress.figures, notices };
  }
}

/** Writes a copy, changes the bucket, and verifies the copy. */
export async function verifyChanged(
  options: VerifiableOptions,
  change: (fixture: CopyBucket) => Promise<void> = async () => {},
  verifyOptions: Partial<VerifyDataOptions> = {},
): Promise<Verification> {
  await using fixture = await openCopyBucket();
  await fixture.write(verifiableCopy(options));
  await change(fixture);
  return await verify(fixture, verifyOptions);
}

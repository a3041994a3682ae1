import { createHash } from 'node:crypto';
import type { DataFile } from '../manifest/manifests.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import { decompressed } from '../s3/decompression.ts';
import { type DownloadWaits, ObjectDownload } from '../s3/object-download.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import { DamagedObject, readFailure } from './damaged-object.ts';

/** Where the data objects of a copy are stored, and how. */
export interface DataObjectSource {
  readonly bucket: Bucket;
  readonly compression: Compression;
  /**
   * True if each object is one gzip member or one zstd frame, as this Action writes them. Other writers of native exports
   * may write several gzip members.
   */
  readonly hasOneMember: boolean;
  /** SHA-256 of the data objects, in lower-case hexadecimal digits, by key; undefined for a copy without them. */
  readonly checksums: ReadonlyMap<string, string> | undefined;
  readonly waits: DownloadWaits;
  readonly signal: AbortSignal;
}

/** Reads one data object from start to end, and compares it with its description in the manifests. */
export class DataObjectReader {
  private readonly file: DataFile;
  private readonly source: DataObjectSource;
  private readonly download: ObjectDownload;

  /** @param listed the object in the listing of the folder; undefined if it was not listed */
  constructor(file: DataFile, source: DataObjectSource, listed?: Pick<StoredObject, 'size' | 'etag'>) {
    this.file = file;
    this.source = source;
    const { bucket, waits, signal } = source;
    this.download = new ObjectDownload(bucket, file.key, waits, signal, listed);
  }

  /** Number of bytes received. */
  get received(): number {
    return this.download.received;
  }

  /**
   * Returns the decompressed bytes of the object in order. Only after the last of them is it known that they are those of
   * the manifests.
   *
   * @throws {DamagedObject} if the object is missing, cannot be decompressed, was replaced, or has other bytes
   * @throws {CopyError} NETWORK; errors of the SDK
   */
  async *content(): AsyncGenerator<Buffer, void, void> {
    const { download } = this;
    const { compression, hasOneMember, checksums } = this.source;
    const { key, md5 } = this.file;
    const sha256 = checksums && createHash('sha256');
    const stored = sha256 ? hashed(download.chunks(), sha256) : download.chunks();
    const chunks = decompressed(stored, compression, hasOneMember ? 'one' : 'several');
    try {
      const consumed = yield* chunks;
      if (consumed !== download.size) {
        const what = hasOneMember && compression === 'gzip' ? 'bytes after its gzip member' : 'bytes after its content';
        throw new DamagedObject(key, 'trailing bytes', `is damaged: it has ${what}`);
      }
      if (download.md5() !== md5) {
        throw new DamagedObject(key, 'md5', 'does not match its MD5 in manifest-files.json');
      }
      if (sha256 && sha256.digest('hex') !== checksums?.get(key)) {
        throw new DamagedObject(key, 'sha256', 'does not match its SHA-256 in manifest-sha256.txt');
      }
    } catch (error) {
      throw readFailure(error, key, 0);
    }
  }
}

/** Returns the same chunks after adding them to a hash. */
async function* hashed(
  chunks: AsyncIterable<Buffer>,
  hash: { update(chunk: Buffer): unknown },
): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

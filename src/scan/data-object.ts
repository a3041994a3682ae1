import type { DataFile } from '../manifest/manifests.ts';
import { COMPRESSIONS, type Compression, type Compressor } from '../s3/compression.ts';
import type { ObjectWriter } from '../s3/object-writer.ts';
import type { OpenUpload } from '../s3/open-uploads.ts';
import type { SealedObject } from '../s3/s3-objects.ts';

/** A data object being written. Compresses lines, uploads them to S3, and keeps the counts for the manifest. */
export class DataObject {
  /** Uncompressed bytes written so far, including the header. */
  uncompressedBytes = 0;
  /** Number of items written so far. */
  itemCount = 0;
  /** Milliseconds since 1970. */
  readonly begunAt = Date.now();
  private readonly writer: ObjectWriter;
  private header: Buffer | undefined;
  private readonly compressor: Compressor;
  private sealed: SealedObject | undefined;

  /** @param header written before the first line; counted in `uncompressedBytes` but not in `itemCount` */
  constructor(writer: ObjectWriter, compression: Compression, header?: Buffer) {
    this.writer = writer;
    this.header = header;
    this.compressor = COMPRESSIONS[compression].compressor((bytes) => writer.append(bytes));
  }

  /** Multipart upload of the object; undefined if none was started. */
  get upload(): OpenUpload | undefined {
    const { key, uploadId } = this.writer;
    return uploadId === undefined ? undefined : { key, uploadId };
  }

  /**
   * Writes whole lines. Resolves when `lines` is no longer in use.
   *
   * @returns number of uncompressed bytes written, including the header
   */
  async write(lines: Buffer, itemCount: number): Promise<number> {
    const { header, uncompressedBytes } = this;
    if (header) {
      this.header = undefined;
      await this.compressor.write(header);
      this.uncompressedBytes += header.length;
    }
    await this.compressor.write(lines);
    this.uncompressedBytes += lines.length;
    this.itemCount += itemCount;
    return this.uncompressedBytes - uncompressedBytes;
  }

  /** Uploads all remaining bytes. After that, only the request that creates the object remains. */
  async seal(): Promise<SealedObject> {
    if (!this.sealed) {
      await this.compressor.end();
      this.sealed = await this.writer.seal();
    }
    return this.sealed;
  }

  /**
   * Seals the object if necessary. Resolves when S3 has acknowledged it.
   *
   * @param isExclusive true to fail instead of replacing another object with the same key
   * @throws {KeyTaken} if `isExclusive` is true and the key exists
   */
  async complete(isExclusive = false): Promise<Required<DataFile>> {
    const { key, md5, sha256, size } = await this.seal();
    const { etag } = await this.writer.complete(isExclusive);
    return { itemCount: this.itemCount, md5, sha256, etag, key, size };
  }

  /** Discards the object: see ObjectWriter. */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    this.compressor.destroy();
    return this.writer.abort();
  }
}

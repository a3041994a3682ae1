import type { StoredFile } from '../backup/manifests.ts';
import { COMPRESSIONS, type Compression, type Compressor } from '../s3/compression.ts';
import type { SealedObject } from '../s3/find-object.ts';
import type { ObjectWriter } from '../s3/object-writer.ts';

/** A data object while it is written: lines in, compressed bytes out to S3, and the counts the manifest wants. */
export class DataObject {
  /** Bytes of lines taken in so far. */
  uncompressedBytes = 0;
  /** Items in them. */
  itemCount = 0;
  /** Milliseconds since 1970. */
  readonly begunAt = Date.now();
  private readonly writer: ObjectWriter;
  private header: Buffer | undefined;
  private readonly compressor: Compressor;
  private sealed: SealedObject | undefined;

  /** @param header written before the first line; it is no item, but counts as bytes */
  constructor(writer: ObjectWriter, compression: Compression, header?: Buffer) {
    this.writer = writer;
    this.header = header;
    this.compressor = COMPRESSIONS[compression].compressor((bytes) => writer.append(bytes));
  }

  /** The multipart upload that it has become, if it has. */
  get upload(): { readonly key: string; readonly uploadId: string } | undefined {
    const { key, uploadId } = this.writer;
    return uploadId === undefined ? undefined : { key, uploadId };
  }

  /**
   * Takes in whole lines; resolves when `lines` is no longer read from.
   *
   * @returns how many bytes that were, of the header too
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

  /** Resolves when S3 has every byte, and all that is left is to make them an object. */
  async seal(): Promise<SealedObject> {
    if (!this.sealed) {
      await this.compressor.end();
      this.sealed = await this.writer.seal();
    }
    return this.sealed;
  }

  /**
   * Seals the object if need be, and resolves when S3 has acknowledged it.
   *
   * @param isExclusive true to replace no object of the same key
   * @throws {KeyTaken} if there is another one
   */
  async complete(isExclusive = false): Promise<StoredFile> {
    await this.seal();
    const { key, etag, md5, size } = await this.writer.complete(isExclusive);
    return { itemCount: this.itemCount, md5, etag, key, size };
  }

  /** Ends an object that must not be: see ObjectWriter. */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    this.compressor.destroy();
    return this.writer.abort();
  }
}

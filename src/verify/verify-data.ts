import { DamagedObject } from '../data-objects/damaged-object.ts';
import type { DataObjectSource } from '../data-objects/data-object-reader.ts';
import { createLineChecker, hasTypedValues, keyAttributesOf } from '../data-objects/lines-of-copy.ts';
import type { KeyDefinition } from '../format/check-lines.ts';
import type { OnItems } from '../format/line-checker.ts';
import { inParallel } from '../in-parallel.ts';
import type { Logger } from '../logger.ts';
import { compareStoredObjects, isSameObject } from '../manifest/data-objects.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { StoredCopy } from '../manifest/open-copy.ts';
import { formatCountOf } from '../message-text.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/error-status.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import { DamageReport } from './damage-report.ts';
import { readObject } from './read-object.ts';
import { chooseSample, type Sample } from './sample.ts';
import { VerifyProgress } from './verify-progress.ts';

export interface VerifyDataContext {
  readonly bucket: Bucket;
  readonly logger: Logger;
  readonly waits: PendingWaits;
  readonly signal: AbortSignal;
}

export interface VerifyDataOptions {
  /** Data objects to read. Default: all. */
  readonly sample?: Sample | undefined;
  readonly progress: VerifyProgress;
  /** Receives the items of a full copy in DYNAMODB_JSON or ION, before it is known whether their object is intact. */
  readonly onItems?: OnItems | undefined;
  /** Attributes that each item must have once. Default: the key of the copied table, if the copy contains the whole table. */
  readonly keyAttributes?: readonly KeyDefinition[] | undefined;
}

/** What was verified. */
export interface VerifiedData {
  /** Data objects of the copy. */
  readonly objectCount: number;
  /** Data objects that were read. */
  readonly checkedObjectCount: number;
  /** Items in them. If the lines are not checked, this is the number in the manifest. */
  readonly itemCount: number;
  /** Size of these data objects in bytes. */
  readonly bytesRead: number;
  readonly uncompressedBytes: number;
  /** False for the format CUSTOM: only the bytes were verified. */
  readonly isLineChecked: boolean;
  /** True if each item was verified to have the key attributes of the table. */
  readonly areKeysChecked: boolean;
  /** True if the data objects were compared with manifest-sha256.txt. */
  readonly hasChecksums: boolean;
  /** Data objects whose ETag is not that of the manifest, but whose MD5 is. */
  readonly changedEtagCount: number;
}

/**
 * Reads the data objects of a copy, or a sample of them, and verifies each completely: size, MD5, SHA-256 if the copy has
 * it, compression, every line and the number of lines. Verifies with a listing that all data objects exist and that their
 * folder contains nothing else. Continues after a problem, to report all of them.
 *
 * Memory: 16 * (buffers of S3 and of the decompressor, and 256 KiB of lines). Memory does not depend on the size of the
 * copy, except for 200 bytes per data object.
 *
 * @param copy a copy whose manifests are verified
 * @throws {CopyError} COPY_DAMAGED; ACCESS_DENIED or OBJECT_ARCHIVED if nothing is damaged but objects cannot be read
 * @throws {CopyError} NETWORK; errors of the SDK
 */
export async function verifyData(
  copy: StoredCopy,
  context: VerifyDataContext,
  options: VerifyDataOptions,
): Promise<VerifiedData> {
  return await new DataVerification(copy, context, options).run();
}

class DataVerification {
  private readonly copy: StoredCopy;
  private readonly context: VerifyDataContext;
  private readonly options: VerifyDataOptions;
  private readonly report = new DamageReport();
  private readonly keys: readonly KeyDefinition[] | undefined;
  private readonly listed = new Map<string, Pick<StoredObject, 'size' | 'etag'>>();
  /** What this verification has read. The caller's progress can contain other verifications too. */
  private readonly total = new VerifyProgress();

  constructor(copy: StoredCopy, context: VerifyDataContext, options: VerifyDataOptions) {
    this.copy = copy;
    this.context = context;
    this.options = options;
    this.keys = hasTypedValues(copy) ? (options.keyAttributes ?? keyAttributesOf(copy)) : undefined;
  }

  async run(): Promise<VerifiedData> {
    const { copy, report } = this;
    const { sample, progress } = this.options;
    const chosen = sample ? chooseSample(copy.files, sample) : copy.files;
    const changed = await this.compareListing(new Set(chosen.map(({ key }) => key)));
    progress.plan(chosen.length);
    await this.readAll(chosen);
    const { checkedObjectCount, bytesRead, uncompressedBytes, itemCount } = this.total.figures;
    const isLineChecked = copy.outputFormat !== 'CUSTOM';
    const expected = copy.uncompressedBytes;
    if (!sample && report.isEmpty && expected !== undefined && expected !== uncompressedBytes) {
      report.addContradiction('The uncompressedBytes in manifest-copy.json are not those of the data objects.');
    }
    const { bucket, logger } = this.context;
    if (!report.isEmpty) throw report.error(`s3://${bucket.name}/${copy.dataFolder}`, copy.files.length);
    if (changed > 0) {
      const objects = formatCountOf(changed, 'data object');
      logger.notice(
        `The ETags of ${objects} are not those of the manifest, but the MD5s are. Replication and KMS keys can change ETags.`,
      );
    }
    return {
      ...{ objectCount: copy.files.length, checkedObjectCount, bytesRead, uncompressedBytes, isLineChecked },
      itemCount: isLineChecked ? itemCount : chosen.reduce((sum, file) => sum + file.itemCount, 0),
      areKeysChecked: this.keys !== undefined,
      hasChecksums: copy.checksums !== undefined,
      changedEtagCount: changed,
    };
  }

  /**
   * Compares the listing of the data objects with the manifest. An ETag that differs is a problem only if the object is
   * not read: otherwise, its MD5 decides.
   *
   * @returns number of objects to read whose ETag differs
   */
  private async compareListing(toRead: ReadonlySet<string>): Promise<number> {
    const { copy, report, listed } = this;
    const { bucket, signal } = this.context;
    const isSame = (file: DataFile, object: Pick<StoredObject, 'size' | 'etag'>) => {
      listed.set(file.key, object);
      return isSameObject(file, object);
    };
    const difference = await compareStoredObjects(copy, bucket, signal, isSame);
    for (const key of difference.missing) report.add('missing', key);
    for (const key of difference.unexpected) report.add('unexpected', key);
    for (const key of difference.denied) report.add('denied', key);
    const unread = difference.changed.filter((key) => !toRead.has(key));
    for (const key of unread) report.add('changed', key);
    if (difference.missing.length === 0 && (copy.sizeBytes ?? difference.sizeBytes) !== difference.sizeBytes) {
      report.addContradiction('The sizeBytes in manifest-copy.json are not those of the data objects.');
    }
    this.options.progress.objectsFailed(report.objectCount);
    return difference.changed.length - unread.length;
  }

  private async readAll(chosen: readonly DataFile[]): Promise<void> {
    const { copy, context, listed } = this;
    const { bucket, waits } = context;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const { compression, checksums, engine } = copy;
    const source: DataObjectSource = {
      ...{ bucket, compression, checksums, waits, signal },
      hasOneMember: engine === 'scan',
    };
    const existing = chosen.filter(({ key }) => listed.has(key));
    await inParallel(existing, (file) => this.verifyObject(file, source)).catch((error: unknown) => {
      stop.abort(error);
      throw error;
    });
  }

  /** Reads one data object, and adds its problem to the report. */
  private async verifyObject(file: DataFile, source: DataObjectSource): Promise<void> {
    const { report } = this;
    const { progress } = this.options;
    try {
      const lines = createLineChecker(this.copy, this.keys ?? [], this.options.onItems);
      await readObject({ file, source, listed: this.listed.get(file.key), lines }, (more) => {
        this.total.read(more);
        progress.read(more);
      });
      this.total.objectChecked();
      progress.objectChecked();
    } catch (error) {
      source.signal.throwIfAborted();
      if (error instanceof DamagedObject) report.addDamaged(file.key, error);
      else if (isDenied(error)) report.addUnreadable('denied', file.key, error);
      else if ((error as Error).name === 'InvalidObjectState') report.addUnreadable('archived', file.key, error);
      else throw error;
      progress.objectsFailed(1);
    }
  }
}

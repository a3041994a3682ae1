import { addCounts, type Counts, subtractCounts, zeroCounts } from '../../manifest/counts.ts';
import type { DataFile } from '../../manifest/manifests.ts';
import type { FoundObject } from '../../s3/find-object.ts';
import type { OpenUpload } from '../../s3/open-uploads.ts';
import type { SealedObject } from '../../s3/s3-objects.ts';
import {
  type PendingObject,
  type Position,
  type SealedFiles,
  type SegmentState,
  START,
  type StartKey,
} from './resume-state.ts';
import { storedFileOf } from './settle-segments.ts';

/** Writes the checkpoints of all segments of a run. */
export interface CheckpointWriter {
  /** The attempt that writes the checkpoints. */
  readonly attempt: number;
  write(index: number, state: SegmentState): Promise<void>;
  /** Writes entries of stored objects to the nth file of the segment and attempt (from 0), which is never rewritten. */
  seal(index: number, n: number, files: readonly Required<DataFile>[]): Promise<void>;
  /** @throws {CopyError} TAKEN_OVER if the run lock is lost */
  confirmOwner(): Promise<void>;
  find(object: SealedObject): Promise<FoundObject>;
  /** Milliseconds between two checkpoints that only record how far a segment was read. */
  readonly pauseMs: number;
}

/** An object of an earlier attempt that arrived late and is used instead of an object of this attempt. */
export interface LateObject {
  readonly file: Required<DataFile>;
  /** Start key of the segment after this object; undefined at the end of the segment. */
  readonly next: StartKey | undefined;
  /** Counts of the pages up to `next` minus the counts of the pages that were read; values can be negative. */
  readonly change: Readonly<Counts>;
}

/**
 * Number of entries of stored objects that are moved out of the checkpoint at once. Each entry is rewritten with at
 * most this many checkpoints. The total bytes written therefore grow with the number of objects and not with its
 * square.
 */
const FILES_PER_SEALED_FILE = 32;

/**
 * Checkpoint of one segment, updated as its worker makes progress. If the run keeps no checkpoints, the methods do
 * nothing.
 *
 * The checkpoint never records more than S3 has: its position advances only when an object is stored, or after pages
 * that left nothing to store.
 */
export class SegmentCheckpoint {
  private readonly index: number;
  private readonly writer: CheckpointWriter | undefined;
  private sealed: readonly SealedFiles[];
  private files: readonly Required<DataFile>[];
  private late: readonly PendingObject[];
  private readonly counts: Counts = zeroCounts();
  private position: Position;
  private upload: OpenUpload | undefined;
  private writtenAt = Date.now();
  /** True if the checkpoint that was last written is up to date. */
  private isRecorded = true;
  /** Number of pages that left nothing to store and are not covered by the checkpoint that was last written. */
  private unrecordedPages = 0;

  /** @param writer undefined if the run keeps no checkpoints */
  constructor(index: number, writer: CheckpointWriter | undefined, from?: SegmentState) {
    this.index = index;
    this.writer = writer;
    this.sealed = from?.sealed ?? [];
    this.files = from?.files ?? [];
    this.late = from?.late ?? [];
    this.position = from?.position ?? START;
    addCounts(this.counts, this.position.counts);
  }

  /** Key at which the segment continues after what earlier attempts stored; undefined at the start and at the end. */
  get startKey(): StartKey | undefined {
    return this.position.startKey;
  }

  /** True if checkpoints are kept. Objects should then be completed early: a re-run skips only what is stored. */
  get keepsCheckpoints(): boolean {
    return this.writer !== undefined;
  }

  /**
   * Key that the next object of the segment must use, since an object of an earlier attempt may still arrive under it.
   */
  get nextKey(): string | undefined {
    return this.late[0]?.object.key;
  }

  count(more: Partial<Readonly<Counts>>): void {
    if (this.writer) addCounts(this.counts, more);
  }

  /**
   * Records an object before the request that creates it is sent, so every object in S3 is named in a checkpoint. The
   * owner of the copy is checked after that. A later attempt first takes the run lock and then reads the checkpoints:
   * either it finds this object, or this attempt finds that the lock is lost.
   */
  async objectPending(object: SealedObject, itemCount: number, next: StartKey | undefined): Promise<void> {
    if (!this.writer) return;
    await this.write({ object, itemCount, after: this.positionAt(next) });
    await this.writer.confirmOwner();
  }

  /**
   * Records that S3 has the object. This is written with the next checkpoint. Until then, the object is still listed as
   * pending, and a request to S3 shows whether it exists.
   */
  objectStored(file: Required<DataFile>, next: StartKey | undefined): void {
    if (!this.writer) return;
    this.files = [...this.files, file];
    this.late = [];
    this.position = this.positionAt(next);
    this.upload = undefined;
    this.isRecorded = next === undefined;
  }

  /**
   * Handles a different object that S3 has under the key of an object of this attempt. If it belongs to an earlier
   * attempt, it is used instead.
   *
   * @returns undefined if it does not belong to an earlier attempt
   */
  async adoptLateObject(): Promise<LateObject | undefined> {
    for (const object of this.late) {
      const found = await this.writer?.find(object.object);
      if (typeof found !== 'object') continue;
      const file = storedFileOf(object, found);
      const change = subtractCounts(this.counts, object.after.counts);
      addCounts(this.counts, change);
      this.objectStored(file, object.after.startKey);
      // The checkpoint must still be written, even at the end of the segment: unlike a pending object of this attempt,
      // the late object is in no checkpoint that records what comes after it.
      this.isRecorded = false;
      return { file, next: object.after.startKey, change };
    }
    return undefined;
  }

  /**
   * Updates the checkpoint after a page was read.
   *
   * @param open the open object, if there is one. Its `upload` is recorded once its ID is known, so a later attempt can
   *   abort it if this process cannot.
   */
  async pageDone(next: StartKey | undefined, open: { readonly upload: OpenUpload | undefined } | undefined) {
    if (!this.writer) return;
    if (!open && !this.position.ended) {
      this.position = this.positionAt(next);
      this.isRecorded = false;
      this.unrecordedPages += 1;
    } else if (open?.upload && open.upload.uploadId !== this.upload?.uploadId) {
      this.upload = open.upload;
      await this.write();
    }
    // With many segments, each may end before its pause does. Reading a single page again costs no more than recording
    // it.
    const isWorthIt = this.position.ended && this.unrecordedPages > 1;
    if (!this.isRecorded && (isWorthIt || Date.now() - this.writtenAt >= this.writer.pauseMs)) await this.write();
  }

  /** Writes the checkpoint if the one that was last written is not up to date. */
  async flush(): Promise<void> {
    if (this.writer && !this.isRecorded) await this.write();
  }

  private positionAt(next: StartKey | undefined): Position {
    return { startKey: next, ended: next === undefined, counts: { ...this.counts } };
  }

  private async write(pending?: PendingObject): Promise<void> {
    await this.seal();
    const { index, position, sealed, files, upload, late } = this;
    this.writtenAt = Date.now();
    await this.writer?.write(index, { position, sealed, files, pending, upload, late });
    this.isRecorded = true;
    this.unrecordedPages = 0;
  }

  /** Moves entries out of the checkpoint. The file with the entries is written before the checkpoint that counts it. */
  private async seal(): Promise<void> {
    if (!this.writer || this.files.length < FILES_PER_SEALED_FILE) return;
    const { attempt } = this.writer;
    const others = this.sealed.filter((sealed) => sealed.attempt !== attempt);
    const count = this.sealed.find((sealed) => sealed.attempt === attempt)?.count ?? 0;
    await this.writer.seal(this.index, count, this.files);
    this.sealed = [...others, { attempt, count: count + 1 }];
    this.files = [];
  }
}

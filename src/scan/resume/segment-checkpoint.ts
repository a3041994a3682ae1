import { addCounts, type Counts, difference, noCounts } from '../../backup/counts.ts';
import type { StoredFile } from '../../backup/manifests.ts';
import type { FoundObject, SealedObject } from '../../s3/find-object.ts';
import type { OpenUpload } from '../../s3/objects.ts';
import { storedFile } from './leftovers.ts';
import {
  type PendingObject,
  type Position,
  type SealedFiles,
  type SegmentState,
  START,
  type StartKey,
} from './state.ts';

/** What keeps the checkpoints of a run; segments hand theirs to it. */
export interface Checkpoints {
  /** The attempt that writes them. */
  readonly attempt: number;
  write(index: number, state: SegmentState): Promise<void>;
  /** Writes entries of stored objects, once and for all, as the nth file of the segment and attempt (from 0). */
  seal(index: number, n: number, files: readonly StoredFile[]): Promise<void>;
  /** @throws {CopyError} TAKEN_OVER where a later attempt goes on with the copy */
  confirmOwner(): Promise<void>;
  find(object: SealedObject): Promise<FoundObject>;
  /** Milliseconds between two checkpoints that only say how far a segment was read. */
  readonly pauseMs: number;
}

/** An object of an earlier attempt that arrived late, and took the place of one of this attempt. */
export interface LateObject {
  readonly file: StoredFile;
  /** Where the segment goes on after it; undefined at its end. */
  readonly next: StartKey | undefined;
  /** What the pages up to there count more (or less) than those that were read. */
  readonly change: Readonly<Counts>;
}

/**
 * Entries of stored objects that are moved out of the checkpoint at once: each is written again with at most as many
 * checkpoints, so that their bytes grow with the number of objects and not with its square.
 */
const FILES_PER_SEALED_FILE = 32;

/**
 * The checkpoint of one segment, kept as its worker goes on. Where the run keeps none, all of it does nothing.
 *
 * It never tells more than S3 has: its position moves with the objects that are stored, or with pages that left nothing
 * to store.
 */
export class SegmentCheckpoint {
  private readonly index: number;
  private readonly kept: Checkpoints | undefined;
  private sealed: readonly SealedFiles[];
  private files: readonly StoredFile[];
  private late: readonly PendingObject[];
  private readonly counts: Counts = noCounts();
  private position: Position;
  private upload: OpenUpload | undefined;
  private writtenAt = Date.now();
  /** Whether what was last written tells all there is to tell. */
  private told = true;
  /** Pages that left nothing to store, and that would be read again by what was last written. */
  private pagesUntold = 0;

  /** @param kept undefined where the run keeps no checkpoints */
  constructor(index: number, kept: Checkpoints | undefined, from?: SegmentState) {
    this.index = index;
    this.kept = kept;
    this.sealed = from?.sealed ?? [];
    this.files = from?.files ?? [];
    this.late = from?.late ?? [];
    this.position = from?.position ?? START;
    addCounts(this.counts, this.position.counts);
  }

  /** Where an earlier attempt left off. */
  get startKey(): StartKey | undefined {
    return this.position.startKey;
  }

  /** True where objects should not grow old, as only what is stored is not read again. */
  get isKept(): boolean {
    return this.kept !== undefined;
  }

  /** Key that the segment's next object must take, as one of an earlier attempt may still arrive there. */
  get nextKey(): string | undefined {
    return this.late[0]?.object.key;
  }

  count(more: Partial<Readonly<Counts>>): void {
    if (this.kept) addCounts(this.counts, more);
  }

  /**
   * Names an object before S3 is told to make it one, so that no object can be there that is named nowhere. The owner is
   * looked for after that: an attempt that takes over does so before it reads the names.
   */
  async objectPending(object: SealedObject, itemCount: number, next: StartKey | undefined): Promise<void> {
    if (!this.kept) return;
    await this.write({ object, itemCount, after: this.positionAt(next) });
    await this.kept.confirmOwner();
  }

  /** S3 has the object. That is written down with what comes next: until then, a look at S3 tells it. */
  objectStored(file: StoredFile, next: StartKey | undefined): void {
    if (!this.kept) return;
    this.files = [...this.files, file];
    this.late = [];
    this.position = this.positionAt(next);
    this.upload = undefined;
    this.told = next === undefined;
  }

  /**
   * S3 has another object than this attempt's under its key. One of an earlier attempt counts in its place.
   *
   * @returns undefined if it is none of an earlier attempt's
   */
  async adoptLateObject(): Promise<LateObject | undefined> {
    for (const object of this.late) {
      const found = await this.kept?.find(object.object);
      if (typeof found !== 'object') continue;
      const file = storedFile(object, found);
      const change = difference(this.counts, object.after.counts);
      addCounts(this.counts, change);
      this.objectStored(file, object.after.startKey);
      // Unlike a pending object of its own, it is named in no checkpoint that says what comes after it.
      this.told = false;
      return { file, next: object.after.startKey, change };
    }
    return undefined;
  }

  /**
   * A page was read, and an object may be open.
   *
   * @param open `upload` once it is known, so that it can be aborted if this process cannot do it
   */
  async pageDone(next: StartKey | undefined, open: { readonly upload: OpenUpload | undefined } | undefined) {
    if (!this.kept) return;
    if (!open && !this.position.ended) {
      this.position = this.positionAt(next);
      this.told = false;
      this.pagesUntold += 1;
    } else if (open?.upload && open.upload.uploadId !== this.upload?.uploadId) {
      this.upload = open.upload;
      await this.write();
    }
    // Of many segments, each may be over before its pause is. A single page costs no more to read again than to note.
    const isWorthIt = this.position.ended && this.pagesUntold > 1;
    if (!this.told && (isWorthIt || Date.now() - this.writtenAt >= this.kept.pauseMs)) await this.write();
  }

  private positionAt(next: StartKey | undefined): Position {
    return { startKey: next, ended: next === undefined, counts: { ...this.counts } };
  }

  private async write(pending?: PendingObject): Promise<void> {
    await this.seal();
    const { index, position, sealed, files, upload, late } = this;
    this.writtenAt = Date.now();
    await this.kept?.write(index, { position, sealed, files, pending, upload, late });
    this.told = true;
    this.pagesUntold = 0;
  }

  /** Moves entries out of the checkpoint; the file with them is written before the checkpoint that counts it. */
  private async seal(): Promise<void> {
    if (!this.kept || this.files.length < FILES_PER_SEALED_FILE) return;
    const { attempt } = this.kept;
    const others = this.sealed.filter((sealed) => sealed.attempt !== attempt);
    const count = this.sealed.find((sealed) => sealed.attempt === attempt)?.count ?? 0;
    await this.kept.seal(this.index, count, this.files);
    this.sealed = [...others, { attempt, count: count + 1 }];
    this.files = [];
  }
}

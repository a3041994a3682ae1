import { addCounts, type Counts, noCounts } from '../../backup/counts.ts';
import type { StoredFile } from '../../backup/manifests.ts';
import type { SealedObject } from '../../s3/find-object.ts';
import type { OpenUpload } from '../../s3/objects.ts';
import { type Position, type SegmentState, START, type StartKey } from './state.ts';

/** What keeps the checkpoints of a run; segments hand theirs to it. */
export interface Checkpoints {
  write(index: number, state: SegmentState): Promise<void>;
  /** @throws {CopyError} TAKEN_OVER where a later attempt goes on with the copy */
  confirmOwner(): Promise<void>;
  /** Milliseconds between two checkpoints that only say how far a segment was read. */
  readonly pauseMs: number;
}

/**
 * The checkpoint of one segment, kept as its worker goes on. Where the run keeps none, all of it does nothing.
 *
 * It never tells more than S3 has: its position moves with the objects that are stored, or with pages that left nothing
 * to store.
 */
export class SegmentCheckpoint {
  private readonly index: number;
  private readonly kept: Checkpoints | undefined;
  private readonly files: StoredFile[];
  private readonly givenUp: readonly string[];
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
    this.files = [...(from?.files ?? [])];
    this.givenUp = from?.givenUp ?? [];
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
    this.files.push(file);
    this.position = this.positionAt(next);
    this.upload = undefined;
    this.told = next === undefined;
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

  private async write(pending?: SegmentState['pending']): Promise<void> {
    const { index, position, files, upload, givenUp } = this;
    this.writtenAt = Date.now();
    await this.kept?.write(index, { position, files, pending, upload, givenUp, writtenAt: this.writtenAt });
    this.told = true;
    this.pagesUntold = 0;
  }
}

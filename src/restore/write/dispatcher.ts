import { Batch, type BatchItem } from './batch.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { ObjectPace } from './write-pacing.ts';

/** Writes the batches of all data objects: a limited number at the same time, in the order of their arrival. */
export class Dispatcher {
  /** True as soon as a request was sent. The table can then contain items, even if no response arrived. */
  hasStarted = false;
  private readonly writer: BatchWriter;
  private readonly tableName: string;
  private readonly onFailure: (error: unknown) => void;
  private readonly free: Batch[] = [];
  private readonly waiting: (() => void)[] = [];
  private slots: number;

  /**
   * @param maximum maximum number of batches that are written at the same time
   * @param onFailure receives the error of a batch; it stops the load
   */
  constructor(writer: BatchWriter, tableName: string, maximum: number, onFailure: (error: unknown) => void) {
    this.writer = writer;
    this.tableName = tableName;
    this.slots = maximum;
    this.onFailure = onFailure;
  }

  /** Returns an empty batch. The batch that was returned last may still be in the CPU cache. */
  takeBatch(): Batch {
    return this.free.pop() ?? new Batch(this.tableName);
  }

  /**
   * Waits until fewer batches than the maximum are being written, then starts to write one.
   *
   * @param onDone called with the items when they are written, or when the write has failed
   * @returns a promise that resolves with another one, `done`, which never rejects
   */
  async write(batch: Batch, pace: ObjectPace, onDone: (items: readonly BatchItem[]) => void) {
    if (this.slots > 0) this.slots -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.hasStarted = true;
    const done = this.writer
      .write(batch, pace)
      .catch(this.onFailure)
      .then(() => {
        onDone(batch.items);
        batch.clear();
        this.free.push(batch);
        this.release();
      });
    return { done };
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.slots += 1;
  }
}

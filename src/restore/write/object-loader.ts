import { DamagedObject, readFailure } from '../../data-objects/damaged-object.ts';
import { DataObjectReader } from '../../data-objects/data-object-reader.ts';
import { IonLines } from '../../format/ion-lines.ts';
import { keyIn } from '../../format/item-key.ts';
import { ItemLines } from '../../format/item-lines.ts';
import type { DataFile } from '../../manifest/manifests.ts';
import type { Batch } from './batch.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { LoadContext } from './load-context.ts';
import { estimatedUnits, type ObjectPace } from './write-pacing.ts';

/**
 * Reads one data object and writes its items. Several of its batches are written at the same time, but never two with an
 * item of the same key: the last line of a key is the one that remains in the table.
 */
export class ObjectLoader {
  private readonly file: DataFile;
  private readonly load: LoadContext;
  private readonly dispatcher: Dispatcher;
  private readonly pace: ObjectPace;
  private readonly lines: ItemLines;
  /** Batch that is being filled. */
  private batch: Batch | undefined;
  private batchUnits = 0;
  /** Keys of the items in this batch and in those that are being written. */
  private readonly keys = new Set<string>();
  private readonly writing = new Set<Promise<void>>();

  constructor(file: DataFile, load: LoadContext, dispatcher: Dispatcher) {
    this.file = file;
    this.load = load;
    this.dispatcher = dispatcher;
    this.pace = load.pacing.startObject();
    this.lines = new ItemLines(load.request.keyAttributes);
  }

  /**
   * Writes every item of the object.
   *
   * @throws {DamagedObject} if the object differs from its description in the manifest
   * @throws the error of a request
   */
  async run(): Promise<void> {
    try {
      await this.read();
      await this.flush();
    } finally {
      await this.written();
    }
  }

  private async read(): Promise<void> {
    const { request, waits, signal } = this.load;
    const { lines, file } = this;
    const ion = request.format === 'ION' ? new IonLines() : undefined;
    try {
      for await (const chunk of new DataObjectReader(file, { ...request, waits, signal }).content()) {
        lines.append(ion ? ion.append(chunk) : chunk);
        await this.addLines();
      }
      if (ion) {
        lines.append(ion.finish());
        await this.addLines();
      }
      lines.finish();
      await this.addLines();
      if (lines.count !== file.itemCount) throw this.wrongCount();
    } catch (error) {
      throw readFailure(error, file.key, lines.count);
    }
  }

  private async addLines(): Promise<void> {
    const { lines, keys } = this;
    while (lines.next()) {
      if (lines.count > this.file.itemCount) throw this.wrongCount();
      const key = keyIn(lines.bytes, lines.keys);
      if (key !== undefined && keys.has(key)) {
        await this.flush();
        await this.written();
      }
      const units = estimatedUnits(lines.end - lines.start);
      if (this.batch && !this.hasRoom(this.batch, units)) await this.flush();
      this.batch ??= this.dispatcher.takeBatch();
      this.batch.add(lines.bytes, lines.start, lines.end, key);
      this.batchUnits += units;
      if (key !== undefined) keys.add(key);
    }
  }

  private hasRoom(batch: Batch, units: number): boolean {
    const { pacing } = this.load;
    if (!batch.fits(this.lines.end - this.lines.start)) return false;
    return batch.items.length === 0 || pacing.expected(this.batchUnits + units) <= pacing.maxBatchUnits();
  }

  /** Starts to write the batch. Waits until fewer batches are being written than the maximum. */
  private async flush(): Promise<void> {
    const { batch } = this;
    if (!batch) return;
    this.batch = undefined;
    this.batchUnits = 0;
    const writing = await this.dispatcher.write(batch, this.pace, (items) => {
      for (const { key } of items) if (key !== undefined) this.keys.delete(key);
    });
    this.writing.add(writing.done);
    writing.done.finally(() => this.writing.delete(writing.done)).catch(() => {});
  }

  /** Waits until no batch of the object is being written. Failures stop the whole load; the dispatcher records them. */
  private async written(): Promise<void> {
    await Promise.allSettled(this.writing);
    this.load.signal.throwIfAborted();
  }

  private wrongCount(): DamagedObject {
    return new DamagedObject(
      this.file.key,
      'count',
      `does not have the ${this.file.itemCount} lines that manifest-files.json lists`,
    );
  }
}

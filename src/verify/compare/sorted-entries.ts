import type { Cursor } from '../../format/cursor.ts';
import { LineBuffer } from '../../format/lines.ts';
import { LENGTH_BYTES } from './canonical-scalars.ts';

/** Number of entries up to which a simple sort is faster than the general one. */
const FEW = 24;

/**
 * Sorts the entries of maps and the elements of sets in the output of a cursor. An entry is a field whose content begins
 * with another field, by which the entries are sorted.
 *
 * Maps can contain maps: the entries of an inner map are added and sorted before the next entry of the outer one.
 */
export class SortedEntries {
  /** Start of each entry of the maps and sets that are being read, the innermost last. */
  private starts = new Int32Array(1024);
  /** Number of these entries. */
  count = 0;
  private readonly sorted = new LineBuffer(Buffer.allocUnsafeSlow(64 * 1024));

  /** Adds an entry that begins at `start`. */
  add(start: number): void {
    if (this.count === this.starts.length) {
      const larger = new Int32Array(2 * this.count);
      larger.set(this.starts);
      this.starts = larger;
    }
    this.starts[this.count] = start;
    this.count += 1;
  }

  /**
   * Sorts the entries that were added since `count` was `first`, and removes them from the list.
   *
   * @returns false if two entries begin with equal fields
   */
  sort(cursor: Cursor, first: number): boolean {
    const { outView: view } = cursor;
    const starts = this.starts.subarray(first, this.count);
    this.count = first;
    if (areAscending(view, starts)) return true;
    const begin = starts[0] as number;
    sortStarts(view, starts);
    this.move(cursor, starts, begin);
    return areDistinct(view, starts.length, begin);
  }

  /** Moves the entries, which begin at `begin`, to their places. */
  private move(cursor: Cursor, starts: Int32Array, begin: number): void {
    const { sorted } = this;
    const { out, outView: view } = cursor;
    sorted.clear();
    sorted.ensure(cursor.to - begin);
    for (let i = 0; i < starts.length; i += 1) {
      const start = starts[i] as number;
      const end = start + LENGTH_BYTES + view.getUint32(start, true);
      sorted.length += out.copy(sorted.bytes, sorted.length, start, end);
    }
    sorted.bytes.copy(out, begin, 0, sorted.length);
  }
}

function areAscending(view: DataView, starts: Int32Array): boolean {
  for (let i = 1; i < starts.length; i += 1) {
    if (compareEntries(view, starts[i - 1] as number, starts[i] as number) >= 0) return false;
  }
  return true;
}

/** @param begin start of the first of `count` sorted entries */
function areDistinct(view: DataView, count: number, begin: number): boolean {
  let start = begin;
  for (let i = 1; i < count; i += 1) {
    const next = start + LENGTH_BYTES + view.getUint32(start, true);
    if (compareEntries(view, start, next) === 0) return false;
    start = next;
  }
  return true;
}

function sortStarts(view: DataView, starts: Int32Array): void {
  if (starts.length > FEW) {
    starts.sort((a, b) => compareEntries(view, a, b));
    return;
  }
  for (let i = 1; i < starts.length; i += 1) {
    const start = starts[i] as number;
    let to = i;
    for (; to > 0; to -= 1) {
      const before = starts[to - 1] as number;
      if (compareEntries(view, before, start) <= 0) break;
      starts[to] = before;
    }
    starts[to] = start;
  }
}

/** Compares the first fields of two entries: by their bytes, then by their length. */
function compareEntries(view: DataView, a: number, b: number): number {
  const lengthA = view.getUint32(a + LENGTH_BYTES, true);
  const lengthB = view.getUint32(b + LENGTH_BYTES, true);
  const common = Math.min(lengthA, lengthB);
  const [textA, textB] = [a + 2 * LENGTH_BYTES, b + 2 * LENGTH_BYTES];
  for (let i = 0; i < common; i += 1) {
    const difference = view.getUint8(textA + i) - view.getUint8(textB + i);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}

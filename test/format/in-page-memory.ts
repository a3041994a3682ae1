import { PADDING } from '../../src/format/cursor.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { newPageMemory } from '../../src/format/page-memory.ts';

const memory = newPageMemory();
const pageRegion = memory.newRegion() as Buffer;
const linesRegion = memory.newRegion() as Buffer;

/** Returns the page in PageMemory with zeros after its end, like in a BodyBuffer. Valid until the next call. */
export function inPageMemory(page: Buffer): Buffer {
  page.copy(pageRegion);
  pageRegion.fill(0, page.length, page.length + PADDING);
  return pageRegion.subarray(0, page.length);
}

/** Returns a buffer for lines in the same PageMemory. Valid until the next call. */
export function linesInPageMemory(): LineBuffer {
  return new LineBuffer(linesRegion);
}

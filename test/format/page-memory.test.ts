import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryOf, newPageMemory, PageMemory } from '../../src/format/page-memory.ts';

test('regions of a PageMemory are its own, shared by threads, and do not overlap', () => {
  const [first, second] = [newPageMemory(), newPageMemory()];
  const regions = [first, first, first, second].map((memory) => memory.newRegion() as Buffer);
  for (const [index, region] of regions.entries()) {
    assert.ok(region.buffer instanceof SharedArrayBuffer);
    assert.equal(memoryOf(region), (index < 3 ? first : second).wasmMemory);
    assert.ok(region.byteOffset >= 64 * 1024, 'the first 64 KiB belong to the module');
    region.fill(index + 1);
  }
  for (const [index, region] of regions.entries()) assert.ok(region.every((byte) => byte === index + 1));
  assert.equal(memoryOf(Buffer.alloc(10)), undefined);
});

test('a PageMemory learns the new size before it adopts bytes in memory that another thread has added', () => {
  const grown: number[] = [];
  const buffer = new SharedArrayBuffer(100);
  const wasmMemory = { buffer, grow: (pages: number) => grown.push(pages) };
  const memory = new PageMemory(wasmMemory);
  const known = memory.adopt(new Uint8Array(buffer, 10, 90));
  assert.deepEqual(grown, []);
  const later = new SharedArrayBuffer(200);
  const added = memory.adopt(new Uint8Array(later, 100, 50));
  assert.deepEqual(grown, [0]);
  assert.deepEqual([known, added].map(memoryOf), [wasmMemory, wasmMemory]);
  assert.deepEqual([added.buffer, added.byteOffset, added.length], [later, 100, 50]);
  assert.equal(memoryOf(memory.adopt(new Uint8Array(10))), undefined, 'bytes in memory of their own');
});

test('a PageMemory without WebAssembly has no regions', () => {
  const memory = new PageMemory(undefined);
  assert.equal(memory.newRegion(), undefined);
  assert.equal(memory.adopt(new Uint8Array([1, 2])).toString('hex'), '0102');
});

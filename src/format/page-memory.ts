import { type AssemblyMemory, newSharedMemory, WASM_PAGE_BYTES } from './web-assembly.ts';

/**
 * Size of a region. A page has about 1 MB, and eight times as much at most (line-input.ts). Memory that is never written
 * to is only addresses, and takes no physical memory.
 */
const REGION_BYTES = 24 * 1024 * 1024;

/** The memory of each SharedArrayBuffer: after it has grown, and in a message, the same memory has another one. */
const memories = new WeakMap<ArrayBufferLike, AssemblyMemory>();

/**
 * Memory for pages and their lines. Threads share it, and assembly/copy-items.ts works in it. Pages and lines then need
 * not be copied to another thread or to the memory of the module.
 */
export class PageMemory {
  /** Can be sent to another thread. Undefined if Node has no WebAssembly. */
  readonly wasmMemory: AssemblyMemory | undefined;

  constructor(wasmMemory: AssemblyMemory | undefined) {
    this.wasmMemory = wasmMemory;
  }

  /** Returns a region that nothing else uses; undefined if no memory is left. It cannot be freed. */
  newRegion(): Buffer | undefined {
    const memory = this.wasmMemory;
    if (!memory) return undefined;
    try {
      const at = memory.grow(REGION_BYTES / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
      memories.set(memory.buffer, memory);
      return Buffer.from(memory.buffer as ArrayBuffer, at, REGION_BYTES);
    } catch {
      return undefined;
    }
  }

  /** Returns a Buffer of bytes that another thread has sent, which are in this memory or in memory of their own. */
  adopt(bytes: Uint8Array): Buffer {
    const memory = this.wasmMemory;
    if (memory && isShared(bytes.buffer)) {
      // The other thread may have added the region while this one started. This thread only learns of that when it grows
      // the memory itself, even by nothing; the module would otherwise fail.
      if (bytes.byteOffset + bytes.length > memory.buffer.byteLength) memory.grow(0);
      memories.set(bytes.buffer, memory);
    }
    return bufferOf(bytes);
  }
}

/** Returns memory that no other thread uses yet. */
export function newPageMemory(): PageMemory {
  return new PageMemory(newSharedMemory());
}

/** Returns a Buffer with the same memory: a message contains a Buffer as a Uint8Array. */
export function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}

/** Returns true if other threads can use the same memory. */
export function isShared(buffer: ArrayBufferLike): boolean {
  return buffer instanceof SharedArrayBuffer;
}

/** Returns the memory that contains these bytes, at the address `byteOffset`; undefined if it is not a PageMemory. */
export function memoryOf({ buffer }: Buffer): AssemblyMemory | undefined {
  return memories.get(buffer);
}

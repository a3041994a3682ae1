import { type AssemblyMemory, newSharedMemory, WASM_PAGE_BYTES } from './web-assembly.ts';

/**
 * Size of a region. Lines take up to four times the bytes of a page, so lines of pages up to 6 MB fit. Of these
 * addresses, the operating system only commits the memory that is written to.
 */
const REGION_BYTES = 24 * 1024 * 1024;

/** The memory of each buffer of a region. */
const memories = new WeakMap<ArrayBufferLike, AssemblyMemory>();

/**
 * Memory for pages and their lines. Threads share it, and WebAssembly modules can import it. Pages and lines then need
 * not be copied to another thread or to the memory of a module.
 */
export class PageMemory {
  /** Can be sent to another thread. */
  readonly memory: AssemblyMemory | undefined;

  /** @param memory from another thread; undefined if Node has no WebAssembly */
  constructor(memory: AssemblyMemory | undefined = newSharedMemory()) {
    this.memory = memory;
  }

  /** Returns a region that nothing else uses; undefined if no memory is left. It cannot be freed. */
  newRegion(): Buffer | undefined {
    const { memory } = this;
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
  received(bytes: Uint8Array): Buffer {
    if (this.memory && isShared(bytes.buffer)) memories.set(bytes.buffer, this.memory);
    return bufferOf(bytes);
  }
}

/** Returns a Buffer with the same memory: a message contains a Buffer as a Uint8Array. */
export function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}

/** Returns true if other threads can use the same memory. */
export function isShared(buffer: ArrayBufferLike): boolean {
  return buffer instanceof SharedArrayBuffer;
}

/** Returns the memory whose addresses are the offsets of these bytes; undefined if they are not in a PageMemory. */
export function memoryOf({ buffer }: Buffer): AssemblyMemory | undefined {
  return memories.get(buffer);
}

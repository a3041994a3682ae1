/** Memory of a WebAssembly module. */
export interface AssemblyMemory {
  readonly buffer: ArrayBufferLike;
  /** Returns the size before, in WebAssembly pages of 64 KiB. @throws {RangeError} if the memory cannot grow */
  grow(wasmPages: number): number;
}

/** Declared here because only TypeScript's browser library has types for this global. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => AssemblyMemory;
};

export const WASM_PAGE_BYTES = 64 * 1024;

/** Size of a shared memory: 64 KiB at first, 4 GiB at most. scripts/build-assembly.mjs has the same limits. */
const SHARED_WASM_PAGES = { initial: 1, maximum: 65_536 };

/**
 * Returns the exports of a module that `npm run build` compiled from assembly/.
 *
 * @param base64 the module
 * @param memory imported by the module, if it has no memory of its own
 * @returns undefined if the processor has no 128-bit SIMD, if Node is not allowed to compile at run time, or if the
 *   limits of `memory` are not those of the module
 */
export function instantiate<Exports>(base64: string, memory?: AssemblyMemory): Exports | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
    return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  } catch {
    return undefined;
  }
}

/**
 * Returns memory that threads can share; undefined if Node has no WebAssembly, or too few addresses. It reserves 4 GiB of
 * addresses, but no physical memory.
 */
export function newSharedMemory(): AssemblyMemory | undefined {
  try {
    return new WebAssembly.Memory({ ...SHARED_WASM_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

/** Grows the memory to at least `bytes`. The operating system only commits pages that are written to. */
export function reserve(memory: AssemblyMemory, bytes: number): Buffer {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  return Buffer.from(memory.buffer);
}

/** Memory of a WebAssembly module. */
export interface AssemblyMemory {
  readonly buffer: ArrayBuffer;
  grow(wasmPages: number): void;
}

/** Declared here because only TypeScript's browser library has types for this global. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

const WASM_PAGE_BYTES = 64 * 1024;

/**
 * Returns the exports of a module that `npm run build` compiled from assembly/.
 *
 * @param base64 the module
 * @returns undefined if the processor has no 128-bit SIMD, or if Node is not allowed to compile at run time
 */
export function instantiate<Exports>(base64: string): Exports | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(base64, 'base64'))).exports as Exports;
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

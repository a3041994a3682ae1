import { CHECK_LINES } from './check-lines.wasm.ts';
import { PADDING } from './cursor.ts';
import { type AssemblyMemory, instantiate, reserve } from './web-assembly.ts';

/** Name and type of an attribute of the primary key. */
export interface KeyDefinition {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** Addresses in the WebAssembly memory. assembly/check-lines.ts has the same. */
const KEYS_AT = 1024;
const KEY_BYTES = 16;
const MAX_KEYS = 8;
const NAMES_AT = KEYS_AT + MAX_KEYS * KEY_BYTES;
const LINES_AT = 4096;

/** Exports of assembly/check-lines.ts. */
interface Assembly {
  readonly memory: AssemblyMemory;
  checkLines(start: number, end: number, keyCount: number): number;
  readonly linesEnd: { readonly value: number };
}

/** Shared by all readers, since checking lines is synchronous. */
const wasm = instantiate<Assembly>(CHECK_LINES);

/** Lines that were accepted. */
export interface AcceptedLines {
  readonly count: number;
  /** Their size in bytes. */
  readonly length: number;
}

/**
 * Checks lines in DYNAMODB_JSON 16 bytes at a time (assembly/check-lines.ts). Accepts only lines in the form that
 * DynamoDB and this Action write, with valid items, and no line that `ItemChecker` would reject.
 */
export class FastLines {
  private readonly keys: readonly (Pick<KeyDefinition, 'type'> & { readonly name: Buffer })[];
  /** False for keys that no table has. */
  private readonly hasRoom: boolean;
  private length = 0;

  /** @param keys key attributes, of which each item must have each exactly once */
  constructor(keys: readonly KeyDefinition[]) {
    this.keys = keys.map(({ name, type }) => ({ name: Buffer.from(name), type }));
    const nameBytes = this.keys.reduce((sum, { name }) => sum + name.length, 0);
    this.hasRoom = keys.length <= MAX_KEYS && NAMES_AT + nameBytes <= LINES_AT;
  }

  /** Copies complete lines into the WebAssembly memory. */
  load(lines: Buffer): void {
    if (!wasm || !this.hasRoom) return;
    const end = LINES_AT + lines.length;
    const memory = reserve(wasm.memory, end + PADDING);
    lines.copy(memory, LINES_AT);
    memory.fill(0, end, end + PADDING);
    let nameAt = NAMES_AT;
    for (const [index, { name, type }] of this.keys.entries()) {
      const entry = KEYS_AT + index * KEY_BYTES;
      memory.writeUInt32LE(nameAt, entry);
      memory.writeUInt32LE(name.length, entry + 4);
      memory.writeUInt32LE(type.charCodeAt(0), entry + 8);
      nameAt += name.copy(memory, nameAt);
    }
    this.length = lines.length;
  }

  /**
   * Checks the loaded lines, starting at index `start`.
   *
   * @returns the lines before the first one that is not accepted; none without WebAssembly SIMD
   */
  accepted(start: number): AcceptedLines {
    if (!wasm || !this.hasRoom) return { count: 0, length: 0 };
    const count = wasm.checkLines(LINES_AT + start, LINES_AT + this.length, this.keys.length);
    return { count, length: wasm.linesEnd.value - LINES_AT - start };
  }
}

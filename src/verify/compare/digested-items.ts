import { hash, randomBytes } from 'node:crypto';
import type { KeyDefinition } from '../../format/check-lines.ts';
import { DIGEST_LENGTH } from './bucket-sums.ts';
import { CanonicalItems } from './canonical-items.ts';

/** Returns the secret for all digests of one comparison. */
export function newDigestSecret(): Buffer {
  return randomBytes(32);
}

/**
 * Reads lines in DYNAMODB_JSON and returns, for each item, the hash of its key and its digest: the first 128 bits of the
 * SHA-256 of the secret and the canonical form. The secret is as long as a key of HMAC and unknown to whoever wrote the
 * items, and no digest leaves the process.
 */
export class DigestedItems {
  /** Bucket of the current item, from 0 to BUCKET_COUNT - 1: the first 16 bits of its key hash. */
  bucket = 0;
  private readonly items: CanonicalItems;
  private currentKeyHash = '';

  constructor(keyAttributes: readonly KeyDefinition[], secret: Buffer) {
    this.items = new CanonicalItems(keyAttributes, secret);
  }

  /** Sets the lines to read, as `CanonicalItems` does. */
  load(lines: Buffer): void {
    this.items.load(lines);
  }

  /** Moves to the next item. @returns false if all lines are read @throws {MalformedPage} if a line is invalid */
  next(): boolean {
    const { items } = this;
    if (!items.next()) return false;
    const { bytes, length } = items.key.fields;
    this.currentKeyHash = digestOf(bytes, length);
    this.bucket = (this.currentKeyHash.charCodeAt(0) << 8) | this.currentKeyHash.charCodeAt(1);
    return true;
  }

  /** Hash of the key of the current item: DIGEST_LENGTH characters below 256. */
  get keyHash(): string {
    return this.currentKeyHash;
  }

  /** Returns the digest of the current item: DIGEST_LENGTH characters below 256. */
  digest(): string {
    return digestOf(this.items.item.bytes, this.items.end);
  }

  /** Length in bytes of the key of the current item in DynamoDB JSON. */
  get keyJsonLength(): number {
    return this.items.key.jsonLength;
  }

  /** Writes the key of the current item in DynamoDB JSON to `target`, starting at `start`. */
  copyKeyJson(target: Buffer, start: number): void {
    this.items.key.copyJson(target, start);
  }
}

/** Text takes half the time of a Buffer. */
function digestOf(bytes: Buffer, length: number): string {
  return hash('sha256', bytes.subarray(0, length), 'binary').slice(0, DIGEST_LENGTH);
}

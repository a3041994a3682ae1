import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { CopyError } from '../../errors.ts';
import { formatCountOf } from '../../message-text.ts';
import { remedies } from '../../remedies.ts';

/** Maximum number of rejected items. With more, the table does not fit the copy. */
const MAX_REJECTED = 10_000;

/** Number of rejected items after which a load that has written no item stops: every item would be rejected. */
const MAX_REJECTED_AT_START = 100;

/** Readable and writable by the owner only, because keys can be personal data. */
const MODE = 0o600;

/** Writes the keys of the items that DynamoDB rejects to a file: JSON Lines `{"key":{...},"reason":"..."}`. */
export class RejectedKeys {
  count = 0;
  private readonly path: string;
  private readonly keyAttributes: readonly string[];
  /** Undefined until the first item is rejected. */
  private file: number | undefined;

  constructor(path: string, keyAttributes: readonly string[]) {
    this.path = path;
    this.keyAttributes = keyAttributes;
  }

  /**
   * Records an item.
   *
   * @param json the item in DynamoDB JSON
   * @param reason name of the error
   * @param storedCount number of items that were written so far
   * @throws {CopyError} ITEMS_REJECTED if there are so many that to continue is pointless
   */
  add(json: Buffer, reason: string, storedCount: number): void {
    if (this.file === undefined) {
      this.file = openSync(this.path, 'w', MODE);
      // If the file existed, it keeps its mode.
      fchmodSync(this.file, MODE);
    }
    const item = JSON.parse(json.toString()) as Record<string, unknown>;
    const key = this.keyAttributes
      .filter((name) => Object.hasOwn(item, name))
      .map((name) => `${JSON.stringify(name)}:${JSON.stringify(item[name])}`);
    writeSync(this.file, `{"key":{${key.join()}},"reason":${JSON.stringify(reason)}}\n`);
    this.count += 1;
    if (this.count >= MAX_REJECTED || (this.count >= MAX_REJECTED_AT_START && storedCount === 0)) {
      throw this.error(storedCount, 'The load stopped.');
    }
  }

  /** @throws {CopyError} ITEMS_REJECTED if an item was rejected */
  throwIfAny(storedCount: number): void {
    if (this.count > 0) throw this.error(storedCount, 'All other items were written.');
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private error(storedCount: number, then: string): CopyError {
    const what = `DynamoDB rejected ${formatCountOf(this.count, 'item')} of the copy as invalid for the table`;
    return storedCount === 0
      ? new CopyError('ITEMS_REJECTED', `${what}, and accepted none.`, remedies.restoreIntoMatchingTable)
      : new CopyError('ITEMS_REJECTED', `${what}. ${then}`, remedies.changeIndexesOfTable);
  }
}

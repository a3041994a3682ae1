import type { OnItems } from '../../format/line-checker.ts';
import type { StoredCopy } from '../../manifest/open-copy.ts';
import { type VerifiedData, type VerifyDataContext, verifyData } from '../verify-data.ts';
import { VerifyProgress } from '../verify-progress.ts';
import type { Side } from './compare-sides.ts';

/** Reads a stored copy. Each reading verifies the whole copy, so a comparison never uses items of a damaged one. */
export class CopySide implements Side {
  readonly name: string;
  /** Progress of the current or the last reading. */
  progress = new VerifyProgress();
  /** What the last complete reading has verified; undefined before it. */
  verified: VerifiedData | undefined;
  private readonly copy: StoredCopy;
  private readonly context: VerifyDataContext;

  /** @param copy a copy of which `requireComparable` is true */
  constructor(copy: StoredCopy, context: VerifyDataContext) {
    this.copy = copy;
    this.context = context;
    this.name = `The copy ${copy.exportId}`;
  }

  /** Reads all items. @throws the errors of `verifyData` */
  async read(onItems: OnItems, signal: AbortSignal = this.context.signal): Promise<void> {
    this.progress = new VerifyProgress();
    const { progress, copy, context } = this;
    this.verified = await verifyData(copy, { ...context, signal }, { progress, onItems });
  }
}

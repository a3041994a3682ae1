import type { RestoreMethod } from './choose-method.ts';
import type { RestoreSetting } from './restore-settings.ts';
import { WriteProgress } from './write/write-progress.ts';

/** State of a restore. Every member is set as soon as it is known. */
export interface RestoreState {
  /** `loading`: items may have been written. `loaded`: all items are in the table, and its settings may be missing. */
  readonly stage: 'not started' | 'creating' | 'loading' | 'loaded' | 'complete';
  readonly method: RestoreMethod;
  readonly methodReason: string;
  /** True if this step or an earlier attempt of it created the table. */
  readonly isNewTable: boolean;
  readonly tableArn?: string;
  readonly importArn?: string;
  readonly bulkOperationArn?: string;
  /** Items in the table that come from the copy, as counted by whoever loaded them. */
  readonly itemCount?: number;
  readonly consumedWriteCapacity?: number;
  readonly appliedSettings?: readonly RestoreSetting[];
}

/** State of a restore that is read while it runs. */
export class RestoreProgress {
  readonly write = new WriteProgress();
  private current: RestoreState;

  constructor(initial: RestoreState) {
    this.current = initial;
  }

  get state(): RestoreState {
    return this.current;
  }

  update(change: Partial<RestoreState>): void {
    this.current = { ...this.current, ...change };
  }
}

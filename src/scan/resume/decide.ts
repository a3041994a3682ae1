import type { RunFile, RunState } from './state.ts';

/** What stands between an attempt and what an earlier one left. */
export interface Facts {
  /** What is asked for now. */
  readonly request: string;
  readonly tableId: string | null;
  readonly tableCreated: number | null;
  readonly now: number;
  readonly run: RunState;
  /** When an earlier attempt last wrote a checkpoint; milliseconds since 1970. */
  readonly lastWritten: number;
  /** True where a checkpoint of a segment is no checkpoint. */
  readonly unreadable: boolean;
  /** True where manifest-summary.json lies beside the objects. */
  readonly complete: boolean;
  /** True where an object of it may not be looked at, so that nobody can say whether it is whole. */
  readonly hidden: boolean;
}

/** A copy of several days ago and of today is none of either. */
export const LONGEST_PAUSE_MS = 24 * 3600 * 1000;

/**
 * Whether run.json is for this attempt to take. The first attempt adopts nothing, and what belongs to the same attempt
 * belongs to a twin, which a workflow that is called twice can make: it may be at work this very moment.
 */
export function mayTakeOver(found: Pick<RunFile, 'attempt'>, attempt: number): boolean {
  return found.attempt < attempt;
}

/** @returns why the copy starts afresh, in words that go on from `as`; undefined where it goes on */
export function whyAfresh(facts: Facts): string | undefined {
  const { run, complete, unreadable, now, lastWritten } = facts;
  if (complete) return 'that attempt completed its copy, and a finished copy is not taken for a new one';
  if (run.broken) return 'what that attempt copied did not pass the last check';
  if (run.request !== facts.request) return 'the step asks for something else now';
  if (run.tableId !== facts.tableId || run.tableCreated !== facts.tableCreated) {
    return 'the table was deleted and created again since';
  }
  if (unreadable) return 'its checkpoints cannot be read';
  if (now - lastWritten > LONGEST_PAUSE_MS) return 'its last checkpoint is more than 24 hours old';
  if (facts.hidden) return 'its objects may not be looked at (s3:GetObject)';
  return undefined;
}

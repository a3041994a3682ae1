import type { Doubt } from './leftovers.ts';
import type { RunFile, RunState } from './state.ts';

/** What stands between an attempt and what an earlier one left. */
export interface Facts {
  /** What is asked for now. */
  readonly request: string;
  readonly tableId: string | null;
  readonly tableCreated: number | null;
  readonly now: number;
  readonly run: RunState;
  /** True where a checkpoint of a segment is no checkpoint. */
  readonly unreadable: boolean;
  /** True where manifest-summary.json lies beside the objects. */
  readonly complete: boolean;
  /** Set where it cannot be told whether an object of it is there, so that nobody can say whether it is whole. */
  readonly doubt: Doubt | undefined;
}

/** Maximum age of a copy that is resumed: its items would otherwise be of several days. */
export const MAX_AGE_MS = 24 * 3600 * 1000;

/** Maximum time by which the clock of an earlier attempt's runner may be ahead of this one's. */
export const MAX_AHEAD_MS = 3600 * 1000;

/**
 * Whether run.json is for this attempt to take. The first attempt adopts nothing, and what belongs to the same attempt
 * belongs to a twin, which a workflow that is called twice can make: it may be at work this very moment.
 */
export function mayTakeOver(found: Pick<RunFile, 'attempt'>, attempt: number): boolean {
  return found.attempt < attempt;
}

/** @returns why the copy starts afresh, in words that go on from `as`; undefined where it goes on */
export function whyAfresh(facts: Facts): string | undefined {
  const { run, complete, unreadable, now, doubt } = facts;
  if (complete) return 'that attempt completed its copy, and a finished copy is not taken for a new one';
  if (unreadable) return 'its checkpoints cannot be read';
  if (run.broken) return 'what that attempt copied did not pass the last check, or is being deleted';
  if (run.request !== facts.request) return 'the step asks for something else now';
  if (run.tableId !== facts.tableId || run.tableCreated !== facts.tableCreated) {
    return 'the table was deleted and created again since';
  }
  if (run.startTime - now > MAX_AHEAD_MS) return 'its start is in the future';
  if (now - run.startTime > MAX_AGE_MS) return 'it was begun more than 24 hours ago';
  if (doubt === 'not allowed to look') return 'its objects may not be looked at (s3:GetObject)';
  if (doubt === 'another object') return 'another object has the name of one of its objects';
  return undefined;
}

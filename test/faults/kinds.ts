import type { Source } from '../emulators/source.ts';
import { runLoad } from './load/run-load.ts';
import type { Outcome, ScheduleOptions } from './outcome.ts';
import { runSchedule } from './run-schedule.ts';
import { createFaultTable } from './table.ts';
import { runAttempts } from './two-attempts/run-attempts.ts';
import { createTables } from './two-attempts/tables.ts';

/** Runs the schedule of one seed. */
export type RunSeed = (seed: number, options: ScheduleOptions) => Promise<Outcome>;

export interface ScheduleKind {
  /** Number of schedules that `npm run test:faults` runs. */
  readonly count: number;
  /** Minimum fraction of schedules that must end with a copy, because giving up too early is a bug too. */
  readonly minComplete: number;
  /** Creates the tables that all schedules of the kind copy. */
  readonly prepare: (source: Source) => Promise<RunSeed>;
}

export const SCHEDULE_KINDS = {
  /** One attempt whose requests meet faults. */
  'one-attempt': {
    count: 300,
    minComplete: 0.8,
    async prepare(source) {
      const table = await createFaultTable(source);
      return (seed, options) => runSchedule(seed, table, options);
    },
  },
  /** Several concurrent attempts at the same copy, with requests that arrive late. */
  'two-attempts': {
    count: 60,
    minComplete: 0.95,
    async prepare(source) {
      const tables = await createTables(source);
      return (seed, options) => runAttempts(seed, tables, options);
    },
  },
  /** A load of a copy into a new table, whose requests meet faults. */
  load: {
    count: 100,
    minComplete: 0.8,
    prepare: async () => runLoad,
  },
} as const satisfies Readonly<Record<string, ScheduleKind>>;

export type KindName = keyof typeof SCHEDULE_KINDS;
export const KIND_NAMES = Object.keys(SCHEDULE_KINDS) as readonly KindName[];

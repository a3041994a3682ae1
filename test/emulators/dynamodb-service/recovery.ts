import type { Source } from '../source.ts';
import { type Constraints, conforming } from './constraints.ts';
import { Refusal } from './responses.ts';
import { findTable, type Place, type TableFacts, tableOfArn } from './tables.ts';

/** Period of times at which a table can be restored or exported. Milliseconds, rounded down to whole seconds. */
export interface RecoveryWindow {
  readonly earliest: number;
  readonly latest: number;
}

/** Point-in-time recovery of one table. */
export interface Recovery {
  readonly enabled: boolean;
  /** Time at which PITR was enabled, in milliseconds since the epoch. */
  readonly since: number;
  /** Recovery period in days. */
  readonly days: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Age of the latest restorable time. */
const LATEST_AGE = 5 * MINUTE;

/** Returns the window; undefined if PITR is disabled. Just after PITR is enabled, both ends are equal. */
export function windowOf({ enabled, since, days }: Recovery, now: number): RecoveryWindow | undefined {
  if (!enabled) {
    return undefined;
  }
  const earliest = wholeSeconds(Math.max(since, now - days * DAY));
  return { earliest, latest: Math.max(earliest, wholeSeconds(now - LATEST_AGE)) };
}

/** State of point-in-time recovery, and the tables that it belongs to. */
export interface RecoveryKeeper {
  readonly source: Source;
  readonly place: Place;
  readonly now: () => number;
  readonly recoveryOf: (table: TableFacts) => Recovery;
  readonly setRecovery: (table: TableFacts, recovery: Recovery) => void;
}

type Parameters = Readonly<Record<string, unknown>>;

/** Operations of point-in-time recovery, which no emulated DynamoDB implements. */
export const RECOVERY_OPERATIONS = {
  DescribeContinuousBackups: describeContinuousBackups,
  UpdateContinuousBackups: updateContinuousBackups,
} as const;

async function describeContinuousBackups(sent: Parameters, keeper: RecoveryKeeper): Promise<unknown> {
  const { TableName } = conforming<{ TableName: string }>(sent, { TableName: TABLE_NAME });
  return continuousBackups(await namedTable(TableName, keeper), keeper);
}

const TABLE_NAME = { type: 'string', required: true, min: 1, max: 1024 } as const;

interface RecoverySpecification {
  readonly PointInTimeRecoveryEnabled: boolean;
  readonly RecoveryPeriodInDays?: number;
}

async function updateContinuousBackups(sent: Parameters, keeper: RecoveryKeeper): Promise<unknown> {
  const { TableName, PointInTimeRecoverySpecification: specification } = conforming<{
    TableName: string;
    PointInTimeRecoverySpecification: RecoverySpecification;
  }>(sent, UPDATE_CONTINUOUS_BACKUPS);
  const table = await namedTable(TableName, keeper);
  const before = keeper.recoveryOf(table);
  keeper.setRecovery(table, {
    enabled: specification.PointInTimeRecoveryEnabled,
    // If PITR was disabled and enabled again, the earlier period is lost.
    since: before.enabled ? before.since : keeper.now(),
    days: specification.RecoveryPeriodInDays ?? before.days,
  });
  return continuousBackups(table, keeper);
}

const UPDATE_CONTINUOUS_BACKUPS: Constraints = {
  TableName: TABLE_NAME,
  PointInTimeRecoverySpecification: {
    type: 'object',
    required: true,
    members: {
      PointInTimeRecoveryEnabled: { type: 'boolean', required: true },
      RecoveryPeriodInDays: { type: 'number', min: 1, max: 35 },
    },
  },
};

function continuousBackups(table: TableFacts, { recoveryOf, now }: RecoveryKeeper): unknown {
  const recovery = recoveryOf(table);
  const window = windowOf(recovery, now());
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription:
        window === undefined
          ? { PointInTimeRecoveryStatus: 'DISABLED' }
          : {
              PointInTimeRecoveryStatus: 'ENABLED',
              RecoveryPeriodInDays: recovery.days,
              EarliestRestorableDateTime: window.earliest / 1_000,
              LatestRestorableDateTime: window.latest / 1_000,
            },
    },
  };
}

/** Finds a table by name or ARN, for the two operations that accept both. */
async function namedTable(nameOrArn: string, { source, place }: RecoveryKeeper): Promise<TableFacts> {
  if (nameOrArn.startsWith('arn:')) {
    return await tableOfArn(source, place, nameOrArn);
  }
  const table = await findTable(source, place, nameOrArn);
  if (table === undefined) {
    throw new Refusal('TableNotFoundException', `Table not found: ${nameOrArn}`);
  }
  return table;
}

export function wholeSeconds(time: number): number {
  return Math.floor(time / 1_000) * 1_000;
}

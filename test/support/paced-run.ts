import { setTimeout as sleep } from 'node:timers/promises';
import { startReplaySource, startSwallowingStore } from './replay.ts';
import type { ReplaySourceStats } from './replay-source-server.ts';
import { type RunResult, runAction } from './runner.ts';
import { extremes } from './spending.ts';

export interface PacedRunOptions {
  /** Units a second that the Action may spend; how much the table holds comes from it. */
  readonly unitsPerSecond: number;
  /** What the input says; `unitsPerSecond` unless set. */
  readonly readCapacity?: string;
  /** How long that should take. */
  readonly seconds: number;
  readonly consistentRead?: boolean;
  readonly compression?: 'none' | 'zstd';
  /** A table in provisioned mode, which throttles beyond that. */
  readonly provisionedUnits?: number;
  /** Of what is provisioned, taken by another client from the start to the end. */
  readonly otherShare?: number;
}

export interface PacedRun {
  readonly run: RunResult;
  /** Over any 10 seconds, in units a second; undefined for a run of less. */
  readonly most: number | undefined;
  readonly least: number | undefined;
  /** Of the whole run, from the first page to the last. */
  readonly average: number;
  /** Requests of the other client that were answered, and that were throttled. */
  readonly other: { readonly answered: number; readonly throttled: number };
  /** Requests of the Action that were throttled. */
  readonly throttled: number;
}

const OTHER = 'other-client';
const WINDOW_SECONDS = 10;

/** Runs the Action, as a runner does, against a table that reports real capacity, and looks at what it spent when. */
export async function pacedRun(options: PacedRunOptions): Promise<PacedRun> {
  const { unitsPerSecond, seconds, consistentRead = false, compression = 'zstd', provisionedUnits } = options;
  await using source = await startReplaySource({
    totalBytes: unitsPerSecond * seconds * (consistentRead ? 4096 : 8192),
    ...(provisionedUnits !== undefined && { provisionedUnits }),
  });
  await using store = await startSwallowingStore();
  const stop = new AbortController();
  const other =
    provisionedUnits === undefined || options.otherShare === undefined
      ? undefined
      : takeUnits(source.endpoint, provisionedUnits * options.otherShare, stop.signal);
  await using run = await runAction({
    inputs: {
      'dynamodb-table-name': source.tableName,
      's3-bucket-name': 'bucket',
      's3-force-path-style': 'true',
      'read-capacity': options.readCapacity ?? String(unitsPerSecond),
      'dynamodb-scan-kwargs': JSON.stringify(consistentRead ? { ConsistentRead: true } : {}),
      compression,
    },
    env: { ...source.env, ...store.env },
    timeoutMs: 1000 * (3 * seconds + 60),
  });
  stop.abort();
  await other;
  return { run, ...figuresOf(await source.stats()) };
}

function figuresOf({ spent, throttled }: ReplaySourceStats): Omit<PacedRun, 'run'> {
  const own = spent.filter(({ client }) => client !== OTHER);
  const lasted = ((own.at(-1)?.at ?? 0) - (own[0]?.at ?? 0)) / 1000;
  const { most, least } = lasted < WINDOW_SECONDS ? {} : extremes(own, WINDOW_SECONDS);
  const others = throttled[OTHER] ?? 0;
  return {
    most,
    least,
    average: own.reduce((sum, { units }) => sum + units, 0) / lasted,
    other: { answered: spent.length - own.length, throttled: others },
    throttled: Object.values(throttled).reduce((sum, count) => sum + count, 0) - others,
  };
}

/** Takes read units at an even pace, a few at a time, until it is stopped; what is throttled is not sent again. */
async function takeUnits(endpoint: string, unitsPerSecond: number, stop: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  for (let units = 0; !stop.aborted; ) {
    const ahead = (1000 * units) / unitsPerSecond - (performance.now() - startedAt);
    if (ahead > 0) await sleep(ahead);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.Scan', 'user-agent': OTHER },
      body: JSON.stringify({ TableName: 'replay', Limit: 50 }),
    });
    const { ConsumedCapacity } = (await response.json()) as { ConsumedCapacity?: { CapacityUnits: number } };
    // One that was throttled was meant to cost as much as the others.
    units += ConsumedCapacity?.CapacityUnits ?? 5;
  }
}

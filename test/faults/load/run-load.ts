import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Item, openSource, type Source } from '../../emulators/source.ts';
import { openStore, type Store } from '../../emulators/store.ts';
import { assertSameItems } from '../../fixtures/items.ts';
import { ionLinesOf, linesOf, putLines } from '../../restore/write/stored-copy.ts';
import type { Judged, Outcome } from '../outcome.ts';
import type { LoadArgument, LoadResult } from './load-process.ts';
import { type LoadSchedule, loadScheduleOf } from './load-schedule.ts';
import { startUnprocessingProxy } from './unprocessing-proxy.ts';

/** Timeout: longer than any load that does not hang. `MAX_RETRY_TIME` is one minute at this time scale. */
const HUNG_MS = 180_000;

const ENV = { DYNAMODB_TO_S3_TIME_SCALE: '0.1' };

const DEFINITION = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'sk', AttributeType: 'N' as const },
  ],
};

const SMALL_ITEMS = 400;
const LARGE_ITEMS = 4;

function items(): Item[] {
  return [
    ...Array.from({ length: SMALL_ITEMS }, (_, index) => ({
      pk: { S: `item-"${index % 50}"\u2028` },
      sk: { N: index % 3 === 0 ? `${index}.0` : String(index) },
      set: { NS: [String(index), '0.1', '-3'] },
      text: { S: `"quoted" \\ and \u2028 of item ${index} `.repeat(index % 30) },
    })),
    ...Array.from({ length: LARGE_ITEMS }, (_, index) => ({
      pk: { S: 'large' },
      sk: { N: String(index) },
      binary: { B: Buffer.alloc(100_000, index) },
    })),
  ];
}

/** Loads a copy into a new table once while its requests meet the faults of the seed, and evaluates the outcome. */
export async function runLoad(seed: number): Promise<Outcome> {
  await using source = await openSource();
  await using store = await openStore();
  const schedule = loadScheduleOf(seed);
  await using proxy = await startUnprocessingProxy(source.endpoint, schedule.unprocessed, schedule.onDynamoDb);
  const table = await source.createTable([], DEFINITION);
  const argument = { ...(await storeCopy(store, schedule)), dynamoDb: proxy.endpoint, s3: store.endpoint, table };
  store.inject(schedule.onS3);
  const started = performance.now();
  const judged = await judge(argument, schedule, source);
  return {
    seed,
    title: schedule.title,
    ...judged,
    faults: [...proxy.requests, ...store.requests].filter((request) => request.fault !== undefined).length,
    durationMs: performance.now() - started,
  };
}

async function storeCopy(store: Store, { objects, format, compression }: LoadSchedule) {
  const bucket = await store.createBucket();
  const parts = Array.from({ length: objects }, (_, part) => items().filter((__, index) => index % objects === part));
  const files = await Promise.all(
    parts.map((part, index) =>
      putLines(store, bucket, `data/${index}`, format === 'ION' ? ionLinesOf(part) : linesOf(part), compression),
    ),
  );
  return { bucket, files, format, compression };
}

async function judge(argument: LoadArgument, { mustFail }: LoadSchedule, source: Source): Promise<Judged> {
  let result: LoadResult;
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, 'load-process.ts'), JSON.stringify(argument)],
      { env: { ...process.env, ...ENV }, timeout: HUNG_MS, killSignal: 'SIGKILL' },
    );
    result = JSON.parse(stdout) as LoadResult;
  } catch (error) {
    const { killed, message } = error as Error & { readonly killed?: boolean };
    return { ending: killed ? 'hung' : 'ended without an error message', detail: message };
  }
  const loaded = await source.readItems(argument.table);
  if ('code' in result) {
    const { code, message } = result;
    if (code === 'UNEXPECTED') return { ending: 'ended without an error message', detail: message };
    const isWrong = loaded.length > 0 && message.includes('No item was written');
    return {
      ending: isWrong ? 'failed and reported the wrong state' : 'failed without a summary',
      detail: `${code}: ${message}`,
    };
  }
  const expected = await source.createTable(items(), DEFINITION);
  try {
    if (mustFail) throw new Error('the load succeeded with a permanent fault');
    assertSameItems(loaded, await source.readItems(expected));
    return { ending: 'complete and equal', detail: '' };
  } catch (error) {
    return { ending: 'complete but not equal', detail: (error as Error).message };
  }
}

import type { Fault } from '../support/faults.ts';
import type { RunOptions, RunResult } from '../support/runner.ts';
import type { S3Request } from '../support/s3-requests.ts';
import type { DynamoDbRequest } from '../support/source.ts';
import { type Inputs, largeItems, type Pair } from './pair.ts';

/** Two segments in small pages, and objects of a few of them. */
export const RESUMED: Inputs = {
  resume: 'true',
  'total-segments': '2',
  'file-size': '64KiB',
  'dynamodb-scan-kwargs': 'Limit: 3',
};

/** 60 items of 10 kB: pages of 3 make 30 kB, and objects of 64 KiB end with the third. */
export const ITEMS = largeItems(60, 10_000);
export const PAGES_AN_OBJECT = 3;

export function attempt(number: number): RunOptions {
  return { env: { GITHUB_RUN_ATTEMPT: String(number) } };
}

/** Sees the request that makes the nth data object. */
export function seesData(nth: number): (request: S3Request) => boolean {
  let seen = 0;
  return ({ operation, key }) => operation === 'PutObject' && key.includes('/data/') && ++seen === nth;
}

/** Runs an attempt that is killed, as by a runner that dies, when `sees` sees its request, to which `fault` happens. */
export async function dieAt(
  pair: Pair,
  inputs: Inputs,
  sees: (request: S3Request) => boolean,
  fault: Fault,
  options: RunOptions = {},
  otherwise: (request: S3Request) => Promise<Fault | undefined> = async () => undefined,
): Promise<RunResult> {
  const running = pair.start(inputs, options);
  let dead = false;
  pair.store.inject((request) => {
    if (dead) return 'drop';
    dead = sees(request);
    if (!dead) return otherwise(request);
    running.kill('SIGKILL');
    return fault;
  });
  const run = await running.result;
  pair.store.inject();
  if (run.signal !== 'SIGKILL') throw new Error(`it was to be killed, and ended by itself:\n${run.log}`);
  return run;
}

/** The Scans of copies; the check of an expression asks for one item, and not for what that costs. */
export function scans({ source }: Pair): readonly DynamoDbRequest[] {
  return source.requests.filter(
    ({ operation, parameters }) => operation === 'Scan' && parameters['ReturnConsumedCapacity'] === 'TOTAL',
  );
}

/** What lies below `_resume/` folders. */
export async function checkpointKeys({ store, bucket }: Pair): Promise<string[]> {
  return (await store.list(bucket)).map(({ key }) => key).filter((key) => key.includes('AWSDynamoDB/_resume/'));
}

/** Holds the nth Scan and all after it of a first process, and lets those of others pass. */
export function holdScans(pair: Pair, from: number) {
  const start = scans(pair).length;
  let release = () => {};
  let nowHeld = () => {};
  const held = new Promise<void>((resolve) => {
    nowHeld = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let holding = 0;
  pair.source.inject(async ({ operation }) => {
    if (operation !== 'Scan' || scans(pair).length - start < from) return undefined;
    // Two segments are read, so two workers wait; whatever comes then is another process's.
    if (holding < 2) {
      holding += 1;
      if (holding === 2) nowHeld();
      await released;
    }
    return undefined;
  });
  return { held, release, requests: () => scans(pair).length - start };
}

/** The id of the first copy, also where the step was killed and has no outputs. */
export function firstExportId({ store }: Pair): string {
  const started = store.requests.find(({ key }) => key.endsWith('/_started'));
  return started?.key.split('/').at(-2) ?? 'no folder';
}

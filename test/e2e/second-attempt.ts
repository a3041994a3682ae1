import assert from 'node:assert/strict';
import { jsonAnswer } from '../support/faults.ts';
import { assertSameItems, type WireItem } from '../support/items.ts';
import { readCopy } from '../support/read-copy.ts';
import type { RunningAction, RunResult } from '../support/runner.ts';
import type { S3Request } from '../support/s3-requests.ts';
import { keysIn, type Pair } from './pair.ts';

export type SeesRequest = (request: S3Request) => boolean;

/** A request that the client has sent and that has not reached the server. */
export interface Hold {
  /** Resolves once a request is held. */
  readonly held: Promise<S3Request>;
  /** Lets it pass on to the server. */
  readonly release: () => void;
  /** Resolves once this request may pass, with whether it was the held one. */
  readonly pass: (request: S3Request) => Promise<boolean>;
}

/** Holds the first request that `sees` picks. */
export function holdFirst(sees: SeesRequest): Hold {
  const held = Promise.withResolvers<S3Request>();
  const released = Promise.withResolvers<void>();
  let isTaken = false;
  return {
    held: held.promise,
    release: released.resolve,
    async pass(request) {
      if (isTaken || !sees(request)) return false;
      isTaken = true;
      held.resolve(request);
      await released.promise;
      return true;
    },
  };
}

/** Holds requests of several holds; one that the first has held is not offered to the next. */
export function injectHolds({ store }: Pair, ...holds: readonly Hold[]): void {
  store.inject(async (request) => {
    for (const hold of holds) if (await hold.pass(request)) break;
    return undefined;
  });
}

export function putsObject(name: string): SeesRequest {
  return ({ operation, key }) => operation === 'PutObject' && key.endsWith(`/${name}`);
}

export const listsData: SeesRequest = ({ operation, query }) =>
  operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('/data/') === true;

/** Resolves once a request of the step is held; rejects if the step ends without one. */
export async function heldBy(hold: Hold, { result }: RunningAction): Promise<void> {
  const ended = result.then(({ log }) => assert.fail(`the step ended, and none of its requests was held:\n${log}`));
  await Promise.race([hold.held, ended]);
}

/** Makes every table look like one that was deleted and created again, so that a later attempt starts afresh. */
export function replaceTable({ source }: Pair): void {
  source.inject(({ operation }) =>
    operation === 'DescribeTable'
      ? jsonAnswer<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableId: 'another', CreationDateTime: 5 } }))
      : undefined,
  );
}

/**
 * Checks what must hold however two attempts interleave: a step that succeeds has a whole copy, one that fails has no
 * `manifest-key`, and every copy in the bucket that has a summary is whole.
 */
export async function assertNoHarm(pair: Pair, runs: readonly RunResult[], items: readonly WireItem[]): Promise<void> {
  const { store, bucket } = pair;
  const summaries = (await keysIn(pair)).filter((key) => key.endsWith('/manifest-summary.json'));
  for (const key of summaries) assertSameItems((await readCopy(store, bucket, key)).items(), items);
  for (const { exitCode, outputs, log } of runs) {
    const key = outputs['manifest-key'];
    assert.equal(key !== undefined, exitCode === 0, `manifest-key is ${key}:\n${log}`);
    if (key !== undefined) assert.ok(summaries.includes(key), `exit code 0 without a summary:\n${log}`);
  }
}

export function assertTakenOver({ exitCode, commands, log }: RunResult): void {
  assert.equal(exitCode, 1, log);
  const titles = commands.filter(({ name }) => name === 'error').map(({ properties }) => properties['title']);
  assert.deepEqual(titles, ['TAKEN_OVER'], log);
}

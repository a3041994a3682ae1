import '../shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CredentialSource, IssuedSession } from '../../../src/aws/credentials/credential-source.ts';
import { Identity } from '../../../src/aws/credentials/identity.ts';
import { CopyError } from '../../../src/errors.ts';
import { MAX_RETRY_TIME_BEFORE_SUCCESS, RENEWAL } from '../../../src/timeouts.ts';

/** Result of the next request for a session */
type Outcome = IssuedSession | Error | Promise<IssuedSession>;

const temporaryError = Object.assign(new Error('temporary'), { isRetryable: true });
const permanentError = Object.assign(new Error('permanent'), { isRetryable: false });

/** Issues `key-1`, `key-2` and so on, according to the outcomes in turn. The last outcome repeats. */
class ScriptedSource implements CredentialSource {
  readonly description = 'a role';
  requests = 0;
  readonly masked: string[] = [];
  private readonly outcomes: readonly ((nth: number) => Outcome)[];

  constructor(...outcomes: readonly ((nth: number) => Outcome)[]) {
    this.outcomes = outcomes;
  }

  async issue(): Promise<IssuedSession> {
    this.requests += 1;
    const outcome = (this.outcomes[this.requests - 1] ?? this.outcomes.at(-1))?.(this.requests);
    if (outcome === undefined || outcome instanceof Error) throw outcome;
    return await outcome;
  }

  isRetryable(error: unknown): boolean {
    return (error as typeof temporaryError).isRetryable;
  }

  explain(error: unknown): CopyError {
    return new CopyError('ASSUME_ROLE_FAILED', (error as Error).message, 'Do something.');
  }
}

const validFor = (validForMs: number) => (nth: number) => session(nth, validForMs);

function session(nth: number, validForMs: number): IssuedSession {
  const credentials = { accessKeyId: `key-${nth}`, secretAccessKey: `secret-${nth}`, sessionToken: `token-${nth}` };
  return { credentials, validForMs };
}

function identity(source: ScriptedSource): Identity & Disposable {
  const created = new Identity(source, (secret) => source.masked.push(secret), new AbortController().signal);
  return Object.assign(created, { [Symbol.dispose]: () => created.close() });
}

async function keyOf(identity: Identity): Promise<string> {
  return (await identity.provider()).accessKeyId;
}

/** Lifetime of a session that is not renewed yet */
const FRESH = 10 * RENEWAL.startsBeforeEnd;
/** Lifetime of a session that is still used but already renewed */
const LATE = (RENEWAL.startsBeforeEnd + RENEWAL.waitsBeforeEnd) / 2;

suite('a fresh session', () => {
  test('is requested once, even by parallel requests', async () => {
    const source = new ScriptedSource(validFor(FRESH));
    using one = identity(source);
    const keys = await Promise.all(Array.from({ length: 16 }, () => keyOf(one)));
    assert.deepEqual([...new Set(keys), await keyOf(one)], ['key-1', 'key-1']);
    assert.equal(source.requests, 1);
  });

  test('masks its secrets before a request receives them', async () => {
    const source = new ScriptedSource(validFor(FRESH));
    using one = identity(source);
    await one.provider();
    assert.deepEqual([...source.masked].sort(), ['key-1', 'secret-1', 'token-1']);
  });

  test('is never renewed if it does not expire', async () => {
    const source = new ScriptedSource(validFor(Number.POSITIVE_INFINITY));
    using one = identity(source);
    await one.provider();
    assert.equal(one.rejectSession(one.currentSession()), false);
    assert.equal(await keyOf(one), 'key-1');
    assert.equal(source.requests, 1);
  });

  test('is not cached by the SDK, because the provider is marked as memoized', () => {
    assert.equal(new Identity(new ScriptedSource(), () => {}, new AbortController().signal).provider.memoized, true);
  });
});

suite('the first session', () => {
  test('is requested again after temporary errors', async () => {
    const source = new ScriptedSource(
      () => temporaryError,
      () => temporaryError,
      validFor(FRESH),
    );
    using one = identity(source);
    assert.equal(await keyOf(one), 'key-3');
  });

  test('fails at once with an explained error after a permanent error', async () => {
    const source = new ScriptedSource(() => permanentError);
    using one = identity(source);
    await assert.rejects(one.provider(), { code: 'ASSUME_ROLE_FAILED', message: 'permanent' });
    assert.equal(source.requests, 1);
  });

  test('fails after temporary errors for MAX_RETRY_TIME_BEFORE_SUCCESS', async () => {
    const source = new ScriptedSource(() => temporaryError);
    using one = identity(source);
    const started = performance.now();
    await assert.rejects(one.provider(), { code: 'ASSUME_ROLE_FAILED' });
    assert.ok(performance.now() - started > MAX_RETRY_TIME_BEFORE_SUCCESS - RENEWAL.longestPause);
    assert.ok(source.requests > 5, `${source.requests} attempts`);
  });

  test('is not requested any more after close', async () => {
    const source = new ScriptedSource(() => temporaryError);
    const one = identity(source);
    const waiting = one.provider();
    one.close();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});

suite('a session in its last minutes', () => {
  test('is used until the renewed session has arrived', async () => {
    const next = Promise.withResolvers<IssuedSession>();
    const source = new ScriptedSource(validFor(LATE), () => next.promise);
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.deepEqual(await Promise.all([keyOf(one), keyOf(one)]), ['key-1', 'key-1']);
    assert.equal(source.requests, 2);
    next.resolve(session(2, FRESH));
    await next.promise;
    await pause(1);
    assert.equal(await keyOf(one), 'key-2');
    assert.equal(source.requests, 2);
  });

  test('is used while its renewal fails repeatedly', async () => {
    const source = new ScriptedSource(
      validFor(LATE),
      ...Array.from({ length: 6 }, () => () => temporaryError),
      validFor(FRESH),
    );
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    while (source.requests < 8) {
      assert.equal(await keyOf(one), 'key-1');
      await pause(5);
    }
    await pause(5);
    assert.equal(await keyOf(one), 'key-8');
  });

  test('is used after a permanent error, and its renewal is not tried for every request', async () => {
    const source = new ScriptedSource(validFor(LATE), () => permanentError, validFor(FRESH));
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    for (let request = 0; request < 20; request += 1) assert.equal(await keyOf(one), 'key-1');
    assert.equal(source.requests, 2);
    await pause(RENEWAL.afterFailure + 50);
    await one.provider();
    await pause(5);
    assert.equal(await keyOf(one), 'key-3');
  });
});

suite('a session in its last minute', () => {
  test('makes requests wait for the renewed session', async () => {
    const source = new ScriptedSource(validFor(RENEWAL.waitsBeforeEnd), validFor(FRESH));
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.deepEqual(await Promise.all([keyOf(one), keyOf(one)]), ['key-2', 'key-2']);
    assert.equal(source.requests, 2);
  });

  test('is still used if its renewal fails', async () => {
    const source = new ScriptedSource(validFor(RENEWAL.waitsBeforeEnd), () => permanentError);
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.equal(await keyOf(one), 'key-1');
    assert.equal(source.requests, 2);
  });

  test('fails with the error of the renewal once it has expired', async () => {
    const source = new ScriptedSource(validFor(RENEWAL.afterSuccess), () => permanentError);
    using one = identity(source);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    await assert.rejects(one.provider(), { message: 'permanent' });
  });
});

suite('a session that AWS rejects as expired early', () => {
  test('is replaced once for all requests that were signed with it', async () => {
    const source = new ScriptedSource(validFor(FRESH));
    using one = identity(source);
    await one.provider();
    const used = one.currentSession();
    await pause(RENEWAL.minSessionAge + 5);
    assert.equal(one.rejectSession(used), true);
    assert.equal(one.rejectSession(used), true, 'also for a request that is rejected before the next session exists');
    assert.equal(await keyOf(one), 'key-2');
    // A request that was signed with the old session is rejected late.
    assert.equal(one.rejectSession(used), true);
    assert.equal(await keyOf(one), 'key-2');
  });

  test('is not replaced just after it was issued, because AWS would reject the next session too', async () => {
    const source = new ScriptedSource(validFor(FRESH));
    using one = identity(source);
    await one.provider();
    assert.equal(one.rejectSession(one.currentSession()), false);
    assert.equal(await keyOf(one), 'key-1');
  });
});

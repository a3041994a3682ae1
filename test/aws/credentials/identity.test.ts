import '../shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CredentialSource, IssuedSession } from '../../../src/aws/credentials/credential-source.ts';
import { Identity } from '../../../src/aws/credentials/identity.ts';
import { CopyError } from '../../../src/errors.ts';
import { GIVE_UP_AT_FIRST, RENEWAL } from '../../../src/timeouts.ts';

/** What the next request for a session comes to. */
type Answer = IssuedSession | Error | Promise<IssuedSession>;

const passing = Object.assign(new Error('passes'), { isRetryable: true });
const lasting = Object.assign(new Error('lasts'), { isRetryable: false });

/** Issues `key-1`, `key-2` and so on, or what `answers` says in turn; the last goes for all that follow. */
class Script implements CredentialSource {
  readonly description = 'a role';
  asked = 0;
  readonly concealed: string[] = [];
  private readonly answers: readonly ((nth: number) => Answer)[];

  constructor(...answers: readonly ((nth: number) => Answer)[]) {
    this.answers = answers;
  }

  async issue(): Promise<IssuedSession> {
    this.asked += 1;
    const answer = (this.answers[this.asked - 1] ?? this.answers.at(-1))?.(this.asked);
    if (answer === undefined || answer instanceof Error) throw answer;
    return await answer;
  }

  isRetryable(error: unknown): boolean {
    return (error as typeof passing).isRetryable;
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

function identity(script: Script): Identity & Disposable {
  const made = new Identity(script, (secret) => script.concealed.push(secret), new AbortController().signal);
  return Object.assign(made, { [Symbol.dispose]: () => made.close() });
}

async function keyOf(of: Identity): Promise<string> {
  return (await of.provider()).accessKeyId;
}

const FRESH = 10 * RENEWAL.before;
/** In the minutes in which a session is used and renewed. */
const LATE = (RENEWAL.before + RENEWAL.margin) / 2;

suite('a session that is fresh', () => {
  test('is asked for once, however many want it at once, and then never', async () => {
    const script = new Script(validFor(FRESH));
    using one = identity(script);
    const keys = await Promise.all(Array.from({ length: 16 }, () => keyOf(one)));
    assert.deepEqual([...new Set(keys), await keyOf(one)], ['key-1', 'key-1']);
    assert.equal(script.asked, 1);
  });

  test('is told to nobody before its secrets are concealed', async () => {
    const script = new Script(validFor(FRESH));
    using one = identity(script);
    await one.provider();
    assert.deepEqual([...script.concealed].sort(), ['key-1', 'secret-1', 'token-1']);
  });

  test('that has no end is never renewed', async () => {
    const script = new Script(validFor(Number.POSITIVE_INFINITY));
    using one = identity(script);
    await one.provider();
    assert.equal(one.rejectSession(one.currentSession()), false);
    assert.equal(await keyOf(one), 'key-1');
    assert.equal(script.asked, 1);
  });

  test('is not memoised a second time by the SDK, which would ask for itself', () => {
    assert.equal(new Identity(new Script(), () => {}, new AbortController().signal).provider.memoized, true);
  });
});

suite('the first session', () => {
  test('is waited for while what is wrong may pass', async () => {
    const script = new Script(
      () => passing,
      () => passing,
      validFor(FRESH),
    );
    using one = identity(script);
    assert.equal(await keyOf(one), 'key-3');
  });

  test('is given up at once where it does not pass, and the error explained', async () => {
    const script = new Script(() => lasting);
    using one = identity(script);
    await assert.rejects(one.provider(), { code: 'ASSUME_ROLE_FAILED', message: 'lasts' });
    assert.equal(script.asked, 1);
  });

  test('is given up in the end', async () => {
    const script = new Script(() => passing);
    using one = identity(script);
    const started = performance.now();
    await assert.rejects(one.provider(), { code: 'ASSUME_ROLE_FAILED' });
    assert.ok(performance.now() - started > GIVE_UP_AT_FIRST - RENEWAL.longestPause);
    assert.ok(script.asked > 5, `${script.asked} attempts`);
  });

  test('is not waited for once the copy is over', async () => {
    const script = new Script(() => passing);
    const one = identity(script);
    const waiting = one.provider();
    one.close();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});

suite('a session in its last minutes', () => {
  test('is used on while the next is asked for, and until it is there', async () => {
    const next = Promise.withResolvers<IssuedSession>();
    const script = new Script(validFor(LATE), () => next.promise);
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.deepEqual(await Promise.all([keyOf(one), keyOf(one)]), ['key-1', 'key-1']);
    assert.equal(script.asked, 2);
    next.resolve(session(2, FRESH));
    await next.promise;
    await pause(1);
    assert.equal(await keyOf(one), 'key-2');
    assert.equal(script.asked, 2);
  });

  test('outlasts a renewal that fails again and again', async () => {
    const script = new Script(validFor(LATE), ...Array.from({ length: 6 }, () => () => passing), validFor(FRESH));
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    while (script.asked < 8) {
      assert.equal(await keyOf(one), 'key-1');
      await pause(5);
    }
    await pause(5);
    assert.equal(await keyOf(one), 'key-8');
  });

  test('outlasts a denial, which is not asked about at every request', async () => {
    const script = new Script(validFor(LATE), () => lasting, validFor(FRESH));
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    for (let request = 0; request < 20; request += 1) assert.equal(await keyOf(one), 'key-1');
    assert.equal(script.asked, 2);
    await pause(RENEWAL.afterFailure + 50);
    await one.provider();
    await pause(5);
    assert.equal(await keyOf(one), 'key-3');
  });
});

suite('a session in its last minute', () => {
  test('lets requests wait for the next', async () => {
    const script = new Script(validFor(RENEWAL.margin), validFor(FRESH));
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.deepEqual(await Promise.all([keyOf(one), keyOf(one)]), ['key-2', 'key-2']);
    assert.equal(script.asked, 2);
  });

  test('is still better than none', async () => {
    const script = new Script(validFor(RENEWAL.margin), () => lasting);
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    assert.equal(await keyOf(one), 'key-1');
    assert.equal(script.asked, 2);
  });

  test('and once it is over, the failure is told', async () => {
    const script = new Script(validFor(RENEWAL.afterSuccess), () => lasting);
    using one = identity(script);
    await one.provider();
    await pause(RENEWAL.afterSuccess + 5);
    await assert.rejects(one.provider(), { message: 'lasts' });
  });
});

suite('a session that AWS calls expired before its time', () => {
  test('is replaced', async () => {
    const script = new Script(validFor(FRESH));
    using one = identity(script);
    await one.provider();
    const used = one.currentSession();
    await pause(RENEWAL.young + 5);
    assert.equal(one.rejectSession(used), true);
    assert.equal(one.rejectSession(used), true, 'also by a request that hears of it before there is another');
    assert.equal(await keyOf(one), 'key-2');
    // By another request that was signed with it.
    assert.equal(one.rejectSession(used), true);
    assert.equal(await keyOf(one), 'key-2');
  });

  test('a moment after it was issued is not: the next would be refused as well', async () => {
    const script = new Script(validFor(FRESH));
    using one = identity(script);
    await one.provider();
    assert.equal(one.rejectSession(one.currentSession()), false);
    assert.equal(await keyOf(one), 'key-1');
  });
});

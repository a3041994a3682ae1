// Import this first: it sets the time scale, so that 30 seconds become 1.5 seconds.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from '../../src/errors.ts';
import { TRANSFORM_ITEM } from '../../src/timeouts.ts';
import type { PlainItem } from '../../src/transform/plain-item.ts';
import { failureOf, processed, SECRET } from './transformed.ts';

describe('the copy fails if process-func', () => {
  class Rejected extends Error {}
  const reject = (error: unknown) => () => Promise.reject(error);
  const fail = (error: unknown) => () => {
    throw error;
  };

  for (const [what, process, expected] of [
    ['throws a string', fail(new TypeError(SECRET)), /threw an exception \(TypeError, line \d+\)/],
    ['rejects', reject(new Rejected(SECRET)), /threw an exception \(Rejected, line \d+\)/],
    ['throws undefined', fail(SECRET), /threw an exception \(a value that is not an Error\)/],
    [
      'rejects with the item',
      (item: PlainItem) => Promise.reject(item),
      /threw an exception \(a value that is not an Error\)/,
    ],
    ['throws nothing', fail(undefined), /threw an exception \(a value that is not an Error\)/],
    ['returns undefined', () => undefined, /returned undefined/],
    ['resolves to undefined', async () => undefined, /returned undefined/],
    ['returns a number', () => 4711, /returned a value of type number/],
    ['returns the item', (item: PlainItem) => item, /returned a value of type object/],
    ['returns an ArrayBuffer', () => new ArrayBuffer(1), /returned a value of type object/],
    ['returns a typed array other than Uint8Array', () => Uint16Array.of(1), /returned a value of type object/],
    ['resolves to an array', async () => ['x'], /returned a value of type object/],
    ['is a generator', function* generate() {}, /returned a value of type object/],
    ['returns an unpaired surrogate', () => 'a\ud83d', /unpaired surrogate/],
    ['resolves to an unpaired surrogate', async () => '\ude00', /unpaired surrogate/],
    [
      'returns an object whose then getter throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: the test needs a then getter that throws
        get then() {
          throw new RangeError(SECRET);
        },
      }),
      /threw an exception \(RangeError/,
    ],
    [
      'returns an object whose then method throws',
      // biome-ignore lint/suspicious/noThenProperty: the test needs a then method that throws
      () => ({ then: fail(new RangeError(SECRET)) }),
      /threw an exception \(RangeError/,
    ],
    [
      'returns a promise with a custom then method',
      // biome-ignore lint/suspicious/noThenProperty: the test needs a custom then method
      () => Object.assign(Promise.resolve(4711), { then: () => 4711 }),
      /returned a value of type number/,
    ],
    ['is a class', class Process {} as unknown as () => unknown, /threw an exception \(TypeError/],
  ] as const) {
    it(what, async () => {
      assert.match((await failureOf(process, import.meta.url)).message, expected);
    });
  }

  it('rejects for a later item while an earlier one is pending', async () => {
    const process = ({ n }: PlainItem) => (n === 0 ? sleep(50).then(() => 'x') : Promise.reject(new Error(SECRET)));
    assert.match((await failureOf(process)).message, /threw an exception \(Error/);
  });

  it('does not settle in time', async () => {
    const started = performance.now();
    const { message } = await failureOf(({ n }) => (n === 1 ? new Promise(() => {}) : 'x'));
    assert.match(message, /did not return a result for an item within 30 seconds/);
    const waited = performance.now() - started;
    assert.ok(waited >= TRANSFORM_ITEM - 10 && waited < 3_000, `${waited} ms`);
    assert.equal(
      (await processed(() => sleep(TRANSFORM_ITEM / 2).then(() => 'control: half of the time is accepted'))).itemCount,
      3,
      'half of it is in time',
    );
  });
});

it('an item with an unknown type fails with PAGE_CORRUPT without showing the item', async () => {
  await assert.rejects(
    processed(() => 'x', Buffer.from(`{"Item":{"a":{"X":"${SECRET}"}}}\n`)),
    (error: unknown) => error instanceof CopyError && error.code === 'PAGE_CORRUPT' && !error.message.includes(SECRET),
  );
});

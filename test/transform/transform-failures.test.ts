// Sets the time scale, so it comes first: 30 seconds are 600 ms.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from '../../src/errors.ts';
import type { PlainItem } from '../../src/transform/plain-item.ts';
import { failureOf, processed, SECRET } from './transformed.ts';

describe('a function fails the copy that', () => {
  class Rejected extends Error {}
  const reject = (error: unknown) => () => Promise.reject(error);
  const fail = (error: unknown) => () => {
    throw error;
  };

  for (const [what, process, expected] of [
    ['throws', fail(new TypeError(SECRET)), /threw an exception \(TypeError, line \d+\)/],
    ['rejects', reject(new Rejected(SECRET)), /threw an exception \(Rejected, line \d+\)/],
    ['throws text', fail(SECRET), /threw an exception \(a value that is not an Error\)/],
    [
      'rejects with the item',
      (item: PlainItem) => Promise.reject(item),
      /threw an exception \(a value that is not an Error\)/,
    ],
    ['throws nothing', fail(undefined), /threw an exception \(a value that is not an Error\)/],
    ['answers nothing', () => undefined, /returned undefined/],
    ['promises nothing', async () => undefined, /returned undefined/],
    ['answers a number', () => 4711, /returned a value of type number/],
    ['answers the item', (item: PlainItem) => item, /returned a value of type object/],
    ['answers an ArrayBuffer', () => new ArrayBuffer(1), /returned a value of type object/],
    ['answers other numbers than bytes', () => Uint16Array.of(1), /returned a value of type object/],
    ['answers a list', async () => ['x'], /returned a value of type object/],
    ['is a generator', function* generate() {}, /returned a value of type object/],
    ['answers half a surrogate pair', () => 'a\ud83d', /unpaired surrogate/],
    ['promises half a surrogate pair', async () => '\ude00', /unpaired surrogate/],
    [
      'answers what cannot be asked for its then',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is the point.
        get then() {
          throw new RangeError(SECRET);
        },
      }),
      /threw an exception \(RangeError/,
    ],
    [
      'answers what throws when awaited',
      // biome-ignore lint/suspicious/noThenProperty: that is the point.
      () => ({ then: fail(new RangeError(SECRET)) }),
      /threw an exception \(RangeError/,
    ],
    [
      'answers a promise with a then of its own',
      // biome-ignore lint/suspicious/noThenProperty: that is the point.
      () => Object.assign(Promise.resolve(4711), { then: () => 4711 }),
      /returned a value of type number/,
    ],
    ['is a class', class Process {} as unknown as () => unknown, /threw an exception \(TypeError/],
  ] as const) {
    it(what, async () => {
      assert.match((await failureOf(process, import.meta.url)).message, expected);
    });
  }

  it('rejects for a later item while an earlier one is still open', async () => {
    const process = ({ n }: PlainItem) => (n === 0 ? sleep(50).then(() => 'x') : Promise.reject(new Error(SECRET)));
    assert.match((await failureOf(process)).message, /threw an exception \(Error/);
  });

  it('does not settle in time', async () => {
    const started = performance.now();
    const { message } = await failureOf(({ n }) => (n === 1 ? new Promise(() => {}) : 'x'));
    assert.match(message, /did not return a result for an item within 30 seconds/);
    const waited = performance.now() - started;
    assert.ok(waited >= 590 && waited < 3_000, `${waited} ms`);
    assert.equal((await processed(() => sleep(300).then(() => 'x'))).itemCount, 3, 'half of it is in time');
  });
});

it('an item of a type that is unknown is told without the item', async () => {
  await assert.rejects(
    processed(() => 'x', Buffer.from(`{"Item":{"a":{"X":"${SECRET}"}}}\n`)),
    (error: unknown) => error instanceof CopyError && error.code === 'PAGE_CORRUPT' && !error.message.includes(SECRET),
  );
});

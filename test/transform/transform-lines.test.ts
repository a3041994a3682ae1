// Import this first: it sets the time scale, so that 30 seconds become 1.5 seconds.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { TRANSFORM_ITEM } from '../../src/timeouts.ts';
import type { PlainItem } from '../../src/transform/plain-item.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { CONTEXT, linesOf, numbers, processed, SECRET } from './transformed.ts';

describe('the result of process-func', () => {
  it('is written unchanged if it is text or bytes, synchronous or a promise', async () => {
    for (const [result, expected] of [
      ['a,b\n', 'a,b\n'],
      ['no newline', 'no newline'],
      ['ä€😀\u2028\0', 'ä€😀\u2028\0'],
      [Buffer.from('bytes'), 'bytes'],
      [new Uint8Array(Buffer.from('xbytesx')).subarray(1, 6), 'bytes'],
      [runInNewContext('new Uint8Array([65, 66])'), 'AB'],
      [new Uint8Array(new SharedArrayBuffer(1)).fill(67), 'C'],
    ] as const) {
      const all = { text: expected.repeat(3), itemCount: 3, droppedCount: 0 };
      assert.deepEqual(await processed(() => result), all);
      assert.deepEqual(await processed(async () => result), all);
      assert.deepEqual(await processed(() => sleep(1).then(() => result)), all);
      // biome-ignore lint/suspicious/noThenProperty: some libraries have their own promises.
      assert.deepEqual(await processed(() => ({ then: (resolve: (value: unknown) => void) => resolve(result) })), all);
    }
  });

  it('counts as an item if it is empty, and as a dropped item if it is null', async () => {
    for (const empty of ['', new Uint8Array(0)]) {
      assert.deepEqual(await processed(() => empty), { text: '', itemCount: 3, droppedCount: 0 });
    }
    assert.deepEqual(await processed(() => null), { text: '', itemCount: 0, droppedCount: 3 });
    assert.deepEqual(await processed(async () => null), { text: '', itemCount: 0, droppedCount: 3 });
    const even = ({ n }: PlainItem) => ((n as number) % 2 === 0 ? `${n};` : null);
    const expected = { text: '0;2;4;', itemCount: 3, droppedCount: 2 };
    assert.deepEqual(await processed(even, linesOf(5)), expected);
    assert.deepEqual(await processed(async (item) => even(item), linesOf(5)), expected);
  });

  it('is empty for a page without items', async () => {
    assert.deepEqual(await processed(() => 'x', Buffer.alloc(0)), { text: '', itemCount: 0, droppedCount: 0 });
  });
});

describe('process-func', () => {
  it('receives each item once, with a frozen context', async () => {
    const items: unknown[] = [];
    await processed((item, context) => {
      items.push({ ...item });
      assert.deepEqual({ ...context }, { ...CONTEXT, NumberValue });
      assert.ok(Object.isFrozen(context));
      return null;
    });
    assert.deepEqual(
      items,
      numbers(3).map((n) => ({ id: SECRET, n })),
    );
  });

  it('can change the item and reuse its buffer', async () => {
    const shared = Buffer.alloc(8);
    const write = ({ n }: PlainItem) => shared.subarray(0, shared.write(`${n}.`));
    const expected = numbers(200)
      .map((n) => `${n}.`)
      .join('');
    assert.equal((await processed(write, linesOf(200))).text, expected);
    assert.equal((await processed(async (item) => write(item), linesOf(200))).text, expected);
    // The buffer can also be reused while earlier results are pending.
    const mixed = (item: PlainItem) => (item['n'] === 0 ? sleep(20).then(() => '0.') : write(item));
    assert.equal((await processed(mixed, linesOf(200))).text, expected);
    const mutating = (item: PlainItem) => {
      for (const name of Object.keys(item)) delete item[name];
      return 'x';
    };
    assert.equal((await processed(mutating, linesOf(200))).text, 'x'.repeat(200));
  });

  it('has at most 64 pending items, and its results are written in the order of the items', async () => {
    const random = seeded(64);
    let open = 0;
    let maxOpen = 0;
    const slow = async ({ n }: PlainItem) => {
      open += 1;
      maxOpen = Math.max(maxOpen, open);
      await sleep(integer(random, 0, 8));
      open -= 1;
      return random() < 0.1 ? null : `${n};`;
    };
    const { text, itemCount, droppedCount } = await processed(slow, linesOf(500));
    const written = text.split(';').slice(0, -1).map(Number);
    assert.deepEqual(
      written,
      written.toSorted((a, b) => a - b),
    );
    assert.equal(maxOpen, 64);
    assert.equal(open, 0);
    assert.equal(itemCount, written.length);
    assert.equal(itemCount + droppedCount, 500);
    assert.ok(droppedCount > 0);
  });

  it('can return some results synchronously and others as promises', async () => {
    const mixed = ({ n }: PlainItem) => {
      const result = `${n};`;
      if ((n as number) % 3 === 0) return result;
      return (n as number) % 3 === 1 ? Promise.resolve(result) : sleep(1).then(() => result);
    };
    const expected = numbers(300).map((n) => `${n};`);
    assert.equal((await processed(mixed, linesOf(300))).text, expected.join(''));
  });

  it('does not block the event loop for a whole page', async () => {
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 1);
    const busy = () => {
      for (const until = performance.now() + 5; performance.now() < until; );
      return 'x';
    };
    await processed(busy, linesOf(60));
    clearInterval(counting);
    assert.ok(turns >= 3, `${turns} turns in 300 ms`);
  });

  it('can take longer than the limit in total if each item is fast', async () => {
    // In total, the 64 calls block the event loop for longer than the limit of one item.
    const busyMs = (1.25 * TRANSFORM_ITEM) / 64;
    const heavy = async () => {
      for (const until = performance.now() + busyMs; performance.now() < until; );
      await turn();
      return 'x';
    };
    assert.equal((await processed(heavy, linesOf(64))).itemCount, 64);
  });
});

describe('an abort signal', () => {
  it('stops the wait for a result with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('another segment failed');
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(
      processed(() => new Promise(() => {}), linesOf(100), controller.signal),
      reason,
    );
  });

  it('stops the processing between two items', async () => {
    const controller = new AbortController();
    let calls = 0;
    const process = () => {
      calls += 1;
      if (calls === 3) controller.abort();
      return 'x';
    };
    await assert.rejects(processed(process, linesOf(100), controller.signal), { name: 'AbortError' });
    assert.equal(calls, 3);
  });

  it('is shared by 100 segments without a listener warning', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.message);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    await Promise.all(numbers(100).map(() => processed(() => sleep(5).then(() => 'x'), linesOf(2), signal)));
    await turn();
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });
});

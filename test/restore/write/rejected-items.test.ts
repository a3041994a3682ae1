import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { mkdtempDisposableSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RejectedKeys } from '../../../src/restore/write/rejected-keys.ts';
import type { Item } from '../../emulators/source.ts';
import { startServers } from '../../fixtures/pair.ts';
import { linesOf, openLoadPair } from './stored-copy.ts';

await startServers();

/** A table with an index whose key is the string `status`. */
const INDEXED = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'status', AttributeType: 'S' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-status',
      KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
};

const item = (pk: string, status: Item[string] = { S: 'open' }): Item => ({ pk: { S: pk }, status });

suite('a load with items that violate the key of an index fails with ITEMS_REJECTED', () => {
  test('after it has written all others, and with the keys in a file', async () => {
    await using pair = await openLoadPair();
    const table = await pair.source.createTable([], INDEXED);
    const bad = new Set([3, 24, 25, 70]);
    const items = Array.from({ length: 80 }, (_, i) => item(`item-${i}`, bad.has(i) ? { N: '1' } : { S: 'open' }));
    const files = await pair.put([linesOf(items)]);
    const { error, figures, rejected } = await pair.load(table, files);
    assert.equal(error?.code, 'ITEMS_REJECTED');
    assert.match(error.message, /rejected 4 items .* All other items were written\./);
    assert.match(error.remedy ?? '', /index/);
    assert.doesNotMatch(error.message + error.remedy, /item-\d/);
    assert.deepEqual([figures.itemCount, figures.rejectedCount], [76, 4]);
    const keys = [...bad].map((i) => ({ key: { pk: { S: `item-${i}` } }, reason: 'ValidationException' }));
    assert.deepEqual(
      new Set(rejected?.map((line) => JSON.stringify(line))),
      new Set(keys.map((line) => JSON.stringify(line))),
    );
    assert.equal((await pair.source.readItems(table)).length, 76);
  });

  test('if it is a single item', async () => {
    await using pair = await openLoadPair();
    const table = await pair.source.createTable([], INDEXED);
    const { error, figures } = await pair.load(table, await pair.put([linesOf([item('a', { N: '1' })])]));
    assert.equal(error?.code, 'ITEMS_REJECTED');
    assert.match(error.message, /rejected 1 item .*, and accepted none\./);
    assert.deepEqual([figures.itemCount, figures.rejectedCount], [0, 1]);
  });
});

test('a load into a table with other key attributes stops after 100 rejected items', async () => {
  await using pair = await openLoadPair();
  const table = await pair.source.createTable([], {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
  });
  const items = Array.from({ length: 2_000 }, (_, i) => item(`item-${i}`));
  const { error, figures, rejected } = await pair.load(table, await pair.put([linesOf(items)]));
  assert.equal(error?.code, 'ITEMS_REJECTED');
  assert.match(error.remedy ?? '', /same key attributes/);
  assert.equal(figures.itemCount, 0);
  assert.ok(figures.rejectedCount >= 100 && figures.rejectedCount <= 120, `${figures.rejectedCount} items`);
  assert.ok((rejected?.length ?? 0) >= 100);
});

test('RejectedKeys writes a file that only its owner can read, also if the file exists', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'rejected-'));
  const path = join(folder.path, 'keys.jsonl');
  writeFileSync(path, 'older content', { mode: 0o644 });
  const keys = new RejectedKeys(path, ['pk', 'sk', 'missing']);
  keys.add(Buffer.from('{"x":{"S":"secret"},"sk":{"N":"1.50"},"pk":{"S":"a\\"b"}}'), 'ValidationException', 7);
  keys.close();
  assert.equal(
    readFileSync(path, 'utf8'),
    '{"key":{"pk":{"S":"a\\"b"},"sk":{"N":"1.50"}},"reason":"ValidationException"}\n',
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('RejectedKeys stops a load at 10,000 rejected items', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'rejected-'));
  const keys = new RejectedKeys(join(folder.path, 'keys.jsonl'), ['pk']);
  const json = Buffer.from('{"pk":{"S":"a"}}');
  for (let count = 1; count < 10_000; count += 1) keys.add(json, 'ValidationException', 1);
  assert.throws(() => keys.add(json, 'ValidationException', 1), {
    code: 'ITEMS_REJECTED',
    message: /10,000 items.*stopped/,
  });
  keys.close();
});

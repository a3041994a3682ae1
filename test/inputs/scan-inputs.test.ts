import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemsOf, read } from './read-step.ts';

describe('total-segments', () => {
  const shard = (total: number) => `{"Segment": 0, "TotalSegments": ${total}}`;
  for (const [kwargs, segments] of [
    [shard(62_500), 'auto'],
    [shard(1_000_000), '1'],
    [shard(10), '100000'],
    ['{"ExclusiveStartKey": {"a": 1}}', 'auto'],
    ['{"ExclusiveStartKey": {"a": 1}}', '1'],
    ['{"ExclusiveStartKey": {"a": 1}, "Segment": 0, "TotalSegments": 1000000}', 'auto'],
  ] as const) {
    it(`accepts ${segments} with ${kwargs}`, () => {
      read({ 'dynamodb-scan-kwargs': kwargs, 'total-segments': segments });
    });
  }

  for (const [kwargs, segments, expected] of [
    [shard(62_501), 'auto', /at most 15 .* 16 segments per shard .*1,000,000 segments/],
    [shard(10), '100001', /at most 100,000 .* 100,001 segments per shard/],
    [shard(1_000_000), '2', /at most 1 /],
    ['{"ExclusiveStartKey": {"a": 1}}', '2', /ExclusiveStartKey/],
    ['{"ExclusiveStartKey": {"a": 1}, "Segment": 0, "TotalSegments": 2}', '16', /ExclusiveStartKey/],
  ] as const) {
    it(`rejects ${segments} with ${kwargs}`, () => {
      const lines = problemsOf({ 'dynamodb-scan-kwargs': kwargs, 'total-segments': segments });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith('total-segments: '), lines[0]);
      assert.match(lines[0] ?? '', expected);
    });
  }
});

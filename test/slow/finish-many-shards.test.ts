import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SHARDS } from '../../src/shards/copy-plan.ts';
import { openFinishPair } from '../fixtures/finish-pair.ts';
import { overHttps } from '../fixtures/over-https.ts';
import { assertSucceeded, smallItems, startServers } from '../fixtures/pair.ts';

await startServers();

const OBJECTS = 40_000;
const MIB = 1024 * 1024;

test(`finishes a copy of ${MAX_SHARDS} shards and ${OBJECTS} objects within 20 s and 256 MiB, over HTTPS`, async (t) => {
  const emptyObjects = Math.floor(OBJECTS / MAX_SHARDS);
  // One item each for some shards, which makes one more object.
  const items = smallItems(OBJECTS - emptyObjects * MAX_SHARDS);
  await using finishing = await openFinishPair({ shards: MAX_SHARDS, items, emptyObjects });
  const { pair } = finishing;
  await using https = await overHttps({ ...pair.source.env, ...pair.store.env });
  await using run = await finishing.finish({}, { env: https.env, timeoutMs: 120_000 });
  assertSucceeded(run);
  assert.equal(run.outputs['file-count'], String(OBJECTS));
  assert.equal(run.outputs['item-count'], String(items.length));
  const { durationMs, peakRssBytes = 0 } = run;
  t.diagnostic(`${(durationMs / 1000).toFixed(1)} s, ${Math.ceil(peakRssBytes / MIB)} MiB`);
  assert.ok(durationMs < 20_000, `${durationMs} ms`);
  assert.ok(peakRssBytes < 256 * MIB, `${peakRssBytes / MIB} MiB`);
  await using again = await finishing.finish({}, { env: https.env, timeoutMs: 120_000 });
  assertSucceeded(again);
  assert.equal(again.outputs['file-count'], String(OBJECTS));
  const peak = again.peakRssBytes ?? 0;
  t.diagnostic(`complete already: ${(again.durationMs / 1000).toFixed(1)} s, ${Math.ceil(peak / MIB)} MiB`);
  assert.ok(again.durationMs < 20_000 && peak < 256 * MIB, `${again.durationMs} ms, ${peak / MIB} MiB`);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openLoadService } from '../emulators/load-service/load-service.ts';
import { chosenSource } from '../emulators/source.ts';
import { openFinishPair } from '../fixtures/finish-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { RESTORE_ACTION } from '../fixtures/restore-pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { assertVerified, VERIFY_ACTION } from '../fixtures/verify-pair.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

suite('a copy of shards', () => {
  test('is found as the latest copy, equals the table, and restores every item by import', async () => {
    await using finishing = await openFinishPair({ items: edgeItems(chosenSource()), prefix: 'backups/2026-11-23' });
    const { pair, table, original } = finishing;
    const { source, store, bucket } = pair;
    await using service = await openLoadService({ source, store });
    await using run = await finishing.finish();
    assertSucceeded(run);
    const copy = run.outputs['s3-uri'] ?? '';
    const step = (inputs: Readonly<Record<string, string>>) => ({
      inputs: { 's3-force-path-style': 'true', ...inputs },
      env: { ...source.env, ...store.env, ...service.env },
    });

    const latest = { copy: 'latest', 's3-bucket-name': bucket, 's3-key-prefix': 'backups/{date}' };
    const compared = { 'source-table-name': table, 'compare-with': table };
    await using verified = await runAction({ ...VERIFY_ACTION, ...step({ ...latest, ...compared }) });
    assertVerified(verified);
    assert.equal(verified.outputs['s3-uri'], copy);
    assert.equal(verified.outputs['different-count'], '0');

    const into = `${table}-restored`;
    const load = { 'dynamodb-table-name': into, copy, method: 'import', 'check-interval': '1' };
    await using restored = await runAction({ ...RESTORE_ACTION, ...step(load) });
    assertSucceeded(restored);
    assertSameItems(await source.readItems(into), original);
  });
});

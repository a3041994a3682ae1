import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { openLoadService } from '../emulators/load-service/load-service.ts';
import { chosenSource } from '../emulators/source.ts';
import { finishStep } from '../fixtures/finish-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, openPair, startServers } from '../fixtures/pair.ts';
import { planOf, runPlan } from '../fixtures/plan-step.ts';
import { RESTORE_ACTION } from '../fixtures/restore-pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { assertVerified, VERIFY_ACTION } from '../fixtures/verify-pair.ts';
import { slowTest } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

suite('a table copied by several jobs', () => {
  slowTest('is one copy: found as the latest, equal to the table, and restored by import', async () => {
    await using pair = await openPair();
    const { source, store, bucket } = pair;
    await using service = await openLoadService({ source, store });
    const table = await source.createTable(edgeItems(chosenSource()));
    const prefix = { 's3-key-prefix': 'backups/{date}' };
    const named = { 'dynamodb-table-name': table };
    await using planned = await runPlan(pair, { ...named, ...prefix, shards: '2' });
    planOf(planned);
    const plan = planned.outputs['plan'] ?? '';
    for (const shard of ['1-of-2', '2-of-2']) {
      await using copied = await pair.run({ ...named, plan, shard, resume: 'true' });
      assertSucceeded(copied);
    }
    await using run = await runAction(finishStep(pair, { ...named, plan }));
    const items = await source.readItems(table);
    assertSameItems((await pair.copyOf(run)).items(), items);
    const copy = run.outputs['s3-uri'] ?? '';

    const step = (inputs: Readonly<Record<string, string>>) => ({
      inputs: { 's3-force-path-style': 'true', ...inputs },
      env: { ...source.env, ...store.env, ...service.env },
    });
    const latest = { copy: 'latest', 's3-bucket-name': bucket, ...prefix, 'source-table-name': table };
    await using verified = await runAction({ ...VERIFY_ACTION, ...step({ ...latest, 'compare-with': table }) });
    assertVerified(verified);
    assert.equal(verified.outputs['s3-uri'], copy);
    assert.equal(verified.outputs['different-count'], '0');

    const into = `${table}-restored`;
    const load = { 'dynamodb-table-name': into, copy, method: 'import', 'check-interval': '1' };
    await using restored = await runAction({ ...RESTORE_ACTION, ...step(load) });
    assertSucceeded(restored);
    assertSameItems(await source.readItems(into), items);
  });
});

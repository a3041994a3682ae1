import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { attempt } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { startServers } from '../fixtures/pair.ts';
import { openRestorePair, type RestorePair } from '../fixtures/restore-pair.ts';

await startServers();

const MOMENTS = 20;

/** More lines than fit into one request, in several objects. */
const ITEMS = Array.from({ length: 150 }, (_, index) => ({
  pk: { S: `item-${index}` },
  text: { S: 'x'.repeat(2_000 + index) },
}));

const METHODS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  write: { method: 'write' },
  import: { method: 'import' },
  'bulk-put': { method: 'bulk-put', 'failed-items-s3-uri': 's3://failed-items/restore' },
};

/** Returns the number of requests. Repeated polls count once, because their number depends on the speed of the machine. */
function countRequests(operations: readonly string[]): number {
  return operations.filter((each, index) => !(each.startsWith('Describe') && each === operations[index - 1])).length;
}

/**
 * Kills the step while a request is on its way: before the server receives it, or before its response arrives.
 *
 * @returns operation of the request
 */
async function killAt(
  restoring: RestorePair,
  inputs: Readonly<Record<string, string>>,
  moment: number,
): Promise<string | undefined> {
  const running = restoring.start(inputs);
  const seen: string[] = [];
  let killedAt: string | undefined;
  const hook = ({ operation }: { readonly operation: string }) => {
    seen.push(operation);
    if (countRequests(seen) < moment) return undefined;
    killedAt ??= operation;
    running.kill('SIGKILL');
    return moment % 2 === 0 ? ('drop' as const) : ('lose-httpResponse' as const);
  };
  restoring.service.inject(hook);
  await using killed = await running.result;
  restoring.service.inject();
  assert.equal(killed.signal, 'SIGKILL', killed.log);
  return killedAt;
}

suite('a restore that was killed', { concurrency: 3 }, () => {
  for (const [method, inputs] of Object.entries(METHODS)) {
    test(`is complete after a re-run with the method ${method}, whenever it was killed`, async (t) => {
      await using probe = await openRestorePair({ items: ITEMS, copyInputs: { 'file-size': '64KiB' } });
      const before = probe.service.requests.length;
      await using whole = await probe.restore(inputs);
      await probe.assertRestored(whole);
      const requests = countRequests(probe.service.requests.slice(before).map(({ operation }) => operation));
      assert.ok(requests >= 4, `${requests} requests`);
      for (let nth = 0; nth < MOMENTS; nth += 1) {
        const moment = 1 + Math.floor((nth * requests) / MOMENTS);
        await t.test(`killed at request ${moment} of ${requests}, moment ${nth}`, async () => {
          await using restoring = await openRestorePair({ items: ITEMS, copyInputs: { 'file-size': '64KiB' } });
          const killedAt = await killAt(restoring, inputs, moment);
          await restoring.service.settle();
          await using rerun = await restoring.restore(inputs, attempt(2));
          if (killedAt === 'UntagResource' && rerun.exitCode !== 0) {
            // The restore was complete, and only the tag showed that the table belongs to the step.
            assert.match(rerun.errors.join(), /exists\. Nothing was written/);
            assertSameItems(await restoring.pair.source.readItems(restoring.into), restoring.original);
          } else {
            await restoring.assertRestored(rerun);
          }
          assert.deepEqual((await restoring.service.settings(restoring.into)).tags, {});
          assert.equal((await restoring.tables()).filter((name) => name.startsWith(restoring.table)).length, 2);
        });
      }
    });
  }
});

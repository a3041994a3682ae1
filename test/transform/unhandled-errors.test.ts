// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitDespiteOpenHandles } from '../../src/transform/unhandled-errors.ts';

test('a process whose process-func left a timer open ends with a warning', async (t) => {
  const warnings: string[] = [];
  const exit = t.mock.method(process, 'exit', () => undefined as never);
  exitDespiteOpenHandles('mask.mjs', { info() {}, notice() {}, warning: (line) => warnings.push(line) });
  await sleep(200);
  assert.equal(exit.mock.callCount(), 1);
  assert.deepEqual(warnings, [
    'The module "mask.mjs" left a timer or a connection open. The step does not wait for it.',
  ]);
});

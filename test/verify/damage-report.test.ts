import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DamageReport } from '../../src/verify/damage-report.ts';

test('DamageReport names the first objects in order, whatever the order in which they were read', () => {
  for (const names of ['dacb', 'bcad']) {
    const report = new DamageReport();
    for (const name of names) report.add('sha256', `data/${name}`);
    const { message } = report.error('s3://b/data/', 4);
    assert.match(
      message,
      /^s3:\/\/b\/data\/: 4 objects do not match .* \("a", "b", "c", \.\.\.\)\. The manifest lists 4/,
    );
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { CheckResult } from '../../src/preflight/checks/check.ts';
import type { Preview } from '../../src/preflight/preview.ts';
import { dryRunLines, dryRunMarkdown } from '../../src/report/dry-run.ts';
import { markdownEscaper } from '../../src/report/markdown.ts';

const SCAN: Preview = {
  engine: 'scan',
  table: 'orders (eu-west-1)',
  destination: 's3://my-backups/nightly/AWSDynamoDB/',
  why: 'the inputs select a scan',
  format: 'DYNAMODB_JSON, gzip',
  sizeBytes: 12_000_000,
  itemCount: 34_567,
  plan: { segments: 64, workers: 32, readUnits: 1_465.5, seconds: 90 },
  readLimit: 'at most 500 RCU per second',
};

const FINDINGS: readonly CheckResult[] = [
  { name: 'Table', outcome: { status: 'ok', detail: 'exists' } },
  { name: 'Write access', outcome: { status: 'ok', detail: 'the role can write', caveat: 'But | this.' } },
  { name: 'Owner', outcome: { status: 'not checked', why: 'the role lacks s3:ListBucket' } },
  { name: 'Read access', outcome: { status: 'failed', error: new CopyError('NETWORK', 'a\nb <img>', 'Fix it.') } },
];

test('dryRunMarkdown lists the plan, then each check with its result', () => {
  assert.deepEqual(dryRunMarkdown(FINDINGS, SCAN, markdownEscaper([])), [
    '| | |',
    '|---|---|',
    '| Table | orders (eu-west-1) |',
    '| Destination | s3://my-backups/nightly/AWSDynamoDB/ |',
    '| Engine | scan, because the inputs select a scan |',
    '| Size | about 34,567 items, 12 MB (DynamoDB updates these counts about every 6 hours) |',
    '| Objects | DYNAMODB&#95;JSON, gzip |',
    '| Segments | 64, at most 32 in parallel |',
    '| Read limit | at most 500 RCU per second |',
    '| Read capacity units | about 1,465.5 |',
    '| Time | about 1 min 30 s |',
    '',
    '| Check | Result | Details |',
    '|---|---|---|',
    '| Table | ✅ ok | exists |',
    '| Write access | ✅ ok | the role can write. But &#124; this. |',
    '| Owner | ➖ not checked | the role lacks s3:ListBucket |',
    '| Read access | ❌ failed | NETWORK: a b &#60;img&#62; |',
    '',
  ]);
});

test('dryRunLines names the commit status that a run would set', () => {
  const lines = dryRunLines([], { ...SCAN, commitStatus: 'backup/orders of ffac537' });
  assert.ok(lines.includes('Commit status: backup/orders of ffac537'), lines.join('\n'));
});

test('dryRunMarkdown lists only the checks if there is no plan', () => {
  assert.equal(dryRunMarkdown(FINDINGS, undefined, markdownEscaper([]))[0], '| Check | Result | Details |');
});

test('dryRunLines writes the checks and the plan as one log line each', () => {
  const lines = dryRunLines(FINDINGS, SCAN);
  assert.equal(lines[0], 'Table: ok, exists');
  assert.equal(lines.at(-1), 'Time: about 1 min 30 s');
});

test('dryRunLines reports the read budget after the estimate', () => {
  const lines = dryRunLines([], { ...SCAN, maxConsumedReadCapacity: 2_000 });
  const estimate = lines.indexOf('Read capacity units: about 1,465.5');
  assert.equal(lines[estimate + 1], 'Read budget: 2,000 RCU, all attempts together');
});

test('dryRunLines reports unknown values for a table without item counts', () => {
  const plan = { segments: 16, workers: 16, readUnits: undefined, seconds: undefined };
  const text = dryRunLines([], { ...SCAN, sizeBytes: 0, itemCount: 0, plan }).join('\n');
  for (const name of ['Size', 'Read capacity units', 'Time']) {
    assert.match(text, new RegExp(`^${name}: unknown`, 'm'));
  }
});

test('dryRunLines reports the billed size of an export instead of read capacity', () => {
  const { plan: _, readLimit: __, ...common } = SCAN;
  const text = dryRunLines([], { ...common, engine: 'export', gigabytesBilled: 12.3 }).join('\n');
  assert.match(text, /^Read capacity units: 0/m);
  assert.match(text, /^Billed: about 12\.3 GB/m);
  assert.match(
    dryRunLines([], { ...common, engine: 'export', gigabytesBilled: undefined }).join('\n'),
    /^Billed: for the data that changed/m,
  );
});

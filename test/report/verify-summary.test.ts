import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { Log } from '../../src/github/log.ts';
import type { VerifyInputs } from '../../src/inputs/verify-inputs.ts';
import type { ComparedWith } from '../../src/preflight/compared-with.ts';
import type { FoundStoredCopy } from '../../src/preflight/prepare-verify.ts';
import { differencesFound } from '../../src/report/differences-found.ts';
import { plannedReads } from '../../src/report/verify-preview.ts';
import { reportVerification, type VerifyStatus, verifyOutputs } from '../../src/report/verify-report.ts';
import { verifySummaryMarkdown } from '../../src/report/verify-summary.ts';
import type { Comparison } from '../../src/verify/compare/compare-sides.ts';
import type { VerifiedData } from '../../src/verify/verify-data.ts';

const ROOT = 'orders/AWSDynamoDB/01763806396789-8c1f3a2b/';

const FOUND = {
  bucket: { name: 'my-backups' },
  copy: {
    layout: { root: ROOT, manifestSummary: `${ROOT}manifest-summary.json` },
    ...{ snapshotTime: new Date('2026-11-22T03:00:00Z'), tableName: 'orders', itemCount: 12, files: [{}, {}, {}] },
    ...{ outputFormat: 'DYNAMODB_JSON', compression: 'gzip', scope: 'table', sizeBytes: 3_000 },
  },
  ageMs: 7_200_900,
} as unknown as FoundStoredCopy;

const DATA: VerifiedData = {
  ...{ objectCount: 3, checkedObjectCount: 3, itemCount: 12, bytesRead: 3_000, uncompressedBytes: 9_000 },
  ...{ isLineChecked: true, areKeysChecked: true, hasChecksums: true, changedEtagCount: 0 },
};

const TABLE = {
  kind: 'table',
  side: { table: { TableName: 'orders', TableSizeBytes: 40_960, ItemCount: 12 } },
} as unknown as ComparedWith;

const EQUAL: Comparison = {
  ...{ isEqual: true, onlyInCopy: 0, onlyInOther: 0, different: 0, isComplete: true, differencesFile: undefined },
  ...{ copyItemCount: 12, otherItemCount: 12 },
};

const inputsOf = (more: Partial<VerifyInputs> = {}) => ({ check: 'data', dryRun: false, ...more }) as VerifyInputs;

const VERIFIED: VerifyStatus = { inputs: inputsOf(), checkResults: [], found: FOUND, data: DATA, isVerified: true };

const summaryOf = (status: VerifyStatus, failure?: CopyError) =>
  verifySummaryMarkdown({ status, failure, durationSeconds: 12.3, secrets: [], help: undefined });

function notChecked(status: VerifyStatus): string[] {
  const [, list = ''] = summaryOf(status).split('Not checked:');
  return list.trim().split('\n');
}

describe('the summary of a verification', () => {
  it('reports the copy, its age, and what was checked', () => {
    const summary = summaryOf({ ...VERIFIED, inputs: inputsOf({ maxAgeMs: 93_600_000 }) });
    assert.match(summary, /^### ✅ Verified the copy of orders: 12 items$/m);
    assert.match(
      summary,
      /\| Snapshot \| 2026-11-22T03:00:00.000Z of table orders, 2 h 0 min old, at most 26 h 0 min \|/,
    );
    assert.match(summary, /\| Checked \| manifests, data \(bytes, lines, counts\) \|/);
    assert.match(summary, /\| Objects \| 3 of 3, 3 kB read \|/);
  });

  it('lists what was not checked', () => {
    assert.deepEqual(notChecked(VERIFIED), ['- whether the items are those of the table (compare-with)']);
    const custom = { ...FOUND, copy: { ...FOUND.copy, outputFormat: 'CUSTOM' } } as FoundStoredCopy;
    const sample = { kind: 'part', part: 2, parts: 3 } as const;
    const data = { ...DATA, checkedObjectCount: 1, isLineChecked: false, areKeysChecked: false, hasChecksums: false };
    const sampled = { ...VERIFIED, inputs: inputsOf({ sample }), found: custom, data };
    assert.match(summaryOf(sampled), /^### ✅ Verified 1 of 3 data objects of the copy of orders$/m);
    assert.deepEqual(notChecked(sampled), [
      '- 2 data objects, because of sample (part 2 of 3)',
      '- the lines: the format is CUSTOM, so only the bytes were verified',
      '- SHA-256: the copy has no manifest-sha256.txt, so MD5 was verified',
      '- whether the items are those of the table (compare-with)',
    ]);
    const subset = { ...FOUND, copy: { ...FOUND.copy, scope: 'subset' } } as FoundStoredCopy;
    assert.match(notChecked({ ...VERIFIED, found: subset }).join(), /^- the rest of the table: the copy contains only/);
    const transformed = { ...FOUND, copy: { ...FOUND.copy, scope: 'transformed' } } as FoundStoredCopy;
    const ofTransformed = notChecked({ ...VERIFIED, found: transformed }).join();
    assert.match(ofTransformed, /^- whether process-func changed the items as intended/);
    assert.doesNotMatch(ofTransformed, /compare-with/);
    const keyless = { ...DATA, areKeysChecked: false };
    assert.match(notChecked({ ...VERIFIED, data: keyless }).join(), /that each item has the key attributes/);
    const unknown = { ...FOUND, copy: { ...FOUND.copy, scope: 'unknown' } } as FoundStoredCopy;
    const manifests: VerifyStatus = { inputs: inputsOf({ check: 'manifests' }), found: unknown, isVerified: true };
    assert.match(summaryOf(manifests), /^### ✅ Verified the manifests of the copy of orders: 12 items$/m);
    assert.deepEqual(notChecked(manifests), [
      '- whether the export contains the whole table',
      '- the content of the data objects (check: manifests)',
    ]);
  });

  it('reports the differences by kind and number', () => {
    const comparison = { ...EQUAL, isEqual: false, onlyInCopy: 2, different: 1, isComplete: false, otherItemCount: 10 };
    const { isVerified: _, ...status } = { ...VERIFIED, comparedWith: TABLE, comparison };
    const summary = summaryOf(status, differencesFound(comparison, 'The table orders', 'table'));
    assert.match(summary, /^### ❌ Verification failed: `DIFFERENCES_FOUND`$/m);
    assert.match(
      summary,
      /\| Only in the copy \| 2 \|\n\| Only in the table \| 0 \|\n\| Other values \| 1 \|\n\| Counts \| lower bounds/,
    );
    assert.doesNotMatch(summary, /Not checked/);
  });

  it('reports what was checked before the step failed', () => {
    const { isVerified: _, data: __, ...stale } = VERIFIED;
    assert.match(summaryOf(stale, failure()), /\| Checked \| manifests, until the step failed \|/);
    const figures = { checkedObjectCount: 1, plannedObjectCount: 3, failedObjectCount: 1, itemCount: 4 };
    const progress = () => ({ ...figures, bytesRead: 900, uncompressedBytes: 2_000 });
    const checked = /\| Checked \| manifests, data \(bytes, lines, counts\), until the step failed \|/;
    assert.match(summaryOf({ ...stale, progress }, failure()), checked);
  });

  it('reports a snapshot time in the future', () => {
    assert.match(summaryOf({ found: { ...FOUND, ageMs: -3_600_000 } }, failure()), /1 h 0 min in the future/);
  });

  it('reports in a dry run what a run would read', () => {
    const {
      isVerified: _,
      data: __,
      ...status
    } = { ...VERIFIED, inputs: inputsOf({ dryRun: true }), comparedWith: TABLE };
    const summary = summaryOf(status);
    assert.match(summary, /^### 🔎 Dry run passed for a copy of orders\. Nothing was verified$/m);
    assert.match(summary, /\| And compares it with \| table orders, about 12 items, about 10 read capacity units/);
  });

  it('is not created for a success without a verified copy', () => {
    assert.throws(() => summaryOf({ inputs: inputsOf() }), /cannot succeed without a verified copy/);
  });
});

function failure(): CopyError {
  return new CopyError('COPY_STALE', 'The copy is older.', 'Create a copy.');
}

describe('the outputs of a verification', () => {
  it('contain verified only if the step succeeds, and last', () => {
    const outputs = verifyOutputs({ ...VERIFIED, comparison: EQUAL }, undefined, 1);
    assert.equal(Object.keys(outputs).at(-1), 'verified');
    assert.equal(outputs['verified'], 'true');
    assert.equal(verifyOutputs(VERIFIED, failure(), 1)['verified'], undefined);
    const { isVerified: _, ...unfinished } = VERIFIED;
    assert.equal(verifyOutputs(unfinished, undefined, 1)['verified'], undefined);
  });

  it('count the objects that were read so far if the step fails', () => {
    const { data: _, ...reading } = VERIFIED;
    const figures = { checkedObjectCount: 1, plannedObjectCount: 3, failedObjectCount: 1, itemCount: 4 };
    const progress = () => ({ ...figures, bytesRead: 900, uncompressedBytes: 2_000 });
    const outputs = verifyOutputs({ ...reading, progress }, failure(), 1);
    assert.deepEqual([outputs['checked-object-count'], outputs['bytes-read']], ['1', '900']);
  });

  it('contain only the duration before the copy was found', () => {
    assert.deepEqual(verifyOutputs({}, failure(), 1.26), { 'duration-seconds': '1.3' });
  });

  it('count all objects as checked with check: manifests', () => {
    const status: VerifyStatus = { inputs: inputsOf({ check: 'manifests' }), found: FOUND, isVerified: true };
    const outputs = verifyOutputs(status, undefined, 1);
    assert.deepEqual([outputs['checked-object-count'], outputs['bytes-read']], ['3', '0']);
    assert.equal(outputs['age-seconds'], '7200');
  });
});

describe('the error for differences', () => {
  const CASES: readonly (readonly [counts: Partial<Comparison>, message: RegExp])[] = [
    [{ different: 1 }, /^The copy and the table orders differ: 1 item has other values\.$/],
    [
      { onlyInCopy: 1, onlyInOther: 2_000, isComplete: false },
      /differ: 1 item exists only in the copy, 2,000 items exist only in the table orders\. There can be more/,
    ],
    [{ isComplete: false }, /differ, but the differences no longer existed when both were read again/],
  ];
  for (const [counts, message] of CASES) {
    it(`states ${JSON.stringify(counts)}`, () => {
      const error = differencesFound({ ...EQUAL, isEqual: false, ...counts }, 'The table orders', 'table');
      assert.equal(error.code, 'DIFFERENCES_FOUND');
      assert.match(error.message, message);
    });
  }

  it('names the file with the keys, and what to compare instead of a table in use', () => {
    const comparison = { ...EQUAL, isEqual: false, different: 1, differencesFile: '/tmp/keys.jsonl' };
    assert.match(
      differencesFound(comparison, 'The table orders', 'table').remedy,
      /\/tmp\/keys\.jsonl\. Writes to the table/,
    );
    assert.match(differencesFound(comparison, 'The copy 1', 'copy').remedy, /^The file .* find out what changed/);
  });
});

describe('what a run would read', () => {
  it('is nothing else with check: manifests', () => {
    assert.deepEqual(plannedReads(inputsOf({ check: 'manifests' }), FOUND, undefined), [
      ['A run reads', 'nothing else'],
    ]);
  });

  it('is a sample of the data objects', () => {
    const sample = { kind: 'percent', percent: 10, seed: 'a' } as const;
    assert.deepEqual(plannedReads(inputsOf({ sample }), FOUND, undefined), [
      ['A run reads', '10% of 3 data objects, 3 kB'],
    ]);
  });

  it('includes a table that DynamoDB has not counted yet, and another copy', () => {
    const table = { kind: 'table', side: { table: { TableName: 'orders' } } } as unknown as ComparedWith;
    assert.match(plannedReads(inputsOf(), FOUND, table)[1]?.[1] ?? '', /^table orders, the read capacity is unknown/);
    const copy = { kind: 'copy', copy: { ...FOUND.copy, sizeBytes: undefined } } as unknown as ComparedWith;
    assert.match(plannedReads(inputsOf(), FOUND, copy)[1]?.[1] ?? '', /^3 data objects\. If differences exist/);
  });
});

describe('the report of a verification', () => {
  const report = (status: VerifyStatus, error?: CopyError) => {
    const lines: string[] = [];
    const log = {
      info: (line: string) => lines.push(line),
      warning: (line: string) => lines.push(line),
      failure: ({ code, message }: CopyError) => lines.push(`${code}: ${message}`),
      secrets: [],
    } as unknown as Log;
    const { exitCode } = process;
    reportVerification({ env: {}, log, status, failure: error, durationSeconds: 1 });
    const code = process.exitCode;
    process.exitCode = exitCode;
    return { lines, code };
  };

  it('fails if the summary cannot be created, before any output is set', () => {
    const { lines, code } = report({});
    assert.match(lines.join('\n'), /OUTPUTS_NOT_WRITTEN: The copy was checked, but its outputs or job summary/);
    assert.equal(code, 1);
  });

  it('names the inputs of the verify Action', () => {
    const error = new CopyError('TABLE_NOT_FOUND', 'Check dynamodb-table-name.', 'Set source-aws-region.');
    assert.match(report({}, error).lines.join(), /TABLE_NOT_FOUND: Check compare-with\./);
  });
});

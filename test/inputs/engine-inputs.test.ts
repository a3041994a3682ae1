import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from './read-step.ts';

const INCREMENTAL =
  '{"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": "last"}}';

test('point-in-time-export must be true, false or auto', () => {
  assert.deepEqual(problemsOf({ 'point-in-time-export': 'yes' }), [
    'point-in-time-export: "yes" is invalid. Use true, false or auto.',
  ]);
});

test('point-in-time-export cannot be false or auto if another input requires an export', () => {
  for (const value of ['false', 'auto']) {
    const [problem] = problemsOf({ 'point-in-time-export': value, 'export-time': '2026-11-22T03:00:00Z' });
    assert.match(
      problem ?? '',
      new RegExp(`^point-in-time-export: is ${value}, but export-time or .* requires an export`),
    );
  }
});

test('export-time cannot be set for an incremental export', () => {
  const given = { 'export-time': '-PT2H', 'export-table-to-point-in-time-kwargs': INCREMENTAL };
  assert.match(problemsOf(given).join(), /^export-time: applies only to full exports/);
});

test('inputs for exports have no effect on a scan', () => {
  assert.match(
    problemsOf({ 'max-attempts': '5', 'enable-point-in-time-recovery': 'true' }).join(),
    /^point-in-time-export: is not true, so max-attempts or enable-point-in-time-recovery has no effect/,
  );
});

test('the bucket owner cannot be set to two values', () => {
  assert.deepEqual(
    problemsOf({
      's3-bucket-owner': '111122223333',
      'export-table-to-point-in-time-kwargs': '{"S3BucketOwner": "444455556666"}',
    }),
    [
      'export-table-to-point-in-time-kwargs.S3BucketOwner: differs from the input s3-bucket-owner. Set only one of them.',
    ],
  );
});

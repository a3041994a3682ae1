import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanOnlyInputs } from '../../src/inputs/engine-use.ts';
import { problemsOf, read } from './read-step.ts';

describe('process-func', () => {
  const processFunc = { 'process-func': 'mask.mjs' };

  it('makes the format, so that export-format is not set beside it', () => {
    for (const format of ['', 'DYNAMODB_JSON']) {
      assert.equal(read({ ...processFunc, 'export-format': format }).processFunc, 'mask.mjs');
    }
    for (const format of ['ION', 'JSON']) {
      const lines = problemsOf({ ...processFunc, 'export-format': format });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', /^process-func: cannot be set with export-format/);
    }
  });

  it('does not make a wrong export-format wrong twice', () => {
    const lines = problemsOf({ ...processFunc, 'export-format': 'CSV' });
    assert.deepEqual(lines.map((line) => line.split(': ')[0]).sort(), ['export-format', 'process-func']);
  });

  it('is for scans', () => {
    const lines = problemsOf({ ...processFunc, 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^process-func: applies only to scans/);
  });
});

describe('read-capacity', () => {
  it('is for scans, but keeps nobody from exporting where that is chosen', () => {
    const lines = problemsOf({ 'read-capacity': '25%', 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^read-capacity: applies only to scans/);
    assert.deepEqual(scanOnlyInputs(read({ 'read-capacity': '25%', 'point-in-time-export': 'auto' })), []);
    assert.deepEqual(scanOnlyInputs(read({ compression: 'zstd', 'point-in-time-export': 'auto' })), ['compression']);
  });
});

describe('s3-sse-algorithm: KMS_DSSE', () => {
  it('is refused for an export, and lets auto scan', () => {
    const lines = problemsOf({ 's3-sse-algorithm': 'KMS_DSSE', 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^s3-sse-algorithm: KMS_DSSE is supported only for scans. Use AES256 or KMS/);
    const inputs = { 's3-sse-algorithm': 'KMS_DSSE', 'point-in-time-export': 'auto' };
    assert.deepEqual(scanOnlyInputs(read(inputs)), ['s3-sse-algorithm']);
  });
});

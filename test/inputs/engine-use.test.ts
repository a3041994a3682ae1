import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanOnlyInputs } from '../../src/inputs/engine-use.ts';
import { problemsOf, read } from './read-step.ts';

describe('process-func', () => {
  const processFunc = { 'process-func': 'mask.mjs' };

  it('can be combined with export-format, which applies to a module that returns items', () => {
    for (const format of ['', 'DYNAMODB_JSON', 'ION', 'JSON']) {
      assert.equal(read({ ...processFunc, 'export-format': format }).processFunc, 'mask.mjs');
    }
  });

  it('is rejected if point-in-time-export is true', () => {
    const lines = problemsOf({ ...processFunc, 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^process-func: applies only to scans/);
  });
});

describe('scanOnlyInputs', () => {
  it('lists an input that requires a scan with auto', () => {
    assert.deepEqual(scanOnlyInputs(read({ compression: 'zstd', 'point-in-time-export': 'auto' })), ['compression']);
  });
});

for (const [name, value] of [
  ['read-capacity', '25%'],
  ['max-consumed-read-capacity', '1000'],
  ['s3-payload-signing-enabled', 'true'],
] as const) {
  describe(name, () => {
    it('applies only to scans, but does not prevent an export with auto', () => {
      const lines = problemsOf({ [name]: value, 'point-in-time-export': 'true' });
      assert.equal(lines.length, 1);
      assert.ok(lines[0]?.startsWith(`${name}: applies only to scans`), lines[0]);
      assert.deepEqual(scanOnlyInputs(read({ [name]: value, 'point-in-time-export': 'auto' })), []);
    });
  });
}

describe('s3-sse-algorithm: KMS_DSSE', () => {
  it('is rejected for an export and makes auto scan', () => {
    const lines = problemsOf({ 's3-sse-algorithm': 'KMS_DSSE', 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^s3-sse-algorithm: KMS_DSSE is supported only for scans. Use AES256 or KMS/);
    const inputs = { 's3-sse-algorithm': 'KMS_DSSE', 'point-in-time-export': 'auto' };
    assert.deepEqual(scanOnlyInputs(read(inputs)), ['s3-sse-algorithm']);
  });
});

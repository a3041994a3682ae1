import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/github/log.ts';
import { type RestoreStatus, reportRestore } from '../../src/report/restore-report.ts';

test('a restore whose summary cannot be created fails', () => {
  const lines = { warnings: [] as string[], errors: [] as string[] };
  const log = {
    info() {},
    warning: (line: string) => lines.warnings.push(line),
    failure: ({ code, message }: Error & { code: string }) => lines.errors.push(`${code}: ${message}`),
    secrets: [],
  } as unknown as Log;
  const { exitCode } = process;
  reportRestore({ env: {}, log, status: { prepared: {} } as RestoreStatus, failure: undefined, durationSeconds: 1 });
  process.exitCode = exitCode;
  assert.deepEqual(lines.warnings, ['The outputs or the job summary could not be written (no code).']);
  assert.match(lines.errors.join(), /^OUTPUTS_NOT_WRITTEN: The restore is complete, but its outputs/);
});

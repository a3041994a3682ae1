import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/github/log.ts';
import { reportStep, type StepStatus } from '../../src/report/report.ts';
import { startedScan } from '../fixtures/copy-states.ts';

/** Reports the end of a step; returns its warnings and its errors. */
function report(status: StepStatus, env: NodeJS.ProcessEnv = {}): { warnings: string[]; errors: string[] } {
  const lines = { warnings: [] as string[], errors: [] as string[] };
  const log = {
    info() {},
    warning: (line: string) => lines.warnings.push(line),
    failure: ({ code, message }: Error & { code: string }) => lines.errors.push(`${code}: ${message}`),
    secrets: [],
  } as unknown as Log;
  const { exitCode } = process;
  reportStep({ env, log, status, failure: undefined, durationSeconds: 1 });
  process.exitCode = exitCode;
  return lines;
}

test('a step that leaves uploads open says what happens to them', () => {
  const copy = startedScan({ uploadsLeftOpen: 2 });
  const status = {
    stage: 'prepared',
    inputs: { table: { name: 'orders' } },
    copy,
    results: [],
    prepared: {},
    samples: [],
  };
  const { warnings } = report(status as unknown as StepStatus);
  assert.match(warnings.join('\n'), /^2 multipart uploads could not be aborted\. The post step tries again\./m);
});

test('a step whose summary cannot be created fails', () => {
  const { warnings, errors } = report({ stage: 'no inputs' });
  assert.deepEqual(warnings, ['The outputs or the job summary could not be written (no code).']);
  assert.match(errors.join(), /^OUTPUTS_NOT_WRITTEN: The step finished, but its outputs/);
});

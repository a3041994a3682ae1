import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/github/log.ts';
import { reportStep, type StepKnowledge } from '../../src/report/report.ts';
import { startedScan } from '../fixtures/copy-states.ts';

/** Reports the end of a step; returns its warnings and its errors. */
function report(known: StepKnowledge, env: NodeJS.ProcessEnv = {}): { warnings: string[]; errors: string[] } {
  const lines = { warnings: [] as string[], errors: [] as string[] };
  const log = {
    info() {},
    warning: (line: string) => lines.warnings.push(line),
    failure: ({ code, message }: Error & { code: string }) => lines.errors.push(`${code}: ${message}`),
    secrets: [],
  } as unknown as Log;
  const { exitCode } = process;
  reportStep({ env, log, known, failure: undefined, durationSeconds: 1 });
  process.exitCode = exitCode;
  return lines;
}

test('a step that leaves uploads open says what happens to them', () => {
  const copy = startedScan({ uploadsLeftOpen: 2 });
  const known = {
    stage: 'prepared',
    inputs: { table: { name: 'orders' } },
    copy,
    findings: [],
    prepared: {},
    samples: [],
  };
  const { warnings } = report(known as unknown as StepKnowledge);
  assert.match(warnings.join('\n'), /^2 multipart uploads could not be aborted\. The post step tries again\./m);
});

test('a step whose summary cannot be created fails', () => {
  const { warnings, errors } = report({ stage: 'no inputs' });
  assert.deepEqual(warnings, ['The outputs or the job summary could not be written (no code).']);
  assert.match(errors.join(), /^OUTPUTS_NOT_WRITTEN: The step finished, but its outputs/);
});

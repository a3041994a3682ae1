// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportFailed, waitForExport } from '../../src/export/wait-for-export.ts';
import { EXPORT_PROGRESS } from '../../src/timeouts.ts';
import { exportOf } from './listed-exports.ts';
import { RespondingClient } from './responding-client.ts';

const AFTER = { resume: true, ownToken: false };
const SILENT = { info() {}, notice() {}, warning() {} };

describe('a failed export', () => {
  const remedyFor = (FailureCode: string, after = AFTER) =>
    exportFailed(exportOf(0, { ExportStatus: 'FAILED', FailureCode, S3Bucket: 'backups' }), after).remedy;

  for (const [code, remedy] of [
    ['S3NoSuchBucket', /^Bucket backups does not exist\./],
    ['S3AccessDenied', /Grant s3:PutObject, .* on arn:aws:s3:::backups\/\* to the role/],
    ['KmsNotFoundException', /^The KMS key does not exist/],
    ['SomeNewCode', /run aws dynamodb describe-export/],
  ] as const) {
    it(`is reported with the remedy for ${code}`, () => assert.match(remedyFor(code), remedy));
  }

  it('is started again by a re-run, unless the user set the ClientToken', () => {
    assert.match(remedyFor('S3NoSuchBucket'), /A re-run starts a new export\.$/);
    assert.match(remedyFor('S3NoSuchBucket', { ...AFTER, ownToken: true }), /Change ClientToken as well/);
  });

  it('does not show a failure code that is not a code', () => {
    const { message } = exportFailed(exportOf(0, { FailureCode: 'PRIVATE text' }), AFTER);
    assert.match(message, /failed with an unknown failure code\.$/);
  });
});

it('an export in progress is logged now and then', async () => {
  const client = new RespondingClient((_, nth) => ({
    ExportDescription: exportOf(0, { ExportStatus: nth < 4 ? 'IN_PROGRESS' : 'COMPLETED' }),
  }));
  const infos: string[] = [];
  const logger = { ...SILENT, info: (line: string) => void infos.push(line) };
  const started = exportOf(0, { ExportStatus: 'IN_PROGRESS' });
  const options = { checkIntervalMs: EXPORT_PROGRESS + 5, maxAttempts: 10 };
  await waitForExport({ client, logger, signal: AbortSignal.timeout(10_000) }, started, options, AFTER);
  assert.match(infos[0] ?? '', /^Export in progress: 0 min elapsed, status check 1 of 10\.$/);
});

describe('an export that does not end in time', () => {
  const running = exportOf(0, { ExportStatus: 'IN_PROGRESS' });
  const wait = (resume: boolean) => {
    const client = new RespondingClient(() => ({ ExportDescription: running }));
    const options = { checkIntervalMs: 1, maxAttempts: 2 };
    return waitForExport({ client, logger: SILENT, signal: AbortSignal.timeout(10_000) }, running, options, {
      resume,
      ownToken: false,
    });
  };

  it('is continued by a re-run', async () => {
    await assert.rejects(wait(true), {
      code: 'EXPORT_IN_PROGRESS',
      message: /still in progress after 2 status checks/,
      remedy: /^Re-run the job to continue waiting/,
    });
  });

  it('is not continued by a re-run with resume: false', async () => {
    await assert.rejects(wait(false), { code: 'EXPORT_IN_PROGRESS', remedy: /^With resume: false/ });
  });
});

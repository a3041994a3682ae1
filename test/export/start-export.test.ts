// Import this first: it sets the time scale.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import { type StartOptions, startExport } from '../../src/export/start-export.ts';
import { exportOf, NOW, TABLE } from './listed-exports.ts';
import { RespondingClient, serviceError } from './responding-client.ts';

const REQUEST = { TableArn: TABLE.tableArn, S3Bucket: 'backups' };
const STARTING: StartOptions = {
  identity: { tokenPrefix: 'step-', attempt: 1 },
  isTimeAbsolute: true,
  now: NOW,
  pitrSettlesUntil: undefined,
};

/** Requests an export. The responses are descriptions or errors, and the last one repeats. */
async function startWith(
  responses: readonly (ExportDescription | Error)[],
  more: Partial<StartOptions> = {},
): Promise<{ readonly started: ExportDescription; readonly tokens: readonly unknown[]; readonly notices: string[] }> {
  const client = new RespondingClient((_, nth) => {
    const response = responses[Math.min(nth, responses.length) - 1];
    if (response instanceof Error) throw response;
    return { ExportDescription: response };
  });
  const notices: string[] = [];
  const logger = { info: () => {}, notice: (line: string) => void notices.push(line), warning: assert.fail };
  const signal = AbortSignal.timeout(10_000);
  const started = await startExport({ client, logger, signal }, REQUEST, { ...STARTING, ...more });
  return { started, tokens: client.sent.map(({ input }) => input['ClientToken']), notices };
}

const NEW = exportOf(0, { ExportStatus: 'IN_PROGRESS' });

describe('a ClientToken that another step used a minute ago', () => {
  for (const ExportStatus of ['COMPLETED', 'IN_PROGRESS'] as const) {
    it(`returns the export for the same fixed time to this step if it is ${ExportStatus}`, async () => {
      const earlier = exportOf(1, { ExportStatus });
      const { started, tokens, notices } = await startWith([earlier, NEW]);
      assert.equal(started.ExportArn, earlier.ExportArn);
      assert.deepEqual(tokens, ['step-1']);
      assert.match(notices.join(), /Using export \S+, which another step started for the same time/);
    });
  }

  it('is replaced if the export for the same fixed time FAILED', async () => {
    const { started, tokens } = await startWith([exportOf(1, { ExportStatus: 'FAILED' }), NEW]);
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1-2']);
  });

  it('is replaced if the time of the export is not fixed', async () => {
    const { started, tokens } = await startWith([exportOf(1), NEW], { isTimeAbsolute: false });
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1-2']);
  });
});

describe('an export that DynamoDB rejects because PITR is not enabled', () => {
  const PITR_ERROR = serviceError('PointInTimeRecoveryUnavailableException');

  it('is requested again with the same token while PITR is being enabled', async () => {
    const { started, tokens } = await startWith([PITR_ERROR, PITR_ERROR, NEW], {
      pitrSettlesUntil: performance.now() + 60_000,
    });
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1', 'step-1']);
  });

  for (const [condition, pitrSettlesUntil] of [
    ['this step did not enable PITR', undefined],
    ['the time for enabling PITR has elapsed', 0],
  ] as const) {
    it(`fails if ${condition}`, async () => {
      await assert.rejects(startWith([PITR_ERROR, NEW], { pitrSettlesUntil }), PITR_ERROR);
    });
  }

  it('is not requested again after another error', async () => {
    const other = serviceError('LimitExceededException');
    await assert.rejects(startWith([other, NEW], { pitrSettlesUntil: performance.now() + 60_000 }), other);
  });
});

describe('a ClientToken that was used before', () => {
  it('is reported if it is the token of the user', async () => {
    const { started, notices } = await startWith([exportOf(60)], { identity: undefined });
    assert.equal(started.ExportArn, exportOf(60).ExportArn);
    assert.match(
      notices.join(),
      /^DynamoDB started no new export\. It returned export \S+, which has the same ClientToken\.$/,
    );
  });

  it('fails if all tokens of this step are used', async () => {
    await assert.rejects(startWith([serviceError('ExportConflictException')]), {
      code: 'EXPORT_REJECTED',
      message: /already use the ClientTokens of this step/,
    });
  });
});

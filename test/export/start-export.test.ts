// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import { type StartOptions, startExport } from '../../src/export/start-export.ts';
import { AnsweringClient, serviceError } from './answering-client.ts';
import { exportOf, NOW, OF } from './listed-exports.ts';

const REQUEST = { TableArn: OF.tableArn, S3Bucket: 'backups' };
const STARTING: StartOptions = {
  identity: { tokenStart: 'step-', attempt: 1 },
  timeIsFixed: true,
  now: NOW,
  recoverySettlesUntil: undefined,
};

/** Requests an export; the answers are descriptions or errors, the last one repeated. */
async function startWith(
  answers: readonly (ExportDescription | Error)[],
  more: Partial<StartOptions> = {},
): Promise<{ readonly started: ExportDescription; readonly tokens: readonly unknown[]; readonly notices: string[] }> {
  const client = new AnsweringClient((_, nth) => {
    const answer = answers[Math.min(nth, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return { ExportDescription: answer };
  });
  const notices: string[] = [];
  const logger = { info: () => {}, notice: (line: string) => void notices.push(line), warning: assert.fail };
  const signal = AbortSignal.timeout(10_000);
  const started = await startExport(client, REQUEST, { ...STARTING, ...more }, logger, signal);
  return { started, tokens: client.sent.map(({ input }) => input['ClientToken']), notices };
}

const NEW = exportOf(0, { ExportStatus: 'IN_PROGRESS' });

describe('a token that another step used a minute ago', () => {
  for (const ExportStatus of ['COMPLETED', 'IN_PROGRESS'] as const) {
    it(`gives this step the export of the same fixed time that is ${ExportStatus}`, async () => {
      const earlier = exportOf(1, { ExportStatus });
      const { started, tokens, notices } = await startWith([earlier, NEW]);
      assert.equal(started.ExportArn, earlier.ExportArn);
      assert.deepEqual(tokens, ['step-1']);
      assert.match(notices.join(), /Using export \S+, which another step started for the same time/);
    });
  }

  it('does not give this step an export of the same fixed time that FAILED', async () => {
    const { started, tokens } = await startWith([exportOf(1, { ExportStatus: 'FAILED' }), NEW]);
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1-2']);
  });

  it('does not give this step an export if the time is not fixed', async () => {
    const { started, tokens } = await startWith([exportOf(1), NEW], { timeIsFixed: false });
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1-2']);
  });
});

describe('an export that is refused because recovery is not enabled', () => {
  const REFUSED = serviceError('PointInTimeRecoveryUnavailableException');

  it('is requested again with the same token until the time to settle has passed', async () => {
    const { started, tokens } = await startWith([REFUSED, REFUSED, NEW], {
      recoverySettlesUntil: performance.now() + 60_000,
    });
    assert.equal(started.ExportArn, NEW.ExportArn);
    assert.deepEqual(tokens, ['step-1', 'step-1', 'step-1']);
  });

  for (const [why, recoverySettlesUntil] of [
    ['this step did not enable it', undefined],
    ['the time to settle has passed', 0],
  ] as const) {
    it(`fails if ${why}`, async () => {
      await assert.rejects(startWith([REFUSED, NEW], { recoverySettlesUntil }), REFUSED);
    });
  }

  it('fails if it is refused for another reason', async () => {
    const other = serviceError('LimitExceededException');
    await assert.rejects(startWith([other, NEW], { recoverySettlesUntil: performance.now() + 60_000 }), other);
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

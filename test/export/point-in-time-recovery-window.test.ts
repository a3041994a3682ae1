// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describePitr, ensurePitrEnabled } from '../../src/export/point-in-time-recovery-window.ts';
import { BETWEEN_PITR_ATTEMPTS, PITR_READY } from '../../src/timeouts.ts';
import { RespondingClient, serviceError } from './responding-client.ts';

const TIMES = {
  EarliestRestorableDateTime: new Date('2026-11-01T00:00:00Z'),
  LatestRestorableDateTime: new Date('2026-11-22T11:55:00Z'),
};

function windowOf(description: object): ReturnType<typeof describePitr> {
  const response = { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: description } };
  return describePitr(new RespondingClient(() => response), 'orders', AbortSignal.timeout(10_000));
}

describe('describePitr', () => {
  it('returns the times of the DynamoDB response', async () => {
    assert.deepEqual(await windowOf({ PointInTimeRecoveryStatus: 'ENABLED', ...TIMES }), {
      earliest: TIMES.EarliestRestorableDateTime,
      latest: TIMES.LatestRestorableDateTime,
    });
  });

  it('returns off if PITR is disabled', async () => {
    assert.equal(await windowOf({ PointInTimeRecoveryStatus: 'DISABLED' }), 'disabled');
  });

  for (const missing of Object.keys(TIMES)) {
    it(`fails if the response has no ${missing}`, async () => {
      const described = { PointInTimeRecoveryStatus: 'ENABLED', ...TIMES, [missing]: undefined };
      await assert.rejects(windowOf(described), {
        code: 'AWS_ERROR',
        message: `The response to DescribeContinuousBackups has no ${missing}.`,
      });
    });
  }
});

describe('point-in-time recovery before an export', () => {
  const ensure = (respond: (operation: string) => object, enable: boolean, messages: string[] = []) => {
    const client = new RespondingClient(({ operation }) => respond(operation));
    const logger = {
      info() {},
      notice: (line: string) => messages.push(line),
      warning: (line: string) => messages.push(line),
    };
    return ensurePitrEnabled({ client, logger, signal: AbortSignal.timeout(30_000) }, 'orders', enable);
  };
  const off = () => ({
    ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' } },
  });

  it('is not required to be known', async () => {
    const messages: string[] = [];
    const denied = () => {
      throw serviceError('AccessDeniedException');
    };
    assert.deepEqual(await ensure(denied, false, messages), { window: undefined, settlesUntil: undefined });
    assert.match(
      messages.join(),
      /not authorized to perform dynamodb:DescribeContinuousBackups\. The export is requested/,
    );
  });

  it('fails if it is disabled and the step must not enable it', async () => {
    await assert.rejects(ensure(off, false), { code: 'PITR_DISABLED', remedy: /^To scan the table instead/ });
  });

  it('fails if it stays disabled after this step enabled it', async () => {
    await assert.rejects(ensure(off, true), { code: 'PITR_DISABLED', message: /still not enabled 10 minutes after/ });
  });

  it('pauses between the requests for a table on which it cannot be enabled yet', async () => {
    const MAX_REQUESTS = 1 + PITR_READY / BETWEEN_PITR_ATTEMPTS;
    let requests = 0;
    const notYet = (operation: string) => {
      if (operation !== 'UpdateContinuousBackups') return off();
      requests += 1;
      assert.ok(requests <= MAX_REQUESTS, `request ${requests} within the time of ${MAX_REQUESTS}`);
      throw serviceError('ContinuousBackupsUnavailableException');
    };
    await assert.rejects(ensure(notYet, true), { name: 'ContinuousBackupsUnavailableException' });
    assert.ok(requests > 1);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describePitr } from '../../src/export/point-in-time-recovery-window.ts';
import { RespondingClient } from './responding-client.ts';

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
        message: `The response of DescribeContinuousBackups has no ${missing}.`,
      });
    });
  }
});

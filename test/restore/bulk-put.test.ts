// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasEarlierBulkPut, startBulkPut, waitForBulkPut } from '../../src/restore/bulk-put.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:bulk-operation/8c1f3a2b';
const STEP = { id: 'f'.repeat(32), attempt: 2 };
const TARGET = { tableName: 'orders', failedItemsUri: 's3://failed/x' };

function contextOf(respond: ConstructorParameters<typeof RespondingClient>[0]) {
  const lines: string[] = [];
  const client = new RespondingClient(respond);
  const logger = { info: (line: string) => lines.push(line), notice() {}, warning() {} };
  return { client, logger, signal: AbortSignal.timeout(10_000), lines };
}

const descriptionOf = (status: string, more: object = {}) => ({
  BulkOperationDescription: { BulkOperationArn: ARN, BulkOperationStatus: status, ...more },
});

async function wait(descriptions: readonly object[], maxAttempts = 10) {
  const context = contextOf((_, nth) => descriptions[Math.min(nth, descriptions.length) - 1] ?? {});
  const started = { BulkOperationArn: ARN, BulkOperationStatus: 'IN_PROGRESS' } as const;
  const ended = await waitForBulkPut(context, started, { checkIntervalMs: 70, maxAttempts }, TARGET);
  return { ended, lines: context.lines };
}

describe('waiting for a bulk operation', () => {
  it('logs the progress until the operation is complete', async () => {
    const inProgress = descriptionOf('IN_PROGRESS', { ProcessedItemCount: 1_234 });
    const { ended, lines } = await wait([
      inProgress,
      inProgress,
      descriptionOf('COMPLETED', { ProcessedItemCount: 9 }),
    ]);
    assert.equal(ended.ProcessedItemCount, 9);
    assert.match(lines.join('\n'), /^Bulk operation in progress: 0 min elapsed, 1,234 items processed\.$/m);
  });

  it('fails after the maximum number of status checks', async () => {
    await assert.rejects(wait([descriptionOf('IN_PROGRESS')], 2), { code: 'RESTORE_IN_PROGRESS' });
  });

  const FAILURES: readonly (readonly [status: string, more: object, message: RegExp])[] = [
    ['COMPLETED_WITH_ERRORS', { FailedItemCount: 3 }, /completed with errors: 3 items could not be loaded/],
    ['FAILED', { FailureCode: 'InternalError' }, /failed \(InternalError\)/],
    ['FAILED', { FailureCode: 'a secret' }, /The bulk operation failed\. /],
    ['CANCELLED', {}, /was cancelled/],
  ];
  for (const [status, more, message] of FAILURES) {
    it(`fails with the place of the records after ${status} ${JSON.stringify(more)}`, async () => {
      await assert.rejects(wait([descriptionOf(status, more)]), {
        code: 'RESTORE_FAILED',
        message,
        remedy: /s3:\/\/failed\/x/,
      });
    });
  }
});

describe('starting a bulk operation', () => {
  const input = {} as Parameters<typeof startBulkPut>[1];

  it('uses the same ClientToken in every attempt', async () => {
    const context = contextOf(() => descriptionOf('IN_PROGRESS'));
    await startBulkPut(context, input, STEP, 'aaaabbbb-cccc');
    await startBulkPut(context, input, { ...STEP, attempt: 3 }, 'aaaabbbb-cccc');
    const tokens = context.client.calls('StartBulkPutItems').map((request) => request.input['ClientToken']);
    assert.equal(new Set(tokens).size, 1);
  });

  it('uses another ClientToken for another table, and after an operation that failed', async () => {
    const context = contextOf((_, nth) => descriptionOf(nth === 1 ? 'FAILED' : 'IN_PROGRESS'));
    await startBulkPut(context, input, STEP, 'aaaabbbb-cccc');
    await startBulkPut(context, input, STEP, 'ddddeeee-ffff');
    const tokens = context.client.calls('StartBulkPutItems').map((request) => request.input['ClientToken']);
    assert.equal(tokens.length, 3);
    assert.equal(new Set(tokens).size, 3);
  });

  it('uses no ClientToken outside of a workflow', async () => {
    const context = contextOf(() => descriptionOf('IN_PROGRESS'));
    await startBulkPut(context, input, undefined, 'aaaabbbb-cccc');
    assert.equal(context.client.calls('StartBulkPutItems')[0]?.input['ClientToken'], undefined);
  });
});

describe('the bulk operation of an earlier attempt', () => {
  const tableId = 'aaaabbbb-cccc';

  /** Searches among operations with these tokens, one per page. */
  function search(...tokens: readonly string[]) {
    const context = contextOf(({ operation, input }) => {
      if (operation === 'DescribeBulkOperation') {
        return descriptionOf('COMPLETED', { ClientToken: tokens[Number(input['BulkOperationArn'])] });
      }
      const page = Number(input['NextToken'] ?? 0);
      const NextToken = page + 1 < tokens.length ? String(page + 1) : undefined;
      return { BulkOperationsSummaryList: [{ BulkOperationArn: String(page) }], NextToken };
    });
    return hasEarlierBulkPut(context, STEP, tableId);
  }

  it('is found by its ClientToken on any page', async () => {
    assert.equal(await search('other', `dynamodb-to-s3-${STEP.id}-aaaabbbb-3`), true);
  });

  it('is not one of another step or table', async () => {
    const ofTable = `dynamodb-to-s3-${STEP.id}-ddddeeee-1`;
    assert.equal(await search(ofTable, `dynamodb-to-s3-${'e'.repeat(32)}-aaaabbbb-1`), false);
  });

  it('is unknown if the role is not authorized to list operations', async () => {
    const context = contextOf(() => {
      throw serviceError('AccessDeniedException');
    });
    assert.equal(await hasEarlierBulkPut(context, STEP, tableId), false);
  });
});

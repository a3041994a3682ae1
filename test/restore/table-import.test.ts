// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findEarlierImport, logGroupOf, startImport, waitForImport } from '../../src/restore/table-import.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders-restored';
const ARN = `${TABLE}/import/01763806396789-8c1f3a2b`;
const STEP = 'f'.repeat(32);

/** Polls an import whose descriptions are these, one per status check. The last one is repeated. */
async function wait(descriptions: readonly object[], maxAttempts = 10) {
  const lines: string[] = [];
  const client = new RespondingClient((_, nth) => ({
    ImportTableDescription: { ImportArn: ARN, ...descriptions[Math.min(nth, descriptions.length) - 1] },
  }));
  const logger = { info: (line: string) => lines.push(line), notice() {}, warning() {} };
  const context = { client, logger, signal: AbortSignal.timeout(10_000) };
  const started = { ImportArn: ARN, ImportStatus: 'IN_PROGRESS' } as const;
  return {
    ended: await waitForImport(context, started, { checkIntervalMs: 70, maxAttempts }, 'orders-restored'),
    lines,
  };
}

describe('waiting for an import', () => {
  it('logs the progress until the import is complete', async () => {
    const inProgress = { ImportStatus: 'IN_PROGRESS', ProcessedItemCount: 1_234 };
    const { ended, lines } = await wait([inProgress, inProgress, { ImportStatus: 'COMPLETED', ImportedItemCount: 9 }]);
    assert.equal(ended.ImportedItemCount, 9);
    assert.match(lines.join('\n'), /^Import in progress: 0 min elapsed, 1,234 items read\.$/m);
  });

  it('fails after the maximum number of status checks', async () => {
    await assert.rejects(wait([{ ImportStatus: 'IN_PROGRESS' }], 2), {
      code: 'RESTORE_IN_PROGRESS',
      message: /did not end within 2 status checks\. It continues in DynamoDB/,
    });
  });

  it('fails with the log group of the errors if items were not imported', async () => {
    const failed = {
      ImportStatus: 'FAILED',
      FailureCode: 'ItemValidationError',
      ErrorCount: 2,
      ImportedItemCount: 7,
      CloudWatchLogGroupArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:/aws-dynamodb/imports:*',
    };
    await assert.rejects(wait([failed]), {
      code: 'RESTORE_FAILED',
      message:
        'The import failed (ItemValidationError): 2 errors. The table orders-restored is partial: it contains 7 items of the copy.',
      remedy: /CloudWatch log group \/aws-dynamodb\/imports\. Delete the table orders-restored/,
    });
  });

  it('fails if the import was cancelled before it loaded items', async () => {
    await assert.rejects(wait([{ ImportStatus: 'CANCELLED' }]), {
      code: 'RESTORE_FAILED',
      message: 'The import was cancelled: 0 errors. No items were loaded. The table orders-restored can exist.',
    });
  });

  it('does not show a failure code that is not a name', async () => {
    await assert.rejects(wait([{ ImportStatus: 'FAILED', FailureCode: 'x: secret' }]), {
      message: /^The import failed: /,
    });
  });
});

describe('the import of an earlier attempt', () => {
  const summary = (nth: number, table = TABLE) => ({
    ImportArn: `${ARN}-${nth}`,
    TableArn: table,
    StartTime: new Date(nth * 1_000),
  });

  it('is the newest of the step for this table, on any page', async () => {
    const pages = [
      { ImportSummaryList: [summary(1), summary(3)], NextToken: 'next' },
      { ImportSummaryList: [summary(4, `${TABLE}-2`), summary(2)] },
    ];
    const client = new RespondingClient(({ operation, input }, nth) =>
      operation === 'ListImports'
        ? (pages[nth - 1] ?? {})
        : { ImportTableDescription: { ImportArn: input['ImportArn'], ClientToken: `dynamodb-to-s3-${STEP}-1` } },
    );
    const found = await findEarlierImport(
      { client, signal: AbortSignal.timeout(5_000) },
      { id: STEP },
      'orders-restored',
    );
    assert.equal(found?.ImportArn, `${ARN}-3`);
    assert.equal(client.calls('ListImports')[1]?.input['NextToken'], 'next');
  });

  for (const name of ['AccessDeniedException', 'UnknownOperationException']) {
    it(`is unknown after ${name}`, async () => {
      const client = new RespondingClient(() => {
        throw serviceError(name);
      });
      const context = { client, signal: AbortSignal.timeout(5_000) };
      assert.equal(await findEarlierImport(context, { id: STEP }, 'orders-restored'), undefined);
    });
  }
});

describe('starting an import', () => {
  const input = { TableCreationParameters: { TableName: 'orders-restored' } } as Parameters<typeof startImport>[1];
  const logger = { info() {}, notice() {}, warning() {} };
  const step = { id: STEP, attempt: 2 };

  /** Starts an import while the table exists, because of an import with this token. */
  function startAgain(ClientToken: string) {
    const client = new RespondingClient(({ operation }) => {
      if (operation === 'ImportTable') throw serviceError('ResourceInUseException');
      return operation === 'ListImports'
        ? { ImportSummaryList: [{ ImportArn: ARN, TableArn: TABLE }] }
        : { ImportTableDescription: { ImportArn: ARN, ClientToken } };
    });
    return startImport({ client, logger, signal: AbortSignal.timeout(5_000) }, input, step);
  }

  it('finds the import whose response was lost, although its table exists by then', async () => {
    assert.equal((await startAgain(`dynamodb-to-s3-${STEP}-2`)).ImportArn, ARN);
  });

  it('fails if the table exists because of another attempt or another step', async () => {
    for (const token of [`dynamodb-to-s3-${STEP}-1`, `dynamodb-to-s3-${'e'.repeat(32)}-2`]) {
      await assert.rejects(startAgain(token), { name: 'ResourceInUseException' });
    }
  });

  it('fails if the response has no ARN', async () => {
    const client = new RespondingClient(() => ({ ImportTableDescription: {} }));
    const context = { client, logger, signal: AbortSignal.timeout(5_000) };
    await assert.rejects(startImport(context, input, undefined), {
      message: 'The response to ImportTable has no ImportArn.',
    });
  });
});

describe('the log group of an import', () => {
  it('is undefined for text that is not the ARN of a log group', () => {
    assert.equal(logGroupOf(undefined), undefined);
    assert.equal(logGroupOf('arn:aws:logs:eu-central-1:1:log-group:/x y'), '/x');
    assert.equal(logGroupOf('/aws-dynamodb/imports'), undefined);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ServerClock } from '../../../src/aws/client-middleware.ts';
import type { ExportParameters } from '../../../src/export/export-parameters.ts';
import type { ExportSpecification } from '../../../src/export/export-request.ts';
import { bucketOwnerCheck } from '../../../src/preflight/checks/bucket-owner.ts';
import type { CheckOutcome } from '../../../src/preflight/checks/check.ts';
import { pointInTimeRecoveryCheck } from '../../../src/preflight/checks/point-in-time-recovery.ts';
import { writeAccessCheck } from '../../../src/preflight/checks/write-access.ts';
import { Bucket } from '../../../src/s3/bucket.ts';
import { clientOfBucket } from '../../aws/clients-for-tests.ts';
import { type HttpResponse, s3Failure, startScriptedServer } from '../../aws/scripted-server.ts';
import { exportOf, NOW, TABLE } from '../../export/listed-exports.ts';
import { RespondingClient } from '../../export/responding-client.ts';

const NEVER = new AbortController().signal;
const OWNER = '111122223333';

suite('bucket owner', () => {
  /** Runs the check with a bucket that returns one status to requests that name an owner and another to the rest. */
  const check = async (withOwner: number, without: number): Promise<CheckOutcome> => {
    await using server = await startScriptedServer(({ headers }) => ({
      status: headers['x-amz-expected-bucket-owner'] === undefined ? without : withOwner,
    }));
    using client = clientOfBucket(server.endpoint);
    return await bucketOwnerCheck(new Bucket({ client, name: 'backups' }), OWNER).run(NEVER);
  };

  test('is ok if the bucket belongs to the account', async () => {
    assert.deepEqual(await check(200, 200), { status: 'ok', detail: `account ${OWNER}` });
  });

  test('fails if the bucket belongs to another account', async () => {
    await assert.rejects(check(403, 200), {
      code: 'ACCESS_DENIED',
      message: /does not belong to account 111122223333/,
    });
  });

  test('cannot be checked without s3:ListBucket', async () => {
    assert.deepEqual(await check(403, 403), {
      status: 'not checked',
      why: 'the role lacks the optional permission s3:ListBucket',
    });
  });
});

suite('write access', () => {
  const created = '<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>';
  const check = async (abort: HttpResponse): Promise<CheckOutcome> => {
    await using server = await startScriptedServer(({ method }) =>
      method === 'DELETE' ? abort : { status: 200, body: created },
    );
    using client = clientOfBucket(server.endpoint);
    const key = 'nightly/AWSDynamoDB/01715685260608-c488b4e1/_started';
    return await writeAccessCheck(new Bucket({ client, name: 'backups' }), key, {}).run(NEVER);
  };
  const detail = 'the role can write to s3://backups/nightly/AWSDynamoDB/01715685260608-c488b4e1/';

  test('is ok if an upload can be created and aborted', async () => {
    assert.deepEqual(await check({ status: 204 }), { status: 'ok', detail });
  });

  test('warns if the upload cannot be aborted', async () => {
    const outcome = await check(s3Failure('AccessDenied', 403));
    assert.deepEqual(outcome, {
      status: 'ok',
      detail,
      caveat:
        'The multipart upload of this check could not be aborted. Grant s3:AbortMultipartUpload to the role. The upload has no parts and costs nothing.',
    });
  });
});

suite('point-in-time recovery', () => {
  const window = {
    PointInTimeRecoveryStatus: 'ENABLED',
    EarliestRestorableDateTime: new Date(NOW.getTime() - 86_400_000),
    LatestRestorableDateTime: NOW,
  };
  const check = async (
    recovery: object,
    parameters: Partial<ExportParameters> = {},
    enablePitr = false,
  ): Promise<CheckOutcome> => {
    const responses: Readonly<Record<string, object>> = {
      DescribeContinuousBackups: { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: recovery } },
      ListExports: { ExportSummaries: [exportOf(5)] },
      DescribeExport: { ExportDescription: exportOf(5) },
    };
    const client = new RespondingClient(({ operation }) => responses[operation] ?? assert.fail(operation));
    const clock = Object.assign(new ServerClock(client), { now: () => NOW });
    const specification: ExportSpecification = {
      table: TABLE,
      bucket: 'backups',
      prefix: 'series',
      format: 'DYNAMODB_JSON',
      exportTime: undefined,
      parameters: { request: {}, ...parameters },
      bucketOwner: undefined,
      encryption: undefined,
    };
    return await pointInTimeRecoveryCheck({ client, clock, tableName: 'orders', specification, enablePitr }).run(NEVER);
  };

  test('is ok if it is enabled', async () => {
    assert.deepEqual(await check(window), {
      status: 'ok',
      detail: 'enabled, from 2026-11-21T12:00:00Z to 2026-11-22T12:00:00Z',
    });
  });

  test('is ok if the step would enable it', async () => {
    assert.deepEqual(await check({ PointInTimeRecoveryStatus: 'DISABLED' }, {}, true), {
      status: 'ok',
      detail: 'disabled; a run would enable it',
      caveat: 'It remains enabled afterwards and is billed by table size.',
    });
  });

  test('warns if an incremental export would be skipped', async () => {
    const parameters = { window: { from: 'last', to: undefined, viewType: 'NEW_AND_OLD_IMAGES' } } as const;
    assert.deepEqual(await check(window, parameters), {
      status: 'ok',
      detail: 'enabled',
      caveat: 'A run would be skipped now: the previous export ended less than 15 minutes ago.',
    });
  });
});

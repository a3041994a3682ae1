// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test, { suite } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { describeTableManifest } from '../../src/manifest/describe-table-manifest.ts';
import { parseTableManifest } from '../../src/manifest/parse-table-manifest.ts';
import { type TableManifest, tableManifestJson } from '../../src/manifest/table-manifest.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import { dynamoDbFailure, dynamoDbReply, type Reply, startScriptedServer } from '../aws/scripted-server.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:111111111111:table/orders';
const KEY = 'arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const TABLE: TableDescription = {
  TableName: 'orders',
  TableArn: ARN,
  TableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
};

const ENCRYPTED: TableDescription = {
  ...TABLE,
  SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY },
};

/** Responses of a table without any of the settings. */
const NO_SETTINGS: Readonly<Record<string, Reply>> = {
  DescribeTimeToLive: dynamoDbReply({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } }),
  DescribeContinuousBackups: recovery({ PointInTimeRecoveryStatus: 'DISABLED' }),
  ListTagsOfResource: dynamoDbReply({ Tags: [] }),
  GetResourcePolicy: dynamoDbFailure('PolicyNotFoundException', 'Resource-based policy not found'),
};

function recovery(description: object): Reply {
  return dynamoDbReply({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: description,
    },
  });
}

interface Described {
  readonly manifest: TableManifest;
  /** Log lines. */
  readonly messages: readonly string[];
  /** Names and inputs of the requests, sorted by name. */
  readonly requests: readonly (readonly [string, unknown])[];
}

/** Describes a table with a server whose responses are those of a table without settings, with these exceptions. */
async function describe(
  exceptions: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => Reply>>,
  table: TableDescription = TABLE,
  signal = new AbortController().signal,
): Promise<Described> {
  await using server = await startScriptedServer(({ headers, body }) => {
    const operation = operationOf(headers['x-amz-target']);
    const input = JSON.parse(body.toString()) as Record<string, unknown>;
    return exceptions[operation]?.(input) ?? NO_SETTINGS[operation] ?? assert.fail(operation);
  });
  process.env['AWS_ENDPOINT_URL_KMS'] = server.endpoint;
  using client = clientOfTable(server.endpoint);
  const messages: string[] = [];
  const logger = { info: (line: string) => void messages.push(line), notice: assert.fail, warning: assert.fail };
  const described = { client, tableName: 'orders', tableArn: ARN, table };
  const manifest = await describeTableManifest(described, 'table', logger, signal);
  const requests = server.requests
    .map(({ headers, body }) => [operationOf(headers['x-amz-target']), JSON.parse(body.toString()) as unknown] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // What is written must be readable.
  assert.deepEqual(parseTableManifest(tableManifestJson(manifest)), manifest);
  return { manifest, messages, requests };
}

function operationOf(target: string | string[] | undefined): string {
  return String(target).replace(/^.*\./, '');
}

suite('describeTableManifest', () => {
  test('sends one request for each setting, and logs nothing if all succeed', async () => {
    const { manifest, messages, requests } = await describe({});
    const { describedAt, ...rest } = manifest;
    assert.ok(Math.abs(Date.parse(describedAt) - Date.now()) < 60_000, describedAt);
    assert.deepEqual(rest, {
      tableArn: ARN,
      tableId: TABLE.TableId,
      scope: 'table',
      CreateTable: {
        TableName: 'orders',
        AttributeDefinitions: TABLE.AttributeDefinitions,
        KeySchema: TABLE.KeySchema,
        BillingMode: 'PAY_PER_REQUEST',
      },
      TimeToLive: { Enabled: false },
      PointInTimeRecovery: { PointInTimeRecoveryEnabled: false },
      Tags: [],
      ResourcePolicy: null,
      unknown: [],
      notIncluded: ['Kinesis data stream destinations'],
    });
    assert.deepEqual(requests, [
      ['DescribeContinuousBackups', { TableName: 'orders' }],
      ['DescribeTimeToLive', { TableName: 'orders' }],
      ['GetResourcePolicy', { ResourceArn: ARN }],
      ['ListTagsOfResource', { ResourceArn: ARN }],
    ]);
    assert.deepEqual(messages, []);
  });

  test('returns the settings of a table that has them, with the tags of all pages', async () => {
    const pages: Readonly<Record<string, object>> = {
      '': { Tags: [{ Key: 'a', Value: '1' }], NextToken: 'second' },
      second: { Tags: [{ Key: 'aws:cloudformation:stack-name', Value: 's' }], NextToken: 'third' },
      third: { Tags: [{ Key: 'c', Value: '' }] },
    };
    const { manifest } = await describe({
      DescribeTimeToLive: () =>
        dynamoDbReply({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' } }),
      DescribeContinuousBackups: () => recovery({ PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 7 }),
      ListTagsOfResource: ({ NextToken = '' }) => dynamoDbReply(pages[String(NextToken)] ?? {}),
      GetResourcePolicy: () => dynamoDbReply({ Policy: '{"Version":"2012-10-17"}', RevisionId: '1' }),
    });
    const { TimeToLive, PointInTimeRecovery, Tags, ResourcePolicy, unknown } = manifest;
    assert.deepEqual(TimeToLive, { AttributeName: 'expires', Enabled: true });
    assert.deepEqual(PointInTimeRecovery, { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 });
    assert.deepEqual(
      Tags?.map(({ Key, Value }) => `${Key}=${Value}`),
      ['a=1', 'aws:cloudformation:stack-name=s', 'c='],
    );
    assert.equal(ResourcePolicy, '{"Version":"2012-10-17"}');
    assert.deepEqual(unknown, []);
  });

  const ALL = [
    'DescribeTimeToLive',
    'DescribeContinuousBackups',
    'ListTagsOfResource',
    'GetResourcePolicy',
    'DescribeKey',
  ];
  const everyResponse = (response: Reply) => Object.fromEntries(ALL.map((operation) => [operation, () => response]));
  const MEMBERS = [
    'TimeToLive',
    'PointInTimeRecovery',
    'Tags',
    'ResourcePolicy',
    'CreateTable.SSESpecification.KMSMasterKeyId may be the AWS managed key',
  ];
  const SECRET = 'a raw text of AWS';

  for (const [title, response, reason] of [
    [
      'denied',
      dynamoDbFailure('com.amazon.coral.service#AccessDeniedException', SECRET),
      (operation: string) =>
        `not authorized to perform ${operation === 'DescribeKey' ? 'kms' : 'dynamodb'}:${operation}`,
    ],
    [
      'not supported by the server',
      dynamoDbFailure('com.amazon.coral.service#UnknownOperationException', SECRET),
      (operation: string) => `the server does not support ${operation}`,
    ],
    [
      'rejected for another reason',
      dynamoDbFailure('ResourceNotFoundException', SECRET),
      (operation: string) => `${operation} failed with ResourceNotFoundException`,
    ],
    [
      'a response without content',
      dynamoDbReply({}),
      (operation: string) => `the response to ${operation} was not valid`,
    ],
    [
      'throttled for longer than the copy waits',
      dynamoDbFailure('com.amazon.coral.availability#ThrottlingException', SECRET),
      (operation: string) => `no response to ${operation} in time`,
    ],
    ['no response in time', () => {}, (operation: string) => `no response to ${operation} in time`],
  ] as const) {
    test(`names each setting whose request is ${title}, and logs them in one line`, async () => {
      const { manifest, messages } = await describe(everyResponse(response), ENCRYPTED);
      const expected = ALL.map((operation, index) => `${MEMBERS[index]}: ${reason(operation)}`);
      // A table can have no tags.
      const isEmptyList = title === 'a response without content';
      assert.deepEqual(manifest.unknown, isEmptyList ? expected.toSpliced(2, 1) : expected);
      for (const name of ['TimeToLive', 'PointInTimeRecovery', 'ResourcePolicy']) assert.ok(!(name in manifest), name);
      assert.equal('Tags' in manifest, isEmptyList);
      assert.equal(messages.length, 1);
      assert.match(
        messages[0] ?? '',
        /^manifest-table\.json has no value for some settings of the table\. TimeToLive: /,
      );
      assert.ok(!JSON.stringify([manifest, messages]).includes(SECRET));
      assert.deepEqual(manifest.CreateTable.SSESpecification, { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY });
    });
  }

  test('names only the setting that is unknown', async () => {
    const { manifest } = await describe({ ListTagsOfResource: () => dynamoDbFailure('AccessDeniedException', SECRET) });
    assert.deepEqual(manifest.unknown, ['Tags: not authorized to perform dynamodb:ListTagsOfResource']);
    assert.ok('TimeToLive' in manifest && 'PointInTimeRecovery' in manifest && 'ResourcePolicy' in manifest);
  });

  for (const [KeyManager, KMSMasterKeyId] of [
    ['AWS', undefined],
    ['CUSTOMER', KEY],
  ] as const) {
    test(`asks KMS who manages the key of an encrypted table: ${KeyManager}`, async () => {
      const DescribeKey = () =>
        dynamoDbReply({ KeyMetadata: { KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab', KeyManager } });
      const { manifest, requests } = await describe({ DescribeKey }, ENCRYPTED);
      assert.deepEqual(manifest.CreateTable.SSESpecification, {
        Enabled: true,
        SSEType: 'KMS',
        ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }),
      });
      assert.deepEqual(manifest.unknown, []);
      assert.deepEqual(
        requests.find(([operation]) => operation === 'DescribeKey'),
        ['DescribeKey', { KeyId: KEY }],
      );
    });
  }

  test('throws if the run is aborted', async () => {
    const stop = new AbortController();
    const describing = describe({ ListTagsOfResource: () => () => stop.abort() }, TABLE, stop.signal);
    await assert.rejects(describing, { name: 'AbortError' });
  });
});

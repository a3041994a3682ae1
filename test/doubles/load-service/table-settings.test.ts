import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type LoadSetting, openLoadSetting, outcomeOf, uniqueName } from '../../emulators/load-service/load-setting.ts';
import { COOLDOWNS_OF_AWS } from '../../emulators/load-service/table-settings.ts';

const KEY = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

async function create({ client }: LoadSetting, TableName: string, more: object = {}): Promise<string> {
  const { TableDescription } = await client.send(new CreateTableCommand({ TableName, ...KEY, ...more }));
  return TableDescription?.TableArn ?? '';
}

async function tagsOf({ client }: LoadSetting, ResourceArn: string): Promise<Tag[]> {
  const tags: Tag[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }));
    tags.push(...(page.Tags ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return tags;
}

const tag = (Key: string, Value = 'v'): Tag => ({ Key, Value });

test('the load emulator keeps tags of CreateTable and TagResource, and lists them in pages', async () => {
  const tagged = uniqueName('tagged');
  await using setting = await openLoadSetting({ tagsPerPage: 2 });
  const { client } = setting;
  const ResourceArn = await create(setting, tagged, { Tags: [tag('a', '1'), tag('b')] });
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [tag('a', '2'), tag('c', '')] }));
  assert.deepEqual(await tagsOf(setting, ResourceArn), [tag('a', '2'), tag('b'), tag('c', '')]);
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['b', 'never there'] }));
  assert.deepEqual(await tagsOf(setting, ResourceArn), [tag('a', '2'), tag('c', '')]);
  assert.deepEqual((await setting.service.settings(tagged)).tags, { a: '2', c: '' });
});

test('the load emulator rejects invalid tags and tags of a table that does not exist', async () => {
  const tagged = uniqueName('tagged');
  const other = uniqueName('other');
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  const ResourceArn = await create(setting, tagged, { Tags: [tag('a')] });
  const put = (Tags: Tag[], arn = ResourceArn) => client.send(new TagResourceCommand({ ResourceArn: arn, Tags }));
  await assert.rejects(put([tag('aws:mine')]), { name: 'ValidationException' });
  await assert.rejects(put([tag('')]), { name: 'ValidationException' });
  await assert.rejects(put(Array.from({ length: 50 }, (_, n) => tag(`t${n}`))), { name: 'ValidationException' });
  await put(Array.from({ length: 49 }, (_, n) => tag(`t${n}`)));
  await assert.rejects(create(setting, other, { Tags: [tag('aws:mine')] }), { name: 'ValidationException' });
  await assert.rejects(put([tag('a')], tagged), { name: 'ValidationException', message: /^Invalid TableArn/ });
  const nobody = service.tableArn('nobody');
  await assert.rejects(put([tag('a')], nobody), {
    name: 'ResourceNotFoundException',
    message: `Requested resource not found: ResourcArn: ${nobody} not found`,
  });
});

test('the load emulator drops all settings with the table, which gets another ID when it is created again', async () => {
  const TableName = uniqueName('recreated');
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  const describe = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const ResourceArn = await create(setting, TableName, {
    Tags: [tag('a')],
    ResourcePolicy: '{"Version":"2012-10-17"}',
  });
  await client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }),
  );
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    }),
  );
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const };
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  const before = await describe();
  assert.deepEqual(before?.StreamSpecification, StreamSpecification);
  assert.match(String(before?.LatestStreamArn), new RegExp(`^${ResourceArn}/stream/\\d{4}-\\d\\d-\\d\\dT`));
  assert.deepEqual(await service.settings(TableName), {
    tags: { a: 'v' },
    timeToLive: 'ttl',
    pointInTimeRecovery: true,
    policy: '{"Version":"2012-10-17"}',
    deletionProtection: false,
    streamViewType: 'KEYS_ONLY',
  });
  await client.send(new DeleteTableCommand({ TableName }));
  await create(setting, TableName);
  assert.notEqual((await describe())?.TableId, before?.TableId);
  assert.deepEqual(await service.settings(TableName), {
    tags: {},
    timeToLive: undefined,
    pointInTimeRecovery: false,
    policy: undefined,
    deletionProtection: false,
    streamViewType: undefined,
  });
});

test('the load emulator enables and disables TTL as AWS does', async () => {
  const expiring = uniqueName('expiring');
  await using setting = await openLoadSetting({ cooldowns: { ttlMs: COOLDOWNS_OF_AWS.ttlMs } });
  const { client, service } = setting;
  await create(setting, expiring);
  const describe = async () =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName: expiring }))).TimeToLiveDescription;
  const update = (Enabled: boolean, AttributeName = 'ttl') =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName: expiring,
        TimeToLiveSpecification: { Enabled, AttributeName },
      }),
    );
  assert.deepEqual(await describe(), { TimeToLiveStatus: 'DISABLED' });
  assert.equal(await outcomeOf(update(false)), 'ValidationException: TimeToLive is already disabled');
  const { TimeToLiveSpecification } = await update(true);
  assert.deepEqual(TimeToLiveSpecification, { Enabled: true, AttributeName: 'ttl' });
  assert.deepEqual(await describe(), { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  assert.equal(await outcomeOf(update(true)), 'ValidationException: TimeToLive is already enabled');
  assert.equal(
    await outcomeOf(update(true, 'other')),
    'ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is ttl',
  );
  assert.equal(
    await outcomeOf(update(false)),
    'ValidationException: Time to live has been modified multiple times within a fixed interval',
  );
  service.clock.advance(32 * 60_000);
  await update(false);
  assert.deepEqual(await describe(), { TimeToLiveStatus: 'DISABLED' });
  await assert.rejects(client.send(new DescribeTimeToLiveCommand({ TableName: 'nobody' })), {
    name: 'ResourceNotFoundException',
  });
});

test('the load emulator has point-in-time recovery that is disabled until a request enables it', async () => {
  const TableName = uniqueName('recoverable');
  await using setting = await openLoadSetting({ backupsAfterMs: 60_000 });
  const { client } = setting;
  await create(setting, TableName);
  const enable = () =>
    client.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
      }),
    );
  assert.equal(
    await outcomeOf(enable()),
    `ContinuousBackupsUnavailableException: Backups are being enabled for the table: ${TableName}. Please retry later`,
  );
  const { ContinuousBackupsDescription: disabled } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  assert.deepEqual(disabled, {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
  });
  setting.service.clock.advance(61_000);
  const { ContinuousBackupsDescription: enabled } = await enable();
  const { EarliestRestorableDateTime, LatestRestorableDateTime, ...rest } =
    enabled?.PointInTimeRecoveryDescription ?? {};
  assert.deepEqual(rest, { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 7 });
  assert.deepEqual(EarliestRestorableDateTime, LatestRestorableDateTime);
});

test('the load emulator keeps a resource policy with a revision', async () => {
  const shared = uniqueName('shared');
  await using setting = await openLoadSetting({ cooldowns: { policyMs: COOLDOWNS_OF_AWS.policyMs } });
  const { client, service } = setting;
  const ResourceArn = await create(setting, shared);
  const get = () => client.send(new GetResourcePolicyCommand({ ResourceArn }));
  const put = (Policy: string, more = {}) =>
    client.send(new PutResourcePolicyCommand({ ResourceArn, Policy, ...more }));
  const missing = `PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: ${ResourceArn}`;
  assert.equal(await outcomeOf(get()), missing);
  const { RevisionId: none } = await client.send(new DeleteResourcePolicyCommand({ ResourceArn }));
  assert.equal(none, undefined);
  assert.match(
    await outcomeOf(put('{}', { ExpectedRevisionId: '123' })),
    /^PolicyNotFoundException: .* revision id 123/,
  );

  const { RevisionId } = await put('{"Version":"2012-10-17"}', { ExpectedRevisionId: 'NO_POLICY' });
  const { $metadata: _, ...policy } = await get();
  assert.deepEqual(policy, { Policy: '{"Version":"2012-10-17"}', RevisionId });
  assert.equal((await put('{"Version":"2012-10-17"}')).RevisionId, RevisionId, 'the same policy changes nothing');
  assert.match(
    await outcomeOf(put('{}')),
    /^ThrottlingException: Resource-based policy for table shared-\w+ modified within the previous 15000 milliseconds\. Please try again after .*Z\.$/,
  );
  assert.match(await outcomeOf(put('not JSON')), /^ValidationException/);
  service.clock.advance(16_000);
  assert.notEqual((await put('{}')).RevisionId, RevisionId);
  service.clock.advance(16_000);
  await client.send(new DeleteResourcePolicyCommand({ ResourceArn }));
  assert.equal(await outcomeOf(get()), missing);
});

test('the load emulator does not delete a protected table, and changes the protection once in 15 seconds', async () => {
  const TableName = uniqueName('protected');
  await using setting = await openLoadSetting({ cooldowns: COOLDOWNS_OF_AWS });
  const { client, service } = setting;
  await create(setting, TableName, { DeletionProtectionEnabled: true });
  const protect = (DeletionProtectionEnabled: boolean) =>
    client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
  assert.equal(
    await outcomeOf(client.send(new DeleteTableCommand({ TableName }))),
    'ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
  const { TableDescription } = await protect(false);
  assert.deepEqual(
    [TableDescription?.DeletionProtectionEnabled, TableDescription?.TableStatus],
    [false, 'ACTIVE'],
    'the protection must change at once',
  );
  assert.match(
    await outcomeOf(protect(true)),
    /^ThrottlingException: Deletion protection setting for table protected-\w+ modified within the previous 15000 milliseconds\. Please try again after .*Z$/,
  );
  service.clock.advance(16_000);
  await protect(true);
  service.clock.advance(16_000);
  await protect(false);
  assert.equal(await outcomeOf(client.send(new DeleteTableCommand({ TableName }))), '200');
  assert.match(await outcomeOf(client.send(new DescribeTableCommand({ TableName }))), /^ResourceNotFoundException/);
});

test('the load emulator locks a table for a moment after a change of its tags', async () => {
  const TableName = uniqueName('locked');
  await using setting = await openLoadSetting({ cooldowns: { tagsMs: COOLDOWNS_OF_AWS.tagsMs } });
  const { client, service } = setting;
  const ResourceArn = await create(setting, TableName, { Tags: [tag('a')] });
  const put = () => client.send(new TagResourceCommand({ ResourceArn, Tags: [tag('a', 'v')] }));
  await put();
  await put();
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
  assert.equal(
    await outcomeOf(put()),
    'LimitExceededException: Subscriber limit exceeded: Table tags are being updated',
  );
  assert.equal(
    await outcomeOf(client.send(new DeleteTableCommand({ TableName }))),
    'ResourceInUseException: Attempt to change a resource which is still in use: Table tags are being updated',
  );
  service.clock.advance(2_000);
  await client.send(new DeleteTableCommand({ TableName }));
});

test('the load emulator describes the members that the emulated server does not keep', async () => {
  const TableName = uniqueName('complete');
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  await create(setting, TableName, {
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
    OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 },
    SSESpecification: { Enabled: true, SSEType: 'KMS' },
  });
  const describe = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const table = await describe();
  assert.deepEqual(table?.TableClassSummary, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  assert.deepEqual(table?.OnDemandThroughput, { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 });
  assert.deepEqual(table?.SSEDescription, {
    Status: 'ENABLED',
    SSEType: 'KMS',
    KMSMasterKeyArn: 'arn:aws:kms:us-east-1:123456789012:alias/aws/dynamodb',
  });
  assert.deepEqual(
    [table?.DeletionProtectionEnabled, table?.StreamSpecification, table?.Replicas],
    [false, undefined, undefined],
  );
  await service.streamToKinesis(TableName, 'arn:aws:kinesis:us-east-1:123456789012:stream/s');
  const { KinesisDataStreamDestinations } = await client.send(
    new DescribeKinesisStreamingDestinationCommand({ TableName }),
  );
  assert.deepEqual(KinesisDataStreamDestinations, [
    { StreamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s', DestinationStatus: 'ACTIVE' },
  ]);
});

test('a table of the load emulator is creating after CreateTable and updating after UpdateTable', async () => {
  const TableName = uniqueName('slow');
  await using setting = await openLoadSetting({ createMs: 60_000, updateMs: 60_000 });
  const { client, service } = setting;
  await create(setting, TableName);
  const status = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
  const put = () => client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } }));
  assert.equal(await status(), 'CREATING');
  assert.match(await outcomeOf(put()), /^ResourceNotFoundException/);
  service.clock.advance(61_000);
  assert.equal(await status(), 'ACTIVE');
  assert.equal(await outcomeOf(put()), '200');

  const enableStream = () =>
    client.send(
      new UpdateTableCommand({
        TableName,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
  assert.equal((await enableStream()).TableDescription?.TableStatus, 'UPDATING');
  assert.equal(await outcomeOf(put()), '200');
  assert.equal(
    await outcomeOf(enableStream()),
    `ResourceInUseException: Attempt to change a resource which is still in use: Table is being updated: ${TableName}`,
  );
  service.clock.advance(61_000);
  assert.equal(await status(), 'ACTIVE');
  assert.equal(
    await outcomeOf(enableStream()),
    `ValidationException: Table already has an enabled stream: TableName: ${TableName}`,
  );
});

test('the load emulator forwards other operations to the source, also with the ARN of a table', async () => {
  const forwarded = uniqueName('forwarded');
  await using setting = await openLoadSetting({ clockOffsetMs: -60_000 });
  const { client, service, source } = setting;
  const ResourceArn = await create(setting, forwarded);
  await client.send(new PutItemCommand({ TableName: ResourceArn, Item: { pk: { S: 'a' } } }));
  assert.equal((await source.readItems(forwarded)).length, 1);
  assert.deepEqual(
    source.requests.map(({ operation, parameters }) => [operation, parameters['TableName']]),
    [
      ['CreateTable', forwarded],
      ['PutItem', forwarded],
    ],
  );
  assert.deepEqual(
    service.requests.map(({ operation }) => operation),
    ['CreateTable', 'PutItem'],
  );
  assert.ok(Math.abs(service.clock.now() + 60_000 - Date.now()) < 5_000);
  source.inject(() => 'drop');
  assert.notEqual(await outcomeOf(client.send(new DescribeTableCommand({ TableName: forwarded }))), '200');
});

// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applySettings,
  type CopiedSettings,
  RESTORE_SETTINGS,
  type RestoreSettings,
  restoredTags,
  SAFE_SETTINGS,
  settingsToApply,
} from '../../src/restore/restore-settings.ts';
import type { TableCreation } from '../../src/restore/table-parameters.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const COPIED: CopiedSettings = {
  TimeToLive: { AttributeName: 'expires', Enabled: true },
  PointInTimeRecovery: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
  Tags: [
    { Key: 'team', Value: 'shop' },
    { Key: 'aws:cloudformation:stack-name', Value: 'orders' },
  ],
  ResourcePolicy: '{"Version":"2012-10-17","Statement":[]}',
};

const AFTER_LOAD: TableCreation['afterLoad'] = {
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  DeletionProtectionEnabled: true,
};

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders';

interface Applied {
  readonly applied: RestoreSettings;
  /** Requests that changed something, with the parameters except the table. */
  readonly changes: readonly (readonly [operation: string, parameters: object])[];
}

async function apply(
  chosen: RestoreSettings,
  { copied = COPIED, afterLoad = AFTER_LOAD, areTagsSet = true, respond = (): object => ({}) } = {},
): Promise<Applied> {
  const client = new RespondingClient(({ operation }) =>
    operation === 'DescribeTable' ? { Table: { TableStatus: 'ACTIVE', ...respond() } } : respond(),
  );
  const target = { client, tableName: 'orders', tableArn: ARN, signal: AbortSignal.timeout(10_000) };
  const applied = await applySettings(target, { afterLoad, copied, chosen }, areTagsSet);
  const changes = client.sent.filter(({ operation }) => operation !== 'DescribeTable');
  return {
    applied,
    changes: changes.map(({ operation, input: { TableName: _, ResourceArn: __, ...rest } }) => [operation, rest]),
  };
}

describe('settings of a restored table', () => {
  it('are all applied in an order in which TTL is last', async () => {
    const { applied, changes } = await apply(RESTORE_SETTINGS);
    assert.deepEqual(applied, RESTORE_SETTINGS);
    assert.deepEqual(changes, [
      [
        'UpdateContinuousBackups',
        { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 } },
      ],
      ['UpdateTable', { StreamSpecification: AFTER_LOAD.StreamSpecification }],
      ['UpdateTable', { DeletionProtectionEnabled: true }],
      ['PutResourcePolicy', { Policy: COPIED.ResourcePolicy }],
      ['UpdateTimeToLive', { TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } }],
    ]);
  });

  it('do not include TTL and the resource policy by default', async () => {
    const { applied } = await apply(SAFE_SETTINGS);
    assert.deepEqual(applied, ['tags', 'pitr', 'stream', 'deletion-protection']);
  });

  it('are not requested if none are chosen', async () => {
    assert.deepEqual(await apply([]), { applied: [], changes: [] });
  });

  it('are not requested if the copied table did not have them', async () => {
    const copied: CopiedSettings = {
      TimeToLive: { Enabled: false },
      PointInTimeRecovery: { PointInTimeRecoveryEnabled: false },
      Tags: [],
      ResourcePolicy: null,
    };
    assert.deepEqual(await apply(RESTORE_SETTINGS, { copied, afterLoad: {} }), { applied: [], changes: [] });
    assert.deepEqual(await apply(RESTORE_SETTINGS, { copied: {}, afterLoad: {} }), { applied: [], changes: [] });
  });

  it('include the tags after an import, which cannot set them', async () => {
    const { changes } = await apply(['tags'], { areTagsSet: false });
    assert.deepEqual(changes, [['TagResource', { Tags: [{ Key: 'team', Value: 'shop' }] }]]);
  });

  it('include the table class after an import', async () => {
    const { changes } = await apply([], { afterLoad: { TableClass: 'STANDARD_INFREQUENT_ACCESS' } });
    assert.deepEqual(changes, [['UpdateTable', { TableClass: 'STANDARD_INFREQUENT_ACCESS' }]]);
  });

  it('leave a stream as it is that an earlier attempt enabled', async () => {
    const respond = () => ({ StreamSpecification: { StreamEnabled: true } });
    assert.deepEqual(await apply(['stream'], { respond }), { applied: ['stream'], changes: [] });
  });

  it('include the deletion protection and the table class that an earlier attempt has set', async () => {
    const afterLoad = { DeletionProtectionEnabled: true, TableClass: 'STANDARD_INFREQUENT_ACCESS' } as const;
    const TableClassSummary = { TableClass: afterLoad.TableClass };
    const respond = () => ({ DeletionProtectionEnabled: true, TableClassSummary });
    const { applied, changes } = await apply(['deletion-protection'], { afterLoad, respond });
    assert.deepEqual({ applied, changes }, { applied: ['deletion-protection'], changes: [] });
  });

  it('include PITR although DynamoDB rejects it until the new table has backups', async () => {
    let rejections = 2;
    const respond = () => {
      rejections -= 1;
      if (rejections >= 0) throw serviceError('ContinuousBackupsUnavailableException');
      return {};
    };
    assert.deepEqual((await apply(['pitr'], { respond })).applied, ['pitr']);
  });

  it('include a TTL that an earlier attempt enabled', async () => {
    const client = new RespondingClient(() => {
      throw Object.assign(serviceError('ValidationException'), { message: 'TimeToLive is already enabled' });
    });
    const target = { client, tableName: 'orders', tableArn: ARN, signal: AbortSignal.timeout(10_000) };
    assert.deepEqual(await applySettings(target, { afterLoad: {}, copied: COPIED, chosen: ['ttl'] }, true), ['ttl']);
  });

  it('fail with the error of DynamoDB', async () => {
    const respond = () => {
      throw serviceError('AccessDeniedException');
    };
    await assert.rejects(apply(['pitr'], { respond }), { name: 'AccessDeniedException' });
  });
});

describe('settings to apply', () => {
  it('are the chosen ones and those of create-table-kwargs', () => {
    const overrides = { StreamSpecification: AFTER_LOAD.StreamSpecification, DeletionProtectionEnabled: true };
    assert.deepEqual(settingsToApply(['tags'], {}, false), ['tags']);
    assert.deepEqual(settingsToApply(['ttl'], overrides, false), ['stream', 'deletion-protection', 'ttl']);
    assert.deepEqual(settingsToApply([], { DeletionProtectionEnabled: false }, false), []);
  });

  it('do not include deletion protection for a temporary table', () => {
    assert.deepEqual(settingsToApply(SAFE_SETTINGS, { DeletionProtectionEnabled: true }, true), [
      'tags',
      'pitr',
      'stream',
    ]);
  });
});

describe('tags of a restored table', () => {
  it('do not include the tag of the restore that created the copied table', () => {
    const Tags = [
      { Key: 'dynamodb-to-s3:restore', Value: 'x' },
      { Key: 'team', Value: 'shop' },
    ];
    assert.deepEqual(restoredTags({ Tags }, ['tags']), [{ Key: 'team', Value: 'shop' }]);
  });

  it('do not include those that AWS sets', () => {
    assert.deepEqual(restoredTags(COPIED, ['tags']), [{ Key: 'team', Value: 'shop' }]);
  });

  it('are empty if they are not chosen or unknown', () => {
    assert.deepEqual(restoredTags(COPIED, ['ttl']), []);
    assert.deepEqual(restoredTags({}, ['tags']), []);
  });
});

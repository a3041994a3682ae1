import type { Recovery } from '../dynamodb-service/recovery.ts';

/** Members of CreateTable and UpdateTable that the service keeps, because not every emulated server does. */
export interface KeptMembers {
  readonly StreamSpecification?: { readonly StreamEnabled?: boolean; readonly StreamViewType?: string };
  readonly SSESpecification?: {
    readonly Enabled?: boolean;
    readonly SSEType?: string;
    readonly KMSMasterKeyId?: string;
  };
  readonly TableClass?: string;
  readonly OnDemandThroughput?: object;
  readonly DeletionProtectionEnabled?: boolean;
  readonly VectorIndexes?: readonly object[];
}

/** Settings of one table. They belong to its TableId and are lost with the table. */
export interface TableSettings {
  readonly tags: Map<string, string>;
  /** Name of the attribute; undefined if TTL is disabled. */
  ttlAttribute: string | undefined;
  recovery: Recovery;
  policy: { readonly document: string; readonly revision: string } | undefined;
  members: KeptMembers;
  /** Time at which the current stream was enabled; undefined without a stream. */
  streamSince: number | undefined;
  /** Regions of replicas. */
  replicas: readonly string[];
  /** ARNs of Kinesis streams. */
  kinesis: readonly string[];
  /** Times in milliseconds since the epoch. 0: never. */
  updatingUntil: number;
  readonly changed: Record<keyof Cooldowns, number>;
}

/** Periods in milliseconds in which DynamoDB rejects another change. */
export interface Cooldowns {
  /** After a change of tags: DeleteTable, TagResource and UntagResource. */
  readonly tagsMs: number;
  /** After UpdateTimeToLive: UpdateTimeToLive. */
  readonly ttlMs: number;
  /** After a change of DeletionProtectionEnabled: another one. */
  readonly protectionMs: number;
  /** After PutResourcePolicy or DeleteResourcePolicy: another one. */
  readonly policyMs: number;
}

/** As measured on AWS in October 2026 by another project. The documentation states one hour for TTL. */
export const COOLDOWNS_OF_AWS: Cooldowns = {
  tagsMs: 1_700,
  ttlMs: 31 * 60_000,
  protectionMs: 15_000,
  policyMs: 15_000,
};

export const NO_COOLDOWNS: Cooldowns = { tagsMs: 0, ttlMs: 0, protectionMs: 0, policyMs: 0 };

export function newSettings(now: number): TableSettings {
  return {
    tags: new Map(),
    ttlAttribute: undefined,
    // AWS creates every table with continuous backups, but with point-in-time recovery disabled.
    recovery: { enabled: false, since: now, days: 35 },
    policy: undefined,
    members: {},
    streamSince: undefined,
    replicas: [],
    kinesis: [],
    updatingUntil: 0,
    changed: { tagsMs: 0, ttlMs: 0, protectionMs: 0, policyMs: 0 },
  };
}

/**
 * Adds the settings to a table description of the server, in the form of DescribeTable.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
 */
export function describeSettings(
  table: Record<string, unknown>,
  { members, streamSince, replicas, updatingUntil }: TableSettings,
  now: number,
): void {
  const { SSESpecification: sse, TableClass, OnDemandThroughput, VectorIndexes } = members;
  table['DeletionProtectionEnabled'] = members.DeletionProtectionEnabled ?? false;
  delete table['StreamSpecification'];
  if (streamSince !== undefined) {
    const label = new Date(streamSince).toISOString().replace('Z', '');
    table['StreamSpecification'] = members.StreamSpecification;
    table['LatestStreamLabel'] = label;
    table['LatestStreamArn'] = `${table['TableArn']}/stream/${label}`;
  }
  if (sse?.Enabled) {
    const KMSMasterKeyArn = keyArn(String(table['TableArn']), sse.KMSMasterKeyId ?? 'alias/aws/dynamodb');
    table['SSEDescription'] = { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn };
  }
  if (TableClass !== undefined) table['TableClassSummary'] = { TableClass };
  if (OnDemandThroughput !== undefined) table['OnDemandThroughput'] = OnDemandThroughput;
  if (VectorIndexes !== undefined) {
    table['VectorIndexes'] = VectorIndexes.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
  }
  if (replicas.length > 0) {
    table['GlobalTableVersion'] = '2019.11.21';
    table['Replicas'] = replicas.map((RegionName) => ({ RegionName, ReplicaStatus: 'ACTIVE' }));
  }
  if (now < updatingUntil && table['TableStatus'] === 'ACTIVE') table['TableStatus'] = 'UPDATING';
}

function keyArn(tableArn: string, key: string): string {
  const [, , , region, account] = tableArn.split(':');
  return key.startsWith('arn:') ? key : `arn:aws:kms:${region}:${account}:${key.includes('/') ? key : `key/${key}`}`;
}

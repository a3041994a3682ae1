import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import { findTable, type TableFacts, tableArn } from '../dynamodb-service/tables.ts';
import type { Backstage, Operation, Parameters } from './load-operations.ts';
import type { Cooldowns, TableSettings } from './table-settings.ts';

/** Operations on the settings of a table that the service keeps: tags, TTL, resource policy and Kinesis destinations. */
export const SETTING_OPERATIONS: Readonly<Record<string, Operation>> = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsOfResource: listTagsOfResource,
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: describeTimeToLive,
  PutResourcePolicy: putResourcePolicy,
  GetResourcePolicy: getResourcePolicy,
  DeleteResourcePolicy: deleteResourcePolicy,
  DescribeKinesisStreamingDestination: describeKinesis,
};

const ARN = { type: 'string', required: true, min: 1, max: 1283 } as const;
const TAG: Constraints = {
  Key: { type: 'string', required: true, min: 1, max: 128 },
  Value: { type: 'string', required: true, max: 256 },
};
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html (Tagging restrictions) */
const MAX_TAGS = 50;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html */
async function tagResource(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, Tags } = conforming<{ ResourceArn: string; Tags: { Key: string; Value: string }[] }>(sent, {
    ResourceArn: ARN,
    Tags: { type: 'list', required: true, elements: { type: 'object', members: TAG } },
  });
  const settings = await taggedTable(ResourceArn, backstage);
  checkTags(Tags, settings.tags);
  const isChange = Tags.some(({ Key, Value }) => settings.tags.get(Key) !== Value);
  for (const { Key, Value } of Tags) settings.tags.set(Key, Value);
  // Observed on AWS: a request that changes nothing does not lock the tags.
  if (isChange) settings.changed.tagsMs = backstage.now();
  return {};
}

/** @throws {Refusal} ValidationException; the text of the limit is not known */
export function checkTags(
  tags: readonly { readonly Key: string }[],
  present: ReadonlyMap<string, string> = new Map(),
): void {
  const reserved = tags.find(({ Key }) => Key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) {
    throw invalid('One or more parameter values were invalid: System tags cannot be modified by the requester');
  }
  if (new Set([...present.keys(), ...tags.map(({ Key }) => Key)]).size > MAX_TAGS) {
    throw invalid('One or more parameter values were invalid: Too many tags: the limit is 50 tags per resource');
  }
}

async function untagResource(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, TagKeys } = conforming<{ ResourceArn: string; TagKeys: string[] }>(sent, {
    ResourceArn: ARN,
    TagKeys: { type: 'list', required: true, elements: { type: 'string', min: 1, max: 128 } },
  });
  const settings = await taggedTable(ResourceArn, backstage);
  const removed = TagKeys.filter((key) => settings.tags.delete(key));
  if (removed.length > 0) settings.changed.tagsMs = backstage.now();
  return {};
}

async function listTagsOfResource(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, NextToken } = conforming<{ ResourceArn: string; NextToken?: string }>(sent, {
    ResourceArn: ARN,
    NextToken: { type: 'string' },
  });
  const { settings } = await taggable(ResourceArn, backstage);
  const tags = [...settings.tags].map(([Key, Value]) => ({ Key, Value }));
  const start = NextToken === undefined ? 0 : Number(NextToken);
  const end = start + backstage.tagsPerPage;
  return { Tags: tags.slice(start, end), ...(end < tags.length ? { NextToken: String(end) } : {}) };
}

/** @throws {Refusal} also LimitExceededException shortly after a change of tags, as observed on AWS */
async function taggedTable(arn: string, backstage: Backstage): Promise<TableSettings> {
  const { settings } = await taggable(arn, backstage);
  if (isCoolingDown('tagsMs', settings, backstage)) {
    throw new Refusal('LimitExceededException', 'Subscriber limit exceeded: Table tags are being updated');
  }
  return settings;
}

/** The operations on tags spell the error in their own way. */
function taggable(arn: string, backstage: Backstage): Promise<FoundTable> {
  return tableOfResource(arn, backstage).catch((error: Refusal) => {
    throw error.code === 'ResourceNotFoundException'
      ? new Refusal(error.code, `Requested resource not found: ResourcArn: ${arn} not found`)
      : error;
  });
}

const TTL: Constraints = {
  Enabled: { type: 'boolean', required: true },
  AttributeName: { type: 'string', required: true, min: 1, max: 255 },
};

/**
 * Checks the content before the time since the last change, as observed on AWS.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
 */
async function updateTimeToLive(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { TableName, TimeToLiveSpecification } = conforming<{
    TableName: string;
    TimeToLiveSpecification: { Enabled: boolean; AttributeName: string };
  }>(sent, { TableName: ARN, TimeToLiveSpecification: { type: 'object', required: true, members: TTL } });
  const { Enabled, AttributeName } = TimeToLiveSpecification;
  const { settings } = await findNamed(TableName, backstage);
  const { ttlAttribute } = settings;
  if (ttlAttribute !== undefined && ttlAttribute !== AttributeName) {
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${ttlAttribute}`);
  }
  if (Enabled === (ttlAttribute !== undefined)) {
    throw invalid(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
  }
  if (isCoolingDown('ttlMs', settings, backstage)) {
    throw invalid('Time to live has been modified multiple times within a fixed interval');
  }
  settings.ttlAttribute = Enabled ? AttributeName : undefined;
  settings.changed.ttlMs = backstage.now();
  return { TimeToLiveSpecification };
}

/** A table for which TTL is disabled has no AttributeName, as observed on AWS. */
async function describeTimeToLive(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { TableName } = conforming<{ TableName: string }>(sent, { TableName: ARN });
  const { settings } = await findNamed(TableName, backstage);
  const AttributeName = settings.ttlAttribute;
  return {
    TimeToLiveDescription:
      AttributeName === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName },
  };
}

const REVISION = { type: 'string', min: 1, max: 255 } as const;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html: 20 KB with whitespace */
const MAX_POLICY_BYTES = 20 * 1024;

/** The same document again keeps its revision ID. */
async function putResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, Policy, ExpectedRevisionId } = conforming<{
    ResourceArn: string;
    Policy: string;
    ExpectedRevisionId?: string;
  }>(sent, {
    ResourceArn: ARN,
    Policy: { type: 'string', required: true },
    ExpectedRevisionId: REVISION,
    ConfirmRemoveSelfResourceAccess: { type: 'boolean' },
  });
  const { settings, table } = await tableOfResource(ResourceArn, backstage);
  if (!isJsonObject(Policy) || Buffer.byteLength(Policy) > MAX_POLICY_BYTES) {
    throw invalid('Resource-based policy document is not valid');
  }
  checkRevision(ExpectedRevisionId, settings, table);
  if (settings.policy?.document !== Policy) {
    checkPolicyCooldown(settings, table, backstage);
    settings.policy = { document: Policy, revision: String(backstage.now()) };
    settings.changed.policyMs = backstage.now();
  }
  return { RevisionId: settings.policy?.revision };
}

async function getResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn } = conforming<{ ResourceArn: string }>(sent, { ResourceArn: ARN });
  const { settings } = await tableOfResource(ResourceArn, backstage);
  if (settings.policy === undefined) {
    throw policyNotFound(ResourceArn);
  }
  return { Policy: settings.policy.document, RevisionId: settings.policy.revision };
}

/** Deleting a policy that does not exist succeeds, without a revision ID. */
async function deleteResourcePolicy(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, ExpectedRevisionId } = conforming<{ ResourceArn: string; ExpectedRevisionId?: string }>(sent, {
    ResourceArn: ARN,
    ExpectedRevisionId: REVISION,
  });
  const { settings, table } = await tableOfResource(ResourceArn, backstage);
  checkRevision(ExpectedRevisionId, settings, table);
  if (settings.policy === undefined) return {};
  checkPolicyCooldown(settings, table, backstage);
  settings.policy = undefined;
  settings.changed.policyMs = backstage.now();
  return { RevisionId: String(backstage.now()) };
}

function checkRevision(expected: string | undefined, { policy }: TableSettings, { name }: TableFacts): void {
  if (expected === undefined || (expected === 'NO_POLICY' ? undefined : expected) === policy?.revision) return;
  const found =
    policy === undefined
      ? `but table ${name} does not have a policy`
      : `but the policy associated to target table ${name} has revision id ${policy.revision}`;
  throw policyNotFound(`Requested update for policy with revision id ${expected}, ${found}.`);
}

function policyNotFound(detail: string): Refusal {
  return new Refusal(
    'PolicyNotFoundException',
    `Resource-based policy not found for the provided ResourceArn: ${detail}`,
  );
}

function checkPolicyCooldown(settings: TableSettings, { name }: TableFacts, backstage: Backstage): void {
  if (isCoolingDown('policyMs', settings, backstage)) {
    throw modifiedRecently(`Resource-based policy for table ${name}`, 'policyMs', settings, backstage, '.');
  }
}

/** The text is known from AWS; it ends with the time of the next attempt. */
export function modifiedRecently(
  what: string,
  kind: keyof Cooldowns,
  settings: TableSettings,
  { cooldowns }: Backstage,
  end = '',
): Refusal {
  const after = new Date(settings.changed[kind] + cooldowns[kind]).toISOString();
  return new Refusal(
    'ThrottlingException',
    `${what} modified within the previous ${cooldowns[kind]} milliseconds. Please try again after ${after}${end}`,
  );
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html */
async function describeKinesis(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { TableName } = conforming<{ TableName: string }>(sent, { TableName: ARN });
  const { settings, table } = await findNamed(TableName, backstage);
  return {
    TableName: table.name,
    KinesisDataStreamDestinations: settings.kinesis.map((StreamArn) => ({ StreamArn, DestinationStatus: 'ACTIVE' })),
  };
}

export function isCoolingDown(kind: keyof Cooldowns, settings: TableSettings, backstage: Backstage): boolean {
  return settings.changed[kind] > 0 && backstage.now() < settings.changed[kind] + backstage.cooldowns[kind];
}

interface FoundTable {
  readonly table: TableFacts;
  readonly settings: TableSettings;
}

/** @throws {Refusal} ResourceNotFoundException, and ValidationException if it is not the ARN of a table */
async function tableOfResource(arn: string, backstage: Backstage): Promise<FoundTable> {
  if (!/^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[-.\w]+$/.test(arn)) {
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
  return findNamed(arn, backstage);
}

/**
 * Returns the table of a name or an ARN with its settings.
 *
 * @throws {Refusal} ResourceNotFoundException
 */
export async function findNamed(nameOrArn: string, backstage: Backstage): Promise<FoundTable> {
  const start = tableArn(backstage.place, '');
  const name = nameOrArn.startsWith(start) ? nameOrArn.slice(start.length) : nameOrArn;
  // The ARN of another account or Region.
  const isForeign = name.startsWith('arn:');
  const table = isForeign ? undefined : await findTable(backstage.source, backstage.place, name);
  if (table === undefined) {
    throw new Refusal('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
  }
  return { table, settings: backstage.settingsOf(table.id) };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

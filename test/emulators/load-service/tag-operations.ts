import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import type { Backstage, Operation, Parameters } from './load-backstage.ts';
import { type FoundTable, isCoolingDown, NAME_OR_ARN, tableOfResource } from './named-tables.ts';
import type { TableSettings } from './table-settings.ts';

export const TAG_OPERATIONS: Readonly<Record<string, Operation>> = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsOfResource: listTagsOfResource,
};

const TAG: Constraints = {
  Key: { type: 'string', required: true, min: 1, max: 128 },
  Value: { type: 'string', required: true, max: 256 },
};
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html (Tagging restrictions) */
const MAX_TAGS = 50;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html */
async function tagResource(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, Tags } = conforming<{ ResourceArn: string; Tags: { Key: string; Value: string }[] }>(sent, {
    ResourceArn: NAME_OR_ARN,
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
    ResourceArn: NAME_OR_ARN,
    TagKeys: { type: 'list', required: true, elements: { type: 'string', min: 1, max: 128 } },
  });
  const settings = await taggedTable(ResourceArn, backstage);
  const removed = TagKeys.filter((key) => settings.tags.delete(key));
  if (removed.length > 0) settings.changed.tagsMs = backstage.now();
  return {};
}

async function listTagsOfResource(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { ResourceArn, NextToken } = conforming<{ ResourceArn: string; NextToken?: string }>(sent, {
    ResourceArn: NAME_OR_ARN,
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

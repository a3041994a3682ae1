import type {
  CreateTableInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  SearchSchemaElementType,
  StreamSpecification,
  TableClass,
  VectorDistanceFunction,
  VectorIndex,
} from '@aws-sdk/client-dynamodb';
import type { StrictJson } from '../strict-json.ts';

/** Name of an attribute, which can contain any characters. */
export const ATTRIBUTE_NAME = /^.{1,255}$/su;

/** Value of an enumeration to which AWS can add values. */
const ENUM_VALUE = /^[A-Z\d_]{1,64}$/;

/**
 * Reads an input of CreateTable that anyone can have changed. Members that this version does not know are ignored.
 *
 * @throws {MalformedJson} if a member is missing or invalid
 */
export function readCreateTable(from: StrictJson): CreateTableInput {
  const definitions = from.member('AttributeDefinitions').list((each) => ({
    AttributeName: each.member('AttributeName').text(ATTRIBUTE_NAME),
    AttributeType: each.member('AttributeType').oneOf(['S', 'N', 'B']),
  }));
  const defined = new Set(definitions.map(({ AttributeName }) => AttributeName));
  const keys = (each: StrictJson) => readKeys(each, defined);
  return {
    TableName: from.member('TableName').text(/^[\w.-]{3,255}$/),
    AttributeDefinitions: definitions,
    KeySchema: readTableKeys(from.member('KeySchema'), keys),
    ...optional(from, 'LocalSecondaryIndexes', (all) => all.list((index) => readLocalIndex(index, keys))),
    ...optional(from, 'GlobalSecondaryIndexes', (all) => all.list((index) => readGlobalIndex(index, keys))),
    ...optional(from, 'VectorIndexes', (all) => all.list(readVectorIndex)),
    BillingMode: from.member('BillingMode').oneOf(['PROVISIONED', 'PAY_PER_REQUEST']),
    ...optional(from, 'ProvisionedThroughput', readProvisionedThroughput),
    ...optional(from, 'OnDemandThroughput', readOnDemandThroughput),
    ...optional(from, 'StreamSpecification', readStream),
    ...optional(from, 'SSESpecification', readEncryption),
    ...optional(from, 'TableClass', (value) => value.text(ENUM_VALUE) as TableClass),
    ...optional(from, 'DeletionProtectionEnabled', (value) => value.boolean()),
  };
}

/** Returns an object with the member; without it if the member is missing or null. */
function optional<Name extends string, T>(
  from: StrictJson,
  name: Name,
  read: (value: StrictJson) => T,
): { readonly [name in Name]?: T } {
  const value = from.member(name).optional(read);
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: T };
}

/** Reads a key schema: partition keys, then sort keys. A global secondary index can have up to four of each. */
function readKeys(from: StrictJson, defined: ReadonlySet<string>): KeySchemaElement[] {
  const elements = from.list((each) => {
    const name = each.member('AttributeName');
    const AttributeName = name.text(ATTRIBUTE_NAME);
    if (!defined.has(AttributeName)) throw name.malformed();
    return { AttributeName, KeyType: each.member('KeyType').oneOf(['HASH', 'RANGE']) };
  });
  if (elements[0]?.KeyType !== 'HASH') throw from.malformed();
  return elements;
}

type ReadKeys = (from: StrictJson) => KeySchemaElement[];

/** Reads the key schema of a table: a partition key, and a sort key if there is one. */
function readTableKeys(from: StrictJson, keys: ReadKeys): KeySchemaElement[] {
  const elements = keys(from);
  const [partition, sort, ...more] = elements;
  const isOther = sort?.KeyType === 'HASH' || sort?.AttributeName === partition?.AttributeName;
  if (more.length > 0 || isOther) throw from.malformed();
  return elements;
}

function readLocalIndex(from: StrictJson, keys: ReadKeys): LocalSecondaryIndex {
  return {
    IndexName: readIndexName(from),
    KeySchema: keys(from.member('KeySchema')),
    Projection: readProjection(from.member('Projection')),
  };
}

function readIndexName(from: StrictJson): string {
  return from.member('IndexName').text(/^[\w.-]{3,255}$/);
}

function readProjection(from: StrictJson): Projection {
  return {
    ProjectionType: from.member('ProjectionType').oneOf(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    ...optional(from, 'NonKeyAttributes', (all) => all.list((name) => name.text(ATTRIBUTE_NAME))),
  };
}

function readGlobalIndex(from: StrictJson, keys: ReadKeys): GlobalSecondaryIndex {
  return {
    ...readLocalIndex(from, keys),
    ...optional(from, 'ProvisionedThroughput', readProvisionedThroughput),
    ...optional(from, 'OnDemandThroughput', readOnDemandThroughput),
  };
}

function readVectorIndex(from: StrictJson): VectorIndex {
  return {
    IndexName: readIndexName(from),
    VectorAttribute: { AttributeName: from.member('VectorAttribute').member('AttributeName').text(ATTRIBUTE_NAME) },
    ...optional(from, 'SearchSchema', (all) =>
      all.list((each) => ({
        AttributeName: each.member('AttributeName').text(ATTRIBUTE_NAME),
        SearchSchemaElementType: each.member('SearchSchemaElementType').text(ENUM_VALUE) as SearchSchemaElementType,
      })),
    ),
    Projection: readProjection(from.member('Projection')),
    Dimensions: from.member('Dimensions').integer(1),
    DistanceFunction: from.member('DistanceFunction').text(ENUM_VALUE) as VectorDistanceFunction,
  };
}

function readProvisionedThroughput(from: StrictJson): ProvisionedThroughput {
  return {
    ReadCapacityUnits: from.member('ReadCapacityUnits').integer(1),
    WriteCapacityUnits: from.member('WriteCapacityUnits').integer(1),
  };
}

function readOnDemandThroughput(from: StrictJson): OnDemandThroughput {
  return {
    ...optional(from, 'MaxReadRequestUnits', (units) => units.integer(1)),
    ...optional(from, 'MaxWriteRequestUnits', (units) => units.integer(1)),
  };
}

function readStream(from: StrictJson): StreamSpecification {
  const StreamEnabled = from.member('StreamEnabled').boolean();
  if (!StreamEnabled) return { StreamEnabled };
  const types = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const;
  return { StreamEnabled, StreamViewType: from.member('StreamViewType').oneOf(types) };
}

function readEncryption(from: StrictJson): NonNullable<CreateTableInput['SSESpecification']> {
  return {
    Enabled: from.member('Enabled').boolean(),
    ...optional(from, 'SSEType', (type) => type.oneOf(['AES256', 'KMS'])),
    ...optional(from, 'KMSMasterKeyId', (key) => key.text(/^[\w:/-]{1,2048}$/)),
  };
}

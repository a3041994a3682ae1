import type {
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  LocalSecondaryIndex,
  LocalSecondaryIndexDescription,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  SSEDescription,
  TableDescription,
  VectorIndex,
  VectorIndexDescription,
} from '@aws-sdk/client-dynamodb';

/**
 * Owner of the KMS key of a table. `unknown` for a key that the role is not allowed to describe. A table with an AWS
 * owned key has no KMS key in its description.
 */
export type TableKeyOwner = 'customer' | 'AWS' | 'unknown';

/**
 * Returns the input of CreateTable that creates a table with the definition of a described one, in a stable order of
 * members, so that `aws dynamodb create-table --cli-input-json` takes its JSON.
 *
 * Contains nothing that CreateTable rejects or that is not part of the definition: no throughput of an on-demand table,
 * no limits of -1, no sizes, statuses, ARNs or warm throughput, and no index that is being deleted.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
 *
 * @param keyOwner owner of the key in `SSEDescription`. The key of AWS is left out, because CreateTable accepts only
 *   other keys. An unknown key is kept: without it, a table could be restored with a weaker key than it had.
 */
export function createTableInput(table: TableDescription, keyOwner: TableKeyOwner): CreateTableInput {
  const { StreamSpecification: stream, TableClassSummary, DeletionProtectionEnabled } = table;
  // DynamoDB reports no billing mode for a table that was never on-demand.
  const BillingMode = table.BillingModeSummary?.BillingMode ?? 'PROVISIONED';
  const isOnDemand = BillingMode === 'PAY_PER_REQUEST';
  const local = (table.LocalSecondaryIndexes ?? []).map(localIndex);
  const global = (table.GlobalSecondaryIndexes ?? []).filter(isKept).map((index) => globalIndex(index, isOnDemand));
  const vector = (table.VectorIndexes ?? []).filter(isKept).map(vectorIndex);
  const provisioned = isOnDemand ? undefined : provisionedThroughput(table.ProvisionedThroughput);
  const onDemand = isOnDemand ? onDemandThroughput(table.OnDemandThroughput) : undefined;
  const encryption = sseSpecification(table.SSEDescription, keyOwner);
  return {
    TableName: table.TableName,
    AttributeDefinitions: attributeDefinitions(table),
    KeySchema: keySchema(table.KeySchema),
    ...(local.length > 0 && { LocalSecondaryIndexes: local }),
    ...(global.length > 0 && { GlobalSecondaryIndexes: global }),
    ...(vector.length > 0 && { VectorIndexes: vector }),
    BillingMode,
    ...(provisioned && { ProvisionedThroughput: provisioned }),
    ...(onDemand && { OnDemandThroughput: onDemand }),
    ...(stream?.StreamEnabled && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType },
    }),
    ...(encryption && { SSESpecification: encryption }),
    ...(TableClassSummary?.TableClass && { TableClass: TableClassSummary.TableClass }),
    ...(DeletionProtectionEnabled !== undefined && { DeletionProtectionEnabled }),
  };
}

/** Returns the settings of a table that its manifest-table.json does not contain. */
export function notIncludedSettings(table: TableDescription): string[] {
  const { Replicas = [], GlobalTableWitnesses = [], BillingModeSummary, MultiRegionConsistency, TableArn } = table;
  const own = TableArn?.split(':')[3];
  const others = (all: readonly { readonly RegionName?: string | undefined }[]) =>
    all
      .flatMap(({ RegionName }) => RegionName ?? [])
      .filter((region) => region !== own)
      .toSorted()
      .join(', ');
  const replicas = others(Replicas);
  const witnesses = others(GlobalTableWitnesses);
  return [
    // An on-demand table cannot have it.
    ...(BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' ? [] : ['auto scaling']),
    'Kinesis data stream destinations',
    ...(replicas === '' ? [] : [`replicas: ${replicas}`]),
    ...(witnesses === '' ? [] : [`global table witnesses: ${witnesses}`]),
    ...(MultiRegionConsistency === 'STRONG' ? ['multi-Region strong consistency'] : []),
  ];
}

/** Returns the ARN of the KMS key that a table is encrypted with; undefined for an AWS owned key. */
export function tableKmsKey(encryption: SSEDescription | undefined): string | undefined {
  return isKms(encryption) ? encryption.KMSMasterKeyArn : undefined;
}

function isKms(encryption: SSEDescription | undefined): encryption is SSEDescription {
  return encryption?.SSEType === 'KMS' && encryption.Status !== 'DISABLED' && encryption.Status !== 'DISABLING';
}

type Index = LocalSecondaryIndexDescription | GlobalSecondaryIndexDescription | VectorIndexDescription;

function isKept(index: Index): boolean {
  return !('IndexStatus' in index) || index.IndexStatus !== 'DELETING';
}

/** CreateTable rejects a definition that no key uses, such as one of an index that is being deleted. */
function attributeDefinitions(table: TableDescription): AttributeDefinition[] {
  const {
    AttributeDefinitions = [],
    LocalSecondaryIndexes = [],
    GlobalSecondaryIndexes = [],
    VectorIndexes = [],
  } = table;
  const indexes: Index[] = [...LocalSecondaryIndexes, ...GlobalSecondaryIndexes, ...VectorIndexes];
  const used = new Set([table, ...indexes.filter(isKept)].flatMap(keyNames));
  const deleted = indexes.filter((index) => !isKept(index)).flatMap(keyNames);
  return AttributeDefinitions.filter(
    ({ AttributeName }) => used.has(AttributeName) || !deleted.includes(AttributeName),
  ).map(({ AttributeName, AttributeType }) => ({ AttributeName, AttributeType }));
}

function keyNames(part: TableDescription | Index): (string | undefined)[] {
  const elements =
    ('SearchSchema' in part ? part.SearchSchema : 'KeySchema' in part ? part.KeySchema : undefined) ?? [];
  return elements.map(({ AttributeName }) => AttributeName);
}

function keySchema(elements: readonly KeySchemaElement[] = []): KeySchemaElement[] {
  return elements.map(({ AttributeName, KeyType }) => ({ AttributeName, KeyType }));
}

function projection({ ProjectionType, NonKeyAttributes }: Projection = {}): Projection {
  return { ProjectionType, ...(NonKeyAttributes?.length && { NonKeyAttributes: [...NonKeyAttributes] }) };
}

function localIndex({ IndexName, KeySchema, Projection }: Partial<LocalSecondaryIndex>): LocalSecondaryIndex {
  return { IndexName, KeySchema: keySchema(KeySchema), Projection: projection(Projection) };
}

function globalIndex(index: GlobalSecondaryIndexDescription, isOnDemand: boolean): GlobalSecondaryIndex {
  const provisioned = isOnDemand ? undefined : provisionedThroughput(index.ProvisionedThroughput);
  const onDemand = isOnDemand ? onDemandThroughput(index.OnDemandThroughput) : undefined;
  return {
    ...localIndex(index),
    ...(provisioned && { ProvisionedThroughput: provisioned }),
    ...(onDemand && { OnDemandThroughput: onDemand }),
  };
}

function vectorIndex(index: VectorIndexDescription): VectorIndex {
  const { IndexName, VectorAttribute, SearchSchema, Projection, Dimensions, DistanceFunction } = index;
  return {
    IndexName,
    VectorAttribute: { AttributeName: VectorAttribute?.AttributeName },
    ...(SearchSchema?.length && {
      SearchSchema: SearchSchema.map(({ AttributeName, SearchSchemaElementType }) => ({
        AttributeName,
        SearchSchemaElementType,
      })),
    }),
    Projection: projection(Projection),
    Dimensions,
    DistanceFunction,
  };
}

function provisionedThroughput(throughput: Partial<ProvisionedThroughput> = {}): ProvisionedThroughput | undefined {
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = throughput;
  return ReadCapacityUnits > 0 && WriteCapacityUnits > 0 ? { ReadCapacityUnits, WriteCapacityUnits } : undefined;
}

/** DynamoDB reports -1 for a table or index without a maximum. */
function onDemandThroughput(throughput: OnDemandThroughput = {}): OnDemandThroughput | undefined {
  const { MaxReadRequestUnits = -1, MaxWriteRequestUnits = -1 } = throughput;
  if (MaxReadRequestUnits < 1 && MaxWriteRequestUnits < 1) return undefined;
  return {
    ...(MaxReadRequestUnits > 0 && { MaxReadRequestUnits }),
    ...(MaxWriteRequestUnits > 0 && { MaxWriteRequestUnits }),
  };
}

function sseSpecification(
  encryption: SSEDescription | undefined,
  keyOwner: TableKeyOwner,
): CreateTableInput['SSESpecification'] {
  if (!isKms(encryption)) return undefined;
  const { KMSMasterKeyArn } = encryption;
  return {
    Enabled: true,
    SSEType: 'KMS',
    ...(KMSMasterKeyArn !== undefined && keyOwner !== 'AWS' && { KMSMasterKeyId: KMSMasterKeyArn }),
  };
}

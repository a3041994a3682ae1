import type { CreateTableCommandInput, ImportTableInput, SSESpecification } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';

/** Parameters of CreateTable that replace those of the copied table. They have already the types of the API. */
export type TableOverrides = Readonly<Partial<Omit<CreateTableCommandInput, 'TableName'>>>;

/** Parameters of CreateTable without the table name, as manifest-table.json contains them. */
export type TableDefinition = Readonly<Omit<CreateTableCommandInput, 'TableName'>>;

/** Location of a table. A KMS key can only be used in its own Region, and usually only in its own account. */
export interface TableLocation {
  readonly region: string;
  /** 12 digits; undefined if unknown. */
  readonly account: string | undefined;
}

/**
 * Returns the parameters for a new table: those of the copied table, with overrides.
 *
 * An override replaces the whole member. An empty list of indexes removes them. Attribute definitions that no key uses
 * any more are removed, because CreateTable rejects them. With BillingMode PAY_PER_REQUEST, the provisioned throughput
 * of the table and of its indexes is removed.
 *
 * @param definition undefined if the copy contains no definition of its table
 * @throws {CopyError} INVALID_INPUT if the keys of the table are unknown, if a throughput is missing or does not belong to
 *   the billing mode, or if the table would be encrypted with a key of another Region or account
 */
export function tableParameters(
  definition: TableDefinition | undefined,
  overrides: TableOverrides,
  locations: { readonly from: TableLocation; readonly to: TableLocation },
): TableDefinition {
  const merged = withoutEmptyLists({ ...definition, ...overrides });
  if (!merged.KeySchema?.length || !merged.AttributeDefinitions?.length) throw keysUnknown();
  rejectForeignKey(definition?.SSESpecification, overrides, locations);
  const withThroughput = adaptThroughput(merged, overrides);
  return { ...withThroughput, AttributeDefinitions: usedAttributes(withThroughput) };
}

/** Parameters that CreateTable receives, and those that are set after the items are loaded. */
export interface TableCreation {
  readonly atCreation: TableDefinition;
  /** Streams start after the load, so that no consumer processes the loaded items again. */
  readonly afterLoad: Pick<CreateTableCommandInput, 'StreamSpecification' | 'DeletionProtectionEnabled' | 'TableClass'>;
}

/** Separates the parameters for CreateTable. */
export function forCreateTable(parameters: TableDefinition): TableCreation {
  const { StreamSpecification, DeletionProtectionEnabled, ...atCreation } = parameters;
  return {
    atCreation,
    afterLoad: {
      ...(StreamSpecification && { StreamSpecification }),
      ...(DeletionProtectionEnabled !== undefined && { DeletionProtectionEnabled }),
    },
  };
}

/**
 * Separates the parameters for ImportTable, which supports fewer than CreateTable.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableCreationParameters.html
 */
export function forImportTable(parameters: TableDefinition): {
  readonly creation: Omit<NonNullable<ImportTableInput['TableCreationParameters']>, 'TableName'>;
  readonly afterLoad: TableCreation['afterLoad'];
} {
  const {
    AttributeDefinitions,
    KeySchema,
    BillingMode,
    ProvisionedThroughput,
    OnDemandThroughput,
    SSESpecification: encryption,
    GlobalSecondaryIndexes,
    VectorIndexes,
    TableClass,
  } = parameters;
  return {
    creation: {
      AttributeDefinitions,
      KeySchema,
      ...(BillingMode && { BillingMode }),
      ...(ProvisionedThroughput && { ProvisionedThroughput }),
      ...(OnDemandThroughput && { OnDemandThroughput }),
      ...(encryption && { SSESpecification: encryption }),
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
      ...(VectorIndexes && { VectorIndexes }),
    },
    afterLoad: {
      ...forCreateTable(parameters).afterLoad,
      ...(TableClass !== undefined && TableClass !== 'STANDARD' && { TableClass }),
    },
  };
}

function withoutEmptyLists(parameters: TableDefinition): TableDefinition {
  const kept = Object.entries(parameters).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(kept);
}

/** Returns the definitions of the attributes that a key of the table or of an index uses. */
function usedAttributes(parameters: TableDefinition): CreateTableCommandInput['AttributeDefinitions'] {
  const { KeySchema = [], LocalSecondaryIndexes = [], GlobalSecondaryIndexes = [], VectorIndexes = [] } = parameters;
  // The keys of a vector index are not known to every version of the SDK. Its attributes are kept.
  if (VectorIndexes.length > 0) return parameters.AttributeDefinitions;
  const schemas = [KeySchema, ...[...LocalSecondaryIndexes, ...GlobalSecondaryIndexes].map((index) => index.KeySchema)];
  const names = new Set(schemas.flatMap((schema = []) => schema.map(({ AttributeName }) => AttributeName)));
  return parameters.AttributeDefinitions?.filter(({ AttributeName }) => names.has(AttributeName));
}

function adaptThroughput(merged: TableDefinition, overrides: TableOverrides): TableDefinition {
  const indexes = merged.GlobalSecondaryIndexes;
  const isOnDemand = merged.BillingMode === 'PAY_PER_REQUEST';
  const other = isOnDemand ? 'ProvisionedThroughput' : 'OnDemandThroughput';
  if (overrides[other]) throw throughputUnused(other, isOnDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED');
  if (isOnDemand) {
    const { ProvisionedThroughput: _, ...onDemand } = merged;
    return indexes
      ? { ...onDemand, GlobalSecondaryIndexes: indexes.map(({ ProvisionedThroughput: __, ...index }) => index) }
      : onDemand;
  }
  const { OnDemandThroughput: _, ...provisioned } = merged;
  if (!merged.ProvisionedThroughput || indexes?.some((index) => !index.ProvisionedThroughput)) {
    throw throughputUnknown(overrides);
  }
  return indexes
    ? { ...provisioned, GlobalSecondaryIndexes: indexes.map(({ OnDemandThroughput: __, ...index }) => index) }
    : provisioned;
}

function rejectForeignKey(
  encryption: SSESpecification | undefined,
  overrides: TableOverrides,
  { from, to }: { readonly from: TableLocation; readonly to: TableLocation },
): void {
  if (encryption?.KMSMasterKeyId === undefined || overrides.SSESpecification) return;
  const isSameAccount = to.account === undefined || from.account === to.account;
  if (from.region === to.region && isSameAccount) return;
  throw new CopyError(
    'INVALID_INPUT',
    `The copied table is encrypted with its own KMS key, which is in ${from.region}${isSameAccount ? '' : ' in another account'}. The new table needs another key.`,
    remedies.setRestoredEncryption,
  );
}

function keysUnknown(): CopyError {
  return new CopyError(
    'INVALID_INPUT',
    'The keys of the new table are unknown, because the copy has no valid manifest-table.json.',
    remedies.setRestoredKeys,
  );
}

function throughputUnused(name: string, billingMode: string): CopyError {
  return new CopyError(
    'INVALID_INPUT',
    `${name} is set, but the BillingMode of the new table is ${billingMode}.`,
    remedies.setRestoredBillingMode,
  );
}

function throughputUnknown({ BillingMode }: TableOverrides): CopyError {
  return new CopyError(
    'INVALID_INPUT',
    `The new table has provisioned capacity${BillingMode ? '' : ', as the copied table had'}, but the provisioned throughput of the table or of an index is missing.`,
    remedies.setRestoredThroughput,
  );
}

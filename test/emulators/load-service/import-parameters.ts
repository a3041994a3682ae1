import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid } from '../dynamodb-service/responses.ts';
import type { InputCompression } from './load-lines.ts';

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

/** Parameters of the table of an import. DynamoDB drops all others, such as local secondary indexes and tags. */
export interface TableCreationParameters {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly KeySchema: readonly KeyElement[];
  readonly BillingMode?: string;
  readonly ProvisionedThroughput?: object;
  readonly OnDemandThroughput?: object;
  readonly SSESpecification?: object;
  readonly GlobalSecondaryIndexes?: readonly { readonly KeySchema: readonly KeyElement[] }[];
  readonly VectorIndexes?: readonly object[];
}

/** Parameters of ImportTable as sent. */
export interface ImportParameters {
  readonly ClientToken: string;
  readonly S3BucketSource: {
    readonly S3BucketOwner?: string;
    readonly S3Bucket: string;
    readonly S3KeyPrefix?: string;
  };
  readonly InputFormat: 'DYNAMODB_JSON' | 'ION' | 'CSV';
  readonly InputFormatOptions?: { readonly Csv?: object };
  readonly InputCompressionType?: InputCompression;
  readonly TableCreationParameters: TableCreationParameters;
}

const NAME = { type: 'string', required: true, min: 1, max: 255 } as const;
const KEY_SCHEMA = {
  type: 'list',
  required: true,
  min: 1,
  elements: {
    type: 'object',
    members: { AttributeName: NAME, KeyType: { type: 'string', required: true, values: ['HASH', 'RANGE'] } },
  },
} as const;

const TABLE: Constraints = {
  TableName: { type: 'string', required: true, min: 3, max: 255, pattern: '[a-zA-Z0-9_.-]+' },
  AttributeDefinitions: {
    type: 'list',
    required: true,
    elements: {
      type: 'object',
      members: { AttributeName: NAME, AttributeType: { type: 'string', required: true, values: ['B', 'N', 'S'] } },
    },
  },
  KeySchema: KEY_SCHEMA,
  BillingMode: { type: 'string', values: ['PROVISIONED', 'PAY_PER_REQUEST'] },
  ProvisionedThroughput: { type: 'object' },
  OnDemandThroughput: { type: 'object' },
  SSESpecification: { type: 'object' },
  GlobalSecondaryIndexes: {
    type: 'list',
    elements: {
      type: 'object',
      members: {
        IndexName: NAME,
        KeySchema: KEY_SCHEMA,
        Projection: { type: 'object', required: true },
        ProvisionedThroughput: { type: 'object' },
        OnDemandThroughput: { type: 'object' },
        WarmThroughput: { type: 'object' },
      },
    },
  },
  VectorIndexes: { type: 'list' },
};

/** A bucket that is read or written. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_S3BucketSource.html */
export const BUCKET: Constraints = {
  S3BucketOwner: { type: 'string', pattern: '[0-9]{12}' },
  S3Bucket: { type: 'string', required: true, max: 255, pattern: '^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$' },
  S3KeyPrefix: { type: 'string', max: 1024 },
};

/** Order of the values as in the errors of AWS. */
export const COMPRESSION = { type: 'string', values: ['ZSTD', 'NONE', 'GZIP'] } as const;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html */
const MODEL: Constraints = {
  // Documented as optional, because every SDK fills it in. AWS rejects a request without it.
  ClientToken: { type: 'string', required: true, pattern: '^[^\\$]+$' },
  S3BucketSource: { type: 'object', required: true, members: BUCKET },
  // The order in which AWS lists these values is not known.
  InputFormat: { type: 'string', required: true, values: ['ION', 'CSV', 'DYNAMODB_JSON'] },
  InputFormatOptions: {
    type: 'object',
    members: {
      Csv: {
        type: 'object',
        members: {
          Delimiter: { type: 'string', min: 1, max: 1, pattern: '[,;:|\\t ]' },
          HeaderList: { type: 'list', min: 1, max: 255, elements: { type: 'string', min: 1, max: 65_536 } },
        },
      },
    },
  },
  InputCompressionType: COMPRESSION,
  TableCreationParameters: { type: 'object', required: true, members: TABLE },
};

/** Makes all checks that do not depend on a table or a bucket: first of each parameter, then of their combination. */
export function importParameters(sent: Readonly<Record<string, unknown>>): ImportParameters {
  const parameters = conforming<ImportParameters>(sent, MODEL);
  const { InputFormat, InputFormatOptions, TableCreationParameters: table } = parameters;
  if (InputFormatOptions?.Csv !== undefined && InputFormat !== 'CSV') {
    throw invalid(`Invalid Request: Unsupported InputFormatOptions for the given input format: ${InputFormat}.`);
  }
  checkAttributes(table);
  checkThroughput(table);
  return parameters;
}

function checkAttributes({
  AttributeDefinitions,
  KeySchema,
  GlobalSecondaryIndexes = [],
}: TableCreationParameters): void {
  if (GlobalSecondaryIndexes.some((index) => 'WarmThroughput' in index)) {
    throw invalid('WarmThroughput is not supported on Global Secondary Indexes via ImportTable');
  }
  const defined = new Set(AttributeDefinitions.map(({ AttributeName }) => AttributeName));
  const used = new Set(
    [KeySchema, ...GlobalSecondaryIndexes.map((index) => index.KeySchema)].flat().map((key) => key.AttributeName),
  );
  if ([...used].some((name) => !defined.has(name))) {
    throw invalid('Invalid KeySchema: Some index key attribute have no definition');
  }
  if (defined.size > used.size) {
    throw invalid(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
}

/** Without BillingMode, the table is provisioned and needs a throughput. */
function checkThroughput(table: TableCreationParameters): void {
  const { BillingMode = 'PROVISIONED', ProvisionedThroughput, OnDemandThroughput } = table;
  if (BillingMode === 'PROVISIONED' && ProvisionedThroughput === undefined) {
    throw invalid(
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  if (BillingMode === 'PROVISIONED' && OnDemandThroughput !== undefined) {
    throw invalid(
      'One or more parameter values were invalid: MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.',
    );
  }
  if (BillingMode === 'PAY_PER_REQUEST' && ProvisionedThroughput !== undefined) {
    throw invalid(
      'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
}

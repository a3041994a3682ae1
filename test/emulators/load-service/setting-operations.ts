import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid } from '../dynamodb-service/responses.ts';
import type { Backstage, Operation, Parameters } from './load-backstage.ts';
import { findNamed, isCoolingDown, NAME_OR_ARN } from './named-tables.ts';
import { POLICY_OPERATIONS } from './policy-operations.ts';
import { TAG_OPERATIONS } from './tag-operations.ts';

/** Operations on the settings of a table that the service keeps. */
export const SETTING_OPERATIONS: Readonly<Record<string, Operation>> = {
  ...TAG_OPERATIONS,
  ...POLICY_OPERATIONS,
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: describeTimeToLive,
  DescribeKinesisStreamingDestination: describeKinesis,
};

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
  }>(sent, { TableName: NAME_OR_ARN, TimeToLiveSpecification: { type: 'object', required: true, members: TTL } });
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
  const { TableName } = conforming<{ TableName: string }>(sent, { TableName: NAME_OR_ARN });
  const { settings } = await findNamed(TableName, backstage);
  const AttributeName = settings.ttlAttribute;
  return {
    TimeToLiveDescription:
      AttributeName === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName },
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html */
async function describeKinesis(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { TableName } = conforming<{ TableName: string }>(sent, { TableName: NAME_OR_ARN });
  const { settings, table } = await findNamed(TableName, backstage);
  return {
    TableName: table.name,
    KinesisDataStreamDestinations: settings.kinesis.map((StreamArn) => ({ StreamArn, DestinationStatus: 'ACTIVE' })),
  };
}

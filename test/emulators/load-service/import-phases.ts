import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { failureOfStore, type JobFailure } from '../dynamodb-service/s3-failures.ts';
import { findTable, type Place } from '../dynamodb-service/tables.ts';
import type { Source } from '../source.ts';
import type { StoredObject } from '../store.ts';
import type { ImportJob } from './import-operations.ts';
import type { Backstage } from './load-backstage.ts';
import { CHANGED, loadObjects } from './load-items.ts';
import { guarded, type Phase } from './load-schedule.ts';

/** Failure of an import with an item that DynamoDB could not write. The table keeps the other items. */
const INVALID_ITEMS: JobFailure = {
  FailureCode: 'ItemValidationError',
  FailureMessage:
    'Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more details.',
};

/**
 * Returns the phases of an import. Durations on AWS for a small import: the table exists after 31 s, is ACTIVE after
 * 105 s, and the import is COMPLETED 6 s later.
 */
export function importPhases(job: ImportJob, backstage: Backstage): readonly [Phase, Phase, Phase] {
  const { source, store, place, now, limits } = backstage;
  const { TableCreationParameters, S3BucketSource, InputFormat, InputCompressionType } = job.parameters;
  const { TableName } = TableCreationParameters;
  const fate = backstage.fateOf({ kind: 'import', tableName: TableName, parameters: { ...job.parameters } });
  let objects: readonly StoredObject[] = [];
  let failure: JobFailure | undefined;

  const fail = (reason: JobFailure): true => {
    job.failure = { FailureCode: reason.FailureCode, FailureMessage: reason.FailureMessage };
    job.status = 'FAILED';
    job.endTime = now();
    return true;
  };

  /** A bucket that cannot be read ends the import before it has a table. */
  const create: Phase = async () => {
    if (fate === 'never') return true;
    const refused = backstage.obstacle(S3BucketSource.S3Bucket, S3BucketSource.S3BucketOwner);
    if (refused !== undefined) return fail(refused);
    if (fate !== undefined && !fate.afterItems) return fail(fate);
    try {
      objects = await store.list(S3BucketSource.S3Bucket, S3BucketSource.S3KeyPrefix ?? '');
    } catch (error) {
      return fail(failureOfStore(error));
    }
    if (objects.length > limits.maxObjects) {
      // How AWS reports this is not known.
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html (Import quotas)
      return fail({
        FailureCode: 'LimitExceededException',
        FailureMessage: `The number of objects exceeds the limit of ${limits.maxObjects}`,
      });
    }
    if ((await findTable(source, place, TableName)) !== undefined) {
      return fail({ FailureCode: 'TableAlreadyExists', FailureMessage: `Table already exists: ${TableName}` });
    }
    job.phase = 'creating';
    await createTable(source, TableCreationParameters as unknown as CreateTableCommandInput);
    const derived = await findTable(source, withoutIds(place), TableName);
    backstage.assignTableId(derived?.id ?? '', job.tableId);
    const { SSESpecification, OnDemandThroughput, VectorIndexes } = TableCreationParameters;
    backstage.settingsOf(job.tableId).members = {
      ...(SSESpecification === undefined ? {} : { SSESpecification }),
      ...(OnDemandThroughput === undefined ? {} : { OnDemandThroughput }),
      ...(VectorIndexes === undefined ? {} : { VectorIndexes }),
    };
    return false;
  };

  const load: Phase = async () => {
    await loadObjects(objects, {
      source,
      store,
      tableName: TableName,
      input: {
        bucket: S3BucketSource.S3Bucket,
        prefix: S3BucketSource.S3KeyPrefix ?? '',
        format: InputFormat === 'ION' ? 'ION' : 'DYNAMODB_JSON',
        compression: InputCompressionType ?? 'NONE',
      },
      progress: job.progress,
      limit: fate === undefined || fate === 'never' ? Infinity : (fate.afterItems ?? 0),
    });
    failure = fate === 'never' ? undefined : (fate ?? failureOf(job, backstage));
    job.phase = 'active';
    return false;
  };

  const end: Phase = async () => {
    if (failure !== undefined) return fail(failure);
    job.status = 'COMPLETED';
    job.endTime = now();
    return true;
  };
  return guarded([create, load, end], fail);
}

function failureOf({ progress }: ImportJob, { onChangedObject }: Backstage): JobFailure | undefined {
  if (progress.failed.length === 0) return undefined;
  // The documentation has a code of its own for this; a test on AWS that changed objects got ItemValidationError.
  if (onChangedObject === 'ObjectModifiedInS3DuringImport' && progress.failed.some((f) => f.message === CHANGED)) {
    return { FailureCode: onChangedObject, FailureMessage: 'An S3 object was modified during the import' };
  }
  return INVALID_ITEMS;
}

async function createTable({ client }: Source, parameters: CreateTableCommandInput): Promise<void> {
  const { SSESpecification: _sse, OnDemandThroughput: _limits, VectorIndexes: _vectors, ...known } = parameters;
  await client.send(new CreateTableCommand(known));
  const { TableName } = parameters;
  while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE') {
    await sleep(5);
  }
}

function withoutIds({ account, region }: Place): Place {
  return { account, region };
}

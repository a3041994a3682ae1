import { PutObjectCommand } from '@aws-sdk/client-s3';
import { failureOfStore, type JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { StoredObject } from '../store.ts';
import type { BulkJob } from './bulk-operations.ts';
import type { Backstage } from './load-backstage.ts';
import { type Loading, loadObjects } from './load-items.ts';
import { guarded, type Phase } from './load-schedule.ts';

/**
 * Returns the phases of a bulk operation: half of the objects are loaded in the second and half in the third, so that
 * an operation can be cancelled between them.
 */
export function bulkPhases(job: BulkJob, backstage: Backstage): readonly [Phase, Phase, Phase] {
  const { source, store, now, limits } = backstage;
  const { InputS3Configuration: input, OutputS3Configuration: output } = job.parameters;
  const parameters = { ...job.parameters };
  const fate = backstage.fateOf({ kind: 'bulk-put', tableName: job.table.name, parameters });
  let objects: readonly StoredObject[] = [];

  const loading: Loading = {
    source,
    store,
    tableName: job.table.name,
    input: {
      bucket: input.S3Bucket,
      prefix: input.S3KeyPrefix ?? '',
      format: input.InputFormat,
      compression: input.InputCompressionType ?? 'NONE',
    },
    progress: job.progress,
    limit: fate === undefined || fate === 'never' ? Infinity : (fate.afterItems ?? 0),
  };

  const end = (status: BulkJob['status'], failure?: JobFailure): true => {
    if (failure !== undefined) {
      job.failure = { FailureCode: failure.FailureCode, FailureMessage: failure.FailureMessage };
    }
    job.status = status;
    job.endTime = now();
    return true;
  };
  const fail = (failure: JobFailure): true => end('FAILED', failure);

  const measure: Phase = async () => {
    if (job.status !== 'IN_PROGRESS') return true;
    if (fate === 'never') return false;
    const refused =
      backstage.obstacle(input.S3Bucket, input.S3BucketOwner) ??
      backstage.obstacle(output.S3Bucket, output.S3BucketOwner);
    if (refused !== undefined) return fail(refused);
    try {
      objects = await store.list(input.S3Bucket, input.S3KeyPrefix ?? '');
    } catch (error) {
      return fail(failureOfStore(error));
    }
    if (objects.length > limits.maxObjects || objects.some(({ size }) => size > MAX_OBJECT_BYTES)) {
      return fail({ FailureCode: 'LimitExceededException', FailureMessage: 'The input exceeds a quota' });
    }
    job.totalBytes = objects.reduce((sum, { size }) => sum + size, 0);
    return false;
  };

  const half = (): number => Math.ceil(objects.length / 2);
  const loadHalf: Phase = async () => {
    if (job.status !== 'IN_PROGRESS') return true;
    await loadObjects(objects.slice(0, half()), loading);
    return false;
  };

  const loadRest: Phase = async () => {
    if (job.status !== 'IN_PROGRESS') return true;
    await loadObjects(objects.slice(half()), loading);
    if (fate === 'never') return false;
    if (fate !== undefined) return fail(fate);
    try {
      await report(job, backstage);
    } catch (error) {
      return fail(failureOfStore(error));
    }
    return end(job.progress.failed.length === 0 ? 'COMPLETED' : 'COMPLETED_WITH_ERRORS');
  };
  return guarded([measure, loadHalf, loadRest], fail);
}

/** Returns the phases of an operation after a request to cancel it. Items that were written remain. */
export function cancellation(job: BulkJob, { now }: Backstage): readonly [Phase, Phase, Phase] {
  const end: Phase = async () => {
    if (job.endTime === undefined) {
      // FailureCode is documented for cancelled operations too; its values are not.
      job.failure = { FailureCode: 'Cancelled', FailureMessage: 'Cancelled by request' };
      job.status = 'CANCELLED';
      job.endTime = now();
    }
    return true;
  };
  return [end, end, end];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.BestPractices.html */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

/**
 * Writes the failed records below the output prefix, if the request asks for them. They contain data. The names and the
 * format of these objects are not known, so a test must not depend on them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Output.html
 */
async function report({ arn, parameters, progress }: BulkJob, { store }: Backstage): Promise<void> {
  const { S3Bucket, S3KeyPrefix = '', S3SseAlgorithm, S3SseKmsKeyId, OutputType } = parameters.OutputS3Configuration;
  if (progress.failed.length === 0 || !OutputType.includes('ERROR')) return;
  const lines = progress.failed.map(({ key, line, message, item }) =>
    JSON.stringify({ S3Key: key, Line: line, Message: message, Item: item }),
  );
  const folder = `${S3KeyPrefix.replace(/\/$/, '')}${S3KeyPrefix === '' ? '' : '/'}${arn.replace(/^.*\//, '')}`;
  await store.client.send(
    new PutObjectCommand({
      Bucket: S3Bucket,
      Key: `${folder}/errors.json`,
      Body: lines.map((line) => `${line}\n`).join(''),
      ...(S3SseAlgorithm === 'KMS' ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: S3SseKmsKeyId } : {}),
      ...(S3SseAlgorithm === 'AES256' ? { ServerSideEncryption: 'AES256' } : {}),
    }),
  );
}

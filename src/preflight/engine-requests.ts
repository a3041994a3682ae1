import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import type { ExportRequest } from '../export/export.ts';
import type { ExportSpecification } from '../export/export-request.ts';
import type { WorkflowRun } from '../github/workflow-run.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Scope } from '../manifest/layout.ts';
import { objectParameters } from '../s3/object-options.ts';
import type { ResumeRequest } from '../scan/resume/resumption.ts';
import { narrowingParameters } from '../scan/scan-parameters.ts';
import type { ScanRequest } from '../scan/scan-request.ts';
import type { TransformModule } from '../transform/load-transform.ts';
import { ACTION } from '../version.ts';
import { type Resources, tableNameOrArn } from './resources.ts';
import { shardSettings } from './shard-settings.ts';

/** Returns the request for the scan engine. */
export function makeScanRequest(
  inputs: Inputs,
  { client, table, target, bucket }: Resources,
  transform: TransformModule | undefined,
  run: WorkflowRun,
): ScanRequest {
  const { shard } = inputs;
  return {
    client,
    tableName: tableNameOrArn(inputs),
    table,
    tableArn: requiredMember('DescribeTable', table, 'TableArn'),
    target,
    scan: { ...inputs.scan, ...(shard && { shard: { segment: shard.index - 1, totalSegments: shard.count } }) },
    scope: requestedScope(inputs, transform),
    totalSegments: inputs.totalSegments,
    readCapacity: inputs.readCapacity,
    maxConsumedReadCapacity: inputs.maxConsumedReadCapacity,
    fileSize: inputs.fileSize,
    format: inputs.format,
    transform,
    compression: inputs.compression,
    bucket,
    prefix: inputs.keyPrefix,
    parametersOf: (...kind) => objectParameters(inputs, ...kind),
    ifEmpty: inputs.ifEmpty,
    cores: availableParallelism(),
    runId: run.id,
    runUrl: run.url,
    shard: shard && {
      index: shard.index,
      count: shard.count,
      name: shard.name,
      exportId: shard.plan.exportId,
      attempt: run.identity?.attempt ?? 1,
      settings: shardSettings(shard.plan.exportId, inputs, table, transform),
    },
    resume:
      inputs.resume && !shard
        ? resumeRequest(inputs, run, [table.TableArn, bucket.name, transform?.sha256])
        : undefined,
  };
}

const HOUR_MS = 3600 * 1000;

/**
 * @param resolved values that determine the bytes of the copy, in addition to the inputs, which are part of the
 * identity
 */
function resumeRequest(
  { attemptIndependentPrefix, keyPrefixAt }: Inputs,
  { identity, countUse }: WorkflowRun,
  resolved: readonly (string | undefined)[],
): ResumeRequest | undefined {
  if (!identity) return undefined;
  const { tokenPrefix, attempt } = identity;
  const step = `${tokenPrefix.replace(/^dynamodb-to-s3-/, '')}${countUse(tokenPrefix)}`;
  const requestHash = createHash('sha256')
    .update(JSON.stringify([ACTION.version, step, ...resolved]))
    .digest('hex');
  // An attempt resolves its prefix before its copy starts, so the prefix may contain the hour before the start, but no
  // earlier one.
  const isPrefix: ResumeRequest['isPrefix'] = (prefix, by, start) =>
    [start, start - HOUR_MS].some((time) => keyPrefixAt(by, new Date(time)) === prefix);
  return { step, attempt, prefix: attemptIndependentPrefix, requestHash, isPrefix };
}

/** Returns the request for the export engine. */
export function makeExportRequest(
  inputs: Inputs,
  { client, clock, table, tableError, bucket }: Resources,
  run: WorkflowRun,
): ExportRequest {
  const { checkIntervalMs, maxAttempts } = inputs;
  return {
    client,
    clock,
    tableName: tableNameOrArn(inputs),
    specification: makeExportSpecification(inputs, { table, tableError }),
    bucket,
    definition: definitionRequest(inputs, table),
    enablePitr: inputs.enablePitr,
    waiting: { checkIntervalMs, maxAttempts },
    ifEmpty: inputs.ifEmpty,
    identity: run.identity,
    resume: inputs.resume,
    handover: run.handover,
  };
}

/** @param table without an ARN if the table could not be described */
function definitionRequest(inputs: Inputs, table: TableDescription): ExportRequest['definition'] {
  if (table.TableArn === undefined) return undefined;
  const { exportParameters } = inputs;
  // The same encryption as that of the other objects of the export.
  const algorithm = inputs.encryption?.algorithm ?? exportParameters.sseAlgorithm;
  const kmsKeyId = inputs.encryption?.kmsKeyId ?? exportParameters.sseKmsKeyId;
  const encryption = algorithm && { algorithm, ...(kmsKeyId !== undefined && { kmsKeyId }) };
  return {
    tableName: tableNameOrArn(inputs),
    tableArn: table.TableArn,
    table,
    scope: requestedScope(inputs),
    // s3-put-object-kwargs applies only to scans.
    parameters: objectParameters({ putObject: {}, ...(encryption && { encryption }) }, 'manifest', new Date()),
  };
}

/** Returns the export that the inputs describe. */
export function makeExportSpecification(
  inputs: Inputs,
  { table, tableError }: Pick<Resources, 'table' | 'tableError'>,
): ExportSpecification {
  const { encryption } = inputs;
  // Ignoring KMS_DSSE would encrypt the export differently from what the inputs specify.
  if (encryption?.algorithm === 'KMS_DSSE') {
    throw new Error('the export engine was chosen, but it does not support KMS_DSSE');
  }
  return {
    table: tableError
      ? { tableName: inputs.table.name, tableError }
      : { tableArn: requiredMember('DescribeTable', table, 'TableArn') },
    bucket: inputs.bucket,
    prefix: inputs.keyPrefix,
    format: inputs.format === 'ION' ? 'ION' : 'DYNAMODB_JSON',
    exportTime: inputs.exportTime,
    parameters: inputs.exportParameters,
    bucketOwner: inputs.bucketOwner,
    encryption,
  };
}

/** Returns what the copy will contain. */
export function requestedScope(
  { scan, processFunc, exportParameters }: Inputs,
  transform?: Pick<TransformModule, 'output'>,
): Scope {
  if (transform?.output === 'item') return 'transformed';
  const { FilterSpecification, ExportType } = exportParameters.request;
  const isFull = ExportType !== 'INCREMENTAL_EXPORT' && FilterSpecification === undefined;
  return isFull && narrowingParameters(scan).length === 0 && processFunc === undefined ? 'table' : 'subset';
}

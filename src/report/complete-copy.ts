import { isAwsHost } from '../aws/partition.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { PreflightResult } from '../preflight/preflight.ts';
import { isArchived } from '../s3/object-options.ts';
import { narrowingParameters } from '../scan/scan-parameters.ts';
import type { CopyState } from './copy-state.ts';
import type { CompleteCopy } from './next-steps/next-step.ts';

/** Returns the properties of the copy that determine its next steps; undefined if the copy is not complete. */
export function describeCompleteCopy(
  inputs: Inputs,
  { table, bucketRegion, outputFormat }: PreflightResult,
  copy: CopyState,
  env: NodeJS.ProcessEnv,
): CompleteCopy | undefined {
  if (copy.stage !== 'complete') return undefined;
  const { layout, engine, files } = copy;
  const { processFunc, putObject, exportParameters } = inputs;
  const partial = narrowingParameters(inputs.scan).some(
    (name) => name === 'ProjectionExpression' || name === 'IndexName',
  );
  const projected = exportParameters.request.FilterSpecification?.ProjectionExpression !== undefined;
  return {
    table,
    tableName: inputs.table.name,
    region: inputs.sourceRegion,
    bucket: copy.bucket,
    bucketRegion,
    bucketOwner: inputs.bucketOwner ?? exportParameters.bucketOwner,
    isOnAws: isOnAws(env),
    data: layout.data,
    root: layout.root,
    // If the role cannot read the manifests of an export, the number is unknown, but DynamoDB has written at least one
    // object.
    fileCount: files === 'not authorized' ? 1 : files.length,
    format: outputFormat,
    compression: engine === 'scan' ? inputs.compression : 'gzip',
    scope: copy.scope,
    hasWholeItems: !partial && !projected && processFunc === undefined,
    isIncremental: exportParameters.window !== undefined,
    isArchived: isArchived(putObject.StorageClass),
    isRequesterPays: putObject.RequestPayer !== undefined,
  };
}

/** Returns whether S3 is reached at an AWS endpoint. A custom endpoint may be one too: a VPC or FIPS endpoint. */
export function isOnAws(env: NodeJS.ProcessEnv): boolean {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  if (!endpoint) return true;
  const url = URL.parse(endpoint);
  return url?.protocol === 'https:' && url.port === '' && url.pathname === '/' && isAwsHost(url.hostname);
}

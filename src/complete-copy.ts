import type { Inputs } from './action/inputs.ts';
import type { CompleteCopy } from './action/summary/next/next-step.ts';
import { isAwsHost } from './aws/credentials/partition.ts';
import type { CopyState } from './copy-state.ts';
import type { Prepared } from './prepare/prepare.ts';
import { isArchived } from './s3/object-options.ts';
import { narrowings } from './scan/parameters.ts';

/**
 * What can be done with a copy depends on all of this.
 *
 * @returns undefined of a copy that is not complete
 */
export function completeCopy(
  inputs: Inputs,
  { table, bucketRegion }: Prepared,
  copy: CopyState,
  env: NodeJS.ProcessEnv,
): CompleteCopy | undefined {
  if (copy.stage !== 'complete') return undefined;
  const { layout, engine, files } = copy;
  const { processFunc, putObject, exportParameters } = inputs;
  const partial = narrowings(inputs.scan).some((name) => name === 'ProjectionExpression' || name === 'IndexName');
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
    beside: layout.root,
    // Of an export whose manifests may not be read it is not known, but DynamoDB has written some.
    fileCount: files === 'not authorized' ? 1 : files.length,
    format: processFunc === undefined ? inputs.format : 'CUSTOM',
    compression: engine === 'scan' ? inputs.compression : 'gzip',
    scope: copy.scope,
    hasWholeItems: !partial && !projected && processFunc === undefined,
    isIncrement: exportParameters.window !== undefined,
    isArchived: isArchived(putObject.StorageClass),
    isRequesterPays: putObject.RequestPayer !== undefined,
  };
}

/** An endpoint of AWS's own may be set too: that of a VPC, or of FIPS. */
function isOnAws(env: NodeJS.ProcessEnv): boolean {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  if (!endpoint) return true;
  const url = URL.parse(endpoint);
  return url?.protocol === 'https:' && url.port === '' && url.pathname === '/' && isAwsHost(url.hostname);
}

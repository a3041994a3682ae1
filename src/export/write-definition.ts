import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { describeTableManifest } from '../manifest/describe-table-manifest.ts';
import type { CopyIdentity, Scope } from '../manifest/layout.ts';
import { tableManifestJson } from '../manifest/table-manifest.ts';
import { isDenied, statusOf } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import { TABLE_SETTINGS } from '../timeouts.ts';
import type { DescribedExport } from './described-export.ts';
import type { ExportContext } from './export-context.ts';

/** Table to describe in manifest-table.json, and how the object is written. */
export interface DefinitionRequest {
  /** Name, or the ARN of a table in another account. */
  readonly tableName: string;
  readonly tableArn: string;
  readonly table: TableDescription;
  /** Scope of the exports that the inputs describe. */
  readonly scope: Scope;
  readonly parameters: ObjectParameters;
}

/**
 * Writes manifest-table.json of an export, unless an earlier attempt or step has written it. DynamoDB itself writes no
 * such object. If it cannot be written, only logs a warning: DynamoDB makes the export regardless.
 *
 * @throws only if the run is aborted
 */
export async function writeDefinition(
  { client, bucket, logger, signal }: ExportContext,
  request: DefinitionRequest,
  description: DescribedExport,
  { layout }: Pick<CopyIdentity, 'layout'>,
): Promise<void> {
  const { table, parameters } = request;
  if (description.ExportStatus === 'FAILED') return;
  if (description.TableId !== undefined && table.TableId !== undefined && description.TableId !== table.TableId) {
    logger.notice(
      'manifest-table.json was not written: the table was deleted and re-created after this export was started, so its definition may be another one.',
    );
    return;
  }
  const key = layout.manifestTable;
  const manifest = await describeTableManifest({ client, ...request }, scopeOf(description, request), logger, signal);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TABLE_SETTINGS)]);
  try {
    await bucket.put({ key, body: tableManifestJson(manifest), parameters, replaces: 'none' }, limited);
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 412) return;
    logger.warning(
      isDenied(error)
        ? `manifest-table.json was not written: the role is not authorized to perform s3:PutObject on s3://${bucket.name}/${key}. The export is not affected, but it does not contain the definition of the table.`
        : `manifest-table.json was not written: S3 did not store it in s3://${bucket.name}/${layout.root}. The export is not affected, but it does not contain the definition of the table.`,
    );
  }
}

/** An export that was found may differ from the inputs. */
function scopeOf(
  { FilterSpecification, IncrementalExportSpecification }: DescribedExport,
  { scope }: DefinitionRequest,
): Scope {
  return FilterSpecification || IncrementalExportSpecification ? 'subset' : scope;
}

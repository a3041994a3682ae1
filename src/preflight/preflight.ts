import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { type CredentialContext, createIdentities, type Identities } from '../aws/credentials/identities.ts';
import type { ExportRequest } from '../export/export.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Logger } from '../logger.ts';
import type { OutputFormat } from '../manifest/copy-summary.ts';
import type { Scope } from '../manifest/layout.ts';
import { quote } from '../message-text.ts';
import { isArchived } from '../s3/object-options.ts';
import { outputFormatOf, type ScanRequest } from '../scan/scan-request.ts';
import type { TransformModule } from '../transform/load-transform.ts';
import { assumeRoles, logExportWriter } from './assume-roles.ts';
import { chooseEngine } from './choose-engine.ts';
import { makeExportRequest, makeExportSpecification, makeScanRequest, requestedScope } from './engine-requests.ts';
import {
  accountCheck,
  budgetCheck,
  credentialsCheck,
  determineReadLimit,
  loadTransformIfSet,
  runFurtherChecks,
} from './further-checks.ts';
import { type Preview, previewRun } from './preview.ts';
import { findResources, type PreflightContext, type Resources, tableNameOrArn } from './resources.ts';

/** Request for the chosen engine, with what is known about table and bucket. */
export type PreflightResult = (
  | { readonly engine: 'scan'; readonly request: ScanRequest }
  | { readonly engine: 'export'; readonly request: ExportRequest }
) & {
  /** Why this engine was chosen; undefined if the inputs specify it. */
  readonly why: string | undefined;
  readonly scope: Scope;
  /** Format of the data objects, as the manifests name it. */
  readonly outputFormat: OutputFormat;
  readonly table: TableDescription;
  readonly bucketRegion: string;
  readonly preview: Preview;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
};

/**
 * Checks table and bucket and returns the request for the engine. Writes nothing.
 *
 * @param credentials sources of credentials to assume roles
 */
export async function runPreflight(
  context: PreflightContext,
  credentials: CredentialContext,
): Promise<PreflightResult> {
  const { inputs, logger, signal } = context;
  const { sourceRegion: source, destRegion: dest } = inputs;
  const identities = createIdentities(
    inputs.roles,
    { source, ...(dest !== undefined && { dest }) },
    credentials,
    signal,
  );
  try {
    await assumeRoles(identities, inputs.roles, logger);
    return await checkAndPrepare(context, identities);
  } catch (error) {
    identities.close();
    throw error;
  }
}

async function checkAndPrepare(context: PreflightContext, identities: Identities): Promise<PreflightResult> {
  const { inputs, run, checks, logger } = context;
  const found = await findResources(context, identities);
  const { client, clock, table, tableError, target, bucket } = found;
  const chosen = target && (await chooseEngine(context, { client, target, tableError }, identities.source));
  const tableName = tableNameOrArn(inputs);
  const toScan = chosen?.engine === 'scan' && { client, tableName, scan: inputs.scan };
  const toExport = chosen?.engine === 'export' &&
    table && {
      client,
      clock,
      tableName,
      specification: makeExportSpecification(inputs, { table, tableError }),
      enablePitr: inputs.enablePitr,
    };
  if (toExport) await checks.run(accountCheck(inputs, table, identities));
  const readLimit = toScan && table ? await determineReadLimit(inputs, table, checks, logger) : undefined;
  const budget = toScan && table && target && budgetCheck(inputs, table, target);
  if (budget) await checks.run(budget);
  const transform = await loadTransformIfSet(inputs, run, checks);
  await runFurtherChecks(
    inputs,
    { ...(toScan && { scan: toScan }), ...(toExport && { export: toExport }), table, bucket },
    checks,
  );
  checks.throwIfFailed();
  if (!table || !target || !bucket || !chosen) {
    throw new Error('a preflight result is missing although no check failed');
  }

  const resources: Resources = { client, clock, table, tableError, target, bucket };
  const prepared =
    chosen.engine === 'export'
      ? ({ engine: 'export', request: makeExportRequest(inputs, resources, run) } as const)
      : ({ engine: 'scan', request: makeScanRequest(inputs, resources, transform, run) } as const);
  if (chosen.engine === 'scan') logConsequences(inputs, transform, logger);
  else logExportWriter(identities, logger);
  const close = () => {
    client.destroy();
    bucket.close();
    identities.close();
  };
  const preview = previewRun(inputs, { ...prepared, target, why: chosen.why ?? reasonFromInputs(inputs), readLimit });
  await checks.run(credentialsCheck(identities, preview.engine === 'scan' ? preview.plan.seconds : undefined));
  return {
    ...prepared,
    why: chosen.why,
    scope: requestedScope(inputs, transform),
    outputFormat: outputFormatOf({ format: inputs.format, transform }),
    table,
    bucketRegion: await bucket.region(),
    preview,
    close,
  };
}

function reasonFromInputs({ engine }: Inputs): string {
  return `the inputs select ${engine === 'scan' ? 'a scan' : 'an export'}`;
}

function logConsequences({ format, putObject }: Inputs, transform: TransformModule | undefined, logger: Logger): void {
  if (transform?.output === 'text') {
    logger.info(`process-func ${quote(transform.path)} creates the data objects. AWS cannot import them into a table.`);
  } else if (transform && format !== 'JSON') {
    logger.info(
      `process-func ${quote(transform.path)} changes the items. To restore the copy, set copy to its s3-uri, and allow-subset: true.`,
    );
  }
  if (format === 'JSON') {
    logger.info(
      'AWS cannot import export-format JSON into a table. Use DYNAMODB_JSON for a copy that can be restored.',
    );
  }
  if (isArchived(putObject.StorageClass)) {
    logger.warning(
      `StorageClass ${putObject.StorageClass} archives the data objects. They must be restored in S3 before they can be read.`,
    );
  }
}

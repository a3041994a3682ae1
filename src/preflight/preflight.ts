import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { type Identities, identifySides, type Means } from '../aws/credentials/identities.ts';
import type { ExportRequest } from '../export/export.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Narrator } from '../logger.ts';
import type { Scope } from '../manifest/layout.ts';
import { quoted } from '../message-text.ts';
import { isArchived } from '../s3/object-options.ts';
import type { ScanRequest } from '../scan/scan-request.ts';
import { assumeRoles, tellWhoExports } from './assume-roles.ts';
import { decideEngine } from './decide-engine.ts';
import { exportRequest, scanRequest, scopeOf, wantedExport } from './engine-requests.ts';
import { accountCheck, checkFurther, credentialsCheck, findProcessModule, findReadCap } from './further-checks.ts';
import { type Preview, previewOf } from './preview.ts';
import { findSides, nameOrArn, type Preparation, type Sides } from './resources.ts';

/** Request for the chosen engine, with what is known about table and bucket. */
export type Prepared = (
  | { readonly engine: 'scan'; readonly request: ScanRequest }
  | { readonly engine: 'export'; readonly request: ExportRequest }
) & {
  /** Why this engine was chosen; undefined if the inputs specify it. */
  readonly why: string | undefined;
  readonly scope: Scope;
  readonly table: TableDescription;
  readonly bucketRegion: string;
  readonly preview: Preview;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
};

/**
 * Checks table and bucket and returns the request for the engine. Writes nothing.
 *
 * @param means sources of credentials to assume roles
 */
export async function prepare(preparation: Preparation, means: Means): Promise<Prepared> {
  const { inputs, narrator, signal } = preparation;
  const { sourceRegion: source, destRegion: dest } = inputs;
  const identities = identifySides(inputs.roles, { source, ...(dest !== undefined && { dest }) }, means, signal);
  try {
    await assumeRoles(identities, inputs.roles, narrator);
    return await prepareSides(preparation, identities);
  } catch (error) {
    identities.close();
    throw error;
  }
}

async function prepareSides(preparation: Preparation, identities: Identities): Promise<Prepared> {
  const { inputs, run, checks, narrator, signal } = preparation;
  const found = await findSides(preparation, identities);
  const { client, clock, table, tableGone, target, bucket } = found;
  const chosen =
    target && (await decideEngine(inputs, { client, target, tableGone }, identities.source, checks, narrator, signal));
  const tableName = nameOrArn(inputs);
  const toScan = chosen?.engine === 'scan' && { client, tableName, scan: inputs.scan };
  const toExport = chosen?.engine === 'export' &&
    table && {
      client,
      clock,
      tableName,
      wanted: wantedExport(inputs, { table, tableGone }),
      enableRecovery: inputs.enableRecovery,
    };
  if (toExport) await checks.run(accountCheck(inputs, table, identities));
  const cap = toScan && table ? await findReadCap(inputs, table, checks, narrator) : undefined;
  const processModule = await findProcessModule(inputs, run, checks);
  await checkFurther(
    inputs,
    { ...(toScan && { scan: toScan }), ...(toExport && { export: toExport }), bucket },
    checks,
  );
  checks.throwIfFailed();
  if (!table || !target || !bucket || !chosen) {
    throw new Error('a preflight result is missing although no check failed');
  }

  const sides: Sides = { client, clock, table, tableGone, target, bucket };
  const prepared =
    chosen.engine === 'export'
      ? ({ engine: 'export', request: exportRequest(inputs, sides, run) } as const)
      : ({ engine: 'scan', request: scanRequest(inputs, sides, processModule, run) } as const);
  if (chosen.engine === 'scan') logConsequences(inputs, narrator);
  else tellWhoExports(identities, narrator);
  const close = () => {
    client.destroy();
    bucket.close();
    identities.close();
  };
  const preview = previewOf(inputs, prepared, target, chosen.why ?? reasonFromInputs(inputs), cap);
  await checks.run(credentialsCheck(identities, preview.engine === 'scan' ? preview.plan.seconds : undefined));
  return {
    ...prepared,
    why: chosen.why,
    scope: scopeOf(inputs),
    table,
    bucketRegion: await bucket.region(),
    preview,
    close,
  };
}

function reasonFromInputs({ engine }: Inputs): string {
  return `the inputs select ${engine === 'scan' ? 'a scan' : 'an export'}`;
}

function logConsequences({ format, processFunc, putObject }: Inputs, narrator: Narrator): void {
  if (processFunc !== undefined) {
    narrator.info(`process-func ${quoted(processFunc)} creates the data objects. AWS cannot import them into a table.`);
  }
  if (format === 'JSON') {
    narrator.info(
      'AWS cannot import export-format JSON into a table. Use DYNAMODB_JSON for a copy that can be restored.',
    );
  }
  if (isArchived(putObject.StorageClass)) {
    narrator.warning(
      `StorageClass ${putObject.StorageClass} archives the data objects. They must be restored in S3 before they can be read.`,
    );
  }
}

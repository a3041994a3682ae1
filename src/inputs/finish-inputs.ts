import type { RoleSettings } from '../aws/credentials/identities.ts';
import { startTimeOf } from '../manifest/export-id.ts';
import type { PutObjectParameters } from '../s3/object-options.ts';
import type { CopyPlan } from '../shards/copy-plan.ts';
import { type BucketInputs, readBucketInputs } from './bucket-inputs.ts';
import { InputReader } from './input-reader.ts';
import { invalidInputs } from './inputs.ts';
import { readPlanInput } from './plan-input.ts';
import { InputProblems } from './problems.ts';
import { readPutObjectParameters } from './put-object-kwargs.ts';
import { readRegions } from './regions.ts';
import { readRoles } from './roles.ts';
import { readTableName } from './table-name.ts';

/** Validated inputs of the finish step. */
export interface FinishInputs extends BucketInputs {
  readonly plan: CopyPlan;
  readonly table: { readonly name: string; readonly arn?: string };
  /** Parameters of the manifests. */
  readonly putObject: PutObjectParameters;
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: RoleSettings;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** Only reads and checks the shards. */
  readonly dryRun: boolean;
}

/**
 * Reads and validates the inputs of the finish Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readFinishInputs(env: NodeJS.ProcessEnv): FinishInputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const plan = readPlanInput(reader);
  const tableName = reader.required('dynamodb-table-name');
  const table = tableName === '' ? undefined : readTableName(tableName, problems.at('dynamodb-table-name'));
  const regions = readRegions(reader, env, table);
  const bucket = readBucketInputs(reader, regions.dest);
  const putObject = readPutObjectParameters(
    reader.mapping('s3-put-object-kwargs'),
    // All jobs of a copy accept the same retention dates.
    {
      now: plan ? new Date(startTimeOf(plan.exportId)) : new Date(),
      encryptsWithKms: bucket.encryption?.algorithm === 'KMS',
    },
    problems.at('s3-put-object-kwargs'),
  );
  const roles = readRoles(reader, env, regions);
  const ifEmpty = reader.choice('if-empty', ['warn', 'error', 'ignore'], 'warn');
  const dryRun = reader.boolean('dry-run', false);
  if (problems.lines.length > 0 || !plan) throw invalidInputs(problems.lines);
  return {
    ...bucket,
    plan,
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    putObject,
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles,
    ifEmpty,
    dryRun,
  };
}

import type { RoleSettings } from '../aws/credentials/identities.ts';
import type { RequestedMethod } from '../restore/choose-method.ts';
import type { Allowances, IfTableExists } from '../restore/existing-table.ts';
import { type RestoreSettings, SAFE_SETTINGS } from '../restore/restore-settings.ts';
import type { TableOverrides } from '../restore/table-parameters.ts';
import type { WriteCapacitySetting } from '../restore/write-limit.ts';
import { readBucketOwner } from './bucket-inputs.ts';
import { type CopyInputs, parseS3Uri, readCopyInputs } from './choose-copy.ts';
import { readTableOverrides } from './create-table-kwargs.ts';
import { readWaitInputs, type WaitInputs } from './engine-inputs.ts';
import { InputReader } from './input-reader.ts';
import { invalidInputs } from './inputs.ts';
import { parseRestoreSettings, RESTORE_SETTINGS_ALLOWED } from './parse-restore-settings.ts';
import { InputProblems } from './problems.ts';
import { readRegions } from './regions.ts';
import { readRoles } from './roles.ts';
import { parseReadCapacity, WRITE_CAPACITY_ALLOWED } from './scan-inputs.ts';
import { RESTORE_SIDES } from './sides.ts';
import { readTableName } from './table-name.ts';

/** Validated inputs of the restore step. */
export interface RestoreInputs extends CopyInputs, WaitInputs {
  /** Table that the copy is loaded into. */
  readonly table: { readonly name: string; readonly arn?: string };
  readonly bucketOwner?: string;
  readonly forcePathStyle: boolean;
  readonly method: RequestedMethod;
  readonly ifTableExists: IfTableExists;
  readonly allow: Allowances & { readonly subset: boolean };
  readonly overrides: TableOverrides;
  readonly settings: RestoreSettings;
  readonly writeCapacity: WriteCapacitySetting;
  /** True to delete the table at the end of the job, if this step created it. */
  readonly temporary: boolean;
  /** Where StartBulkPutItems writes the records of failed items. */
  readonly failedItems?: { readonly bucket: string; readonly prefix: string };
  /** Region of the table. */
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: RoleSettings;
  readonly dryRun: boolean;
}

const METHODS = ['auto', 'import', 'bulk-put', 'write'] as const satisfies readonly RequestedMethod[];

/**
 * Reads and validates the inputs of the restore Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readRestoreInputs(env: NodeJS.ProcessEnv): RestoreInputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const tableName = reader.required('dynamodb-table-name');
  const table = tableName === '' ? undefined : readTableName(tableName, problems.at('dynamodb-table-name'));
  const regions = readRegions(reader, env, table, RESTORE_SIDES);
  const bucketOwner = readBucketOwner(reader);
  const forcePathStyle = reader.boolean('s3-force-path-style', false);
  const inputs: RestoreInputs = {
    ...readCopyInputs(reader, forcePathStyle),
    ...readWaitInputs(reader, 1),
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    ...(bucketOwner !== undefined && { bucketOwner }),
    forcePathStyle,
    method: reader.choice('method', METHODS, 'auto'),
    ifTableExists: reader.choice('if-table-exists', ['error', 'load-if-empty', 'overwrite'], 'error'),
    allow: {
      sourceTable: reader.boolean('allow-source-table', false),
      globalTable: reader.boolean('allow-global-table', false),
      stream: reader.boolean('allow-stream', false),
      subset: reader.boolean('allow-subset', false),
    },
    overrides: readTableOverrides(reader.mapping('create-table-kwargs'), problems.at('create-table-kwargs')),
    settings: reader.parsed('restore-settings', SAFE_SETTINGS, RESTORE_SETTINGS_ALLOWED, parseRestoreSettings),
    writeCapacity: reader.parsed('write-capacity', { kind: 'auto' }, WRITE_CAPACITY_ALLOWED, parseReadCapacity),
    temporary: reader.boolean('temporary', false),
    ...readFailedItems(reader),
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions, RESTORE_SIDES),
    dryRun: reader.boolean('dry-run', false),
  };
  checkCombinations(reader, inputs);
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

function readFailedItems(reader: InputReader): Pick<RestoreInputs, 'failedItems'> {
  const failedItems = reader.parsed<RestoreInputs['failedItems']>(
    'failed-items-s3-uri',
    undefined,
    'an S3 URI such as s3://bucket/prefix',
    parseS3Uri,
  );
  return failedItems ? { failedItems } : {};
}

function checkCombinations(reader: InputReader, inputs: RestoreInputs): void {
  const { method, temporary, ifTableExists, failedItems, overrides, writeCapacity } = inputs;
  const problems = (name: string) => reader.problems.at(name);
  if (method === 'bulk-put' && !failedItems && reader.text('failed-items-s3-uri') === '') {
    problems('failed-items-s3-uri').add(
      'is required with method bulk-put. DynamoDB writes the records of failed items there, which contain data of the table',
    );
  }
  if (method !== 'bulk-put' && failedItems) {
    problems('failed-items-s3-uri').add('has an effect only with method bulk-put. Leave it out');
  }
  if (temporary && ifTableExists !== 'error') {
    problems('temporary').add(
      `is true, but if-table-exists is ${ifTableExists}. Only a table that this step creates is deleted. Leave if-table-exists out`,
    );
  }
  if (method === 'import' && ifTableExists !== 'error') {
    problems('if-table-exists').add(`is ${ifTableExists}, but an import always creates its table. Leave it out`);
  }
  if (method === 'import' && writeCapacity.kind !== 'auto') {
    problems('write-capacity').add('has no effect with method import, which consumes no write capacity. Leave it out');
  }
  if (temporary && overrides.DeletionProtectionEnabled) {
    problems('create-table-kwargs').at('DeletionProtectionEnabled').add('cannot be true with temporary: true');
  }
}

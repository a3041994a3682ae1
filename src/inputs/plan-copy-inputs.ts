import type { RoleSettings } from '../aws/credentials/identities.ts';
import type { RunContext } from '../github/run-context.ts';
import { formatCount } from '../message-text.ts';
import type { PutObjectParameters } from '../s3/object-options.ts';
import type { ReadCapacityInput } from '../scan/pacing/read-limit.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import { MAX_PLANNED_SEGMENTS, MAX_SHARDS } from '../shards/copy-plan.ts';
import { type BucketInputs, readBucketInputs } from './bucket-inputs.ts';
import { InputReader } from './input-reader.ts';
import { invalidInputs } from './inputs.ts';
import { resolveKeyPrefix } from './key-prefix.ts';
import { ParameterReader } from './parameter-reader.ts';
import { InputProblems } from './problems.ts';
import { readPutObjectParameters } from './put-object-kwargs.ts';
import { readRegions } from './regions.ts';
import { readRoles } from './roles.ts';
import {
  DEFAULT_FILE_SIZE,
  FILE_SIZE_ALLOWED,
  parseFileSize,
  parseReadCapacity,
  READ_CAPACITY_ALLOWED,
} from './scan-inputs.ts';
import { readIndexName } from './scan-kwargs.ts';
import { readTableName } from './table-name.ts';

/** Validated inputs of the plan Action. */
export interface PlanCopyInputs extends BucketInputs {
  readonly table: { readonly name: string; readonly arn?: string };
  /** Key prefix with resolved placeholders, without leading and trailing slashes; '' if not set. */
  readonly keyPrefix: string;
  readonly shards: number | 'auto';
  /** Maximum number of shards that are copied at the same time; undefined for all of them. */
  readonly maxParallel: number | undefined;
  /** Read limit of all shards together. */
  readonly readCapacity: ReadCapacityInput;
  /** Uncompressed bytes at which a data object is completed. */
  readonly fileSize: number;
  /** Number of segments of all shards together. */
  readonly totalSegments: number | 'auto';
  readonly scan: Pick<ScanParameters['request'], 'IndexName' | 'ConsistentRead'>;
  readonly putObject: PutObjectParameters;
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: RoleSettings;
  /** Only runs the checks and sizes the plan. */
  readonly dryRun: boolean;
}

/**
 * Reads and validates the inputs of the plan Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readPlanCopyInputs(env: NodeJS.ProcessEnv, run: RunContext, now = new Date()): PlanCopyInputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const tableName = reader.required('dynamodb-table-name');
  const table = tableName === '' ? undefined : readTableName(tableName, problems.at('dynamodb-table-name'));
  const regions = readRegions(reader, env, table);
  const bucket = readBucketInputs(reader, regions.dest);
  const placeholders = { table: table?.name ?? '', now, run };
  const inputs: PlanCopyInputs = {
    ...bucket,
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    keyPrefix: resolveKeyPrefix(reader.text('s3-key-prefix'), placeholders, problems.at('s3-key-prefix')),
    shards: readAutomatic(reader, 'shards', MAX_SHARDS),
    maxParallel: reader.parsed<number | undefined>('max-parallel', undefined, wholeNumber(MAX_SHARDS), (text) =>
      parseWhole(text, MAX_SHARDS),
    ),
    readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, READ_CAPACITY_ALLOWED, parseReadCapacity),
    fileSize: reader.parsed('file-size', DEFAULT_FILE_SIZE, FILE_SIZE_ALLOWED, parseFileSize),
    totalSegments: readAutomatic(reader, 'total-segments', MAX_PLANNED_SEGMENTS),
    scan: readScan(reader),
    putObject: readPutObjectParameters(
      reader.mapping('s3-put-object-kwargs'),
      { now, encryptsWithKms: bucket.encryption?.algorithm === 'KMS' },
      problems.at('s3-put-object-kwargs'),
    ),
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions),
    dryRun: reader.boolean('dry-run', false),
  };
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

function readAutomatic(reader: InputReader, name: string, max: number): number | 'auto' {
  return reader.parsed<number | 'auto'>(name, 'auto', `auto, or ${wholeNumber(max)}`, (text) =>
    text === 'auto' ? text : parseWhole(text, max),
  );
}

function wholeNumber(max: number): string {
  return `a whole number from 1 to ${formatCount(max)}`;
}

function parseWhole(text: string, max: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= max ? number : undefined;
}

/** Reads the scan parameters on which the plan depends. The jobs of the shards must have the same values. */
function readScan(reader: InputReader): PlanCopyInputs['scan'] {
  const problems = reader.problems.at('dynamodb-scan-kwargs');
  const kwargs = new ParameterReader(reader.mapping('dynamodb-scan-kwargs'), problems);
  kwargs.rejectUnknown(['IndexName', 'ConsistentRead'], OF_SHARDS);
  const IndexName = readIndexName(kwargs);
  const ConsistentRead = kwargs.boolean('ConsistentRead');
  return { ...(IndexName !== undefined && { IndexName }), ...(ConsistentRead !== undefined && { ConsistentRead }) };
}

const SET_IN_SHARDS = 'does not affect the plan. Set it only in the step that copies the shards';
const DIVIDED = 'cannot be set, because the plan divides the table';

const OF_SHARDS: ReadonlyMap<string, string> = new Map([
  ['FilterExpression', SET_IN_SHARDS],
  ['ProjectionExpression', SET_IN_SHARDS],
  ['ExpressionAttributeNames', SET_IN_SHARDS],
  ['ExpressionAttributeValues', SET_IN_SHARDS],
  ['Limit', SET_IN_SHARDS],
  ['Select', SET_IN_SHARDS],
  ['Segment', DIVIDED],
  ['TotalSegments', DIVIDED],
  ['ExclusiveStartKey', DIVIDED],
]);

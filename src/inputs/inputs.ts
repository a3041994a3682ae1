import type { RoleSettings } from '../aws/credentials/identities.ts';
import { CopyError } from '../errors.ts';
import type { FormatName } from '../format/formats.ts';
import type { RunContext } from '../github/run-context.ts';
import { formatCountOf } from '../message-text.ts';
import type { Compression } from '../s3/compression.ts';
import type { PutObjectParameters } from '../s3/object-options.ts';
import type { ReadCapacitySetting } from '../scan/pacing/read-limit.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import type { PlannedShard } from '../shards/copy-plan.ts';
import { type BucketInputs, readBucketInputs } from './bucket-inputs.ts';
import { type CommitStatusInputs, readCommitStatusInputs } from './commit-status-inputs.ts';
import { type EngineInputs, readEngineInputs } from './engine-inputs.ts';
import { checkInputsFitEngine } from './engine-use.ts';
import { InputReader } from './input-reader.ts';
import { attemptIndependentTemplate, resolveKeyPrefix } from './key-prefix.ts';
import { InputProblems } from './problems.ts';
import { readPutObjectParameters } from './put-object-kwargs.ts';
import { readRegions } from './regions.ts';
import { readRoles, requireOwnerForExport } from './roles.ts';
import {
  DEFAULT_FILE_SIZE,
  FILE_SIZE_ALLOWED,
  parseFileSize,
  parseReadCapacity,
  READ_CAPACITY_ALLOWED,
  readReadBudget,
  readTotalSegments,
} from './scan-inputs.ts';
import { readScanParameters } from './scan-kwargs.ts';
import { inputsOfShard, readShardInputs } from './shard-inputs.ts';
import { readTableName } from './table-name.ts';

/** Validated inputs of the step. Nothing else depends on how GitHub passes them. */
export interface Inputs extends EngineInputs, BucketInputs {
  readonly table: {
    readonly name: string;
    /** Set if the input is an ARN. */
    readonly arn?: string;
  };
  /** Key prefix with resolved placeholders, without leading and trailing slashes; '' if not set. */
  readonly keyPrefix: string;
  /** Leading part of the key prefix that is the same in all attempts of the run. */
  readonly attemptIndependentPrefix: string;
  /** Returns the key prefix of an attempt of this run that reads its inputs at `now`. */
  readonly keyPrefixAt: (attempt: number, now: Date) => string;
  /** Uncompressed bytes after which a new object starts. */
  readonly fileSize: number;
  readonly scan: ScanParameters;
  readonly format: ExportFormat;
  /** Path of the transform module, relative to the workspace. */
  readonly processFunc?: string;
  readonly compression: Compression;
  /** Number of segments of the table, or of the shard if `scan.shard` is set. */
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  /** Maximum read capacity units that all attempts at a scan consume together; undefined for no maximum. */
  readonly maxConsumedReadCapacity?: number;
  readonly putObject: PutObjectParameters;
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: RoleSettings;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /**
   * Shard that the step copies. `keyPrefix`, `fileSize`, `totalSegments` (of the shard) and `readCapacity` are then those
   * of its plan, and `scan.shard` is undefined. Undefined for a copy that one job writes.
   */
  readonly shard?: PlannedShard;
  /** Commit status that the step sets; undefined for none. */
  readonly commitStatus?: CommitStatusInputs;
  /** Only runs the preflight checks and plans the copy. */
  readonly dryRun: boolean;
}

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const EXPORT_FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON'] as const satisfies readonly FormatName[];
const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const satisfies readonly Compression[];

/**
 * Reads and validates the inputs, which the runner passes as environment variables.
 *
 * @param run for the placeholders of the key prefix
 * @param now time for the date placeholders of the key prefix
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readInputs(env: NodeJS.ProcessEnv, run: RunContext, now = new Date()): Inputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const tableName = reader.required('dynamodb-table-name');
  const table = tableName === '' ? undefined : readTableName(tableName, problems.at('dynamodb-table-name'));
  const regions = readRegions(reader, env, table);
  const bucket = readBucketInputs(reader, regions.dest);
  const scan = readScanParameters(reader.mapping('dynamodb-scan-kwargs'), problems.at('dynamodb-scan-kwargs'));
  const engine = readEngineInputs(reader);
  const { isShard, shard } = readShardInputs(reader, scan);
  const commitStatus = readCommitStatusInputs(reader, run);
  const prefix = reader.text('s3-key-prefix');
  const processFunc = reader.text('process-func');
  const context = { table: table?.name ?? '', now, run };
  const inputs: Inputs = {
    ...engine,
    ...bucket,
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    keyPrefix: resolveKeyPrefix(prefix, context, problems.at('s3-key-prefix')),
    // A part has no problems that the complete prefix does not have, and those are already reported.
    attemptIndependentPrefix: resolveKeyPrefix(attemptIndependentTemplate(prefix), context, new InputProblems()),
    keyPrefixAt: (attempt, at) =>
      resolveKeyPrefix(prefix, { ...context, now: at, run: { ...run, runAttempt: attempt } }, new InputProblems()),
    fileSize: reader.parsed('file-size', DEFAULT_FILE_SIZE, FILE_SIZE_ALLOWED, parseFileSize),
    scan,
    format: reader.choice('export-format', EXPORT_FORMATS, 'DYNAMODB_JSON'),
    ...(processFunc !== '' && { processFunc }),
    compression: reader.choice('compression', COMPRESSIONS, 'gzip'),
    totalSegments: readTotalSegments(reader, scan),
    readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, READ_CAPACITY_ALLOWED, parseReadCapacity),
    ...readReadBudget(reader),
    putObject: readPutObjectParameters(
      reader.mapping('s3-put-object-kwargs'),
      { now, encryptsWithKms: bucket.encryption?.algorithm === 'KMS' },
      problems.at('s3-put-object-kwargs'),
    ),
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions),
    ifEmpty: reader.choice('if-empty', ['warn', 'error', 'ignore'], 'warn'),
    ...(commitStatus && { commitStatus }),
    dryRun: reader.boolean('dry-run', false),
    ...(shard && inputsOfShard(shard)),
  };
  if (!isShard) checkInputsFitEngine(reader, inputs);
  checkOverlap(reader, inputs);
  if (
    !isShard &&
    inputs.engine === 'export' &&
    (bucket.bucketOwner ?? inputs.exportParameters.bucketOwner) === undefined
  ) {
    requireOwnerForExport(reader, inputs.roles);
  }
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

/** Bucket owner and encryption can be set in two places. If both are set, they must be equal. */
function checkOverlap(reader: InputReader, { bucketOwner, encryption, exportParameters }: Inputs): void {
  const problems = reader.problems.at('export-table-to-point-in-time-kwargs');
  const pairs = [
    ['S3BucketOwner', 's3-bucket-owner', exportParameters.bucketOwner, bucketOwner],
    ['S3SseAlgorithm', 's3-sse-algorithm', exportParameters.sseAlgorithm, encryption?.algorithm],
    ['S3SseKmsKeyId', 's3-sse-kms-key-id', exportParameters.sseKmsKeyId, encryption?.kmsKeyId],
  ] as const;
  for (const [name, input, inKwargs, inInput] of pairs) {
    if (inKwargs === undefined || inInput === undefined || inKwargs === inInput) continue;
    problems.at(name).add(`differs from the input ${input}. Set only one of them`);
  }
}

/** Returns the error of a step whose inputs have these problems. */
export function invalidInputs(lines: readonly string[]): CopyError {
  const count = new Set(lines.map((line) => line.split(/[.:[]/, 1)[0])).size;
  const title = `${formatCountOf(count, 'input')} ${count === 1 ? 'is' : 'are'} invalid`;
  return new CopyError(
    'INVALID_INPUT',
    `${title}:\n${lines.map((line) => `- ${line}.`).join('\n')}`,
    'Fix the inputs under `with:` in the workflow file. Nothing was read or written.',
  );
}

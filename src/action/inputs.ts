import type { WantedRoles } from '../aws/credentials/sides.ts';
import { CopyError } from '../errors.ts';
import type { FormatName } from '../format/formats.ts';
import { Problems } from '../parameters/problems.ts';
import type { Compression } from '../s3/compression.ts';
import { type PutObjectParameters, readPutObjectParameters } from '../s3/object-options.ts';
import type { ReadCapacitySetting } from '../scan/pacing/read-cap.ts';
import { readScanParameters, type ScanParameters } from '../scan/parameters.ts';
import { type BucketInputs, readBucketInputs } from './bucket-inputs.ts';
import { type EngineInputs, readEngineInputs } from './engine-inputs.ts';
import { checkEngineUse } from './engine-use.ts';
import { InputReader } from './input-reader.ts';
import { lastingPart, resolveKeyPrefix } from './key-prefix.ts';
import { parseReadCapacity, READ_CAPACITY_ALLOWED } from './read-capacity.ts';
import { readRegions } from './regions.ts';
import { checkOwnerOfExport, readRoles } from './roles.ts';
import { DEFAULT_FILE_SIZE, FILE_SIZE_ALLOWED, parseFileSize } from './size.ts';
import { readTableName } from './table-name.ts';
import { readTotalSegments } from './total-segments.ts';

/** The inputs of the step, read, checked and typed. Nothing below main knows that they came from GitHub. */
export interface Inputs extends EngineInputs, BucketInputs {
  readonly table: {
    readonly name: string;
    /** Set when the input was an ARN. */
    readonly arn?: string;
  };
  /** Placeholders filled in, without a slash at either end; '' for none. */
  readonly keyPrefix: string;
  /** The folders of it that are the same in every attempt of the run. */
  readonly lastingPrefix: string;
  /** Uncompressed bytes after which an object ends. */
  readonly fileSize: number;
  readonly scan: ScanParameters;
  readonly format: ExportFormat;
  /** Path of a module, relative to the workspace. */
  readonly processFunc?: string;
  readonly compression: Compression;
  /** Of the whole table or, where `scan.share` is set, of that share. */
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  readonly putObject: PutObjectParameters;
  readonly sourceRegion: string;
  /** Unset: the bucket's own region. */
  readonly destRegion?: string;
  readonly roles: WantedRoles;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** Only looks whether and how the copy could be made. */
  readonly dryRun: boolean;
}

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const EXPORT_FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON'] as const satisfies readonly FormatName[];
const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const satisfies readonly Compression[];

/**
 * Reads and checks the inputs as the runner passes them in the environment.
 *
 * @param now the time that placeholders of the prefix stand for
 * @throws {CopyError} INVALID_INPUT, naming every problem there is
 */
export function readInputs(env: NodeJS.ProcessEnv, now = new Date()): Inputs {
  const problems = new Problems();
  const reader = new InputReader(env, problems);
  const tableName = reader.required('dynamodb-table-name');
  const table = tableName === '' ? undefined : readTableName(tableName, problems.at('dynamodb-table-name'));
  const regions = readRegions(reader, env, table);
  const bucket = readBucketInputs(reader, regions.dest);
  const scan = readScanParameters(reader.mapping('dynamodb-scan-kwargs'), problems.at('dynamodb-scan-kwargs'));
  const engine = readEngineInputs(reader);
  const prefix = reader.text('s3-key-prefix');
  const context = { table: table?.name ?? '', now, env };
  const inputs: Inputs = {
    ...engine,
    ...bucket,
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    keyPrefix: resolveKeyPrefix(prefix, context, problems.at('s3-key-prefix')),
    // Of a part there are no other problems than of the whole, which are told already.
    lastingPrefix: resolveKeyPrefix(lastingPart(prefix), context, new Problems()),
    fileSize: reader.parsed('file-size', DEFAULT_FILE_SIZE, FILE_SIZE_ALLOWED, parseFileSize),
    scan,
    format: reader.choice('export-format', EXPORT_FORMATS, 'DYNAMODB_JSON'),
    ...readProcessFunc(reader),
    compression: reader.choice('compression', COMPRESSIONS, 'gzip'),
    totalSegments: readTotalSegments(reader, scan),
    readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, READ_CAPACITY_ALLOWED, parseReadCapacity),
    putObject: readPutObjectParameters(
      reader.mapping('s3-put-object-kwargs'),
      { now, encryptsWithKms: bucket.encryption?.algorithm === 'KMS' },
      problems.at('s3-put-object-kwargs'),
    ),
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions),
    ifEmpty: reader.choice('if-empty', ['warn', 'error', 'ignore'], 'warn'),
    dryRun: reader.boolean('dry-run', false),
  };
  checkEngineUse(reader, inputs);
  checkOverlap(reader, inputs);
  if (inputs.engine === 'export' && (bucket.bucketOwner ?? inputs.exportParameters.bucketOwner) === undefined) {
    checkOwnerOfExport(reader, inputs.roles);
  }
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

function readProcessFunc(reader: InputReader): Pick<Inputs, 'processFunc'> {
  const path = reader.text('process-func');
  if (path === '') return {};
  // The default spelled out asks for nothing.
  if (!['', 'DYNAMODB_JSON'].includes(reader.text('export-format'))) {
    reader.problems
      .at('process-func')
      .add('cannot be set with export-format: the module makes the format. Leave one out');
  }
  return { processFunc: path };
}

/** Owner and encryption can be said in two places; where both are used, they must agree. */
function checkOverlap(reader: InputReader, { bucketOwner, encryption, exportParameters }: Inputs): void {
  const problems = reader.problems.at('export-table-to-point-in-time-kwargs');
  const pairs = [
    ['S3BucketOwner', 's3-bucket-owner', exportParameters.bucketOwner, bucketOwner],
    ['S3SseAlgorithm', 's3-sse-algorithm', exportParameters.sseAlgorithm, encryption?.algorithm],
    ['S3SseKmsKeyId', 's3-sse-kms-key-id', exportParameters.sseKmsKeyId, encryption?.kmsKeyId],
  ] as const;
  for (const [name, input, inKwargs, inInput] of pairs) {
    if (inKwargs === undefined || inInput === undefined || inKwargs === inInput) continue;
    problems.at(name).add(`differs from the input ${input}. Set one of the two`);
  }
}

function invalidInputs(lines: readonly string[]): CopyError {
  const count =
    lines.length === 1
      ? 'An input of this step is not valid'
      : `${lines.length} things in the inputs of this step are not valid`;
  return new CopyError(
    'INVALID_INPUT',
    `${count}:\n${lines.map((line) => `- ${line}.`).join('\n')}`,
    'Correct the inputs under `with:` of this step in the workflow. Nothing has been read or written.',
  );
}

import type { WantedRoles } from '../aws/credentials/sides.ts';
import { CopyError } from '../errors.ts';
import type { FormatName } from '../format/formats.ts';
import { Problems, quoted } from '../parameters/problems.ts';
import type { Compression } from '../s3/compression.ts';
import { type PutObjectParameters, readPutObjectParameters } from '../s3/object-options.ts';
import type { ReadCapacitySetting } from '../scan/pacing/read-cap.ts';
import { MOST_SEGMENTS, readScanParameters, type ScanParameters } from '../scan/parameters.ts';
import { SEGMENTS_A_SHARE } from '../scan/segments.ts';
import { checkBucketName } from './bucket-name.ts';
import { checkEngineUse, type EngineInputs, type EngineOnly, readEngineInputs } from './engine-inputs.ts';
import { InputReader } from './input-reader.ts';
import { lastingPart, resolveKeyPrefix } from './key-prefix.ts';
import { parseReadCapacity, READ_CAPACITY_ALLOWED } from './read-capacity.ts';
import { readRegions } from './regions.ts';
import { checkOwnerOfExport, readRoles } from './roles.ts';
import { FILE_SIZE_ALLOWED, parseFileSize } from './size.ts';
import { readTableName } from './table-name.ts';

/** The inputs of the step, read, checked and typed. Nothing below main knows that they came from GitHub. */
export interface Inputs extends EngineInputs {
  readonly table: {
    readonly name: string;
    /** Set when the input was an ARN. */
    readonly arn?: string;
  };
  readonly bucket: string;
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
  readonly bucketOwner?: string;
  readonly encryption?: { readonly algorithm: 'AES256' | 'KMS'; readonly kmsKeyId?: string };
  readonly putObject: PutObjectParameters;
  readonly forcePathStyle: boolean;
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
const DEFAULT_FILE_SIZE = 128 * 1024 * 1024;

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
  const forcePathStyle = reader.boolean('s3-force-path-style', false);
  const bucketOwner = readBucketOwner(reader);
  const encryption = readEncryption(reader, regions.dest);
  const scan = readScanParameters(reader.mapping('dynamodb-scan-kwargs'), problems.at('dynamodb-scan-kwargs'));
  const engine = readEngineInputs(reader);
  const prefix = reader.text('s3-key-prefix');
  const context = { table: table?.name ?? '', now, env };
  const inputs: Inputs = {
    ...engine,
    table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
    bucket: readBucket(reader, forcePathStyle),
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
    ...(bucketOwner !== undefined && { bucketOwner }),
    ...(encryption && { encryption }),
    putObject: readPutObjectParameters(
      reader.mapping('s3-put-object-kwargs'),
      { now, encryptsWithKms: encryption?.algorithm === 'KMS' },
      problems.at('s3-put-object-kwargs'),
    ),
    forcePathStyle,
    sourceRegion: regions.source,
    ...(regions.dest !== undefined && { destRegion: regions.dest }),
    roles: readRoles(reader, env, regions),
    ifEmpty: reader.choice('if-empty', ['warn', 'error', 'ignore'], 'warn'),
    dryRun: reader.boolean('dry-run', false),
  };
  checkEngineUse(reader, inputs.engine, { scan: forScans(inputs), export: exportOnly(inputs) });
  checkOverlap(reader, inputs);
  if (inputs.engine === 'export' && (bucketOwner ?? inputs.exportParameters.bucketOwner) === undefined) {
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

function readBucket(reader: InputReader, forcePathStyle: boolean): string {
  const bucket = reader.required('s3-bucket-name');
  if (bucket !== '') checkBucketName(bucket, forcePathStyle, reader.problems.at('s3-bucket-name'));
  return bucket;
}

function readBucketOwner(reader: InputReader): string | undefined {
  return reader.parsed<string | undefined>(
    's3-bucket-owner',
    undefined,
    'the 12 digits of an account id, in quotes where it starts with 0',
    (owner) => (/^\d{12}$/.test(owner) ? owner : undefined),
  );
}

function readEncryption(reader: InputReader, destRegion: string | undefined): Inputs['encryption'] {
  const algorithm = reader.optionalChoice('s3-sse-algorithm', ['AES256', 'KMS']);
  const kmsKeyId = reader.text('s3-sse-kms-key-id');
  if (kmsKeyId !== '') checkKmsKey(reader, kmsKeyId, destRegion);
  if (kmsKeyId !== '' && (algorithm === 'AES256' || reader.text('s3-sse-algorithm') === '')) {
    reader.problems.at('s3-sse-kms-key-id').add('needs s3-sse-algorithm: KMS');
  }
  return algorithm && { algorithm, ...(kmsKeyId !== '' && { kmsKeyId }) };
}

function checkKmsKey(reader: InputReader, key: string, destRegion: string | undefined): void {
  const problems = reader.problems.at('s3-sse-kms-key-id');
  if (!/^[\w:/-]{1,2048}$/.test(key)) {
    problems.add(`${quoted(key)} is not allowed. Use the id, the ARN or the alias (alias/...) of a KMS key`);
  }
  const [, region] = /^arn:aws[a-z-]*:kms:([^:]+):/.exec(key) ?? [];
  if (region !== undefined && destRegion !== undefined && region !== destRegion) {
    problems.add(`is a key in ${quoted(region)}, and the bucket is in ${quoted(destRegion)}. Use a key of its region`);
  }
}

function readTotalSegments(reader: InputReader, { share, startKey }: ScanParameters): number | 'auto' {
  const name = 'total-segments';
  const total = reader.parsed<number | 'auto'>(
    name,
    'auto',
    'auto, or a whole number from 1 to 1,000,000',
    parseTotalSegments,
  );
  const problems = reader.problems.at(name);
  if (startKey) {
    if (total !== 'auto' && total > 1) {
      problems.add('cannot be set with dynamodb-scan-kwargs.ExclusiveStartKey, which reads one segment. Leave one out');
    }
  } else if (share) {
    const each = total === 'auto' ? SEGMENTS_A_SHARE : total;
    if (share.totalSegments * each > MOST_SEGMENTS) {
      const most = Math.floor(MOST_SEGMENTS / share.totalSegments);
      problems.add(
        `makes more than 1,000,000 segments in all: each of the TotalSegments of dynamodb-scan-kwargs is read in ` +
          `${each.toLocaleString('en')}. Use ${most.toLocaleString('en')} at the most, in every job of the matrix`,
      );
    }
  }
  return total;
}

function parseTotalSegments(text: string): number | 'auto' | undefined {
  if (text === 'auto') return text;
  const total = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return total >= 1 && total <= MOST_SEGMENTS ? total : undefined;
}

/** Which inputs ask for something that only a scan does. */
export function scanOnly(inputs: Inputs): EngineOnly['scan'] {
  const { scan, format, processFunc, compression, fileSize, totalSegments, putObject } = inputs;
  const set = {
    'dynamodb-scan-kwargs':
      Object.keys(scan.request).length > 0 || scan.share !== undefined || scan.startKey !== undefined,
    'export-format': format === 'JSON',
    'process-func': processFunc !== undefined,
    compression: compression !== 'gzip',
    'file-size': fileSize !== DEFAULT_FILE_SIZE,
    'total-segments': totalSegments !== 'auto',
    's3-put-object-kwargs': Object.keys(putObject).length > 0,
  };
  return names(set);
}

/** With read-capacity, which keeps nobody from exporting: an export takes nothing of the table's capacity. */
function forScans(inputs: Inputs): EngineOnly['scan'] {
  return [...scanOnly(inputs), ...names({ 'read-capacity': inputs.readCapacity.kind !== 'auto' })];
}

function exportOnly({ checkIntervalMs, maxAttempts, enableRecovery }: Inputs): EngineOnly['export'] {
  return names({
    'check-interval': checkIntervalMs !== 30_000,
    'max-attempts': maxAttempts !== 690,
    'enable-point-in-time-recovery': enableRecovery,
  });
}

function names(set: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(set).filter((name) => set[name]);
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

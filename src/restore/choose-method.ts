import { CopyError } from '../errors.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import { remedies } from '../remedies.ts';

/** How items are loaded: by ImportTable, by StartBulkPutItems, or by the runner with BatchWriteItem. */
export type RestoreMethod = 'import' | 'bulk-put' | 'write';

export type RequestedMethod = RestoreMethod | 'auto';

/** Facts that decide which methods are possible. */
export interface MethodFacts {
  readonly tableExists: boolean;
  /** Size of the data objects as stored, in bytes. */
  readonly sizeBytes: number;
  /** Size in bytes of the largest data object. */
  readonly largestObjectBytes: number;
  /** Bytes of the items before compression; undefined if the manifests do not contain it. */
  readonly uncompressedBytes: number | undefined;
  readonly objectCount: number;
  /** True if the table to create has local secondary indexes. */
  readonly hasLocalIndexes: boolean;
  /** True if the warm throughput of the table to create is set. */
  readonly hasWarmThroughput: boolean;
  /** True if the existing table has replicas in other Regions. */
  readonly isGlobalTable: boolean;
  /** True if the identity for the table also reads the bucket, and the table belongs to its account. */
  readonly isOneIdentity: boolean;
  /** Region of the table. */
  readonly region: string;
  /** Time in seconds that `write` needs at least; undefined if no limit on write capacity applies. */
  readonly writeSeconds: number | undefined;
}

export interface ChosenMethod {
  readonly method: RestoreMethod;
  /** Reason for the log, without a period at the end. */
  readonly why: string;
}

/** An import takes minutes, however small the table is. */
const MIN_IMPORT_BYTES = 1024 ** 3;

/**
 * Maximum number of objects of an import or a bulk operation.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
const MAX_OBJECTS = 50_000;

/** Maximum size of an object of a bulk operation. */
const MAX_BULK_OBJECT_BYTES = 5 * 1024 ** 3;

const TB = 1e12;

/** Regions in which an import can read 15 TB. In all others, it can read 1 TB. */
const LARGE_IMPORT_REGIONS: readonly string[] = ['us-east-1', 'us-west-2', 'eu-west-1'];

/** Maximum duration of a job on a hosted runner. */
const MAX_JOB_SECONDS = 6 * 3600;

/** Compressed items are assumed to be this many times larger if their size is unknown. */
const USUAL_COMPRESSION = 4;

/**
 * Chooses how to load a copy. `bulk-put` is used only if it is requested.
 *
 * @throws {CopyError} METHOD_NOT_POSSIBLE if the requested method cannot load this copy, or if `write` cannot finish
 *   within a job
 */
export function chooseMethod(requested: RequestedMethod, facts: MethodFacts): ChosenMethod {
  const obstacle = requested === 'auto' ? undefined : obstacleTo(requested, facts);
  if (obstacle !== undefined) throw notPossible(requested, obstacle);
  if (requested !== 'auto') return { method: requested, why: 'as requested' };
  const size = facts.uncompressedBytes ?? facts.sizeBytes * USUAL_COMPRESSION;
  const whyNotImport =
    obstacleTo('import', facts) ??
    (size < MIN_IMPORT_BYTES ? `the copy has less than 1 GiB, and an import takes several minutes` : undefined);
  if (whyNotImport === undefined) {
    return { method: 'import', why: `DynamoDB imports copies of at least 1 GiB itself, without write capacity` };
  }
  const whyNotWrite = obstacleTo('write', facts);
  if (whyNotWrite !== undefined)
    throw notPossible('write', `${whyNotWrite}. DynamoDB cannot import the copy: ${whyNotImport}`);
  return { method: 'write', why: whyNotImport };
}

/** Returns why a method cannot load the copy, without a period at the end; undefined if it can. */
function obstacleTo(method: RestoreMethod, facts: MethodFacts): string | undefined {
  switch (method) {
    case 'import':
      return obstacleToImport(facts);
    case 'bulk-put':
      return obstacleToBulkPut(facts);
    case 'write':
      return obstacleToWrite(facts);
    default:
      return method satisfies never;
  }
}

function obstacleToImport(facts: MethodFacts): string | undefined {
  const limit = (LARGE_IMPORT_REGIONS.includes(facts.region) ? 15 : 1) * TB;
  if (facts.tableExists) return 'the table exists, and an import always creates its table';
  if (facts.hasLocalIndexes) return 'the table has local secondary indexes, which an import cannot create';
  if (facts.hasWarmThroughput) return 'a warm throughput is set for the table, which an import cannot create';
  if (!facts.isOneIdentity)
    return 'table and bucket are accessed with different credentials, or the table is in another account';
  if (facts.objectCount > MAX_OBJECTS) return tooManyObjects(facts.objectCount);
  if (facts.sizeBytes > limit) {
    return `the objects have ${formatBytes(facts.sizeBytes)}, and an import in ${facts.region} reads at most ${formatBytes(limit)}`;
  }
  return undefined;
}

function obstacleToBulkPut(facts: MethodFacts): string | undefined {
  if (facts.isGlobalTable) return 'the table has replicas, and bulk operations do not support global tables';
  if (!facts.isOneIdentity)
    return 'table and bucket are accessed with different credentials, or the table is in another account';
  if (facts.objectCount > MAX_OBJECTS) return tooManyObjects(facts.objectCount);
  if (facts.largestObjectBytes > MAX_BULK_OBJECT_BYTES) {
    return `an object has ${formatBytes(facts.largestObjectBytes)}, and a bulk operation reads objects of at most 5 GiB`;
  }
  return undefined;
}

function obstacleToWrite({ writeSeconds }: MethodFacts): string | undefined {
  if (writeSeconds === undefined || writeSeconds <= MAX_JOB_SECONDS) return undefined;
  return `writing would take about ${formatSeconds(writeSeconds)}, and a job on a hosted runner ends after 6 hours`;
}

function tooManyObjects(count: number): string {
  return `the copy has ${formatCountOf(count, 'object')}, and DynamoDB reads at most ${formatCount(MAX_OBJECTS)}`;
}

function notPossible(method: RequestedMethod, obstacle: string): CopyError {
  return new CopyError(
    'METHOD_NOT_POSSIBLE',
    `The copy cannot be loaded with the method ${method}: ${obstacle}.`,
    remedies.changeRestoreMethod,
  );
}

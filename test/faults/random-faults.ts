import { createHash } from 'node:crypto';
import { dynamoDbError, type Fault, s3Error } from '../support/faults.ts';

export type NamedFaults = Readonly<Record<string, Fault>>;

/** Faults that either side may have. */
const ANYWHERE: NamedFaults = {
  'closes at once': 'drop',
  'loses its answer': 'lose-answer',
  'never answers': 'hang',
  'answers to nobody': 'mute',
  'breaks off': 'cut',
  'ends early': 'truncate',
  'takes its time': { delayMs: 40 },
};

export const DYNAMODB: NamedFaults = {
  ...ANYWHERE,
  'throttles the table': dynamoDbError('ProvisionedThroughputExceededException'),
  'throttles the account': dynamoDbError('RequestLimitExceeded'),
  throttles: dynamoDbError('ThrottlingException'),
  'has an error': dynamoDbError('InternalServerError', 'InternalServerError', 500),
  'is not there': dynamoDbError('ServiceUnavailable', 'ServiceUnavailable', 503),
  'changes a byte': 'flip',
};

export const S3: NamedFaults = {
  ...ANYWHERE,
  'is busy': s3Error('SlowDown', 503),
  'has an error': s3Error('InternalError', 500),
  'is not there': s3Error('ServiceUnavailable', 503),
  'waited too long for the body': s3Error('RequestTimeout', 400),
  'got other bytes': s3Error('BadDigest', 400),
};

/** S3 may say so after it has begun to answer with 200. */
const LATE_ERROR = s3Error('InternalError', 200);

/** A service that has never answered is not waited for as long as one that has. */
export function unlessFirst(opens: boolean, nth: number, fault: Fault | undefined): Fault | undefined {
  return opens && nth === 1 ? undefined : fault;
}

/**
 * Returns the fault of a request, which depends on nothing but `from`; undefined if the request passes undisturbed.
 *
 * @param rate probability of a fault
 */
export function draw(from: readonly unknown[], rate: number, faults: NamedFaults, operation = ''): Fault | undefined {
  const digest = createHash('sha256').update(JSON.stringify(from)).digest();
  if (digest.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
  const all = Object.values(faults);
  const fault = all[digest.readUInt32BE(4) % all.length] as Fault;
  const canBeLate = operation === 'CompleteMultipartUpload' && fault === S3['has an error'];
  return canBeLate ? LATE_ERROR : fault;
}

import { createHash } from 'node:crypto';
import { dynamoDbError, type Fault, s3Error } from '../emulators/faults.ts';

export type NamedFaults = Readonly<Record<string, Fault>>;

/** Faults of both services. */
const ANYWHERE: NamedFaults = {
  'closes the connection': 'drop',
  'loses the response': 'lose-httpResponse',
  'never responds': 'hang',
  'executes the request but never responds': 'mute',
  'closes the connection during the response': 'cut',
  'truncates the response': 'truncate',
  'is slow': { delayMs: 40 },
};

export const DYNAMODB: NamedFaults = {
  ...ANYWHERE,
  'throttles the table': dynamoDbError('ProvisionedThroughputExceededException'),
  'throttles the account': dynamoDbError('RequestLimitExceeded'),
  throttles: dynamoDbError('ThrottlingException'),
  'has an internal error': dynamoDbError('InternalServerError', 'InternalServerError', 500),
  'is unavailable': dynamoDbError('ServiceUnavailable', 'ServiceUnavailable', 503),
  'flips a byte of the response': 'flip',
};

export const S3: NamedFaults = {
  ...ANYWHERE,
  throttles: s3Error('SlowDown', 503),
  'has an internal error': s3Error('InternalError', 500),
  'is unavailable': s3Error('ServiceUnavailable', 503),
  'times out waiting for the body': s3Error('RequestTimeout', 400),
  'receives a corrupted body': s3Error('BadDigest', 400),
};

/** S3 can report an error after it has sent status 200. */
const LATE_ERROR = s3Error('InternalError', 200);

/** Excludes the first request to a service, because the Action gives up sooner if a service has never responded. */
export function unlessFirst(opens: boolean, nth: number, fault: Fault | undefined): Fault | undefined {
  return opens && nth === 1 ? undefined : fault;
}

/**
 * Returns the fault of a request, which depends only on `from`; undefined if the request has no fault.
 *
 * @param rate probability of a fault
 */
export function draw(from: readonly unknown[], rate: number, faults: NamedFaults, operation = ''): Fault | undefined {
  const digest = createHash('sha256').update(JSON.stringify(from)).digest();
  if (digest.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
  const all = Object.values(faults);
  const fault = all[digest.readUInt32BE(4) % all.length] as Fault;
  const canBeLate = operation === 'CompleteMultipartUpload' && fault === S3['has an internal error'];
  return canBeLate ? LATE_ERROR : fault;
}

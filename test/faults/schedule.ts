import { dynamoDbError, type Fault, s3Error } from '../emulators/faults.ts';
import type { FaultHook } from '../emulators/recording-proxy.ts';
import type { S3Details } from '../emulators/s3-requests.ts';
import type { DynamoDbDetails } from '../emulators/source.ts';
import { integer, pick, seeded } from '../fixtures/random-pages.ts';
import { DYNAMODB, draw, S3, unlessFirst } from './random-faults.ts';

/** The inputs of one run and the faults of its requests, all derived from one seed. */
export interface Schedule {
  readonly seed: number;
  /** Description for logs. */
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly onDynamoDb: FaultHook<DynamoDbDetails>;
  readonly onS3: FaultHook<S3Details>;
}

/** Faults that every retry meets, so the run must fail. */
const LASTING = [
  ['Scan', 'is denied', dynamoDbError('AccessDeniedException')],
  ['Scan', 'is corrupted', 'flip'],
  ['Scan', 'is truncated', 'truncate'],
  ['PutObject', 'is denied', s3Error('AccessDenied', 403)],
  ['CreateMultipartUpload', 'is denied', s3Error('AccessDenied', 403)],
  ['UploadPart', 'is denied', s3Error('AccessDenied', 403)],
  ['UploadPart', 'is corrupted', s3Error('BadDigest', 400)],
  ['CompleteMultipartUpload', 'is denied', s3Error('AccessDenied', 403)],
  ['CompleteMultipartUpload', 'is for a nonexistent upload', s3Error('NoSuchUpload', 404)],
] as const satisfies readonly (readonly [string, string, Fault])[];

/** One in this many runs has a permanent fault. */
const LASTING_IN = 12;

/**
 * Returns the schedule of a seed.
 *
 * The fault of a Scan depends only on the seed, the segment, the start key, and the number of the retry, so it is
 * reproducible. Requests to S3 are identified only by operation and number, because keys are different in each run. The
 * part that meets a fault can therefore differ when a seed is run again.
 */
export function scheduleOf(seed: number): Schedule {
  // Without the multiplication, the first random numbers of adjacent seeds would be similar.
  const random = seeded(Math.imul(seed, 0x9e3779b1));
  const rates = { dynamodb: pick(random, RATES), s3: pick(random, RATES) };
  const lasting = integer(random, 1, LASTING_IN) === 1 ? pick(random, LASTING) : undefined;
  const lastsFrom = integer(random, 1, 3);
  const inputs = {
    // Compressed, the large segment fits in one part. Most runs should have multipart uploads.
    compression: pick(random, ['none', 'none', 'none', 'gzip', 'zstd']),
    'export-format': pick(random, ['DYNAMODB_JSON', 'DYNAMODB_JSON', 'ION']),
  };
  const lasts = (operation: string, nth: number): Fault | undefined =>
    lasting?.[0] === operation && nth >= lastsFrom ? lasting[2] : undefined;
  const attempts = new Map<string, number>();
  return {
    seed,
    title: [
      `faults in ${rates.dynamodb * 100}% of requests to DynamoDB and ${rates.s3 * 100}% of requests to S3`,
      ...(lasting ? [`${lasting[0]} ${lasting[1]} from request ${lastsFrom} on`] : []),
      Object.values(inputs).join(', '),
    ].join('; '),
    inputs,
    onDynamoDb({ operation, parameters }, nth) {
      const { Segment, ExclusiveStartKey } = parameters;
      const request = JSON.stringify([operation, Segment, ExclusiveStartKey]);
      const attempt = (attempts.get(request) ?? 0) + 1;
      attempts.set(request, attempt);
      const drawn = draw([seed, request, attempt], rates.dynamodb, DYNAMODB);
      return lasts(operation, nth) ?? unlessFirst(operation === 'DescribeTable', nth, drawn);
    },
    onS3({ operation }, nth) {
      const drawn = draw([seed, operation, nth], rates.s3, S3, operation);
      return lasts(operation, nth) ?? unlessFirst(operation === 'HeadBucket', nth, drawn);
    },
  };
}

const RATES = [0, 0.02, 0.1, 0.3] as const;

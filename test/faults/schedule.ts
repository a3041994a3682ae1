import { dynamoDbError, type Fault, s3Error } from '../support/faults.ts';
import { integer, pick, seeded } from '../support/random-pages.ts';
import type { FaultHook } from '../support/recording-proxy.ts';
import type { S3Details } from '../support/s3-requests.ts';
import type { DynamoDbDetails } from '../support/source.ts';
import { DYNAMODB, draw, S3, unlessFirst } from './random-faults.ts';

/** What happens to the requests of one run, and which run it is: all of it from one number. */
export interface Schedule {
  readonly seed: number;
  /** For people. */
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly onDynamoDb: FaultHook<DynamoDbDetails>;
  readonly onS3: FaultHook<S3Details>;
}

/** What stays, however often it is asked: the run has to fail. */
const LASTING = [
  ['Scan', 'is denied', dynamoDbError('AccessDeniedException')],
  ['Scan', 'comes damaged', 'flip'],
  ['Scan', 'is no page', 'truncate'],
  ['PutObject', 'is denied', s3Error('AccessDenied', 403)],
  ['CreateMultipartUpload', 'is denied', s3Error('AccessDenied', 403)],
  ['UploadPart', 'is denied', s3Error('AccessDenied', 403)],
  ['UploadPart', 'arrives damaged', s3Error('BadDigest', 400)],
  ['CompleteMultipartUpload', 'is denied', s3Error('AccessDenied', 403)],
  ['CompleteMultipartUpload', 'is for an upload that is gone', s3Error('NoSuchUpload', 404)],
] as const satisfies readonly (readonly [string, string, Fault])[];

/** One run in this many meets a fault that stays. */
const LASTING_IN = 12;

/**
 * The schedule of a seed.
 *
 * What happens to a Scan depends on the seed, its segment, its start key, and how often it was asked: the same whatever
 * else goes on. Requests to S3 are told apart by their operation and number alone, since keys are new in each run, so
 * that which part is hit may differ when a seed is run again.
 */
export function scheduleOf(seed: number): Schedule {
  // Neighbouring seeds would draw alike at first.
  const random = seeded(Math.imul(seed, 0x9e3779b1));
  const rates = { dynamodb: pick(random, RATES), s3: pick(random, RATES) };
  const lasting = integer(random, 1, LASTING_IN) === 1 ? pick(random, LASTING) : undefined;
  const lastsFrom = integer(random, 1, 3);
  const inputs = {
    // Compressed, the large segment would be one part: most runs are to have multipart uploads.
    compression: pick(random, ['none', 'none', 'none', 'gzip', 'zstd']),
    'export-format': pick(random, ['DYNAMODB_JSON', 'DYNAMODB_JSON', 'ION']),
  };
  const lasts = (operation: string, nth: number): Fault | undefined =>
    lasting?.[0] === operation && nth >= lastsFrom ? lasting[2] : undefined;
  const asked = new Map<string, number>();
  return {
    seed,
    title: [
      `${rates.dynamodb * 100}% of requests to DynamoDB and ${rates.s3 * 100}% of those to S3 go wrong`,
      ...(lasting ? [`${lasting[0]} ${lasting[1]} from the ${lastsFrom}. on`] : []),
      Object.values(inputs).join(', '),
    ].join('; '),
    inputs,
    onDynamoDb({ operation, parameters }, nth) {
      const { Segment, ExclusiveStartKey } = parameters;
      const request = JSON.stringify([operation, Segment, ExclusiveStartKey]);
      const attempt = (asked.get(request) ?? 0) + 1;
      asked.set(request, attempt);
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

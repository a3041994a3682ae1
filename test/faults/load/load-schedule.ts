import { dynamoDbError, type Fault, s3Error } from '../../emulators/faults.ts';
import type { FaultHook } from '../../emulators/recording-proxy.ts';
import type { S3Details } from '../../emulators/s3-requests.ts';
import type { DynamoDbDetails } from '../../emulators/source.ts';
import { integer, pick, seeded } from '../../fixtures/random-pages.ts';
import { DYNAMODB, draw, type NamedFaults, S3, unlessFirst } from '../random-faults.ts';

/** The copy of one load and the faults of its requests, all derived from one seed. */
export interface LoadSchedule {
  readonly seed: number;
  /** Description for logs. */
  readonly title: string;
  readonly compression: 'gzip' | 'zstd' | 'none';
  readonly format: 'DYNAMODB_JSON' | 'ION';
  readonly objects: number;
  /** True if no load can succeed. */
  readonly mustFail: boolean;
  readonly onDynamoDb: FaultHook<DynamoDbDetails>;
  readonly onS3: FaultHook<S3Details>;
  /** Returns the fraction of the items of a request that DynamoDB does not process. */
  readonly unprocessed: (nth: number) => number;
}

/** Faults after which no load can succeed, because a retry is denied or items could be wrong. */
const LASTING = [
  ['BatchWriteItem', 'is denied', dynamoDbError('AccessDeniedException')],
  ['BatchWriteItem', 'is for a table that does not exist', dynamoDbError('ResourceNotFoundException')],
  ['BatchWriteItem', 'is corrupted', 'flip'],
  ['GetObject', 'is denied', s3Error('AccessDenied', 403)],
  ['GetObject', 'is corrupted', 'flip'],
  ['GetObject', 'is truncated', 'truncate'],
] as const satisfies readonly (readonly [string, string, Fault])[];

/** One in this many loads has a permanent fault. */
const LASTING_IN = 10;

const RATES = [0, 0.05, 0.2, 0.4] as const;

/** S3 sends no body that is truncated without an error, so that such a load fails (see LASTING). */
const { 'truncates the response': _, ...RETRIED_BY_S3 }: NamedFaults = S3;

/** Returns the schedule of a seed. */
export function loadScheduleOf(seed: number): LoadSchedule {
  const random = seeded(Math.imul(seed, 0x9e3779b1));
  const rates = { dynamodb: pick(random, RATES), s3: pick(random, RATES), unprocessed: pick(random, RATES) };
  const lasting = integer(random, 1, LASTING_IN) === 1 ? pick(random, LASTING) : undefined;
  const lastsFrom = integer(random, 1, 2);
  const compression = pick(random, ['gzip', 'gzip', 'zstd', 'none'] as const);
  const format = pick(random, ['DYNAMODB_JSON', 'DYNAMODB_JSON', 'ION'] as const);
  const objects = pick(random, [1, 3, 20]);
  const lasts = (operation: string, nth: number): Fault | undefined =>
    lasting?.[0] === operation && nth >= lastsFrom ? lasting[2] : undefined;
  return {
    seed,
    title: [
      `faults in ${rates.dynamodb * 100}% of requests to DynamoDB and ${rates.s3 * 100}% of requests to S3`,
      `unprocessed items in ${rates.unprocessed * 100}% of requests`,
      ...(lasting ? [`${lasting[0]} ${lasting[1]} from request ${lastsFrom} on`] : []),
      `${objects} objects, ${format}, ${compression}`,
    ].join('; '),
    compression,
    format,
    objects,
    mustFail: lasting !== undefined && (lasting[0] === 'BatchWriteItem' || lastsFrom <= objects),
    onDynamoDb({ operation }, nth) {
      if (operation !== 'BatchWriteItem') return undefined;
      const drawn = draw([seed, operation, nth], rates.dynamodb, DYNAMODB);
      return lasts(operation, nth) ?? unlessFirst(true, nth, drawn);
    },
    onS3({ operation }, nth) {
      if (operation !== 'GetObject') return undefined;
      const drawn = draw([seed, operation, nth], rates.s3, RETRIED_BY_S3);
      return lasts(operation, nth) ?? unlessFirst(true, nth, drawn);
    },
    unprocessed: (nth) => (seeded(seed + 7919 * nth)() < rates.unprocessed ? seeded(seed - nth)() : 0),
  };
}

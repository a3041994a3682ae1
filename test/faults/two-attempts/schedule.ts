import { dynamoDbError, type Fault, s3Error } from '../../emulators/faults.ts';
import { integer, pick, type Random, seeded } from '../../fixtures/random-pages.ts';
import type { RequestKind } from './requests.ts';
import { TABLE_SHAPES, type TableShape } from './tables.ts';

/** Requests of an attempt that the proxy holds: the client has sent them, but the server has not received them. */
export interface HoldPlan {
  readonly kind: RequestKind;
  /** Number of the request of this kind that is held, starting at 1. */
  readonly nth: number;
  /** True if all later requests of the attempt are held too. */
  readonly cutsOff: boolean;
  /** Number of requests of later attempts before it is released; undefined if it is held until those attempts end. */
  readonly releasedAfter: number | undefined;
}

/** How an attempt is ended; undefined if it ends by itself. A job can run `post` while the step is still running. */
export type Ending = 'SIGKILL' | 'cancellation' | 'post' | undefined;

export interface AttemptPlan {
  /** GITHUB_RUN_ATTEMPT. */
  readonly number: number;
  /** Difference from the first attempt. */
  readonly differs: 'nothing' | 'the table was re-created' | 'an input';
  /** Probability of a fault for each request. */
  readonly rate: number;
  /** Permanent fault of an operation, from its nth request on, including retries. */
  readonly lasting: { readonly operation: string; readonly from: number; readonly fault: Fault } | undefined;
  readonly holds: readonly HoldPlan[];
  readonly ending: Ending;
  /** Number of requests of any attempt before that happens, counted from when the next attempt can start. */
  readonly endsAfter: number;
  /** True if the runner runs `post` after the step. */
  readonly hasPost: boolean;
  /** Number of requests that the attempt sends before the next one starts, if none of them is held. */
  readonly nextAfter: number;
}

/** Several attempts at one copy with their faults, all derived from one seed. */
export interface AttemptsSchedule {
  readonly seed: number;
  /** Description for logs. */
  readonly title: string;
  readonly shape: TableShape;
  readonly inputs: Readonly<Record<string, string>>;
  /** True if the role is not allowed to delete objects. */
  readonly deniesDeletes: boolean;
  /** At least two. The last one ends by itself, and none of its requests is held. */
  readonly attempts: readonly AttemptPlan[];
}

/**
 * Returns the schedule of a seed. Attempts run concurrently and requests are counted as they arrive, so the requests
 * that meet a fault can differ slightly when a seed is run again.
 */
export function attemptsScheduleOf(seed: number): AttemptsSchedule {
  // Without the multiplication, the first random numbers of adjacent seeds would be similar.
  const random = seeded(Math.imul(seed, 0x85ebca6b));
  const shape = pick(random, TABLE_SHAPES);
  const inputs = {
    'total-segments': pick(random, ['1', '2', '2', '3', '5']),
    'file-size': shape === 'large' ? '128MiB' : pick(random, ['64KiB', '64KiB', '100KiB', '128MiB']),
    compression: shape === 'large' ? 'none' : pick(random, ['none', 'gzip', 'gzip', 'zstd']),
    'dynamodb-scan-kwargs': `Limit: ${shape === 'large' ? 60 : integer(random, 2, 6)}`,
  };
  const deniesDeletes = isOneIn(random, 10);
  const count = isOneIn(random, 4) ? 3 : 2;
  const isTwin = isOneIn(random, 15);
  const attempts = Array.from({ length: count }, (_, index) =>
    attemptPlan(random, isTwin ? 1 : index + 1, index, index === count - 1),
  );
  const title = [
    `table ${shape}`,
    Object.values(inputs).join(', '),
    ...(deniesDeletes ? ['deletions are denied'] : []),
    ...attempts.map(describe),
  ].join('; ');
  return { seed, title, shape, inputs, deniesDeletes, attempts };
}

/** Kinds of requests to hold, each with the maximum number of requests that an attempt is likely to send. */
const HELD: readonly (readonly [RequestKind, number])[] = [
  ['any request', 70],
  ['any request', 70],
  ['Scan', 8],
  ['DescribeTable', 2],
  ['the marker', 1],
  ['the PUT of a data object', 6],
  ['a request of a multipart upload', 4],
  ['the PUT of a checkpoint', 8],
  ['a read of a checkpoint', 2],
  ['the PUT of run.json', 10],
  ['the GET of run.json', 12],
  ['the PUT of a manifest', 5],
  ['the PUT of a manifest', 5],
  ['the PUT of the summary', 1],
  ['the PUT of the summary', 1],
  ['a listing', 2],
  ['a deletion', 1],
];

const LASTING = [
  ['Scan', dynamoDbError('AccessDeniedException')],
  ['Scan', 'flip'],
  ['DescribeTable', dynamoDbError('AccessDeniedException')],
  ['PutObject', s3Error('AccessDenied', 403)],
  ['ListObjectsV2', s3Error('AccessDenied', 403)],
] as const satisfies readonly (readonly [string, Fault])[];

const RATES = [0, 0, 0.01, 0.03, 0.06] as const;

function attemptPlan(random: Random, number: number, index: number, isLast: boolean): AttemptPlan {
  const holds = Array.from({ length: isLast ? 0 : pick(random, [1, 1, 1, 2, 3]) }, () => hold(random));
  const lasts = !isLast && isOneIn(random, 6);
  const [operation, fault] = pick(random, LASTING);
  const from = integer(random, 2, 20);
  return {
    number,
    differs:
      index === 0
        ? 'nothing'
        : pick(random, [
            'nothing',
            'nothing',
            'nothing',
            'the table was re-created',
            'the table was re-created',
            'an input',
          ]),
    rate: pick(random, RATES),
    lasting: lasts ? { operation, from, fault } : undefined,
    holds,
    ending: isLast
      ? undefined
      : pick(random, [
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
          'SIGKILL',
          'SIGKILL',
          'cancellation',
          'post',
        ]),
    endsAfter: pick(random, [1, integer(random, 1, 80)]),
    hasPost: isOneIn(random, 2),
    nextAfter: integer(random, 20, 120),
  };
}

function hold(random: Random): HoldPlan {
  const [kind, highest] = pick(random, HELD);
  return {
    kind,
    nth: integer(random, 1, highest),
    cutsOff: isOneIn(random, 4),
    releasedAfter: isOneIn(random, 3) ? undefined : integer(random, 1, 110),
  };
}

function isOneIn(random: Random, many: number): boolean {
  return integer(random, 1, many) === 1;
}

function describe(plan: AttemptPlan): string {
  const { number, differs, rate, lasting, holds, ending, endsAfter, hasPost } = plan;
  const held = holds.map(({ kind, nth, cutsOff, releasedAfter }) =>
    [
      `${kind} ${nth} is held`,
      ...(cutsOff ? ['with all later requests'] : []),
      releasedAfter === undefined ? 'until the end' : `for ${releasedAfter} requests`,
    ].join(' '),
  );
  return [
    `attempt ${number}`,
    ...(differs === 'nothing' ? [] : [differs === 'an input' ? 'an input differs' : `${differs} before it`]),
    ...(rate > 0 ? [`faults in ${rate * 100}% of its requests`] : []),
    ...(lasting ? [`${lasting.operation} fails from request ${lasting.from} on`] : []),
    ...held,
    ...(ending ? [`${ending} after ${endsAfter} requests`] : []),
    ...(hasPost && ending !== 'post' ? ['post follows'] : []),
  ].join(', ');
}

/**
 * Every wait that ends by itself, in milliseconds, in one place. `DYNAMODB_TO_S3_TIME_SCALE` shrinks them all for tests
 * that provoke faults; nothing else may set it.
 */
const scale = Number(process.env['DYNAMODB_TO_S3_TIME_SCALE'] ?? 1);

const ms = (milliseconds: number) => Math.max(1, Math.round(milliseconds * scale));

/** Opening a connection, TLS included: AWS answers in tens of milliseconds, a lost SYN is sent again after 1 and 3 s. */
export const CONNECT = ms(5_000);

/** No byte moved on a connection, in either direction: the request is given up and sent again. */
export const IDLE = ms(30_000);

/**
 * The same for S3. What is seen to move is what the system takes over: it may take a whole part at once and be at it for
 * longer than `IDLE` where the way to S3 is slow. Sent again then, and again, no part would ever arrive.
 */
export const UPLOAD_IDLE = ms(120_000);

/** Until the response starts. Longer than `IDLE`, so that a slow upload that does move is not cut. */
export const RESPONSE = ms(300_000);

/** A request is tried again for this long without one success before it fails the run. */
export const GIVE_UP = ms(600_000);

/**
 * The same for a service that has never answered: it is more likely misnamed, or cut off by a firewall, than down, and
 * nobody wants to wait ten minutes to learn of a typing error.
 */
export const GIVE_UP_AT_FIRST = ms(30_000);

/** The longest pause between two attempts. */
export const LONGEST_PAUSE = ms(20_000);

/** An object that grows slowly is ended at this age, so that what a re-run reads again stays little. */
export const OBJECT_AGE = ms(600_000);

/** Between two checkpoints that only say how far a segment was read. */
export const CHECKPOINT_PAUSE = ms(10_000);

/** Between two signs of life of an attempt that keeps checkpoints. */
export const HEARTBEAT = ms(180_000);

/**
 * Until none of the requests of an attempt can arrive any more, counted from its last sign of life: S3 rejects a request
 * 15 minutes after it was signed.
 */
export const LATE_REQUESTS = ms(960_000);

/** What an attempt that ends may take to write down that it has ended, after its uploads were aborted. */
export const LAST_WORD = ms(1_000);

/** The same for an attempt that fails by itself, for which no runner waits. */
export const LAST_WORD_AFTER_FAILURE = ms(10_000);

/** The first pause after a throttle, and after any other fault that may pass; each further one may be twice as long. */
export const FIRST_PAUSE = { throttled: ms(200), transient: ms(50) } as const;

/**
 * A run that stops still waits this long for the answer to CreateMultipartUpload, and then this long for its uploads to
 * be aborted: 3 seconds together, of the 7.5 that a runner leaves before it gets rough.
 */
export const CREATE_LEAVE = ms(1_000);
export const ABORT = ms(2_000);

/** Until an abort is repeated, for the parts that were cut off and may have arrived after it. */
export const BETWEEN_ABORTS = ms(250);

/** A run that was cancelled is ended by then, whatever it still waits for. */
export const CANCEL = ms(4_000);

/** Between checks for the mark that `post` leaves. */
export const STOP_MARK_CHECK = ms(1_000);

/** What `post` may take to abort the uploads of a step that was killed. */
export const POST = ms(60_000);

/** What the module of a process-func may take to load. */
export const PROCESS_LOAD = ms(30_000);

/** What a process-func may take for one item. */
export const PROCESS_ITEM = ms(30_000);

/** For what a process-func left open, timers and connections, to end by itself once the step has reported. */
export const PROCESS_LEAVE = ms(5_000);

/** Between two calls of DescribeExport: a dozen in a row are throttled. */
export const BETWEEN_DESCRIBES = ms(1_000);

/** Between two pages of ListExports: 90 days of hourly exports are 87 pages. */
export const BETWEEN_LIST_PAGES = ms(200);

/**
 * Time for point-in-time recovery to take effect: until it can be enabled on a new table, is reported as ENABLED, and an
 * export is accepted. Others wait up to 2 minutes; 10 minutes were reported for new tables.
 */
export const RECOVERY_READY = ms(600_000);

/** Between two attempts to enable it, two status checks, and two requests for an export that was refused meanwhile. */
export const BETWEEN_RECOVERY_TRIES = ms(2_000);

/** Between two lines that say that an export is still in progress. */
export const EXPORT_PROGRESS = ms(30_000);

/** Renewal of the credentials of a role. */
export const RENEWAL = {
  /** Before a session ends, its renewal begins: what AWS's own SDKs take, and 300 attempts. */
  before: ms(300_000),
  /** Before a session ends, requests wait for the next: signed with this one, they might arrive too late. */
  margin: ms(60_000),
  /** One attempt, ID token and role together: a hung connection must not use up the minutes that are left. */
  answer: ms(15_000),
  /** Between attempts; short, as most faults are over in seconds. A throttle, with many jobs at once, takes longer. */
  firstPause: ms(100),
  longestPause: ms(1_000),
  longestPauseThrottled: ms(5_000),
  /** Until the next renewal, where a session holds for less time than `before`. */
  afterSuccess: ms(1_000),
  /** Until the next one after a denial, while the old session holds. */
  afterFailure: ms(20_000),
  /** A session that AWS calls expired at this age is not replaced: the next would be as well. */
  young: ms(5_000),
} as const;

/** Between two looks at the read capacity of a table while it is read. */
export const CAPACITY_AGAIN = ms(60_000);

/**
 * A run in which nothing at all has moved for so long is hung. Longer than `GIVE_UP`: whatever is only tried again has
 * failed or succeeded by then.
 */
export const STALL = ms(900_000);

/** What one question of a check may take, throttles included: checks are to take seconds. */
export const ONE_CHECK = ms(30_000);

/**
 * All timeouts, pauses and intervals of the Action, in milliseconds. Tests with injected faults set
 * `DYNAMODB_TO_S3_TIME_SCALE` to shorten all of them. It must not be set for any other purpose.
 */
const scale = Number(process.env['DYNAMODB_TO_S3_TIME_SCALE'] ?? 1);

const ms = (milliseconds: number) => Math.max(1, Math.round(milliseconds * scale));

/**
 * Timeout for opening a connection, including TLS. AWS needs tens of milliseconds. A lost SYN is sent again after 1 and
 * 3 s.
 */
export const CONNECT = ms(5_000);

/** Timeout for a connection without traffic in either direction. The request is then aborted and retried. */
export const IDLE = ms(30_000);

/**
 * Timeout for an S3 connection without traffic. Node sees only when the operating system takes over data. The operating
 * system can accept a whole part at once and need longer than `IDLE` to send it over a slow connection. With `IDLE`,
 * each retry would be aborted too, and no part would ever arrive.
 */
export const UPLOAD_IDLE = ms(120_000);

/**
 * Timeout until the response starts. It is longer than `IDLE` because a slow upload that progresses must not be
 * aborted.
 */
export const RESPONSE = ms(300_000);

/** Time for which a request is retried. If no attempt succeeds, the run fails. */
export const MAX_RETRY_TIME = ms(600_000);

/**
 * Time for which a request is retried if the service has not responded yet. A wrong name or a firewall is then more
 * likely than an outage, and a typo should not take ten minutes to be reported.
 */
export const MAX_RETRY_TIME_BEFORE_SUCCESS = ms(30_000);

/** Maximum pause between two attempts. */
export const MAX_RETRY_PAUSE = ms(20_000);

/**
 * Maximum age of an object that is being written. It limits how much a re-run reads again if a table is read slowly.
 */
export const MAX_OBJECT_AGE = ms(600_000);

/** Interval between checkpoints that only record how far a segment was read. */
export const CHECKPOINT_INTERVAL = ms(10_000);

/** Interval between heartbeats of an attempt that writes checkpoints. */
export const HEARTBEAT = ms(180_000);

/** Interval between checks of whether a job that copies a shard is still running. */
export const BETWEEN_CLAIM_CHECKS = ms(5_000);

/**
 * Time after the last heartbeat of an attempt until none of its requests can arrive anymore: S3 rejects a request 15
 * minutes after it was signed.
 */
export const SIGNED_REQUEST_LIFETIME = ms(960_000);

/** Timeout for an attempt to record that it has ended, after its uploads were aborted. */
export const FINAL_LOCK_WRITE = ms(1_000);

/** Timeout for a failed attempt to record that it has ended. It is longer because no runner waits for its end. */
export const FINAL_LOCK_WRITE_AFTER_FAILURE = ms(10_000);

/** First pause after throttling and after other transient errors. The maximum doubles with each attempt. */
export const FIRST_RETRY_PAUSE = { throttled: ms(200), transient: ms(50) } as const;

/**
 * Timeouts of a run that stops: first for the response to CreateMultipartUpload, then for aborting its uploads.
 * Together they take 3 seconds. A runner sends SIGTERM 7.5 seconds after SIGINT.
 */
export const CREATE_UPLOAD_GRACE = ms(1_000);
export const ABORT = ms(2_000);

/** Pause before an abort is repeated: interrupted parts can arrive after the first abort. */
export const BETWEEN_ABORTS = ms(250);

/** Time after which a cancelled run ends, even if it is still waiting. */
export const CANCEL = ms(4_000);

/** Interval between checks for the stop mark, which the post step writes. */
export const STOP_MARK_CHECK = ms(1_000);

/** Timeout for the post step to abort the uploads of a step that was killed. */
export const POST_STEP = ms(60_000);

/** Timeout for loading the transform (process-func). */
export const TRANSFORM_LOAD = ms(30_000);

/** Timeout for one item in the transform. */
export const TRANSFORM_ITEM = ms(30_000);

/** Time for timers and connections that the transform left open to end by themselves after the step has reported. */
export const TRANSFORM_EXIT_GRACE = ms(5_000);

/** Minimum pause between calls of DescribeExport. AWS throttles a dozen calls in a row. */
export const BETWEEN_DESCRIBES = ms(1_000);

/** Pause between pages of ListExports. Hourly exports of 90 days fill 87 pages. */
export const BETWEEN_LIST_PAGES = ms(200);

/**
 * Timeout for point-in-time recovery to take effect: until it can be enabled for a new table, until DynamoDB reports it
 * as ENABLED, and until DynamoDB accepts an export. Other tools wait up to 2 minutes. Users reported 10 minutes for new
 * tables.
 */
export const PITR_READY = ms(600_000);

/**
 * Pause between attempts to enable point-in-time recovery, between status checks, and between export requests that
 * DynamoDB rejects meanwhile.
 */
export const BETWEEN_PITR_ATTEMPTS = ms(2_000);

/** Interval between log lines about an export in progress. */
export const EXPORT_PROGRESS = ms(30_000);

/** Renewal of the credentials of a role. */
export const RENEWAL = {
  /**
   * Time before the end of a session at which renewal starts. The AWS SDKs use the same. It is enough for 300 attempts.
   */
  startsBeforeEnd: ms(300_000),
  /**
   * Time before the end of a session from which requests wait for the next one. With this one, they could arrive too
   * late.
   */
  waitsBeforeEnd: ms(60_000),
  /** Timeout of one attempt, ID token and role together. A hung connection must not use up the remaining minutes. */
  attemptTimeout: ms(15_000),
  /** Pauses between attempts. Most errors end within seconds. Throttling of many concurrent jobs takes longer. */
  firstPause: ms(100),
  longestPause: ms(1_000),
  longestPauseThrottled: ms(5_000),
  /** Pause after a renewal if the session is valid for less than `startsBeforeEnd`. */
  afterSuccess: ms(1_000),
  /** Pause after a denied renewal while the current session is valid. */
  afterFailure: ms(20_000),
  /**
   * Minimum age of a session to be replaced if AWS reports it as expired. For a newer session, AWS would reject the
   * next too.
   */
  minSessionAge: ms(5_000),
} as const;

/** Interval between checks of the read capacity during a scan. */
export const CAPACITY_POLL = ms(60_000);

/**
 * Time without any progress after which a run counts as hung. It is longer than `MAX_RETRY_TIME` because a request that
 * is only being retried has failed or succeeded by then.
 */
export const STALL = ms(900_000);

/** Timeout of one request in a preflight check, including retries after throttling. Checks should take seconds. */
export const PREFLIGHT_CHECK = ms(30_000);

/** Interval between status checks of a table that is being created or changed. */
export const BETWEEN_TABLE_CHECKS = ms(2_000);

/**
 * Time after CreateTable in which DescribeTable can fail to find the table, because it is eventually consistent. AWS
 * recommends to try again after a few seconds.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
 */
export const TABLE_KNOWN = ms(60_000);

/** Interval between log lines about an import or a bulk operation, and about items that the runner writes. */
export const RESTORE_PROGRESS = ms(60_000);
/**
 * Timeout for the settings of the table in manifest-table.json, which are read while the table is copied. The copy does
 * not wait longer for them.
 */
export const TABLE_SETTINGS = ms(30_000);

/** Time for which the requests for these settings are sent one after the other. After it, the rest is sent at once. */
export const TABLE_SETTINGS_IN_TURN = ms(1_000);

/** Requests that set a commit status. */
export const COMMIT_STATUS = {
  /** Timeout of one attempt. GitHub ends a request that takes longer than 10 seconds. */
  attempt: ms(10_000),
  /** Time for which a request is retried. At the end of a step, it is the maximum time by which it delays the step. */
  total: ms(30_000),
  /** First pause between attempts. It doubles with each attempt. */
  firstPause: ms(1_000),
} as const;

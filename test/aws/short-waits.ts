/**
 * As shorter-waits.ts, but half: for what tests an abort, which has 2 seconds, and so one here, that a busy machine
 * must not use up.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.5';

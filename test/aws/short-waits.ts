/**
 * As shorter-waits.ts, but a fifth: for what tests an abort, which has 4 seconds, and so 800 ms here, that a busy machine
 * must not use up.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.2';

/**
 * As shorter-waits.ts, but half: for tests of an abort, which has 2 seconds, and so one here, and of many requests at
 * once. A busy machine must not use these up.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.5';

/**
 * Import this before anything in src/. It halves the waits of src/timeouts.ts, for tests that shorter-waits.ts would make
 * fail on a busy machine: tests of an abort, which then has 1 s, and of many parallel requests.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.5';

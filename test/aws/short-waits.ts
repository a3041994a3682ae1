/**
 * Halves the waits of src/timeouts.ts; see shorter-waits.ts. For tests of an abort, which has 2 s (1 s here), and of many
 * parallel requests, which must pass on a busy machine.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.5';

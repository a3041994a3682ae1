/** Import this before anything in src/. It reduces every wait of src/timeouts.ts to about a millisecond. */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.001';

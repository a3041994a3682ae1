/** To be imported before anything of src/: every wait of src/timeouts.ts lasts a millisecond or so. */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.001';

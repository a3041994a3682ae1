/**
 * To be imported before anything of src/: the waits of src/timeouts.ts then last a twentieth, which is 10 ms for the
 * first pause after a throttle, and 1.5 s for a service that never answers or a connection on which nothing moves.
 */
process.env['DYNAMODB_TO_S3_TIME_SCALE'] ??= '0.05';

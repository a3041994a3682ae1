import type { ErrorCode } from '../../src/errors.ts';

/** A test that `npm test` runs: its file, and a substring of its full name (the names of its suites and its own). */
type TestOf = readonly [file: string, name: string];

/** Promises of the README, each with a test in `npm test` that fails if the promise is broken. */
export const PROMISES: readonly { readonly promise: string; readonly test: TestOf }[] = [
  { promise: 'every type and every digit', test: ['test/e2e/edges.test.ts', 'every type at its edges'] },
  {
    promise: "items as the bytes of DynamoDB's response",
    test: ['test/e2e/exact-bytes.test.ts', "the item's own bytes"],
  },
  { promise: 'manifest-summary.json is the last object', test: ['test/e2e/layout.test.ts', 'the very last write'] },
  {
    promise: 'a run that fails leaves no manifest-summary.json',
    test: ['test/e2e/s3-faults.test.ts', 'manifest-summary.json'],
  },
  {
    promise: "the layout of DynamoDB's own exports",
    test: ['test/e2e/layout.test.ts', 'under a prefix with placeholders'],
  },
  {
    promise: 'memory does not depend on the table',
    test: ['test/scan/run-scan.test.ts', 'emits no memory leak warning'],
  },
  { promise: "no item touches the runner's disk", test: ['test/e2e/process.test.ts', 'leaves nothing on the runner'] },
  {
    promise: 'credentials by OIDC',
    test: ['test/e2e/credentials.test.ts', 'is assumed by OIDC, once for all clients'],
  },
  { promise: 'credentials are renewed', test: ['test/e2e/credentials.test.ts', 'a session that is revoked'] },
  {
    promise: 'a role for each account',
    test: ['test/e2e/credentials.test.ts', 'in an account and a region of its own'],
  },
  { promise: 'the minimal policy', test: ['test/e2e/minimal-rights.test.ts', 'for a copy'] },
  {
    promise: 'a cancelled step aborts its uploads',
    test: ['test/e2e/cancellation.test.ts', 'a step that is cancelled'],
  },
  {
    promise: 'post aborts the uploads of a killed step',
    test: ['test/e2e/post.test.ts', 'what a killed step left open'],
  },
  {
    promise: 'every problem of the inputs at once',
    test: ['test/e2e/bad-input.test.ts', 'all at once, in one failure'],
  },
  { promise: 'file-size', test: ['test/e2e/layout.test.ts', 'an object ends once it has file-size bytes'] },
  { promise: 'dynamodb-scan-kwargs', test: ['test/e2e/scan-parameters.test.ts', 'what was asked for arrives'] },
  { promise: 'point-in-time-export: auto', test: ['test/e2e/export-auto.test.ts', 'which engine auto chooses'] },
  { promise: 'export-time', test: ['test/e2e/export-again.test.ts', 'exports anew where it is complete'] },
  { promise: 'max-attempts: 0', test: ['test/e2e/export-wait.test.ts', 'ends well, and a later step'] },
  {
    promise: 'enable-point-in-time-recovery',
    test: ['test/e2e/export-refusals.test.ts', 'is turned on where the input says so'],
  },
  { promise: 'resume', test: ['test/e2e/resume.test.ts', 'what S3 has of the first attempt is not read again'] },
  { promise: 'export-format: ION', test: ['test/e2e/ion.test.ts', 'ION is read by a stranger'] },
  { promise: 'process-func', test: ['test/e2e/process-func.test.ts', 'makes the bytes of each item'] },
  { promise: 'total-segments', test: ['test/e2e/segments.test.ts', 'total-segments is obeyed'] },
  {
    promise: 'read-capacity',
    test: ['test/scan/pacing/pacing.test.ts', 'consumes 90% to 105% of its read limit over any 10 seconds'],
  },
  { promise: 's3-bucket-owner', test: ['test/e2e/failures.test.ts', 'bucket of another account'] },
  { promise: 's3-put-object-kwargs', test: ['test/e2e/object-options.test.ts', 'what is asked for of objects'] },
  { promise: 'if-empty', test: ['test/e2e/empty-copy.test.ts', 'if-empty: error'] },
  { promise: 'dry-run', test: ['test/e2e/dry-run.test.ts', 'it succeeds, asks what it can, and writes nothing'] },
  { promise: 'HTTPS_PROXY', test: ['test/e2e/proxy.test.ts', 'is the way to both sides'] },
  { promise: 'outputs', test: ['test/e2e/outputs.test.ts', 'every output that action.yml declares for a scan'] },
  { promise: 'the job summary', test: ['test/e2e/outputs.test.ts', 'a summary of the job'] },
  { promise: 'no values in the log', test: ['test/e2e/injection.test.ts', 'secrets of the job are shown nowhere'] },
  {
    promise: 'a re-run finds the export in progress',
    test: ['test/e2e/export-again.test.ts', 'takes over what is in progress'],
  },
  {
    promise: 'the manifests of an export are checked',
    test: ['test/e2e/export-verify.test.ts', 'manifests are verified'],
  },
  { promise: 'ExportFromTime: last', test: ['test/e2e/export-last.test.ts', 'goes on after a full export'] },
  { promise: 'a share of a job matrix', test: ['test/e2e/matrix-shares.test.ts', 'shares of a job matrix'] },
];

/** Error codes, each with a test in `npm test` in which the step fails with this code. */
export const ERROR_TESTS: Readonly<Record<ErrorCode, TestOf>> = {
  INVALID_INPUT: ['test/e2e/bad-input.test.ts', 'bad input is refused by name'],
  CHECKS_FAILED: ['test/e2e/dry-run.test.ts', 'by a dry run, in one failure'],
  TABLE_NOT_FOUND: ['test/e2e/failures.test.ts', 'table not found'],
  TABLE_NOT_READY: ['test/scan/table.test.ts', 'cannot be read'],
  INDEX_NOT_FOUND: ['test/e2e/bad-input.test.ts', 'an index that does not exist'],
  TABLE_RECREATED: ['test/e2e/replaced-table.test.ts', 'and made again with the same items'],
  INVALID_SCAN: ['test/e2e/failures.test.ts', 'bad expression'],
  BUCKET_NOT_FOUND: ['test/e2e/failures.test.ts', 'bucket not found'],
  BUCKET_IN_ANOTHER_REGION: ['test/e2e/failures.test.ts', 'bucket in another region'],
  S3_REQUEST_REJECTED: ['test/e2e/proof.test.ts', 'the final list of the data objects'],
  ACCESS_DENIED: ['test/e2e/failures.test.ts', 'Scan denied'],
  CREDENTIALS_MISSING: ['test/e2e/failures.test.ts', 'no credentials'],
  CREDENTIALS_EXPIRED: ['test/e2e/failures.test.ts', 'credentials that expire at S3'],
  CREDENTIALS_INVALID: ['test/e2e/failures.test.ts', 'credentials that DynamoDB does not know'],
  CLOCK_SKEW: ['test/e2e/credentials-errors.test.ts', 'CLOCK_SKEW'],
  ID_TOKEN_MISSING: ['test/e2e/credentials-errors.test.ts', 'ID_TOKEN_MISSING'],
  ID_TOKEN_REJECTED: ['test/e2e/credentials-errors.test.ts', 'ID_TOKEN_REJECTED'],
  ASSUME_ROLE_FAILED: ['test/e2e/credentials-errors.test.ts', 'ASSUME_ROLE_FAILED'],
  ROLE_SESSION_TOO_LONG: ['test/e2e/credentials-errors.test.ts', 'ROLE_SESSION_TOO_LONG'],
  KMS_KEY_UNUSABLE: ['test/aws/explained.ts', 'a key that is disabled'],
  THROTTLED: ['test/e2e/credentials-errors.test.ts', 'THROTTLED'],
  NETWORK: ['test/e2e/proxy.test.ts', 'a proxy that refuses'],
  PAGE_CORRUPT: ['test/e2e/corrupt-pages.test.ts', 'a page that never arrives whole is a failure'],
  OBJECT_CORRUPT: ['test/s3/lost-answers.test.ts', 'an object fails with OBJECT_CORRUPT if'],
  UPLOAD_LOST: ['test/e2e/s3-faults.test.ts', 'a role that may not look for the object'],
  COPY_INCOMPLETE: ['test/e2e/proof.test.ts', 'an object that is gone, or another, is missed'],
  STALLED: ['test/e2e/stall.test.ts', 'a run that is hung'],
  EMPTY_COPY: ['test/e2e/empty-copy.test.ts', 'if-empty: error'],
  ION_VALUE_INVALID: ['test/e2e/ion.test.ts', 'what Ion cannot hold fails the run'],
  CANCELLED: ['test/e2e/cancellation.test.ts', 'a step that is cancelled'],
  TAKEN_OVER: ['test/e2e/resume.test.ts', 'it ends before it completes another object'],
  OUTPUTS_NOT_WRITTEN: ['test/e2e/report.test.ts', 'outputs that cannot be handed to the runner'],
  PITR_DISABLED: ['test/e2e/export-refusals.test.ts', 'is an error with the command that turns it on'],
  EXPORT_TIME_INVALID: ['test/e2e/export-times.test.ts', 'before any export is asked for'],
  EXPORT_REJECTED: ['test/e2e/export-refusals.test.ts', 'before it is asked for, an export is refused'],
  EXPORT_FAILED: ['test/e2e/export-refusals.test.ts', 'a failed export is an error with the remedy'],
  EXPORT_IN_PROGRESS: ['test/e2e/export-wait.test.ts', 'is given up without a promise'],
  EXPORT_MANIFEST_INVALID: ['test/e2e/export-verify.test.ts', 'manifests are verified'],
  NO_EARLIER_EXPORT: ['test/e2e/export-last.test.ts', 'is an error where there is no export to go on after'],
  PROCESS_FUNC_INVALID: ['test/e2e/process-func-failures.test.ts', 'a module that cannot be used'],
  PROCESS_FUNC_FAILED: ['test/e2e/process-func-failures.test.ts', 'a module that fails at an item'],
  AWS_ERROR: ['test/e2e/s3-faults.test.ts', 'what S3 never takes is a failure'],
  UNEXPECTED: ['test/aws/explain-error.test.ts', 'UNEXPECTED: whatever is thrown'],
};

/**
 * Returns one line for each promise and error code that no passed test covers.
 *
 * @param passed passed tests: file, relative to the project, and full name
 */
export function uncovered(passed: readonly { readonly file: string; readonly name: string }[]): string[] {
  const rows = [...PROMISES.map(({ promise, test }) => [promise, test] as const), ...Object.entries(ERROR_TESTS)];
  return rows
    .filter(([, [file, name]]) => !passed.some((test) => test.file === file && test.name.includes(name)))
    .map(([what, [file, name]]) => `${what}: no test with "${name}" in its name passed in ${file}`);
}

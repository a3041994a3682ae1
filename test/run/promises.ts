import type { ErrorCode } from '../../src/errors.ts';

/** A test that `npm test` runs: its file, and a substring of its full name (the names of its suites and its own). */
type TestOf = readonly [file: string, name: string];

/** Promises of the README, each with a test in `npm test` that fails if the promise is broken. */
export const PROMISES: readonly { readonly promise: string; readonly test: TestOf }[] = [
  { promise: 'every type and every digit', test: ['test/e2e/edges.test.ts', 'every type equals the GetItem response'] },
  {
    promise: "items as the bytes of DynamoDB's response",
    test: ['test/e2e/exact-bytes.test.ts', 'writes each item as the bytes that DynamoDB returned'],
  },
  {
    promise: 'manifest-summary.json is the last object',
    test: ['test/e2e/layout.test.ts', 'writes manifest-summary.json last'],
  },
  {
    promise: 'a run that fails leaves no manifest-summary.json',
    test: ['test/e2e/s3-faults.test.ts', 'manifest-summary.json'],
  },
  {
    promise: "the layout of DynamoDB's own exports",
    test: ['test/e2e/layout.test.ts', 'replaces the placeholders in s3-key-prefix'],
  },
  {
    promise: 'memory does not depend on the table',
    test: ['test/scan/run-scan.test.ts', 'emits no memory leak warning'],
  },
  {
    promise: "no item touches the runner's disk",
    test: ['test/e2e/process.test.ts', "stores no data on the runner's disk"],
  },
  {
    promise: 'credentials by OIDC',
    test: ['test/e2e/credentials.test.ts', 'assumes the role once with OIDC'],
  },
  { promise: 'credentials are renewed', test: ['test/e2e/credentials.test.ts', 'the session is revoked'] },
  {
    promise: 'a role for each account',
    test: ['test/e2e/credentials.test.ts', 'assumes two roles in two accounts'],
  },
  {
    promise: 'the minimal policy',
    test: ['test/e2e/minimal-permissions.test.ts', 'are sufficient to complete a copy without warnings'],
  },
  {
    promise: 'a cancelled step aborts its uploads',
    test: ['test/e2e/cancellation.test.ts', 'ends a cancelled step'],
  },
  {
    promise: 'post aborts the uploads of a killed step',
    test: ['test/e2e/post.test.ts', 'aborts the multipart uploads of a killed step'],
  },
  {
    promise: 'every problem of the inputs at once',
    test: ['test/e2e/bad-input.test.ts', 'reports every invalid input in one failure'],
  },
  { promise: 'file-size', test: ['test/e2e/layout.test.ts', 'ends a data object once it has file-size bytes'] },
  { promise: 'dynamodb-scan-kwargs', test: ['test/e2e/scan-parameters.test.ts', 'sends the Scan parameters'] },
  { promise: 'point-in-time-export: auto', test: ['test/e2e/export-auto.test.ts', 'auto chooses export'] },
  {
    promise: 'export-time',
    test: ['test/e2e/export-rerun.test.ts', 'starts another export if the earlier one is complete'],
  },
  { promise: 'max-attempts: 0', test: ['test/e2e/export-wait.test.ts', 'a step with max-attempts: 0 succeeds'] },
  {
    promise: 'enable-point-in-time-recovery',
    test: ['test/e2e/export-errors.test.ts', 'enables PITR if enable-point-in-time-recovery is true'],
  },
  { promise: 'resume', test: ['test/e2e/resume.test.ts', 'does not read again what the first attempt stored'] },
  { promise: 'export-format: ION', test: ['test/e2e/ion.test.ts', 'an independent Ion reader returns the same items'] },
  { promise: 'process-func', test: ['test/e2e/process-func.test.ts', 'returns for each item'] },
  { promise: 'total-segments', test: ['test/e2e/segments.test.ts', 'total-segments: 5 reads exactly 5 segments'] },
  {
    promise: 'read-capacity',
    test: ['test/scan/pacing/pacing.test.ts', 'consumes 90% to 105% of its read limit over any 10 seconds'],
  },
  {
    promise: 'max-consumed-read-capacity',
    test: ['test/e2e/read-budget.test.ts', 'is never exceeded by all attempts together'],
  },
  { promise: 's3-bucket-owner', test: ['test/e2e/failures.test.ts', 'the bucket belongs to another account'] },
  {
    promise: 's3-put-object-kwargs',
    test: ['test/e2e/object-options.test.ts', 'sends the KMS key, tags, ACL and metadata'],
  },
  { promise: 'if-empty', test: ['test/e2e/empty-copy.test.ts', 'if-empty: error'] },
  {
    promise: 'commit-status',
    test: ['test/e2e/commit-status.test.ts', 'sets the status to pending, then to success'],
  },
  { promise: 'dry-run', test: ['test/e2e/dry-run.test.ts', 'checks the table and the bucket and writes nothing'] },
  { promise: 'HTTPS_PROXY', test: ['test/e2e/proxy.test.ts', 'connects to DynamoDB and S3 through the proxy'] },
  { promise: 'outputs', test: ['test/e2e/outputs.test.ts', 'sets every output that action.yml declares for a scan'] },
  { promise: 'the job summary', test: ['test/e2e/outputs.test.ts', 'writes a job summary'] },
  {
    promise: 'no values in the log',
    test: ['test/e2e/injection.test.ts', 'secrets of the job appear in no log, output or summary'],
  },
  {
    promise: 'a re-run finds the export in progress',
    test: ['test/e2e/export-rerun.test.ts', 'continues with the export in progress'],
  },
  {
    promise: 'the manifests of an export are checked',
    test: ['test/e2e/export-verify.test.ts', 'verification of export manifests'],
  },
  { promise: 'ExportFromTime: last', test: ['test/e2e/export-last.test.ts', 'continues from a full export'] },
  {
    promise: 'a restore creates the table with its indexes and all items',
    test: ['test/e2e/restore.test.ts', 'restores a deleted table with its index'],
  },
  {
    promise: 'a restore verifies the objects before it creates a table',
    test: ['test/e2e/restore.test.ts', 'creates no table if a data object is missing'],
  },
  {
    promise: 'a restore by DynamoDB',
    test: ['test/e2e/restore-import.test.ts', 'imports the data objects and applies the settings'],
  },
  {
    promise: 'a temporary table is deleted',
    test: ['test/e2e/restore-temporary.test.ts', 'are deleted at the end of the job'],
  },
  {
    promise: 'a verification reads every byte and every line',
    test: ['test/e2e/verify-data.test.ts', 'reads every data object of a copy in DYNAMODB_JSON'],
  },
  {
    promise: 'a verification that could not check everything fails',
    test: ['test/e2e/verify-permissions.test.ts', 'a role that can read only manifests to pass check: data'],
  },
  {
    promise: 'a comparison of every item with the table',
    test: ['test/e2e/verify-compare.test.ts', 'writes the keys to a file and not to the log'],
  },
  {
    promise: 'the age of the backup',
    test: ['test/e2e/verify.test.ts', 'fails with COPY_STALE if the copy is older, by the clock of S3'],
  },
  {
    promise: 'a restore drill',
    test: [
      'test/e2e/workflow-examples.test.ts',
      'restores the newest copy, finds every item equal, and leaves no table',
    ],
  },
  {
    promise: 'a staging table without personal data',
    test: ['test/e2e/workflow-examples.test.ts', 'loads masked items of every type into the staging table'],
  },
  {
    promise: 'a copy of shards is finished as one copy',
    test: ['test/e2e/finish.test.ts', 'writes the manifests of one copy'],
  },
  {
    promise: 'one copy by the jobs of a matrix',
    test: ['test/e2e/workflow-examples.test.ts', 'resumes the failed shard in "Re-run failed jobs"'],
  },
  {
    promise: 'tables by name and tag',
    test: ['test/e2e/list-tables.test.ts', 'outputs the tables that have every tag'],
  },
  { promise: 'a shard of a job matrix', test: ['test/e2e/matrix-shards.test.ts', 'shards of a job matrix'] },
];

/** Error codes, each with a test in `npm test` in which the step fails with this code. */
export const ERROR_TESTS: Readonly<Record<ErrorCode, TestOf>> = {
  INVALID_INPUT: ['test/e2e/bad-input.test.ts', 'before the first AWS request'],
  CHECKS_FAILED: [
    'test/e2e/dry-run.test.ts',
    'a dry run reports the bucket, the expression and the module in one failure',
  ],
  TABLE_NOT_FOUND: ['test/e2e/failures.test.ts', 'TABLE_NOT_FOUND'],
  TABLE_NOT_READY: ['test/scan/table.test.ts', 'cannot be read'],
  INDEX_NOT_FOUND: ['test/e2e/bad-input.test.ts', 'rejects an index that does not exist'],
  TABLE_RECREATED: ['test/e2e/recreated-table.test.ts', 'deleted during the scan and re-created'],
  INVALID_SCAN: ['test/e2e/failures.test.ts', 'INVALID_SCAN'],
  BUCKET_NOT_FOUND: ['test/e2e/failures.test.ts', 'BUCKET_NOT_FOUND'],
  BUCKET_IN_ANOTHER_REGION: ['test/e2e/failures.test.ts', 'BUCKET_IN_ANOTHER_REGION'],
  S3_REQUEST_REJECTED: ['test/e2e/proof.test.ts', 'the final listing of the data objects'],
  ACCESS_DENIED: ['test/e2e/failures.test.ts', 'Scan is denied'],
  CREDENTIALS_MISSING: ['test/e2e/failures.test.ts', 'there are no credentials'],
  CREDENTIALS_EXPIRED: ['test/e2e/failures.test.ts', 'the credentials expire during the upload'],
  CREDENTIALS_INVALID: ['test/e2e/failures.test.ts', 'DynamoDB does not know the credentials'],
  CLOCK_SKEW: ['test/e2e/credentials-errors.test.ts', 'CLOCK_SKEW'],
  ID_TOKEN_MISSING: ['test/e2e/credentials-errors.test.ts', 'ID_TOKEN_MISSING'],
  ID_TOKEN_REJECTED: ['test/e2e/credentials-errors.test.ts', 'ID_TOKEN_REJECTED'],
  ASSUME_ROLE_FAILED: ['test/e2e/credentials-errors.test.ts', 'ASSUME_ROLE_FAILED'],
  ROLE_SESSION_TOO_LONG: ['test/e2e/credentials-errors.test.ts', 'ROLE_SESSION_TOO_LONG'],
  KMS_KEY_UNUSABLE: ['test/aws/explained.ts', 'a disabled KMS key'],
  READ_BUDGET_TOO_SMALL: ['test/preflight/checks/budget-estimate.test.ts', 'fails with READ_BUDGET_TOO_SMALL'],
  READ_BUDGET_EXHAUSTED: ['test/e2e/read-budget.test.ts', 'is never exceeded by all attempts together'],
  THROTTLED: ['test/e2e/credentials-errors.test.ts', 'THROTTLED'],
  NETWORK: ['test/e2e/proxy.test.ts', 'fails with NETWORK if the proxy rejects the connection'],
  PAGE_CORRUPT: ['test/e2e/corrupt-pages.test.ts', 'fails with PAGE_CORRUPT'],
  OBJECT_CORRUPT: ['test/s3/lost-responses.test.ts', 'an object fails with OBJECT_CORRUPT if'],
  UPLOAD_LOST: ['test/e2e/s3-faults.test.ts', 'fails the step with UPLOAD_LOST'],
  COPY_INCOMPLETE: ['test/e2e/proof.test.ts', 'fails if an object has been overwritten'],
  COPY_DAMAGED: ['test/restore/write/write-items.test.ts', 'a damaged copy fails with COPY_DAMAGED'],
  COPY_STALE: ['test/e2e/verify.test.ts', 'fails with COPY_STALE'],
  DIFFERENCES_FOUND: ['test/e2e/verify-compare.test.ts', 'fails with DIFFERENCES_FOUND'],
  ITEMS_REJECTED: ['test/restore/write/rejected-items.test.ts', 'fails with ITEMS_REJECTED'],
  OBJECT_ARCHIVED: ['test/aws/explained.ts', 'an object in an archive storage class'],
  COPY_NOT_RESTORABLE: ['test/e2e/restore.test.ts', 'refuses a copy of a part of the table'],
  PLAN_MISMATCH: ['test/preflight/require-same-plan.test.ts', 'fails with PLAN_MISMATCH'],
  PLAN_EXPIRED: ['test/preflight/require-same-plan.test.ts', 'fails with PLAN_EXPIRED'],
  SHARD_IN_USE: ['test/e2e/shards.test.ts', 'fails with SHARD_IN_USE'],
  PLAN_NOT_FOUND: ['test/manifest/find-started.test.ts', 'fails with PLAN_NOT_FOUND'],
  SHARDS_MISSING: ['test/e2e/finish.test.ts', 'fails with SHARDS_MISSING and names the shards'],
  NOT_COMPARABLE: ['test/verify/compare/require-comparable.test.ts', 'cannot be compared'],
  TABLE_EXISTS: ['test/e2e/restore.test.ts', 'loads into an empty table, and refuses one with items'],
  TABLE_PROTECTED: ['test/e2e/restore.test.ts', 'refuses the source table unless it is allowed'],
  METHOD_NOT_POSSIBLE: ['test/e2e/restore-import.test.ts', 'is refused for a table with replicas'],
  RESTORE_REJECTED: ['test/aws/explained.ts', 'an invalid definition of a table'],
  RESTORE_FAILED: ['test/e2e/restore-import.test.ts', 'calls the table of a failed import partial'],
  RESTORE_IN_PROGRESS: ['test/e2e/restore-import.test.ts', 'a re-run waits for the import'],
  COPY_NOT_FOUND: ['test/manifest/find-copy.test.ts', 'names the prefix, with * for placeholders'],
  AMBIGUOUS_COPY: ['test/manifest/find-copy.test.ts', 'is required if copies of several tables match'],
  STALLED: ['test/e2e/stall.test.ts', 'fails with STALLED and names the requests'],
  EMPTY_COPY: ['test/e2e/empty-copy.test.ts', 'if-empty: error'],
  NO_TABLES: ['test/e2e/list-tables.test.ts', 'fails with NO_TABLES'],
  ION_VALUE_INVALID: ['test/e2e/ion.test.ts', 'fails with ION_VALUE_INVALID'],
  CANCELLED: ['test/e2e/cancellation.test.ts', 'ends a cancelled step'],
  TAKEN_OVER: ['test/e2e/resume.test.ts', 'fails with TAKEN_OVER before it completes another object'],
  OUTPUTS_NOT_WRITTEN: ['test/e2e/report.test.ts', 'fails with OUTPUTS_NOT_WRITTEN'],
  PITR_DISABLED: ['test/e2e/export-errors.test.ts', 'shows the command that enables PITR'],
  EXPORT_TIME_INVALID: ['test/e2e/export-times.test.ts', 'before requesting an export'],
  EXPORT_REJECTED: ['test/e2e/export-errors.test.ts', 'an export of a table ARN fails with a role of another account'],
  EXPORT_FAILED: ['test/e2e/export-errors.test.ts', 'explains an export that failed'],
  EXPORT_IN_PROGRESS: ['test/e2e/export-wait.test.ts', 'reports at max-attempts that a re-run starts another export'],
  EXPORT_MANIFEST_INVALID: ['test/e2e/export-verify.test.ts', 'verification of export manifests'],
  NO_EARLIER_EXPORT: ['test/e2e/export-last.test.ts', 'fails if no earlier export exists'],
  PROCESS_FUNC_INVALID: ['test/e2e/process-func-failures.test.ts', 'a process-func module that cannot be used'],
  PROCESS_FUNC_FAILED: ['test/e2e/process-func-failures.test.ts', 'a process-func module that fails on an item'],
  AWS_ERROR: ['test/e2e/s3-faults.test.ts', 'a step fails with AWS_ERROR'],
  UNEXPECTED: ['test/aws/explain-error.test.ts', 'UNEXPECTED names the type and the location of any thrown value'],
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

/**
 * Every text outside of inputs/, github/, preflight/ and report/ that names an input of the Action, a value of an input
 * or workflow syntax. The engines and aws/ know neither inputs nor workflows: they state what happened, and take the
 * advice on what to change in the workflow from this table. A test holds this.
 *
 * Each text is one or more imperative sentences, the last of which ends with a period, or a part of a sentence if the
 * name of the entry says so.
 */
export const remedies = {
  addOidcPermission:
    'Re-run the job. If it fails again, check that the job has `permissions: id-token: write`. On a self-hosted runner, check that the runner can connect to GitHub.',
  allowEmptyCopies:
    'Check the table name and, if you use them, the filter and process-func. To allow empty copies, set if-empty to warn or ignore.',
  allowEmptyLists:
    'Check names, tags, aws-region and the account of the credentials. If this is expected, set if-empty to ignore.',
  allowEmptyExports:
    'Check the table name and, if you use one, the filter. To allow empty exports, set if-empty to warn or ignore. The export remains in the bucket.',
  assumeRoleFrom: (hasExternalId: boolean) =>
    `Check the name of the role. Grant sts:AssumeRole on it to this identity. Check the role's trust policy${hasExternalId ? ' and role-external-id' : ', which may require role-external-id'}. To use OIDC instead, leave role-chaining out and add \`permissions: id-token: write\` to the job.`,
  assumeRoleWithOidc:
    'Set role-to-assume and add `permissions: id-token: write` to the job, or add a step with aws-actions/configure-aws-credentials before this one.',
  bucketOwnerClause: (account: string) => `that the bucket belongs to account ${account} (s3-bucket-owner)`,
  changeAudience: (audience: string) => `Add ${audience} to the provider's audiences, or set audience to one of them.`,
  changeBucket:
    'Check s3-bucket-name and the account of the credentials. The step does not create a bucket. For an S3-compatible store, also check AWS_ENDPOINT_URL_S3 and s3-force-path-style.',
  changeBucketOfExport: (bucket: string) => `Bucket ${bucket} does not exist. Check s3-bucket-name.`,
  changeBucketRegion:
    "Set dest-aws-region to the bucket's Region. Or leave out dest-aws-region and aws-region: the Action then gets the Region from S3.",
  changeCopy:
    'Set copy to the output s3-uri of the step that wrote the copy, or to latest. Check the Region and the endpoint of the bucket.',
  changeClientToken:
    'Leave ClientToken out of export-table-to-point-in-time-kwargs, or use a new one whenever the parameters change.',
  changeExportKwargs:
    'Correct export-table-to-point-in-time-kwargs. Check that filter expressions match the attributes of the table.',
  changeIndex: (names: readonly string[]) =>
    names.length > 0
      ? `Set IndexName in dynamodb-scan-kwargs to one of: ${names.join(', ')}.`
      : 'Leave IndexName out of dynamodb-scan-kwargs. The table has no indexes.',
  changeKmsKey:
    "Check that the key in s3-sse-kms-key-id, or the bucket's default key, exists, is enabled, and is in the bucket's Region.",
  changeKmsKeyOfExport:
    'The KMS key does not exist, or it is not in the Region of the bucket. Check s3-sse-kms-key-id, and grant kms:GenerateDataKey and kms:Decrypt on the key to the role.',
  changeReadCapacity:
    "Re-run the job when the table has less traffic, increase the table's read capacity, or set read-capacity to a lower value.",
  setReadCapacityInUnits: 'Set read-capacity to a number of read capacity units (RCU) per second, auto or none.',
  changeRoleInputs: 'Check the ARN of the role, role-session-name and role-external-id.',
  changeSearch: (hasUnknownScope: boolean) =>
    `Check s3-bucket-name, s3-key-prefix, source-table-name and before, and the latest runs of the workflow that writes the copies. To use a copy that was skipped, set copy to its s3-uri.${hasUnknownScope ? ' If an export was not filtered, grant dynamodb:DescribeExport to the role. DynamoDB describes exports for 90 days.' : ''}`,
  compareSameKeys:
    'Set compare-with to a table with the same key attributes as the copied table, or to a copy of such a table.',
  compareWholeCopies: (hasUnknownScope: boolean) =>
    `Choose a full copy of the whole table in the format DYNAMODB_JSON or ION.${hasUnknownScope ? ' If the export was not filtered, grant dynamodb:DescribeExport to the role. DynamoDB describes exports for 90 days.' : ''}`,
  compareWithKnownKeys: 'Set compare-with to the table, or to a copy that this Action made.',
  /** @param details further advice, each sentence with a leading space */
  changeScanKwargs: (details: string) =>
    `Correct dynamodb-scan-kwargs.${details} In expressions, use ExpressionAttributeValues (:v) for values and ExpressionAttributeNames (#n) for names that are reserved words.`,
  changeTable:
    'Check dynamodb-table-name, aws-region (or source-aws-region) and the account of the credentials. For a table in another account, set dynamodb-table-name to its ARN.',
  changeIndexesOfTable:
    'See the file with the keys of the rejected items. Usually, an item violates the key of an index that was added to the table after the copy: the attribute has another type, or is an empty string. Restore the copy into a new table without this index (create-table-kwargs), or write these items yourself.',
  changeWriteCapacity:
    "Re-run the job when the table has less traffic, increase the table's write capacity, or set write-capacity to a lower value.",
  chooseSourceTable: (needsArn: boolean) =>
    needsArn
      ? 'Set source-table-name to the ARN of the table whose copy to use.'
      : 'Set source-table-name to the table whose copy to use.',
  completeShards: (areActive: boolean) =>
    `${areActive ? 'Wait until these jobs have ended. ' : ''}If jobs of shards failed, choose "Re-run failed jobs", which runs them and then this one. Otherwise, check that the matrix is the output shards of the plan, and that this job has the job of the shards in needs.`,
  copyShardsAgain: (isDamaged: boolean) =>
    `This copy cannot be completed. Choose "Re-run all jobs", or start a new workflow run, to make a new one.${isDamaged ? ' Find out what else writes to the folder of this copy or deletes from it.' : ''}`,
  continueWithOidc:
    'Set role-to-assume and add `permissions: id-token: write` to the job. The Action then renews its credentials while the job can request ID tokens, about 6 hours. It cannot renew credentials that an earlier step sets: increase role-duration-seconds in that step.',
  continueWithoutChaining:
    'Add `permissions: id-token: write` to the job and leave role-chaining out. The Action then renews its credentials while the job can request ID tokens, about 6 hours. It cannot renew credentials of the environment: increase their duration in the step that sets them.',
  copyShardOnce:
    'Copy each shard in one job, and once per job. If the other process has ended, choose "Re-run failed jobs": a later attempt takes over the shard.',
  copyWithOneJob: 'Use a store that supports them, such as Amazon S3, or copy the table with one job, without a plan.',
  copyValuesUnchanged:
    'Use the latest version of the Action. Without process-func, export-format DYNAMODB_JSON copies such values unchanged.',
  enablePitr:
    'Enable it, or set enable-point-in-time-recovery: true, or scan the table: set point-in-time-export: false.',
  /** The command is complete and comes last, so it can be copied. */
  enablePitrByCommand: (region: string, table: string) =>
    `To scan the table instead, set point-in-time-export: false. To enable point-in-time recovery, which AWS charges for by table size, set enable-point-in-time-recovery: true or run aws dynamodb update-continuous-backups --region ${region} --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
  grantWriteToExport: (bucket: string) =>
    `DynamoDB writes with the permissions of the source role. Grant s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::${bucket}/* to the role. If the bucket is in another account, allow them in the bucket policy as well and set s3-bucket-owner to that account. If the bucket policy requires an encryption header, set s3-sse-algorithm.`,
  ignoreEmptyCopies: 'Set if-empty to ignore if this is expected, or to error to fail the step.',
  leaveOutAcl: 'ACLs are disabled for the bucket. Leave ACL out of s3-put-object-kwargs.',
  limitScanClause: 'Set read-capacity to limit the scan',
  makePlan:
    'Check that all jobs of the copy use the same bucket, Region and endpoint. If the plan was deleted, for example by a lifecycle rule, choose "Re-run all jobs" to make a new plan.',
  newCopyOfTable: 'Choose "Re-run all jobs", which makes a new plan and a new copy.',
  newCopy: 'Do not use this copy. Create a new one in a new workflow run or with resume: false.',
  raiseReadBudget:
    'Set max-consumed-read-capacity to a higher value, then re-run the job. A re-run uses the workflow file of the first attempt, so the value must come from a configuration variable to be different. Otherwise, change the workflow file and start a new run, which makes a new copy.',
  raiseReadBudgetForTable:
    'Set max-consumed-read-capacity to a higher value. For a table with point-in-time recovery, point-in-time-export: true copies it without read capacity.',
  reduceMatrix: 'Re-run the job later. In a matrix, run fewer jobs at the same time (max-parallel).',
  reduceTableList: 'Select fewer tables (names, tags), and use several steps or workflows for the others.',
  restoreDataObjects:
    'Do not use this copy. If the table is intact, create a new copy. Find out what else writes to the folder or deletes from it. If the bucket is versioned, restore the objects of the manifest and delete all others. To use an older copy, set copy to its s3-uri, or set before to the snapshot time of this one.',
  renewIdToken:
    'Re-run the failed job to get a new token. If the job needs more than 6 hours, set role-duration-seconds high enough for the last session to cover the rest of the job, or let several jobs write the copy (plan and shard).',
  restoreAnotherCopy: (isPartial: boolean) =>
    `Restore another copy.${isPartial ? ' Delete the table first, or delete its items.' : ''} If the bucket is versioned, an earlier version of the object may be intact.`,
  restoreArchivedObjects:
    'Restore the objects of the copy from their archive storage class first (aws s3api restore-object), then re-run the job.',
  restoreIntoMatchingTable:
    'Check that the table has the same key attributes as the table of the copy, with the same types. See the file with the keys of the rejected items.',
  separateClientTokens: 'Set a different ClientToken in export-table-to-point-in-time-kwargs for each step.',
  separateFailedItems: 'Set failed-items-s3-uri to another bucket, because the records contain data of the table.',
  separatePrefix:
    'Re-run the job later. If other jobs write to the same bucket, use a separate prefix (s3-key-prefix).',
  shortenRoleSession: (isChained: boolean) =>
    `Leave role-duration-seconds out${isChained ? '' : ', or increase the maximum session duration of the role'}. The Action renews sessions before they expire, with OIDC while the job can request ID tokens, about 6 hours.`,
  startSeries:
    'Run a full export to the same bucket and prefix first. Do not use {date} or {hour} in the prefix, because their values change.',
  supportedByStore:
    'Check that the bucket or the store supports the values of s3-put-object-kwargs and s3-sse-algorithm. If the store does not support checksums, set AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.',
  turnOffResume: 'Set resume to false if this is intended.',
  useOlderCopy:
    'Do not use this copy. If the table is intact, create a new copy. Find out what else writes to the bucket. To use an older copy, set copy to its s3-uri, or set before to a time before this copy started.',
  useSameSettings:
    'Use the same values in all jobs that copy shards, then start a new workflow run. A re-run uses the workflow file of the first attempt.',
  useAnotherFormat: 'Set export-format to DYNAMODB_JSON or JSON, which keep the string unchanged, or fix the item.',
  waitForExport: (canContinue: boolean) =>
    `${canContinue ? 'Re-run the job to continue waiting for this export.' : 'With resume: false, a re-run starts another export. To check the status of this one, run aws dynamodb describe-export with its ARN.'} For large tables, increase max-attempts or check-interval.`,
  allowSubset: 'Choose another copy, or set allow-subset: true to load what this copy contains.',
  allowTable: (input: string) => `Check dynamodb-table-name. If you want to write into this table, set ${input}: true.`,
  changeCreateTableKwargs:
    'Correct create-table-kwargs. Without it, the table gets the definition of the copied table.',
  changeRestoreMethod: 'Set method to auto or to another method. For write, a higher write-capacity takes less time.',
  chooseAnotherTable:
    'Set dynamodb-table-name to the name of a new table. To load into this table, set if-table-exists to load-if-empty or overwrite.',
  deletePartialTable: (table: string, logGroup: string | undefined) =>
    `${logGroup === undefined ? '' : `DynamoDB logs the errors in the CloudWatch log group ${logGroup}. `}Delete the table ${table}, then re-run the job.`,
  overwriteTable: 'Find out what else writes to the table. To load the copy again, set if-table-exists: overwrite.',
  readFailedItems: (uri: string) =>
    `DynamoDB writes the records of failed items, which contain data of the table, below ${uri}. Fix the cause, then re-run the job: items that were loaded are overwritten with the same values.`,
  restoreWithOtherKeys: (table: string) =>
    `Delete the table ${table}, or its items. Then restore into a table with the keys of the copied table (KeySchema in create-table-kwargs).`,
  keepKeysDistinct: (table: string) =>
    `Delete the table ${table}, or its items. Then change process-func so that items with different keys keep different keys, make a new copy and restore it.`,
  restoreFullCopy: 'Choose a full copy in the format DYNAMODB_JSON or ION.',
  setRestoredBillingMode:
    'Set BillingMode in create-table-kwargs to PROVISIONED for ProvisionedThroughput, or to PAY_PER_REQUEST for OnDemandThroughput.',
  setRestoredEncryption:
    'Set SSESpecification in create-table-kwargs to a key in the Region and account of the new table, or to {Enabled: false} for the key of AWS.',
  setRestoredKeys:
    'Set KeySchema and AttributeDefinitions in create-table-kwargs, and BillingMode: PAY_PER_REQUEST or the throughput.',
  setRestoredThroughput:
    'Set ProvisionedThroughput in create-table-kwargs, also for each global secondary index, or set BillingMode: PAY_PER_REQUEST.',
  setWriteCapacityInUnits: 'Set write-capacity to a number of write capacity units (WCU) per second, auto or none.',
  grantReadOfObjects:
    'Grant s3:GetObject on the data objects to the role, and kms:Decrypt if a KMS key encrypts them. If the bucket belongs to another account, grant it in the bucket policy too. Nothing is known about objects that cannot be read.',
  verifyChangedObjects:
    'If the objects were replicated or encrypted again, their ETags differ although their content is the same. Verify the whole copy with check: data, which compares the content. Otherwise, do not use this copy.',
  waitForRestore: 'Re-run the job to continue waiting. For large tables, increase max-attempts or check-interval.',
  waitForShard:
    'Wait until the jobs of all shards have ended, then re-run this job. Add the job of the shards to its needs, so that it starts after them.',
  waitForTable: 'Wait until the table is ACTIVE, then re-run the job.',
} as const;

import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:worker_threads"
const external_node_worker_threads_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");
;// CONCATENATED MODULE: ./build/format/copy-items.wasm.js
/** assembly/copy-items.ts, compiled by `npm run build`; not to be edited. */
const COPY_ITEMS = 'AGFzbQEAAAABDAJgAX8Bf2ACf38BfwISAQNlbnYGbWVtb3J5AgMBgIAEAwQDAAABBgsCfwFBAAt/AUEACwcnBANlbmQDAAhsaW5lc0VuZAMBCWNvcHlJdGVtcwACBm1lbW9yeQIACqIHA9ACAgR/AXsDQCAA/QAEACIF/QwiIiIiIiIiIiIiIiIiIiIi/SMgBf0MXFxcXFxcXFxcXFxcXFxcXP0j/VAgBf0MHx8fHx8fHx8fHx8fHx8fH/13IAX9I/1Q/WQiAUUEQCAAQRBqIQAMAQsgACABaGoiBC0AACIAQSJGBEAgBEEBag8LIABB3ABHBEBBAA8LAkACQAJAAkAgBC0AASIAQSJGDQAgAEHcAEYNACAAQS9GDQAgAEHiAEYNACAAQeYARg0AIABB7gBGDQAgAEHyAEYNACAAQfQARg0AIABB9QBGDQEMAgsgBEECaiEADAILQQIhAQNAIAFBBkkEQCABIARqLQAAIgJBIHIhA0EAIQAgAkE5TSACQTBPcQR/QQEFIANB5gBNIANB4QBPcQtFDQMgAUEBaiEBDAELCyAEQQZqIQAMAQtBACEACyAADQALQQALLwAgAC0AAEEiRwRAQQAPCyAAQQFqEAAiAEEBakEAIAAEfyAALQAAQTpGBUEACxsLnQQBBX8gAC0AAEHdAEYEQCAAQQFqIQAFA0AgAC0AAEH7AEYEQAJAIAAhAkEAIQMDQAJAIAItAAAhBSACKQMAQv//g/j//z+DQvvEgJCixwhRBH8gAi0AAiIGQdoATSAGQcEAT3EFQQALBEAgAkEGahAAIgIEfyACLQAAQf0ARwVBAQsNASACQQFqIQIFIAVBIkYEQCACQQFqEAAiAkUNAgUgBUHbAEYgBUH7AEYiBXIEQCACQQFqIgItAABB/QBB3QAgBRtGBH8gAkEBagUgA0HIAUYNBCADQYAIaiAFOgAAIANBAWohAyAFBEAgAhABIQILIAJFDQQMBQshAgUgAigCACIFQe7qseMGRiAFQfTk1asGRnIEfyACQQRqBSACQQVqQQAgBUHmwrGbB0YEfyACLQAEQeUARgVBAAsbCyICRQ0DCwsLA0ACQCADRQ0EIAMtAP8HQQFGIQUgAi0AACEGIAJBAWohAiAGQSxGBEAgBQRAIAIQASECCyACRQ0DDAELIAZB/QBB3QAgBRtHDQIgA0EBayEDDAELCwwBCwtBACECCwVBACECCyACRQRAQX8PCyABQvvEpKLXrJuROjcDACABQQhqIgMgACACIABrIgD8CgAAIAAgA2pB/RQ7AQAgASAAQQpqaiEBIARBAWohBCACQQFqIQAgAi0AACICQSxGDQALIAJB3QBHBEBBfw8LCyAAJAAgASQBIAQL';

;// CONCATENATED MODULE: ./build/remedies.js
/**
 * Every text outside of inputs/, github/, preflight/ and report/ that names an input of the Action, a value of an input
 * or workflow syntax. The engines and aws/ know neither inputs nor workflows: they state what happened, and take the
 * advice on what to change in the workflow from this table. A test holds this.
 *
 * Each text is one or more imperative sentences, the last of which ends with a period, or a part of a sentence if the
 * name of the entry says so.
 */
const remedies = {
    addOidcPermission: 'Re-run the job. If it fails again, check that the job has `permissions: id-token: write`. On a self-hosted runner, check that the runner can connect to GitHub.',
    allowEmptyCopies: 'Check the table name and, if you use them, the filter and process-func. To allow empty copies, set if-empty to warn or ignore.',
    allowEmptyLists: 'Check names, tags, aws-region and the account of the credentials. If this is expected, set if-empty to ignore.',
    allowEmptyExports: 'Check the table name and, if you use one, the filter. To allow empty exports, set if-empty to warn or ignore. The export remains in the bucket.',
    assumeRoleFrom: (hasExternalId) => `Check the name of the role. Grant sts:AssumeRole on it to this identity. Check the role's trust policy${hasExternalId ? ' and role-external-id' : ', which may require role-external-id'}. To use OIDC instead, leave role-chaining out and add \`permissions: id-token: write\` to the job.`,
    assumeRoleWithOidc: 'Set role-to-assume and add `permissions: id-token: write` to the job, or add a step with aws-actions/configure-aws-credentials before this one.',
    bucketOwnerClause: (account) => `that the bucket belongs to account ${account} (s3-bucket-owner)`,
    changeAudience: (audience) => `Add ${audience} to the provider's audiences, or set audience to one of them.`,
    changeBucket: 'Check s3-bucket-name and the account of the credentials. The step does not create a bucket. For an S3-compatible store, also check AWS_ENDPOINT_URL_S3 and s3-force-path-style.',
    changeBucketOfExport: (bucket) => `Bucket ${bucket} does not exist. Check s3-bucket-name.`,
    changeBucketRegion: "Set dest-aws-region to the bucket's Region. Or leave out dest-aws-region and aws-region: the Action then gets the Region from S3.",
    changeCopy: 'Set copy to the output s3-uri of the step that wrote the copy, or to latest. Check the Region and the endpoint of the bucket.',
    changeClientToken: 'Leave ClientToken out of export-table-to-point-in-time-kwargs, or use a new one whenever the parameters change.',
    changeExportKwargs: 'Correct export-table-to-point-in-time-kwargs. Check that filter expressions match the attributes of the table.',
    changeIndex: (names) => names.length > 0
        ? `Set IndexName in dynamodb-scan-kwargs to one of: ${names.join(', ')}.`
        : 'Leave IndexName out of dynamodb-scan-kwargs. The table has no indexes.',
    changeKmsKey: "Check that the key in s3-sse-kms-key-id, or the bucket's default key, exists, is enabled, and is in the bucket's Region.",
    changeKmsKeyOfExport: 'The KMS key does not exist, or it is not in the Region of the bucket. Check s3-sse-kms-key-id, and grant kms:GenerateDataKey and kms:Decrypt on the key to the role.',
    changeReadCapacity: "Re-run the job when the table has less traffic, increase the table's read capacity, or set read-capacity to a lower value.",
    setReadCapacityInUnits: 'Set read-capacity to a number of read capacity units (RCU) per second, auto or none.',
    changeRoleInputs: 'Check the ARN of the role, role-session-name and role-external-id.',
    changeSearch: (hasUnknownScope) => `Check s3-bucket-name, s3-key-prefix, source-table-name and before, and the latest runs of the workflow that writes the copies. To use a copy that was skipped, set copy to its s3-uri.${hasUnknownScope ? ' If an export was not filtered, grant dynamodb:DescribeExport to the role. DynamoDB describes exports for 90 days.' : ''}`,
    compareSameKeys: 'Set compare-with to a table with the same key attributes as the copied table, or to a copy of such a table.',
    compareWholeCopies: (hasUnknownScope) => `Choose a full copy of the whole table in the format DYNAMODB_JSON or ION.${hasUnknownScope ? ' If the export was not filtered, grant dynamodb:DescribeExport to the role. DynamoDB describes exports for 90 days.' : ''}`,
    compareWithKnownKeys: 'Set compare-with to the table, or to a copy that this Action made.',
    /** @param details further advice, each sentence with a leading space */
    changeScanKwargs: (details) => `Correct dynamodb-scan-kwargs.${details} In expressions, use ExpressionAttributeValues (:v) for values and ExpressionAttributeNames (#n) for names that are reserved words.`,
    changeTable: 'Check dynamodb-table-name, aws-region (or source-aws-region) and the account of the credentials. For a table in another account, set dynamodb-table-name to its ARN.',
    changeIndexesOfTable: 'See the file with the keys of the rejected items. Usually, an item violates the key of an index that was added to the table after the copy: the attribute has another type, or is an empty string. Restore the copy into a new table without this index (create-table-kwargs), or write these items yourself.',
    changeWriteCapacity: "Re-run the job when the table has less traffic, increase the table's write capacity, or set write-capacity to a lower value.",
    chooseSourceTable: (needsArn) => needsArn
        ? 'Set source-table-name to the ARN of the table whose copy to use.'
        : 'Set source-table-name to the table whose copy to use.',
    completeShards: (areActive) => `${areActive ? 'Wait until these jobs have ended. ' : ''}If jobs of shards failed, choose "Re-run failed jobs", which runs them and then this one. Otherwise, check that the matrix is the output shards of the plan, and that this job has the job of the shards in needs.`,
    copyShardsAgain: (isDamaged) => `This copy cannot be completed. Choose "Re-run all jobs", or start a new workflow run, to make a new one.${isDamaged ? ' Find out what else writes to the folder of this copy or deletes from it.' : ''}`,
    continueWithOidc: 'Set role-to-assume and add `permissions: id-token: write` to the job. The Action then renews its credentials while the job can request ID tokens, about 6 hours. It cannot renew credentials that an earlier step sets: increase role-duration-seconds in that step.',
    continueWithoutChaining: 'Add `permissions: id-token: write` to the job and leave role-chaining out. The Action then renews its credentials while the job can request ID tokens, about 6 hours. It cannot renew credentials of the environment: increase their duration in the step that sets them.',
    copyShardOnce: 'Copy each shard in one job, and once per job. If the other process has ended, choose "Re-run failed jobs": a later attempt takes over the shard.',
    copyWithOneJob: 'Use a store that supports them, such as Amazon S3, or copy the table with one job, without a plan.',
    copyValuesUnchanged: 'Use the latest version of the Action. Without process-func, export-format DYNAMODB_JSON copies such values unchanged.',
    enablePitr: 'Enable it, or set enable-point-in-time-recovery: true, or scan the table: set point-in-time-export: false.',
    /** The command is complete and comes last, so it can be copied. */
    enablePitrByCommand: (region, table) => `To scan the table instead, set point-in-time-export: false. To enable point-in-time recovery, which AWS charges for by table size, set enable-point-in-time-recovery: true or run aws dynamodb update-continuous-backups --region ${region} --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
    grantWriteToExport: (bucket) => `DynamoDB writes with the permissions of the source role. Grant s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::${bucket}/* to the role. If the bucket is in another account, allow them in the bucket policy as well and set s3-bucket-owner to that account. If the bucket policy requires an encryption header, set s3-sse-algorithm.`,
    ignoreEmptyCopies: 'Set if-empty to ignore if this is expected, or to error to fail the step.',
    leaveOutAcl: 'ACLs are disabled for the bucket. Leave ACL out of s3-put-object-kwargs.',
    limitScanClause: 'Set read-capacity to limit the scan',
    makePlan: 'Check that all jobs of the copy use the same bucket, Region and endpoint. If the plan was deleted, for example by a lifecycle rule, choose "Re-run all jobs" to make a new plan.',
    newCopyOfTable: 'Choose "Re-run all jobs", which makes a new plan and a new copy.',
    newCopy: 'Do not use this copy. Create a new one in a new workflow run or with resume: false.',
    raiseReadBudget: 'Set max-consumed-read-capacity to a higher value, then re-run the job. A re-run uses the workflow file of the first attempt, so the value must come from a configuration variable to be different. Otherwise, change the workflow file and start a new run, which makes a new copy.',
    raiseReadBudgetForTable: 'Set max-consumed-read-capacity to a higher value. For a table with point-in-time recovery, point-in-time-export: true copies it without read capacity.',
    reduceMatrix: 'Re-run the job later. In a matrix, run fewer jobs at the same time (max-parallel).',
    reduceTableList: 'Select fewer tables (names, tags), and use several steps or workflows for the others.',
    restoreDataObjects: 'Do not use this copy. If the table is intact, create a new copy. Find out what else writes to the folder or deletes from it. If the bucket is versioned, restore the objects of the manifest and delete all others. To use an older copy, set copy to its s3-uri, or set before to the snapshot time of this one.',
    renewIdToken: 'Re-run the failed job to get a new token. If the job needs more than 6 hours, set role-duration-seconds high enough for the last session to cover the rest of the job, or let several jobs write the copy (plan and shard).',
    restoreAnotherCopy: (isPartial) => `Restore another copy.${isPartial ? ' Delete the table first, or delete its items.' : ''} If the bucket is versioned, an earlier version of the object may be intact.`,
    restoreArchivedObjects: 'Restore the objects of the copy from their archive storage class first (aws s3api restore-object), then re-run the job.',
    restoreIntoMatchingTable: 'Check that the table has the same key attributes as the table of the copy, with the same types. See the file with the keys of the rejected items.',
    separateClientTokens: 'Set a different ClientToken in export-table-to-point-in-time-kwargs for each step.',
    separateFailedItems: 'Set failed-items-s3-uri to another bucket, because the records contain data of the table.',
    separatePrefix: 'Re-run the job later. If other jobs write to the same bucket, use a separate prefix (s3-key-prefix).',
    shortenRoleSession: (isChained) => `Leave role-duration-seconds out${isChained ? '' : ', or increase the maximum session duration of the role'}. The Action renews sessions before they expire, with OIDC while the job can request ID tokens, about 6 hours.`,
    startSeries: 'Run a full export to the same bucket and prefix first. Do not use {date} or {hour} in the prefix, because their values change.',
    supportedByStore: 'Check that the bucket or the store supports the values of s3-put-object-kwargs and s3-sse-algorithm. If the store does not support checksums, set AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.',
    turnOffResume: 'Set resume to false if this is intended.',
    useOlderCopy: 'Do not use this copy. If the table is intact, create a new copy. Find out what else writes to the bucket. To use an older copy, set copy to its s3-uri, or set before to a time before this copy started.',
    useSameSettings: 'Use the same values in all jobs that copy shards, then start a new workflow run. A re-run uses the workflow file of the first attempt.',
    useAnotherFormat: 'Set export-format to DYNAMODB_JSON or JSON, which keep the string unchanged, or fix the item.',
    waitForExport: (canContinue) => `${canContinue ? 'Re-run the job to continue waiting for this export.' : 'With resume: false, a re-run starts another export. To check the status of this one, run aws dynamodb describe-export with its ARN.'} For large tables, increase max-attempts or check-interval.`,
    allowSubset: 'Choose another copy, or set allow-subset: true to load what this copy contains.',
    allowTable: (input) => `Check dynamodb-table-name. If you want to write into this table, set ${input}: true.`,
    changeCreateTableKwargs: 'Correct create-table-kwargs. Without it, the table gets the definition of the copied table.',
    changeRestoreMethod: 'Set method to auto or to another method. For write, a higher write-capacity takes less time.',
    chooseAnotherTable: 'Set dynamodb-table-name to the name of a new table. To load into this table, set if-table-exists to load-if-empty or overwrite.',
    deletePartialTable: (table, logGroup) => `${logGroup === undefined ? '' : `DynamoDB logs the errors in the CloudWatch log group ${logGroup}. `}Delete the table ${table}, then re-run the job.`,
    overwriteTable: 'Find out what else writes to the table. To load the copy again, set if-table-exists: overwrite.',
    readFailedItems: (uri) => `DynamoDB writes the records of failed items, which contain data of the table, below ${uri}. Fix the cause, then re-run the job: items that were loaded are overwritten with the same values.`,
    restoreWithOtherKeys: (table) => `Delete the table ${table}, or its items. Then restore into a table with the keys of the copied table (KeySchema in create-table-kwargs).`,
    keepKeysDistinct: (table) => `Delete the table ${table}, or its items. Then change process-func so that items with different keys keep different keys, make a new copy and restore it.`,
    restoreFullCopy: 'Choose a full copy in the format DYNAMODB_JSON or ION.',
    setRestoredBillingMode: 'Set BillingMode in create-table-kwargs to PROVISIONED for ProvisionedThroughput, or to PAY_PER_REQUEST for OnDemandThroughput.',
    setRestoredEncryption: 'Set SSESpecification in create-table-kwargs to a key in the Region and account of the new table, or to {Enabled: false} for the key of AWS.',
    setRestoredKeys: 'Set KeySchema and AttributeDefinitions in create-table-kwargs, and BillingMode: PAY_PER_REQUEST or the throughput.',
    setRestoredThroughput: 'Set ProvisionedThroughput in create-table-kwargs, also for each global secondary index, or set BillingMode: PAY_PER_REQUEST.',
    setWriteCapacityInUnits: 'Set write-capacity to a number of write capacity units (WCU) per second, auto or none.',
    grantReadOfObjects: 'Grant s3:GetObject on the data objects to the role, and kms:Decrypt if a KMS key encrypts them. If the bucket belongs to another account, grant it in the bucket policy too. Nothing is known about objects that cannot be read.',
    verifyChangedObjects: 'If the objects were replicated or encrypted again, their ETags differ although their content is the same. Verify the whole copy with check: data, which compares the content. Otherwise, do not use this copy.',
    waitForRestore: 'Re-run the job to continue waiting. For large tables, increase max-attempts or check-interval.',
    waitForShard: 'Wait until the jobs of all shards have ended, then re-run this job. Add the job of the shards to its needs, so that it starts after them.',
    waitForTable: 'Wait until the table is ACTIVE, then re-run the job.',
};

;// CONCATENATED MODULE: ./build/format/malformed-page.js

/**
 * The bytes of a page are not a Scan response: incomplete, corrupted, or not DynamoDB JSON. The message contains the
 * position and what was expected. It never contains the bytes found there, which could be user data.
 */
class MalformedPage extends Error {
    name = 'MalformedPage';
    expected;
    /** Index in the bytes of the page; undefined if unknown. */
    at;
    constructor(expected, at) {
        super(`expected ${expected} ${at === undefined ? 'in' : `at byte ${at} of`} the response`);
        this.expected = expected;
        this.at = at;
    }
}
/**
 * An item cannot be written as Ion because a string contains half of a surrogate pair. DynamoDB JSON can represent it
 * as an escape sequence, but it is not valid Unicode text. The page is valid and a retry would return the same bytes,
 * so this error fails the run. Its texts contain no data.
 */
class InvalidIonText extends Error {
    name = 'NotIon';
    remedy = remedies.useAnotherFormat;
    constructor() {
        super('An item contains half of a surrogate pair, which is not valid Unicode and cannot be written as Ion.');
    }
}

;// CONCATENATED MODULE: ./build/format/cursor.js

/** Number of zero bytes after the page: more than any single read looks ahead. */
const cursor_PADDING = 16;
/** Minimum number of bytes for which a native copy is faster. The call alone takes about 50 ns. */
const NATIVE_COPY = 256;
/**
 * The input and output of a transcoder, each with its current position.
 *
 * Zero bytes follow the page. A zero byte is neither structure nor allowed inside a string, so every loop stops there
 * and does not have to check for the end of the page at each byte.
 */
class Cursor {
    /** Input bytes, followed by zeros. */
    bytes = Buffer.alloc(0);
    view = new DataView(this.bytes.buffer);
    /** Buffer for pages that have to be copied; `bytes` is then this buffer. */
    copied = this.bytes;
    /** Number of input bytes, without the zeros. */
    length = 0;
    /** Index of the next byte to read. */
    at = 0;
    /** Output: the buffer of the LineBuffer last passed to `writeTo`. */
    out = this.bytes;
    outView = this.view;
    /** Index of the next byte to write. */
    to = 0;
    /** Loads a page. Reads it in place if zeros already follow it, otherwise copies it. */
    load(page, start) {
        if (zerosFollow(page))
            this.read(page);
        else {
            page.copy(this.reserve(page.length));
            this.seal(page.length);
        }
        this.length = page.length;
        this.at = start;
    }
    /**
     * Reads `bytes` in place. PADDING more bytes must be readable after `length`. They need not be zeros if the input ends
     * in a line feed, which stops every loop like a zero byte.
     */
    readInPlace(bytes, length) {
        if (this.bytes !== bytes)
            this.read(bytes);
        this.length = length;
    }
    /** Makes the cursor's own buffer the input. It has room for `length` bytes and the zeros. */
    reserve(length) {
        if (this.copied.length < length + cursor_PADDING)
            this.copied = Buffer.allocUnsafeSlow(length + cursor_PADDING);
        this.read(this.copied);
        return this.copied;
    }
    /** Sets the length of the input in that buffer and writes the zeros after it. */
    seal(length) {
        this.length = length;
        this.copied.fill(0, length, length + cursor_PADDING);
    }
    /** Writes from now on at the end of `lines`, which must have enough room. */
    writeTo(lines) {
        this.out = lines.bytes;
        this.outView = lines.view;
        this.to = lines.length;
    }
    /**
     * Skips `byte`.
     *
     * @throws {MalformedPage} if the next byte is a different one
     */
    expect(byte, expected) {
        if (this.view.getUint8(this.at) !== byte)
            throw this.malformed(expected);
        this.at += 1;
    }
    /** Writes one byte. */
    put(byte) {
        this.out[this.to] = byte;
        this.to += 1;
    }
    /** Writes a few bytes. */
    putAll(text) {
        for (let i = 0; i < text.length; i += 1)
            this.out[this.to + i] = text[i];
        this.to += text.length;
    }
    /** Copies `length` bytes of the input, starting at `from`. */
    copy(from, length) {
        if (length >= NATIVE_COPY)
            this.bytes.copy(this.out, this.to, from, from + length);
        else {
            // This writes up to 3 bytes past the end. The next write overwrites them, and LineBuffer has room for them.
            for (let i = 0; i < length; i += 4) {
                this.outView.setInt32(this.to + i, this.view.getInt32(from + i, true), true);
            }
        }
        this.to += length;
    }
    malformed(expected, at = this.at) {
        return new MalformedPage(expected, Math.min(at, this.length));
    }
    read(bytes) {
        this.bytes = bytes;
        // Bounded, so that no read can reach other pages in the same memory.
        const readable = Math.min(bytes.length + cursor_PADDING, bytes.buffer.byteLength - bytes.byteOffset);
        this.view = new DataView(bytes.buffer, bytes.byteOffset, readable);
    }
}
/** Returns true if at least PADDING zero bytes follow `page` in its ArrayBuffer. BodyBuffer ensures this. */
function zerosFollow({ buffer, byteOffset, length }) {
    const end = byteOffset + length;
    if (buffer.byteLength - end < cursor_PADDING)
        return false;
    return new Uint8Array(buffer, end, cursor_PADDING).every((byte) => byte === 0);
}
/** Returns four ASCII characters as `view.getInt32` reads them in little-endian order. */
function fourBytes(text) {
    return Buffer.from(text, 'latin1').readInt32LE();
}
/** Returns two ASCII characters as `view.getInt16` reads them in little-endian order. */
function twoBytes(text) {
    return Buffer.from(text, 'latin1').readInt16LE();
}

;// CONCATENATED MODULE: ./build/format/ascii.js
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const EQUALS = 0x3d;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_D = 0x64;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

;// CONCATENATED MODULE: ./build/format/json-string.js

/**
 * Returns the index after the closing quote of the string whose first character is at `start`.
 *
 * Most of the time is spent here and in `copyString`, so both process four bytes at a time.
 */
function endOfString(cursor, start) {
    const { view } = cursor;
    let at = start;
    for (;;) {
        let stops = stopsIn(view.getInt32(at, true));
        if (stops === 0) {
            at += 4;
            stops = stopsIn(view.getInt32(at, true));
            if (stops === 0) {
                at += 4;
                continue;
            }
        }
        at += firstOf(stops);
        const byte = view.getUint8(at);
        if (byte === QUOTE)
            return at + 1;
        if (byte !== BACKSLASH)
            throw cursor.malformed('the rest of a string', at);
        at += lengthOfEscape(cursor, at);
    }
}
/** Copies a string with its quotes. Calls `transcodeEscape` at the backslash of each escape sequence. */
function copyString(cursor, transcodeEscape) {
    const { view, outView } = cursor;
    let { at, to } = cursor;
    if (view.getUint8(at) !== QUOTE)
        throw cursor.malformed('a string');
    outView.setUint8(to, QUOTE);
    at += 1;
    to += 1;
    for (;;) {
        // This can write bytes past a stop. The next write overwrites them, and LineBuffer has room for them.
        let word = view.getInt32(at, true);
        outView.setInt32(to, word, true);
        let stops = stopsIn(word);
        if (stops === 0) {
            word = view.getInt32(at + 4, true);
            outView.setInt32(to + 4, word, true);
            stops = stopsIn(word);
            at += 4;
            to += 4;
            if (stops === 0) {
                at += 4;
                to += 4;
                continue;
            }
        }
        const length = firstOf(stops);
        at += length;
        to += length;
        const byte = view.getUint8(at);
        if (byte === QUOTE) {
            cursor.at = at + 1;
            cursor.to = to + 1;
            return;
        }
        cursor.at = at;
        cursor.to = to;
        if (byte !== BACKSLASH)
            throw cursor.malformed('the rest of a string');
        transcodeEscape(cursor);
        at = cursor.at;
        to = cursor.to;
    }
}
/** Copies an escape sequence unchanged. */
function copyEscape(cursor) {
    const { bytes, at } = cursor;
    const length = lengthOfEscape(cursor, at);
    for (let i = 0; i < length; i += 1)
        cursor.put(bytes[at + i]);
    cursor.at = at + length;
}
/** Returns the length in bytes of the escape sequence whose backslash is at `at`: 6 for `\uXXXX`, otherwise 2. */
function lengthOfEscape(cursor, at) {
    const kind = cursor.view.getUint8(at + 1);
    if (kind === LOWER_U) {
        codeUnit(cursor, at);
        return 6;
    }
    if (ESCAPABLE[kind] !== 1)
        throw cursor.malformed('an escape sequence', at);
    return 2;
}
/** Returns the UTF-16 code unit of the `\uXXXX` at `at`. */
function codeUnit(cursor, at) {
    const { view } = cursor;
    const unit = (hexDigit(view.getUint8(at + 2)) << 12) |
        (hexDigit(view.getUint8(at + 3)) << 8) |
        (hexDigit(view.getUint8(at + 4)) << 4) |
        hexDigit(view.getUint8(at + 5));
    if (unit < 0)
        throw cursor.malformed('four hexadecimal digits', at);
    return unit;
}
const ESCAPABLE = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrtu'))
    ESCAPABLE[byte] = 1;
/** @returns a negative number if the byte is not a digit, which stays negative when shifted and combined with others */
function hexDigit(byte) {
    return HEX_DIGITS[byte];
}
const HEX_DIGITS = new Int32Array(256).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
    const text = digit.toString(16);
    HEX_DIGITS[text.charCodeAt(0)] = digit;
    HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}
/**
 * Marks, in bit 7 of each of four bytes, those at which plain text in a string ends: `"`, `\` and controls below 0x20.
 * The lowest mark is exact. Marks above it can be wrong because of a borrow.
 */
function stopsIn(word) {
    // Flipping bit 1 makes the quote 0x20, next to the controls, so that one subtraction finds both.
    return (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080;
}
/** Returns the number of bytes before the lowest mark. */
function firstOf(stops) {
    return (31 - Math.clz32(stops & -stops)) >> 3;
}

;// CONCATENATED MODULE: ./build/format/number.js

/** Returns the index after the JSON number that starts at `start`; -1 if no number starts there. */
function endOfNumber(view, start) {
    let at = start;
    if (view.getUint8(at) === MINUS)
        at += 1;
    const whole = at;
    at = endOfDigits(view, at);
    if (at === whole)
        return -1;
    // JSON does not allow leading zeros.
    if (view.getUint8(whole) === ZERO && at > whole + 1)
        return -1;
    let next = view.getUint8(at);
    if (next === POINT) {
        const fraction = at + 1;
        at = endOfDigits(view, fraction);
        if (at === fraction)
            return -1;
        next = view.getUint8(at);
    }
    if ((next | LOWERCASE) === LOWER_E) {
        at += 1;
        const sign = view.getUint8(at);
        if (sign === PLUS || sign === MINUS)
            at += 1;
        const exponent = at;
        at = endOfDigits(view, exponent);
        if (at === exponent)
            return -1;
    }
    return at;
}
/** Returns the index of the first byte, starting at `start`, that is not a digit. */
function endOfDigits(view, start) {
    let at = start;
    let byte = view.getUint8(at);
    while (byte >= ZERO && byte <= NINE) {
        at += 1;
        byte = view.getUint8(at);
    }
    return at;
}
/** Bit that makes an ASCII letter lowercase. */
const LOWERCASE = 0x20;

;// CONCATENATED MODULE: ./build/format/typed-item.js


/** Maximum nesting depth. DynamoDB allows 32 levels; this limit keeps a malicious page from exhausting the stack. */
const MAX_NESTING = 100;
/**
 * Returns a function that reads an item in the form that DynamoDB writes, checks every byte of its structure, and
 * writes it with `writer`. Maps, lists, true, false and null are the same in all formats.
 */
function typedItem(writer) {
    return (cursor) => {
        cursor.putAll(writer.lineStart);
        writeMap(cursor, writer, 0);
        cursor.putAll(writer.lineEnd);
    };
}
function writeMap(cursor, writer, depth) {
    if (depth > MAX_NESTING)
        throw cursor.malformed('fewer nesting levels');
    cursor.expect(OPEN_BRACE, 'a map');
    cursor.put(OPEN_BRACE);
    if (closes(cursor, CLOSE_BRACE))
        return;
    do {
        writer.name(cursor);
        cursor.expect(COLON, '":"');
        cursor.put(COLON);
        writeValue(cursor, writer, depth);
    } while (hasNext(cursor, CLOSE_BRACE));
}
function writeList(cursor, writer, depth) {
    if (depth > MAX_NESTING)
        throw cursor.malformed('fewer nesting levels');
    cursor.expect(OPEN_BRACKET, 'a list');
    cursor.put(OPEN_BRACKET);
    if (closes(cursor, CLOSE_BRACKET))
        return;
    do
        writeValue(cursor, writer, depth);
    while (hasNext(cursor, CLOSE_BRACKET));
}
/** Sets are never empty. */
function writeSet(cursor, annotation, write) {
    cursor.putAll(annotation);
    cursor.expect(OPEN_BRACKET, 'a set');
    cursor.put(OPEN_BRACKET);
    do
        write(cursor);
    while (hasNext(cursor, CLOSE_BRACKET));
}
/** Reads and writes a `,` or the closing bracket. Returns true after a `,`, since another element follows. */
function hasNext(cursor, close) {
    const byte = cursor.view.getUint8(cursor.at);
    if (byte !== COMMA && byte !== close)
        throw cursor.malformed('"," or a closing bracket');
    cursor.at += 1;
    cursor.put(byte);
    return byte === COMMA;
}
function closes(cursor, close) {
    if (cursor.view.getUint8(cursor.at) !== close)
        return false;
    cursor.at += 1;
    cursor.put(close);
    return true;
}
/** Reads a value with its type descriptor, `{"S":...}`, and writes it. The first four bytes identify the type. */
function writeValue(cursor, writer, depth) {
    switch (cursor.view.getInt32(cursor.at, true)) {
        case S:
            skipDescriptor(cursor, 1);
            writer.S(cursor);
            break;
        case N:
            skipDescriptor(cursor, 1);
            writer.N(cursor);
            break;
        case M:
            skipDescriptor(cursor, 1);
            writeMap(cursor, writer, depth + 1);
            break;
        case L:
            skipDescriptor(cursor, 1);
            writeList(cursor, writer, depth + 1);
            break;
        case BO:
            if (cursor.view.getInt16(cursor.at + 4, true) !== OL)
                throw cursor.malformed('a type descriptor');
            skipDescriptor(cursor, 4);
            writeBoolean(cursor);
            break;
        case NU:
            if (cursor.view.getInt16(cursor.at + 4, true) !== LL)
                throw cursor.malformed('a type descriptor');
            skipDescriptor(cursor, 4);
            writeNull(cursor);
            break;
        case B:
            skipDescriptor(cursor, 1);
            writer.B(cursor);
            break;
        case SS:
            skipDescriptor(cursor, 2);
            writeSet(cursor, writer.sets.SS, writer.S);
            break;
        case NS:
            skipDescriptor(cursor, 2);
            writeSet(cursor, writer.sets.NS, writer.N);
            break;
        case BS:
            skipDescriptor(cursor, 2);
            writeSet(cursor, writer.sets.BS, writer.B);
            break;
        default:
            throw cursor.malformed('an attribute value');
    }
    cursor.expect(CLOSE_BRACE, 'the end of an attribute value');
}
const S = fourBytes('{"S"');
const N = fourBytes('{"N"');
const B = fourBytes('{"B"');
const M = fourBytes('{"M"');
const L = fourBytes('{"L"');
const SS = fourBytes('{"SS');
const NS = fourBytes('{"NS');
const BS = fourBytes('{"BS');
const BO = fourBytes('{"BO');
const OL = twoBytes('OL');
const NU = fourBytes('{"NU');
const LL = twoBytes('LL');
const QUOTE_COLON = twoBytes('":');
/** Skips `{"`, a type name of `length` letters, and `":`. */
function skipDescriptor(cursor, length) {
    const closing = cursor.at + 2 + length;
    if (cursor.view.getInt16(closing, true) !== QUOTE_COLON)
        throw cursor.malformed('a type descriptor', closing);
    cursor.at = closing + 2;
}
function writeBoolean(cursor) {
    const literal = cursor.view.getInt32(cursor.at, true);
    cursor.outView.setInt32(cursor.to, literal, true);
    cursor.at += 4;
    cursor.to += 4;
    if (literal === TRUE)
        return;
    if (literal !== FALS)
        throw cursor.malformed('true or false');
    cursor.expect(LOWER_E, 'true or false');
    cursor.put(LOWER_E);
}
/** Writes null. DynamoDB sends only `"NULL":true`, never `"NULL":false`. */
function writeNull(cursor) {
    if (cursor.view.getInt32(cursor.at, true) !== TRUE)
        throw cursor.malformed('true');
    cursor.outView.setInt32(cursor.to, NULL, true);
    cursor.at += 4;
    cursor.to += 4;
}
const TRUE = fourBytes('true');
const FALS = fourBytes('fals');
const NULL = fourBytes('null');

;// CONCATENATED MODULE: ./build/format/json-value.js





/**
 * Returns the index after the compact JSON value that starts at `start`.
 *
 * @throws {MalformedPage} if it is not valid JSON
 */
function endOfValue(cursor, start, depth) {
    const { view } = cursor;
    const first = view.getInt32(start, true);
    // Most values are strings and numbers. Reading them in one step saves 10% of the time.
    if ((first === json_value_S || first === json_value_N) && view.getInt16(start + 4, true) === COLON_QUOTE) {
        const end = endOfString(cursor, start + 6);
        if (view.getUint8(end) === CLOSE_BRACE)
            return end + 1;
    }
    switch (view.getUint8(start)) {
        case OPEN_BRACE:
            return endOfObject(cursor, start, depth + 1);
        case OPEN_BRACKET:
            return endOfArray(cursor, start, depth + 1);
        case QUOTE:
            return endOfString(cursor, start + 1);
    }
    if (first === json_value_TRUE || first === json_value_NULL)
        return start + 4;
    if (first === json_value_FALS && view.getUint8(start + 4) === LOWER_E)
        return start + 5;
    const end = endOfNumber(view, start);
    if (end < 0)
        throw cursor.malformed('a value', start);
    return end;
}
/** Returns the index after the JSON object whose `{` is at `start`. */
function endOfObject(cursor, start, depth) {
    const { view } = cursor;
    if (depth > MAX_DEPTH)
        throw cursor.malformed('fewer nesting levels', start);
    if (view.getUint8(start + 1) === CLOSE_BRACE)
        return start + 2;
    let at = start;
    do {
        at += 1;
        if (view.getUint8(at) !== QUOTE)
            throw cursor.malformed('an attribute name', at);
        at = endOfString(cursor, at + 1);
        if (view.getUint8(at) !== COLON)
            throw cursor.malformed('":"', at);
        at = endOfValue(cursor, at + 1, depth);
    } while (view.getUint8(at) === COMMA);
    if (view.getUint8(at) !== CLOSE_BRACE)
        throw cursor.malformed('"," or "}"', at);
    return at + 1;
}
function endOfArray(cursor, start, depth) {
    const { view } = cursor;
    if (depth > MAX_DEPTH)
        throw cursor.malformed('fewer nesting levels', start);
    if (view.getUint8(start + 1) === CLOSE_BRACKET)
        return start + 2;
    let at = start;
    do
        at = endOfValue(cursor, at + 1, depth);
    while (view.getUint8(at) === COMMA);
    if (view.getUint8(at) !== CLOSE_BRACKET)
        throw cursor.malformed('"," or "]"', at);
    return at + 1;
}
/** A map or list takes two levels, its own and its type descriptor's. A value at the deepest level takes one more. */
const MAX_DEPTH = 2 * MAX_NESTING + 1;
const json_value_S = fourBytes('{"S"');
const json_value_N = fourBytes('{"N"');
const COLON_QUOTE = twoBytes(':"');
const json_value_TRUE = fourBytes('true');
const json_value_FALS = fourBytes('fals');
const json_value_NULL = fourBytes('null');

;// CONCATENATED MODULE: ./build/format/lines.js


/** Holds the lines of one page in one buffer, so that the scan allocates nothing per item. */
class LineBuffer {
    /** Buffer. Only the first `length` bytes are valid; `ensure` can replace the buffer. */
    bytes;
    /** View of the same buffer, to write several bytes at once. */
    view;
    /** Number of bytes in use. */
    length = 0;
    /** @param bytes initial buffer */
    constructor(bytes) {
        this.bytes = bytes;
        this.view = viewOf(bytes);
    }
    /** Makes room for `more` bytes after `length` and keeps the contents. */
    ensure(more) {
        const needed = this.length + more;
        if (needed <= this.bytes.length)
            return;
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
        this.bytes.copy(larger, 0, 0, this.length);
        this.replace(larger, this.length);
    }
    /** Replaces the buffer, whose first `length` bytes are lines. */
    replace(bytes, length) {
        this.bytes = bytes;
        this.view = viewOf(bytes);
        this.length = length;
    }
    /** Removes the lines and keeps the buffer. */
    clear() {
        this.length = 0;
    }
    /** Returns the lines as a view into the buffer, valid until the next `ensure` or `clear`. */
    lines() {
        return this.bytes.subarray(0, this.length);
    }
}
function viewOf({ buffer, byteOffset, length }) {
    return new DataView(buffer, byteOffset, length);
}
/** Non-ASCII characters at which line readers can end a line. In UTF-8, no other character contains their bytes. */
const SEPARATORS = [
    { raw: Buffer.from('\u0085'), escaped: Buffer.from('\\u0085') },
    { raw: Buffer.from('\u2028'), escaped: Buffer.from('\\u2028') },
    { raw: Buffer.from('\u2029'), escaped: Buffer.from('\\u2029') },
];
/** Maximum growth factor: U+0085 is two bytes, and its escape sequence is six. */
const ESCAPED_GROWTH = 3;
/** First two bytes of U+2028 and U+2029. Dashes and typographic quotes start with them too. */
const PUNCTUATION = Buffer.from('\u2028').subarray(0, 2);
/** Returns true if `page` contains an unescaped U+0085, U+2028 or U+2029 at or after `start`. */
function holdsSeparators(page, start) {
    const [nextLine, ...separators] = SEPARATORS.map(({ raw }) => raw);
    if (page.includes(nextLine, start))
        return true;
    const from = page.indexOf(PUNCTUATION, start);
    return from >= 0 && separators.some((raw) => page.includes(raw, from));
}
/**
 * Copies a page, starting at `start`, and escapes its line separators. This does not change the value of a string.
 * Outside of strings, both forms are invalid JSON.
 *
 * @param into output buffer with room for ESCAPED_GROWTH times as many bytes
 * @returns number of bytes written, and a function that maps an index in the output to the index in the page
 */
function escapeSeparators(page, start, into) {
    const places = [];
    const next = SEPARATORS.map(({ raw }) => indexOf(page, raw, start));
    let read = start;
    let written = 0;
    for (;;) {
        const at = Math.min(...next);
        written += page.copy(into, written, read, at);
        if (at === page.length)
            break;
        if (isEscaped(page, at))
            throw new MalformedPage('an escape sequence', at - 1);
        const kind = next.indexOf(at);
        const { raw, escaped } = SEPARATORS[kind];
        written += escaped.copy(into, written);
        read = at + raw.length;
        next[kind] = indexOf(page, raw, read);
        places.push({ end: written, shift: read - written });
    }
    const indexInPage = (at) => at + (places.findLast(({ end }) => end <= at)?.shift ?? start);
    return { written, indexInPage };
}
function indexOf(page, raw, from) {
    const at = page.indexOf(raw, from);
    return at < 0 ? page.length : at;
}
/** Returns true if a backslash escapes the character at `at`. Replacing the character would then change the string. */
function isEscaped(page, at) {
    let start = at;
    while (page[start - 1] === BACKSLASH)
        start -= 1;
    return (at - start) % 2 === 1;
}

;// CONCATENATED MODULE: ./build/format/web-assembly.js
const WASM_PAGE_BYTES = 64 * 1024;
/** Size of a shared memory: 64 KiB at first, 4 GiB at most. scripts/build-assembly.mjs has the same limits. */
const SHARED_WASM_PAGES = { initial: 1, maximum: 65_536 };
/**
 * Returns the exports of a module that `npm run build` compiled from assembly/.
 *
 * @param base64 the module
 * @param memory imported by the module, if it has no memory of its own
 * @returns undefined if the processor has no 128-bit SIMD, if Node is not allowed to compile at run time, or if the
 *   limits of `memory` are not those of the module
 */
function instantiate(base64, memory) {
    try {
        const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
        return new WebAssembly.Instance(module, { env: { memory } }).exports;
    }
    catch {
        return undefined;
    }
}
/**
 * Returns memory that threads can share; undefined if Node has no WebAssembly, or too few addresses. It reserves 4 GiB of
 * addresses, but no physical memory.
 */
function web_assembly_newSharedMemory() {
    try {
        return new WebAssembly.Memory({ ...SHARED_WASM_PAGES, shared: true });
    }
    catch {
        return undefined;
    }
}
/** Grows the memory to at least `bytes`. The operating system only commits pages that are written to. */
function reserve(memory, bytes) {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0)
        memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
    return Buffer.from(memory.buffer);
}

;// CONCATENATED MODULE: ./build/format/page-memory.js

/**
 * Size of a region. A page has about 1 MB, and eight times as much at most (line-input.ts). Memory that is never written
 * to is only addresses, and takes no physical memory.
 */
const REGION_BYTES = 24 * 1024 * 1024;
/** The memory of each SharedArrayBuffer: after it has grown, and in a message, the same memory has another one. */
const memories = new WeakMap();
/**
 * Memory for pages and their lines. Threads share it, and assembly/copy-items.ts works in it. Pages and lines then need
 * not be copied to another thread or to the memory of the module.
 */
class PageMemory {
    /** Can be sent to another thread. Undefined if Node has no WebAssembly. */
    wasmMemory;
    constructor(wasmMemory) {
        this.wasmMemory = wasmMemory;
    }
    /** Returns a region that nothing else uses; undefined if no memory is left. It cannot be freed. */
    newRegion() {
        const memory = this.wasmMemory;
        if (!memory)
            return undefined;
        try {
            const at = memory.grow(REGION_BYTES / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
            memories.set(memory.buffer, memory);
            return Buffer.from(memory.buffer, at, REGION_BYTES);
        }
        catch {
            return undefined;
        }
    }
    /** Returns a Buffer of bytes that another thread has sent, which are in this memory or in memory of their own. */
    adopt(bytes) {
        const memory = this.wasmMemory;
        if (memory && isShared(bytes.buffer)) {
            // The other thread may have added the region while this one started. This thread only learns of that when it grows
            // the memory itself, even by nothing; the module would otherwise fail.
            if (bytes.byteOffset + bytes.length > memory.buffer.byteLength)
                memory.grow(0);
            memories.set(bytes.buffer, memory);
        }
        return bufferOf(bytes);
    }
}
/** Returns memory that no other thread uses yet. */
function newPageMemory() {
    return new PageMemory(newSharedMemory());
}
/** Returns a Buffer with the same memory: a message contains a Buffer as a Uint8Array. */
function bufferOf({ buffer, byteOffset, length }) {
    return Buffer.from(buffer, byteOffset, length);
}
/** Returns true if other threads can use the same memory. */
function isShared(buffer) {
    return buffer instanceof SharedArrayBuffer;
}
/** Returns the memory that contains these bytes, at the address `byteOffset`; undefined if it is not a PageMemory. */
function memoryOf({ buffer }) {
    return memories.get(buffer);
}

;// CONCATENATED MODULE: ./build/format/compact-items.js


const compact_items_SPACE = new Uint8Array(256);
for (const byte of Buffer.from(' \t\n\r'))
    compact_items_SPACE[byte] = 1;
/** Bytes that need no whitespace to separate them from the next token. */
const IS_DELIMITER = Uint8Array.from(compact_items_SPACE);
for (const byte of [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COLON, COMMA, QUOTE])
    IS_DELIMITER[byte] = 1;
/**
 * Copies the items of a page, from `start` through the `]` that ends them, without the whitespace between tokens. All
 * other bytes stay the same. Invalid JSON does not become valid.
 *
 * @param into output buffer with room for all bytes of `page` after `start`
 * @param until number of written bytes at which to stop; `read` is then the index in the page of the next output byte
 * @returns index of the first byte of the page that was not read, and number of bytes written
 * @throws {MalformedPage} if the page ends before the items do
 */
function compactItems(page, start, into, until = Number.POSITIVE_INFINITY) {
    let read = start;
    let written = 0;
    let depth = 1;
    let inString = false;
    while (depth > 0 && written < until) {
        if (read >= page.length)
            throw new MalformedPage('more data', page.length);
        const byte = page[read];
        read += 1;
        if (inString) {
            if (byte === QUOTE)
                inString = false;
            else if (byte === BACKSLASH) {
                // Copy the escaped byte too, whatever it is: an escaped quote must not end the string.
                into[written++] = byte;
                into[written++] = page[read++] ?? 0;
                continue;
            }
        }
        else if (compact_items_SPACE[byte] === 1) {
            // `tr ue` must not become `true`.
            if (!IS_DELIMITER[into[written - 1] ?? QUOTE] && !IS_DELIMITER[page[read] ?? QUOTE]) {
                throw new MalformedPage('"," or a closing bracket', read);
            }
            continue;
        }
        else if (byte === QUOTE)
            inString = true;
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET)
            depth += 1;
        else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)
            depth -= 1;
        into[written++] = byte;
    }
    return { read, written };
}

;// CONCATENATED MODULE: ./build/format/transcoder.js





/** Extra bytes per item: text that a format writes around an item, and the overrun of writes of several bytes. */
const ITEM_OVERHEAD = 64;
/**
 * Returns the transcoder of a format, given the function that transcodes one item.
 *
 * `item` reads only compact JSON without an unescaped U+0085, U+2028 or U+2029. Other pages are normalized first.
 * Native searches find the separators. DynamoDB never sends whitespace, so whitespace is removed only if `item` fails.
 *
 * @param growth maximum number of bytes that `item` writes per byte that it reads, not counting ITEM_OVERHEAD
 */
function transcoder(item, growth) {
    // Shared by all workers: transcoding a page is synchronous, and a copied page is not needed afterwards.
    const pages = new PageTranscoder(item, growth);
    return (page, start, lines) => pages.transcode(page, start, lines);
}
class PageTranscoder {
    cursor = new Cursor();
    item;
    growth;
    /** Page with escaped line separators. */
    escaped = Buffer.alloc(0);
    constructor(item, growth) {
        this.item = item;
        this.growth = growth;
    }
    transcode(page, start, lines) {
        const before = lines.length;
        try {
            return holdsSeparators(page, start) ? this.withSeparators(page, start, lines) : this.without(page, start, lines);
        }
        catch (error) {
            lines.length = before;
            throw error;
        }
    }
    withSeparators(page, start, lines) {
        const room = (page.length - start) * ESCAPED_GROWTH;
        if (this.escaped.length < room)
            this.escaped = Buffer.allocUnsafeSlow(room);
        const { written, indexInPage } = escapeSeparators(page, start, this.escaped);
        return inPage(indexInPage, () => {
            const { count, end } = this.without(this.escaped.subarray(0, written), 0, lines);
            return { count, end: indexInPage(end) };
        });
    }
    without(page, start, lines) {
        const before = lines.length;
        try {
            this.cursor.load(page, start);
            return { count: this.items(lines), end: this.cursor.at };
        }
        catch (error) {
            if (!(error instanceof MalformedPage))
                throw error;
            lines.length = before;
            return this.compacted(page, start, lines);
        }
    }
    compacted(page, start, lines) {
        const { cursor } = this;
        const compact = cursor.reserve(page.length - start);
        const { read, written } = compactItems(page, start, compact);
        cursor.seal(written);
        cursor.at = 0;
        const indexInPage = (index) => compactItems(page, start, compact, index).read;
        return inPage(indexInPage, () => ({ count: this.items(lines), end: read }));
    }
    /** @returns number of items */
    items(lines) {
        const { cursor, item, growth } = this;
        if (cursor.view.getUint8(cursor.at) === CLOSE_BRACKET) {
            cursor.at += 1;
            return 0;
        }
        for (let count = 1;; count += 1) {
            if (cursor.view.getUint8(cursor.at) !== OPEN_BRACE)
                throw cursor.malformed('an item');
            lines.ensure((cursor.length - cursor.at) * growth + ITEM_OVERHEAD);
            cursor.writeTo(lines);
            item(cursor);
            lines.length = cursor.to;
            const next = cursor.view.getUint8(cursor.at);
            if (next !== COMMA && next !== CLOSE_BRACKET)
                throw cursor.malformed('"," or "]"');
            cursor.at += 1;
            if (next === CLOSE_BRACKET)
                return count;
        }
    }
}
/** Runs `work` on a normalized page. If it fails, maps the position in the error to the original page. */
function inPage(indexInPage, work) {
    try {
        return work();
    }
    catch (error) {
        if (!(error instanceof MalformedPage) || error.at === undefined)
            throw error;
        throw new MalformedPage(error.expected, indexInPage(error.at));
    }
}

;// CONCATENATED MODULE: ./build/format/dynamodb-json.js







const LINE_START = Buffer.from('{"Item":');
const LINE_END = Buffer.from('}\n');
/**
 * DYNAMODB_JSON: each item as DynamoDB sent it, as `{"Item":{...}}`.
 *
 * Checks that an item is complete, valid JSON, but not that its values have known types. If DynamoDB adds a type, its
 * values are copied like all others.
 */
const transcodeDynamoDbJson = (page, start, lines) => (holdsSeparators(page, start) ? undefined : copyItems(page, start, lines)) ?? copyAndCheck(page, start, lines);
/** Maximum ratio of output to input: an empty item takes 3 bytes in a page and 12 as a line. */
const MAX_GROWTH = 4;
/**
 * The module in each memory; undefined if it cannot run. Only one thread may run it at a time: the main thread converts
 * pages only until the byte thread has started.
 */
const assemblies = new WeakMap();
/**
 * Writes the lines of a page in DYNAMODB_JSON, like `TranscodeItems`. Nearly twice as fast as JavaScript because it
 * processes 16 bytes at a time (assembly/copy-items.ts).
 *
 * @param page without unescaped U+0085, U+2028 and U+2029
 * @returns undefined if the page differs from the form that DynamoDB writes, or if the module cannot run or cannot read
 *   and write in place: page and lines must be in the same PageMemory, the page followed by zeros, and the lines by room
 *   for four times as many bytes. `lines` is then unchanged
 */
function copyItems(page, start, lines) {
    const memory = memoryOf(page);
    if (!memory || memoryOf(lines.bytes) !== memory || !zerosFollow(page))
        return undefined;
    if (lines.bytes.length - lines.length < (page.length - start) * MAX_GROWTH + cursor_PADDING)
        return undefined;
    const assembly = assemblyIn(memory);
    if (!assembly)
        return undefined;
    const linesAt = lines.bytes.byteOffset + lines.length;
    const count = assembly.copyItems(page.byteOffset + start, linesAt);
    if (count < 0)
        return undefined;
    // JavaScript gets addresses as signed numbers.
    lines.length += (assembly.linesEnd.value >>> 0) - linesAt;
    return { count, end: (assembly.end.value >>> 0) - page.byteOffset };
}
function assemblyIn(memory) {
    if (!assemblies.has(memory))
        assemblies.set(memory, instantiate(COPY_ITEMS, memory));
    return assemblies.get(memory);
}
/** Handles the pages that `copyItems` rejects: whitespace, line separators, raw numbers. Reports malformed pages. */
const copyAndCheck = transcoder(copyItem, 1);
function copyItem(cursor) {
    const start = cursor.at;
    const end = endOfObject(cursor, start, 0);
    cursor.putAll(LINE_START);
    cursor.copy(start, end - start);
    cursor.putAll(LINE_END);
    cursor.at = end;
}

;// CONCATENATED MODULE: ./build/format/ion-text.js




/** Writes a JSON string as an Ion string. They differ only in escape sequences. */
function writeText(cursor) {
    copyString(cursor, writeEscapeInString);
}
/** Writes a string as a field name: unquoted if it is an identifier and not a keyword, otherwise in single quotes. */
function writeFieldName(cursor) {
    cursor.expect(QUOTE, 'an attribute name');
    const { view, at: start } = cursor;
    const end = endOfIdentifier(view, start);
    if (view.getUint8(end) !== QUOTE || !canBeUnquoted(view, start, end)) {
        writeQuotedName(cursor);
        return;
    }
    cursor.copy(start, end - start);
    cursor.at = end + 1;
}
function writeQuotedName(cursor) {
    const { view, to: opening } = cursor;
    cursor.put(APOSTROPHE);
    for (;;) {
        const byte = view.getUint8(cursor.at);
        if (byte === QUOTE)
            break;
        if (byte < SPACE)
            throw cursor.malformed('the rest of an attribute name');
        if (byte === BACKSLASH) {
            writeEscape(cursor, APOSTROPHE);
            continue;
        }
        if (byte === APOSTROPHE)
            cursor.put(BACKSLASH);
        cursor.put(byte);
        cursor.at += 1;
    }
    cursor.at += 1;
    const { outView, to: closing } = cursor;
    cursor.put(APOSTROPHE);
    // If the name was quoted only because of escape sequences that are now decoded, write it unquoted.
    if (endOfIdentifier(outView, opening + 1) === closing && canBeUnquoted(outView, opening + 1, closing)) {
        cursor.out.copyWithin(opening, opening + 1, closing);
        cursor.to -= 2;
    }
}
/** Returns the index of the first byte, starting at `start`, that is not allowed in an identifier. */
function endOfIdentifier(view, start) {
    let at = start;
    while (IDENTIFIER[view.getUint8(at)] === 1)
        at += 1;
    return at;
}
/** Excludes `$`, which Ion allows: `$1` would be a symbol ID and `$ion_1_0` a version marker. */
const IDENTIFIER = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789'))
    IDENTIFIER[byte] = 1;
/** Returns true if these identifier characters form an identifier: not empty, no leading digit, not a keyword. */
function canBeUnquoted(view, start, end) {
    const length = end - start;
    if (length === 0 || view.getUint8(start) < 0x41)
        return false;
    if (length < 3 || length > 5)
        return true;
    const first = view.getInt32(start, true);
    if (length === 3)
        return (first & 0xffffff) !== NAN;
    if (length === 4)
        return first !== ion_text_NULL && first !== ion_text_TRUE;
    return first !== ion_text_FALS || view.getUint8(end - 1) !== LOWER_E;
}
const NAN = fourBytes('nan\0');
const ion_text_NULL = fourBytes('null');
const ion_text_TRUE = fourBytes('true');
const ion_text_FALS = fourBytes('fals');
function writeEscapeInString(cursor) {
    writeEscape(cursor, QUOTE);
}
/**
 * Writes the character of a JSON escape sequence as Ion.
 *
 * @param delimiter quote character around the text, which must be escaped in it
 */
function writeEscape(cursor, delimiter) {
    const length = lengthOfEscape(cursor, cursor.at);
    const kind = cursor.view.getUint8(cursor.at + 1);
    if (kind === LOWER_U) {
        writeCharacter(cursor, codePoint(cursor), delimiter);
        return;
    }
    cursor.at += length;
    if (kind === SLASH || (kind === QUOTE && delimiter !== QUOTE))
        cursor.put(kind);
    else {
        cursor.put(BACKSLASH);
        cursor.put(kind);
    }
}
/** Reads a `\uXXXX`, or two that form a surrogate pair. */
function codePoint(cursor) {
    const unit = codeUnit(cursor, cursor.at);
    cursor.at += 6;
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    // If the page ends here, the other half can be missing because the page is incomplete.
    if (cursor.at + 2 > cursor.length)
        throw cursor.malformed('more data');
    if (unit > 0xdbff || cursor.view.getInt16(cursor.at, true) !== UNICODE_ESCAPE)
        throw new InvalidIonText();
    const low = codeUnit(cursor, cursor.at);
    if (low < 0xdc00 || low > 0xdfff)
        throw new InvalidIonText();
    cursor.at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}
const UNICODE_ESCAPE = 0x755c;
function writeCharacter(cursor, character, delimiter) {
    const spelled = ESCAPES.get(character);
    if (spelled)
        cursor.putAll(spelled);
    else if (character === delimiter) {
        cursor.put(BACKSLASH);
        cursor.put(character);
    }
    else
        cursor.to += cursor.out.write(String.fromCodePoint(character), cursor.to);
}
/** Characters that must be escaped in a line of Ion, with the escape sequence of ion-java for those that it escapes. */
const ESCAPES = new Map();
for (let control = 0; control < SPACE; control += 1) {
    ESCAPES.set(control, Buffer.from(`\\x${control.toString(16).padStart(2, '0')}`));
}
for (const [character, spelled] of Object.entries({
    '\0': '\\0',
    '\x07': '\\a',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\v': '\\v',
    '\f': '\\f',
    '\r': '\\r',
    '\\': '\\\\',
    '\u0085': '\\u0085',
    '\u2028': '\\u2028',
    '\u2029': '\\u2029',
})) {
    ESCAPES.set(character.charCodeAt(0), Buffer.from(spelled));
}

;// CONCATENATED MODULE: ./build/format/ion-blob.js


/** Writes base64 as an Ion blob. Checks every character, because an Ion blob has no quotes that would delimit it. */
function writeBlob(cursor) {
    cursor.expect(QUOTE, 'base64 as a string');
    cursor.put(OPEN_BRACE);
    cursor.put(OPEN_BRACE);
    const { view, at: start, to: opening } = cursor;
    let end = start;
    while (BASE64[view.getUint8(end)] === 1)
        end += 1;
    cursor.copy(start, end - start);
    cursor.at = end;
    let padding = 0;
    while (view.getUint8(cursor.at) !== QUOTE) {
        const byte = writeEscapable(cursor);
        if (byte === EQUALS)
            padding += 1;
        else if (BASE64[byte] !== 1 || padding > 0)
            throw cursor.malformed('base64');
    }
    if (padding > 2 || (cursor.to - opening) % 4 !== 0)
        throw cursor.malformed('base64');
    cursor.at += 1;
    cursor.put(CLOSE_BRACE);
    cursor.put(CLOSE_BRACE);
}
/** Writes one byte, which can be an escape sequence: some JSON writers write `\/` for `/` or `\u003d` for `=`. */
function writeEscapable(cursor) {
    const byte = cursor.view.getUint8(cursor.at);
    if (byte !== BACKSLASH) {
        cursor.at += 1;
        cursor.put(byte);
        return byte;
    }
    const before = cursor.to;
    writeEscape(cursor, QUOTE);
    // If the escape becomes more than one byte, the first one is not base64.
    return cursor.out[before];
}
const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'))
    BASE64[byte] = 1;

;// CONCATENATED MODULE: ./build/format/decimal.js
/** DynamoDB numbers have up to 38 significant digits and a magnitude from 1E-130 to 9.99...E+125. */
const MAX_DIGITS = 38;
const MIN_EXPONENT = (/* unused pure expression or super */ null && (-130));
const MAX_EXPONENT = 125;
/**
 * Returns why DynamoDB cannot store the number in `text` exactly; undefined if it can. Leading and trailing zeros are
 * not significant digits: they are part of the exponent.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
function decimalProblem(text) {
    const decimal = parseDecimal(text);
    if (!decimal)
        return 'is not a decimal number';
    const { digits, exponent } = normalize(decimal);
    if (digits.length > MAX_DIGITS) {
        return `has more than ${MAX_DIGITS} significant digits and would be rounded`;
    }
    if (digits !== '' && (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT)) {
        return 'is outside the range of DynamoDB numbers, 1E-130 to 9.9999999999999999999999999999999999999E+125';
    }
    return undefined;
}
/** Returns the same text for equal numbers, such as `1`, `1.0` and `10e-1`. */
function canonicalDecimal(text) {
    const decimal = parseDecimal(text);
    if (!decimal)
        return text === '' ? '0' : `${text}E0`;
    const { digits, exponent } = normalize(decimal);
    return digits === '' ? '0' : `${decimal.negative ? '-' : ''}${digits}E${exponent}`;
}
/**
 * Returns the same number without an exponent, as DynamoDB writes numbers. Text without an exponent that JSON allows stays
 * the same.
 *
 * @param text a number that DynamoDB can store, so the result has at most 166 digits
 */
function plainDecimal(text) {
    if (/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text))
        return text;
    const decimal = parseDecimal(text);
    const { digits, exponent } = decimal ? normalize(decimal) : { digits: '', exponent: 0 };
    if (digits === '')
        return '0';
    const sign = decimal?.negative ? '-' : '';
    if (exponent < 0)
        return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
    const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
    const fraction = digits.slice(exponent + 1);
    return `${sign}${whole}${fraction && `.${fraction}`}`;
}
/** Returns the significant digits ('' for zero), and the exponent of the first of them. */
function normalize(decimal) {
    const { digits, leadingZeros } = significantDigits(decimal);
    return { digits, exponent: decimal.whole.length - 1 - leadingZeros + Number(decimal.exponent ?? '0') };
}
/**
 * Parses a decimal number.
 *
 * Accepts more than JSON: DynamoDB also accepts `.5`, `+1`, `5.` and `007`. It returns them in the notation of JSON,
 * but other servers might not.
 *
 * @returns undefined if the text is not a decimal number
 */
function parseDecimal(text) {
    const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
    if (!match)
        return undefined;
    const [, sign, whole = '', fraction = '', exponent] = match;
    if (whole === '' && fraction === '')
        return undefined;
    return { negative: sign === '-', whole, fraction, exponent };
}
/** Returns the digits without leading and trailing zeros ('' for zero), and the numbers of these zeros. */
function significantDigits({ whole, fraction }) {
    const all = whole + fraction;
    let start = 0;
    while (all[start] === '0')
        start += 1;
    let end = all.length;
    while (end > start && all[end - 1] === '0')
        end -= 1;
    return { digits: all.slice(start, end), leadingZeros: start, trailingZeros: all.length - end };
}

;// CONCATENATED MODULE: ./build/format/ion-decimal.js



/**
 * Writes a number as an Ion decimal, digit for digit like DynamoDB's exports: without trailing zeros (Java's
 * BigDecimal.stripTrailingZeros) and in the notation of ion-java's text writer (_Private_IonTextAppender.printDecimal):
 * `103.`, `6d2`, `1.5`, `0.000001`, `123d-9`. Never writes a bare `103`, which is an integer in Ion.
 */
function writeDecimal(cursor) {
    cursor.expect(QUOTE, 'a number as a string');
    const { view, at: start } = cursor;
    const whole = view.getUint8(start) === MINUS ? start + 1 : start;
    const point = endOfDigits(view, whole);
    if (view.getUint8(point) === POINT)
        writeFraction(cursor, whole, point);
    else if (view.getUint8(point) === QUOTE)
        writeInteger(cursor, whole, point);
    else
        writeAnyDecimal(cursor);
}
/** Writes an integer. Its digits are from `whole` to `end`, the index of the quote; `cursor.at` is at its sign. */
function writeInteger(cursor, whole, end) {
    const { view, at: start } = cursor;
    let significant = end;
    while (significant > whole && view.getUint8(significant - 1) === ZERO)
        significant -= 1;
    const exponent = end - significant;
    if (significant === whole && end > whole) {
        // Neither Java nor DynamoDB has a negative zero.
        cursor.put(ZERO);
        cursor.put(POINT);
        cursor.at = end + 1;
        return;
    }
    if (end === whole || view.getUint8(whole) === ZERO || exponent > 9) {
        writeAnyDecimal(cursor);
        return;
    }
    cursor.copy(start, significant - start);
    if (exponent === 0)
        cursor.put(POINT);
    else {
        cursor.put(LOWER_D);
        cursor.put(ZERO + exponent);
    }
    cursor.at = end + 1;
}
/** Writes a number with digits before and after the point; `cursor.at` is at its sign. */
function writeFraction(cursor, whole, point) {
    const { view, at: start } = cursor;
    const end = endOfDigits(view, point + 1);
    const last = view.getUint8(end - 1);
    if (view.getUint8(end) !== QUOTE || last === ZERO || last === POINT || !hasPlainStart(view, whole, point)) {
        writeAnyDecimal(cursor);
        return;
    }
    cursor.copy(start, end - start);
    cursor.at = end + 1;
}
/** Returns true if Ion writes the start the same way: `12.`, or `0.` with at most five zeros before another digit. */
function hasPlainStart(view, whole, point) {
    if (point === whole)
        return false;
    if (view.getUint8(whole) !== ZERO)
        return true;
    let significant = point + 1;
    while (view.getUint8(significant) === ZERO)
        significant += 1;
    return point === whole + 1 && significant <= point + 6;
}
/** Writes any number by parsing its text: numbers that only servers other than DynamoDB send, and very small ones. */
function writeAnyDecimal(cursor) {
    const end = cursor.bytes.indexOf(QUOTE, cursor.at);
    const decimal = end < 0 ? undefined : parseDecimal(cursor.bytes.toString('latin1', cursor.at, end));
    const text = decimal && ionDecimal(decimal);
    if (text === undefined)
        throw cursor.malformed('a number');
    cursor.to += cursor.out.write(text, cursor.to, 'latin1');
    cursor.at = end + 1;
}
/** @returns undefined if the exponent is not a safe integer */
function ionDecimal(decimal) {
    const { digits, trailingZeros } = significantDigits(decimal);
    if (digits === '')
        return '0.';
    const { length } = digits;
    const power = Number(decimal.exponent ?? '0') - decimal.fraction.length + trailingZeros;
    if (!Number.isSafeInteger(power))
        return undefined;
    const sign = decimal.negative ? '-' : '';
    if (power === 0)
        return `${sign}${digits}.`;
    if (power > 0)
        return `${sign}${digits}d${power}`;
    const scale = -power;
    const adjusted = length - 1 - scale;
    if (adjusted >= 0)
        return `${sign}${digits.slice(0, length - scale)}.${digits.slice(length - scale)}`;
    if (adjusted >= -6)
        return `${sign}0.${'0'.repeat(scale - length)}${digits}`;
    return `${sign}${digits}d-${scale}`;
}

;// CONCATENATED MODULE: ./build/format/ion.js





/**
 * ION: each item as Ion text, in the form of DynamoDB's exports: `$ion_1_0 {Item:{...}}`.
 *
 * @throws {NotIon} if a string contains half of a surrogate pair
 */
const transcodeIon = transcoder(typedItem({
    lineStart: Buffer.from('$ion_1_0 {Item:'),
    lineEnd: Buffer.from('}\n'),
    sets: {
        SS: Buffer.from('$dynamodb_SS::'),
        NS: Buffer.from('$dynamodb_NS::'),
        BS: Buffer.from('$dynamodb_BS::'),
    },
    name: writeFieldName,
    S: writeText,
    N: writeDecimal,
    B: writeBlob,
}), 
// Worst cases: names that consist of apostrophes, and sets, whose annotation is longer than their type descriptor.
2);

;// CONCATENATED MODULE: ./build/format/json.js






const NOTHING = Buffer.alloc(0);
/**
 * JSON: each item as a plain object. Strings keep their escape sequences, numbers keep every digit, binary values stay
 * base64, and sets become arrays. Sets and lists look the same afterwards, and so do binary values and strings, so AWS
 * import tools cannot load it.
 */
const transcodeJson = transcoder(typedItem({
    lineStart: NOTHING,
    lineEnd: Buffer.from('\n'),
    sets: { SS: NOTHING, NS: NOTHING, BS: NOTHING },
    name: copyText,
    S: copyText,
    N: copyNumber,
    B: copyText,
}), 1);
/** Copies a string with its escape sequences. */
function copyText(cursor) {
    copyString(cursor, copyEscape);
}
/** Writes a number, which is a string in DynamoDB JSON, as JSON. */
function copyNumber(cursor) {
    cursor.expect(QUOTE, 'a number as a string');
    const start = cursor.at;
    const end = endOfNumber(cursor.view, start);
    if (end < 0 || cursor.view.getUint8(end) !== QUOTE) {
        rewriteNumber(cursor);
        return;
    }
    cursor.copy(start, end - start);
    cursor.at = end + 1;
}
/** Rewrites a number that is invalid JSON, such as `007` or `+1`. Keeps the digits, drops what JSON does not allow. */
function rewriteNumber(cursor) {
    const end = cursor.bytes.indexOf(QUOTE, cursor.at);
    const number = end < 0 ? undefined : parseDecimal(cursor.bytes.toString('latin1', cursor.at, end));
    if (!number)
        throw cursor.malformed('a number');
    const { negative, whole, fraction, exponent } = number;
    const text = (negative ? '-' : '') +
        (whole.replace(/^0+/, '') || '0') +
        (fraction && `.${fraction}`) +
        (exponent === undefined ? '' : `E${exponent}`);
    cursor.to += cursor.out.write(text, cursor.to, 'latin1');
    cursor.at = end + 1;
}

;// CONCATENATED MODULE: ./build/format/formats.js



/** Formats that a scan can write without a process-func. */
const FORMATS = {
    DYNAMODB_JSON: { transcode: transcodeDynamoDbJson, extension: 'json' },
    JSON: { transcode: transcodeJson, extension: 'json' },
    ION: { transcode: transcodeIon, extension: 'ion' },
};

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:zlib"
const external_node_zlib_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");
;// CONCATENATED MODULE: ./build/errors.js
/**
 * Error that is reported to the user: what failed and why, and what to do next.
 *
 * `message` and `remedy` are shown in the log and in the job summary, so neither may hold an item, a key value, a
 * secret or the raw text of an AWS response. `cause` is for debugging only and is never printed.
 */
class errors_CopyError extends Error {
    name = 'CopyError';
    code;
    /** What to do next, in one or two imperative sentences. */
    remedy;
    constructor(code, message, remedy, options) {
        super(message, options);
        this.code = code;
        this.remedy = remedy;
    }
}

;// CONCATENATED MODULE: ./build/s3/checksums.js



/**
 * Returns the CRC-32 of a body. If AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED, returns the older Content-MD5
 * instead: some S3-compatible stores reject the checksum headers, and all of them support Content-MD5. Object Lock
 * accepts both.
 */
async function integrityHeaders(client, body, crc) {
    if (await wantsChecksums(client))
        return { ChecksumCRC32: base64Crc32(crc) };
    return { ContentMD5: createHash('md5').update(body).digest('base64') };
}
/** Returns false if AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED. */
async function wantsChecksums(client) {
    return (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
}
/** Encodes a CRC-32 as S3 does: four bytes, most significant byte first, in base64. */
function base64Crc32(crc) {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(crc);
    return bytes.toString('base64');
}
/** Hashes in the thread that calls it. */
class LocalContentHash {
    md5 = (0,external_node_crypto_namespaceObject.createHash)('md5');
    sha256 = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    append(body) {
        this.md5.update(body);
        this.sha256.update(body);
        return { body, crc: (0,external_node_zlib_namespaceObject.crc32)(body) };
    }
    digest() {
        return { md5: this.md5.digest(), sha256: this.sha256.digest('hex') };
    }
}
/**
 * Compares an S3 response with the bytes that were sent. Uses the checksum in the response or, if there is none, the
 * ETag, which is the MD5 unless a KMS key encrypts the object. This detects corruption even if the store does not
 * verify bodies on arrival.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 *
 * @throws {CopyError} OBJECT_CORRUPT if they differ
 */
function verifyStored({ key, body, crc }, stored) {
    const { ETag, ChecksumCRC32, ServerSideEncryption } = stored;
    if (ChecksumCRC32 !== undefined) {
        if (ChecksumCRC32 === base64Crc32(crc))
            return;
    }
    else {
        const md5 = md5Of(ETag);
        if (md5 === undefined || ServerSideEncryption?.startsWith('aws:'))
            return;
        if (md5 === createHash('md5').update(body).digest('hex'))
            return;
    }
    throw new CopyError('OBJECT_CORRUPT', `The checksum or ETag that S3 returned for ${key} does not match the bytes that were sent.`, 'Re-run the job. If it fails again, check for a proxy between the runner and S3 that changes data. An S3-compatible store must not return ETags that look like an MD5 hash but are not one.');
}
/** Returns the properties that identify an object of one part. */
function fingerprintOfBody(body, crc) {
    const md5 = createHash('md5').update(body).digest();
    return { uploadId: undefined, crc32: base64Crc32(crc), etag: md5.toString('hex'), md5: md5.toString('base64') };
}
/**
 * Returns the checksum and ETag that S3 reports for an object of these parts: the CRC-32 of their CRC-32s and the MD5
 * of their MD5s, each followed by the number of parts.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 *
 * @returns no ETag if the ETags of the parts are not MD5s, for example with a KMS key
 */
function fingerprintOfParts(parts) {
    const crcs = Buffer.allocUnsafe(4 * parts.length);
    for (const [index, { crc }] of parts.entries())
        crcs.writeUInt32BE(crc, 4 * index);
    const md5s = parts.map(({ ETag }) => md5Of(ETag));
    const etag = md5s.includes(undefined)
        ? undefined
        : createHash('md5')
            .update(Buffer.from(md5s.join(''), 'hex'))
            .digest('hex');
    return { crc32: `${base64Crc32(crc32(crcs))}-${parts.length}`, etag: etag && `${etag}-${parts.length}` };
}
/** Returns the MD5 in an ETag, with or without quotes; undefined if the ETag cannot be an MD5. */
function md5Of(etag) {
    return /^"?([\da-f]{32})"?$/.exec(etag ?? '')?.[1];
}

;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: ./build/aws/aws-error.js
function matchesError(matcher, error) {
    return matcher instanceof RegExp ? matcher.test(errorName(error)) : matcher(error);
}
/** Returns the name of an error. S3 responds to HEAD without a body, so the name then comes from the HTTP status. */
function errorName(error) {
    const status = error.$metadata?.httpStatusCode;
    if (status === 403 && /^(Unknown|UnknownError|403|Forbidden)$/.test(error.name))
        return 'AccessDenied';
    if (status === 301)
        return 'PermanentRedirect';
    return error.code ?? error.name;
}
/** Explains errors without a row. */
function unknownError(error, { service, operation }, _) {
    return [
        'AWS_ERROR',
        `${service} ${operation} failed with ${safeName(errorName(error))}${statusAndRequestId(error)}.`,
        'Re-run the job. If it fails again, look up the name of the error in the AWS documentation.',
    ];
}
/** Returns `, HTTP 400, request ID ...` without the parts that are unknown. */
function statusAndRequestId({ $metadata }) {
    const status = $metadata?.httpStatusCode ? `, HTTP ${$metadata.httpStatusCode}` : '';
    const id = $metadata?.requestId ? `, request ID ${safeName($metadata.requestId)}` : '';
    return `${status}${id}`;
}
/** Returns a text that a server chose if it is a plain name. Other texts are not shown. */
function safeName(text) {
    return /^[\w.-]{1,80}$/.test(text) ? text : 'an unnamed error';
}

;// CONCATENATED MODULE: external "node:buffer"
const external_node_buffer_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");
;// CONCATENATED MODULE: ./build/format/check-response.js




/**
 * Checks a complete Scan response that no checksum has verified: valid UTF-8, valid JSON, and only items that consist
 * of well-formed attribute values of known types. Slow.
 *
 * @throws {MalformedPage} if a check fails; names the index of the item, not the byte
 */
function checkScanResponse(page) {
    if (!(0,external_node_buffer_namespaceObject.isUtf8)(page))
        throw new MalformedPage('valid UTF-8');
    const response = parse(page);
    if (!isObject(response) || !Array.isArray(response['Items']))
        throw new MalformedPage('an "Items" array');
    for (const [index, item] of response['Items'].entries()) {
        const problem = problemOfMap(item, 0);
        if (problem)
            throw new MalformedPage(`${problem} in item ${index}`);
    }
}
/** Members of a Scan response. */
const MEMBERS = new Set(['Items', 'Count', 'ScannedCount', 'LastEvaluatedKey', 'ConsumedCapacity']);
/**
 * Checks the members that determine whether a page is the last one, for a response without a checksum. If one bit of
 * the name LastEvaluatedKey is changed, the response is still well-formed JSON, and the segment would appear to end
 * there.
 *
 * @throws {MalformedPage} if the response has an unknown member, or LastEvaluatedKey is not a key
 */
function checkResponseMembers(rest) {
    const page = JSON.parse(rest.toString());
    if (Object.keys(page).some((name) => !MEMBERS.has(name)))
        throw new MalformedPage('only members of a Scan response');
    const key = page['LastEvaluatedKey'] ?? undefined;
    if (key === undefined)
        return;
    if (typeof key !== 'object' || Array.isArray(key) || Object.keys(key).length === 0) {
        throw new MalformedPage('a key in "LastEvaluatedKey"');
    }
}
function parse(page) {
    try {
        return JSON.parse(page.toString());
    }
    catch {
        // The message of the parser quotes the text, which could be user data.
        throw new MalformedPage('valid JSON');
    }
}
/** Returns what is missing in an item that was parsed from JSON; undefined if it has only well-formed values. */
function problemOfItem(item) {
    return problemOfMap(item, 0);
}
function problemOfMap(map, depth) {
    if (!isObject(map))
        return 'a map';
    if (depth > MAX_NESTING)
        return 'fewer nesting levels';
    return firstProblem(Object.values(map), (value) => problemOfValue(value, depth));
}
function problemOfValue(value, depth) {
    if (!isObject(value))
        return 'an attribute value';
    const [[type, content] = [], ...more] = Object.entries(value);
    if (type === undefined || more.length > 0)
        return 'exactly one type descriptor';
    switch (type) {
        case 'S':
            return typeof content === 'string' ? undefined : 'a string';
        case 'N':
            return problemOfNumber(content);
        case 'B':
            return problemOfBinary(content);
        case 'BOOL':
            return typeof content === 'boolean' ? undefined : 'true or false';
        case 'NULL':
            return content === true ? undefined : 'true';
        case 'M':
            return problemOfMap(content, depth + 1);
        case 'L':
            if (!Array.isArray(content))
                return 'a list';
            if (depth >= MAX_NESTING)
                return 'fewer nesting levels';
            return firstProblem(content, (element) => problemOfValue(element, depth + 1));
        case 'SS':
            return problemOfSet(content, (element) => (typeof element === 'string' ? undefined : 'a string'));
        case 'NS':
            return problemOfSet(content, problemOfNumber);
        case 'BS':
            return problemOfSet(content, problemOfBinary);
        default:
            return 'a known type descriptor';
    }
}
function problemOfNumber(content) {
    return typeof content === 'string' && parseDecimal(content) ? undefined : 'a number as a string';
}
function problemOfBinary(content) {
    const whole = typeof content === 'string' && content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content);
    return whole ? undefined : 'base64 as a string';
}
function problemOfSet(content, problemOf) {
    if (!Array.isArray(content) || content.length === 0)
        return 'a set';
    return firstProblem(content, problemOf);
}
function firstProblem(values, problemOf) {
    for (const value of values) {
        const problem = problemOf(value);
        if (problem)
            return problem;
    }
    return undefined;
}
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

;// CONCATENATED MODULE: ./build/scan/scan-response.js



/** Receives response bodies into a reused buffer, one at a time. */
class BodyBuffer {
    /** Replaced by a larger buffer if a body does not fit. */
    bytes;
    /** @param storage used only by this BodyBuffer until `release` */
    constructor(storage) {
        this.bytes = storage;
    }
    /**
     * Receives the whole body.
     *
     * @returns the body as a view of the buffer, valid until the next call
     * @throws {Error} with code ECONNRESET if the connection closes before the end of the body; the SDK retries that
     */
    async receive(response) {
        const length = Number(response.headers['content-length'] ?? 0);
        if (length + PADDING > this.bytes.length)
            this.bytes = Buffer.allocUnsafeSlow(length + PADDING);
        const end = await this.fill(response);
        // Pad the body with zeros so the transcoder can read it in place.
        this.bytes.fill(0, end, end + PADDING);
        return { body: this.bytes.subarray(0, end), crc: response.headers['x-amz-crc32'] };
    }
    /**
     * Detaches the buffer. A late chunk of an abandoned response can then no longer write to it: by that time the buffer
     * may contain another page whose checksum has already been verified.
     */
    release() {
        this.bytes = Buffer.alloc(0);
    }
    fill(response) {
        return new Promise((resolve, reject) => {
            let end = 0;
            response.on('data', (chunk) => {
                if (end + chunk.length + PADDING > this.bytes.length)
                    this.grow(end, chunk.length + PADDING);
                // Copy the chunk now: keeping it would keep the whole read buffer of the socket in memory. If threads share the
                // memory, `fill` takes half as long as `copy`, which uses a slower routine then (34 and 77 us per MB, Node 24).
                this.bytes.fill(chunk, end, end + chunk.length);
                end += chunk.length;
            });
            response.on('end', () => resolve(end));
            response.on('error', () => reject(brokenConnection()));
            // If the connection closes before the last byte, Node may emit only 'close'.
            response.on('close', () => {
                if (!response.complete)
                    reject(brokenConnection());
            });
        });
    }
    grow(end, more) {
        const larger = Buffer.allocUnsafeSlow(Math.max(end + more, this.bytes.length * 2));
        this.bytes.copy(larger, 0, 0, end);
        this.bytes = larger;
    }
}
/** The code ECONNRESET makes the SDK retry it like any other network error. */
const brokenConnection = () => Object.assign(new Error('the connection closed before the end of the response'), { code: 'ECONNRESET' });
const ITEMS = Buffer.from('"Items"');
/**
 * Removes `Items` from a Scan response and passes its bytes to the transcoder of the format, in one pass over the page.
 *
 * @throws {MalformedPage} if the response is not one complete JSON object, or `Count` does not match the number of
 *   items
 */
function extractItems(body, transcode, lines) {
    let at = expect(body, OPEN_BRACE, skipSpace(body, 0), '"{"') + 1;
    let items;
    at = skipSpace(body, at);
    while (body[at] !== CLOSE_BRACE) {
        const keyEnd = skipString(body, at);
        const isItems = keyEnd - at === ITEMS.length && body.compare(ITEMS, 0, ITEMS.length, at, keyEnd) === 0;
        at = skipSpace(body, expect(body, COLON, skipSpace(body, keyEnd), '":"') + 1);
        if (isItems) {
            if (items)
                throw new MalformedPage('only one "Items"', at);
            const start = expect(body, OPEN_BRACKET, at, '"["');
            const { end, count } = transcode(body, start + 1, lines);
            items = { start, end, count };
            at = end;
        }
        else {
            at = skipValue(body, at);
        }
        at = skipSpace(body, at);
        if (body[at] === CLOSE_BRACE)
            break;
        at = skipSpace(body, expect(body, COMMA, at, '"," or "}"') + 1);
        // Without this check, `{"a":1,}` would be accepted.
        expect(body, QUOTE, at, 'a member name');
    }
    if (skipSpace(body, at + 1) !== body.length)
        throw new MalformedPage('the end of the JSON object', at + 1);
    if (!items)
        throw new MalformedPage('"Items"', at);
    const rest = Buffer.concat([body.subarray(0, items.start), Buffer.from('[]'), body.subarray(items.end)]);
    checkCount(rest, items.count, at);
    return { rest, count: items.count };
}
function checkCount(rest, count, at) {
    let counted;
    try {
        counted = JSON.parse(rest.toString()).Count;
    }
    catch {
        throw new MalformedPage('a JSON object', at);
    }
    if (counted !== count)
        throw new MalformedPage('the number of items in "Count"', at);
}
/** @returns index after a value; JSON.parse validates its content later */
function skipValue(body, start) {
    let depth = 0;
    let at = start;
    while (at < body.length) {
        const byte = body[at];
        if (byte === QUOTE) {
            at = skipString(body, at);
            if (depth === 0)
                return at;
            continue;
        }
        if (byte === OPEN_BRACE || byte === OPEN_BRACKET)
            depth += 1;
        else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
            if (depth === 0)
                return at;
            depth -= 1;
            if (depth === 0)
                return at + 1;
        }
        else if (byte === COMMA && depth === 0)
            return at;
        at += 1;
    }
    throw new MalformedPage('the end of a value', start);
}
/** @returns index after the closing quote */
function skipString(body, start) {
    let at = expect(body, QUOTE, start, 'a string') + 1;
    while (at < body.length) {
        const byte = body[at];
        if (byte === QUOTE)
            return at + 1;
        at += byte === BACKSLASH ? 2 : 1;
    }
    throw new MalformedPage('the end of a string', start);
}
function skipSpace(body, start) {
    let at = start;
    while (body[at] === SPACE || body[at] === NEWLINE || body[at] === CARRIAGE_RETURN || body[at] === TAB)
        at += 1;
    return at;
}
/** Returns `at`. @throws {MalformedPage} if `byte` is not at this index */
function expect(body, byte, at, name) {
    if (body[at] !== byte)
        throw new MalformedPage(name, at);
    return at;
}

;// CONCATENATED MODULE: ./build/scan/byte-thread.js











/**
 * Verifies a page with its CRC-32, which the SDK for JavaScript does not, and converts its items to lines.
 *
 * @param lines receives the lines; invalid if the result is a problem
 */
function convertPage({ body, crc }, transcode, lines) {
    if (crc !== undefined && Number(crc) !== (0,external_node_zlib_namespaceObject.crc32)(body)) {
        return { corrupted: 'the CRC-32 of the response does not match its x-amz-crc32 header' };
    }
    lines.clear();
    try {
        // The full check costs time. It is necessary only if the server sends no checksum, as some emulators do.
        if (crc === undefined)
            checkScanResponse(body);
        const extracted = extractItems(body, transcode, lines);
        if (crc === undefined)
            checkResponseMembers(extracted.rest);
        return extracted;
    }
    catch (error) {
        if (error instanceof MalformedPage)
            return { corrupted: `the response is not a valid Scan page: ${error.message}` };
        if (error instanceof InvalidIonText)
            return { invalid: error.message, remedy: error.remedy };
        throw error;
    }
}
/** Returns a function that calls `convertPage` with this transcoder. */
function convertWith(transcode) {
    return (page, lines) => convertPage(page, transcode, lines);
}
/** The program of the thread: a file next to the bundle, and the source if the sources run without a build. */
const PROGRAM = import.meta.filename.endsWith('.ts') ? 'byte-thread-program.ts' : 'byte-thread.js';
/**
 * Converts pages and hashes parts in a second thread, so that the main thread only receives and sends their bytes. The
 * main thread does both until `start` is called and the thread has started.
 */
class ByteThread {
    format;
    worker;
    /** True once the thread does the work, even if it has ended since. */
    hasStarted = false;
    objects = 0;
    failure;
    /** Calls without a response, in the order of their requests. */
    waiting = [];
    constructor(format) {
        this.format = format;
    }
    /**
     * Starts the thread. If it ends before `signal` is aborted, all calls reject with CopyError UNEXPECTED.
     *
     * @param pageMemory contains the pages and lines
     * @param signal ends the thread, also if the copy hangs, and is the reason of calls that then reject
     */
    start({ wasmMemory }, signal) {
        const settings = { format: this.format, wasmMemory };
        // The thread gets neither credentials nor inputs.
        this.worker = new external_node_worker_threads_namespaceObject.Worker((0,external_node_path_namespaceObject.join)(import.meta.dirname, PROGRAM), { workerData: settings, env: {}, execArgv: [] });
        this.worker.once('online', () => {
            this.hasStarted = true;
        });
        this.worker.on('message', (response) => this.waiting.shift()?.resolve(response));
        this.worker.on('error', (error) => this.fail(error));
        // A response is lost. The next one would be returned to the call that waits for it.
        this.worker.on('messageerror', (error) => this.fail(error));
        this.worker.on('exit', () => this.fail());
        signal.addEventListener('abort', () => void this.end(signal.reason), { once: true });
    }
    /** Converts a page; see `convertPage`. */
    convert = async (page, lines) => {
        if (this.worksHere)
            return convertPage(page, FORMATS[this.format].transcode, lines);
        const shared = isShared(lines.bytes.buffer) ? lines.bytes : undefined;
        const { converted, lines: other, length } = await this.call({ kind: 'convert', page, lines: shared }, []);
        lines.replace(other ? bufferOf(other) : lines.bytes, length);
        return 'rest' in converted ? { ...converted, rest: bufferOf(converted.rest) } : converted;
    };
    /** Returns a hash of the content of one object. */
    newHash() {
        const object = this.objects;
        this.objects += 1;
        let local;
        return {
            append: (part) => {
                if (this.worksHere)
                    local ??= new LocalContentHash();
                return local ? local.append(part) : this.appendInThread(object, part);
            },
            digest: () => local?.digest() ?? this.call({ kind: 'digest', object }, []),
        };
    }
    /** Ends the thread. */
    async [Symbol.asyncDispose]() {
        await this.end(new Error('the byte thread has ended'));
    }
    /** @param reason error of all calls that wait for the thread */
    async end(reason) {
        this.failure ??= reason;
        await this.worker?.terminate();
    }
    /** False as well if the thread has ended before it started: the calls then report its failure. */
    get worksHere() {
        return !this.hasStarted && this.failure === undefined;
    }
    async appendInThread(object, part) {
        const { body, crc } = await this.call({ kind: 'append', object, part }, [part.buffer]);
        return { body: bufferOf(body), crc };
    }
    call(request, moved) {
        if (this.failure)
            return Promise.reject(this.failure);
        return new Promise((resolve, reject) => {
            // This throws if memory cannot be moved. A call without a request must not wait: it would get the next response.
            this.worker?.postMessage(request, moved);
            this.waiting.push({ resolve: resolve, reject });
        });
    }
    fail(cause) {
        // The message of the error can contain data of a page.
        const name = cause instanceof Error ? ` (${safeName(errorName(cause))})` : '';
        this.failure ??= new errors_CopyError('UNEXPECTED', `The thread that converts pages and hashes parts ended before the copy was complete${name}.`, 'Re-run the job. If it fails again, please report it.', { cause });
        for (const { reject } of this.waiting.splice(0))
            reject(this.failure);
    }
}

;// CONCATENATED MODULE: ./build/scan/byte-thread-program.js
// Program of the byte thread; see byte-thread.ts.






const settings = external_node_worker_threads_namespaceObject.workerData;
const { transcode } = FORMATS[settings.format];
const pageMemory = new PageMemory(settings.wasmMemory);
/** Hashes of the objects that are being written. */
const hashes = new Map();
external_node_worker_threads_namespaceObject.parentPort?.on('message', (request) => {
    const [response, moved] = respond(request);
    external_node_worker_threads_namespaceObject.parentPort?.postMessage(response, moved);
});
// A request is lost. Without an error, its call would get the response to the next request.
external_node_worker_threads_namespaceObject.parentPort?.on('messageerror', (error) => {
    throw error;
});
/** Returns the response, and the buffers whose memory moves to the main thread with it. */
function respond(request) {
    switch (request.kind) {
        case 'convert': {
            const { body, crc } = request.page;
            const given = request.lines && pageMemory.adopt(request.lines);
            const lines = new LineBuffer(given ?? Buffer.allocUnsafeSlow(body.length));
            const converted = convertPage({ body: pageMemory.adopt(body), crc }, transcode, lines);
            const { bytes, length } = lines;
            if (bytes === given)
                return [{ converted, lines: undefined, length }, []];
            return [{ converted, lines: bytes, length }, [bytes.buffer]];
        }
        case 'append': {
            const { part } = request;
            return [hashOf(request.object).append(bufferOf(part)), [part.buffer]];
        }
        case 'digest': {
            const digest = hashOf(request.object).digest();
            hashes.delete(request.object);
            return [digest, []];
        }
    }
}
function hashOf(object) {
    const hash = hashes.get(object) ?? new LocalContentHash();
    hashes.set(object, hash);
    return hash;
}


export const id = 630;
export const ids = [630];
export const modules = {

/***/ 3403:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ DamagedObject),
/* harmony export */   f: () => (/* binding */ readFailure)
/* harmony export */ });
/* harmony import */ var _format_malformed_page_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4667);
/* harmony import */ var _message_text_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2211);
/* harmony import */ var _s3_decompression_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4124);
/* harmony import */ var _s3_object_download_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6909);




/** A data object is not what the manifests describe. */
class DamagedObject extends Error {
    name = 'DamagedObject';
    kind;
    /** Number of a line near which the content is invalid. */
    line;
    /** @param problem completes a sentence that begins with the name of the object */
    constructor(key, kind, problem, options) {
        super(`The data object ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_3__/* .quote */ .hD)(key.split('/').at(-1) ?? '')} ${problem}.`, options);
        this.kind = kind;
        this.line = options?.line;
    }
}
/**
 * Returns the error for a failure while an object was read. Errors that do not show that the object is damaged are
 * returned unchanged.
 *
 * @param line number of the last line that was read
 */
function readFailure(error, key, line) {
    const options = { cause: error };
    if (error instanceof _format_malformed_page_js__WEBPACK_IMPORTED_MODULE_0__/* .MalformedPage */ .P) {
        return new DamagedObject(key, 'line', `is damaged: it is not valid near line ${line}`, {
            ...options,
            line,
        });
    }
    if ((0,_s3_decompression_js__WEBPACK_IMPORTED_MODULE_1__/* .isInvalidCompression */ .q)(error)) {
        return new DamagedObject(key, 'compression', 'is damaged: it cannot be decompressed', options);
    }
    if (error instanceof _s3_object_download_js__WEBPACK_IMPORTED_MODULE_2__/* .ObjectChanged */ .q) {
        return error.isMissing
            ? new DamagedObject(key, 'missing', 'is missing', options)
            : new DamagedObject(key, 'replaced', 'was replaced', options);
    }
    return error;
}


/***/ }),

/***/ 3318:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ DataObjectReader)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _s3_decompression_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4124);
/* harmony import */ var _s3_object_download_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6909);
/* harmony import */ var _damaged_object_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3403);




/** Reads one data object from start to end, and compares it with its description in the manifests. */
class DataObjectReader {
    file;
    source;
    download;
    /** @param listed the object in the listing of the folder; undefined if it was not listed */
    constructor(file, source, listed) {
        this.file = file;
        this.source = source;
        const { bucket, waits, signal } = source;
        this.download = new _s3_object_download_js__WEBPACK_IMPORTED_MODULE_2__/* .ObjectDownload */ ._(bucket, file.key, waits, signal, listed);
    }
    /** Number of bytes received. */
    get received() {
        return this.download.received;
    }
    /**
     * Returns the decompressed bytes of the object in order. Only after the last of them is it known that they are those of
     * the manifests.
     *
     * @throws {DamagedObject} if the object is missing, cannot be decompressed, was replaced, or has other bytes
     * @throws {CopyError} NETWORK; errors of the SDK
     */
    async *content() {
        const { download } = this;
        const { compression, hasOneMember, checksums } = this.source;
        const { key, md5 } = this.file;
        const sha256 = checksums && (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256');
        const stored = sha256 ? hashed(download.chunks(), sha256) : download.chunks();
        const chunks = (0,_s3_decompression_js__WEBPACK_IMPORTED_MODULE_1__/* .decompressed */ .j)(stored, compression, hasOneMember ? 'one' : 'several');
        try {
            const consumed = yield* chunks;
            if (consumed !== download.size) {
                const what = hasOneMember && compression === 'gzip' ? 'bytes after its gzip member' : 'bytes after its content';
                throw new _damaged_object_js__WEBPACK_IMPORTED_MODULE_3__/* .DamagedObject */ .F(key, 'trailing bytes', `is damaged: it has ${what}`);
            }
            if (download.md5() !== md5) {
                throw new _damaged_object_js__WEBPACK_IMPORTED_MODULE_3__/* .DamagedObject */ .F(key, 'md5', 'does not match its MD5 in manifest-files.json');
            }
            if (sha256 && sha256.digest('hex') !== checksums?.get(key)) {
                throw new _damaged_object_js__WEBPACK_IMPORTED_MODULE_3__/* .DamagedObject */ .F(key, 'sha256', 'does not match its SHA-256 in manifest-sha256.txt');
            }
        }
        catch (error) {
            throw (0,_damaged_object_js__WEBPACK_IMPORTED_MODULE_3__/* .readFailure */ .f)(error, key, 0);
        }
    }
}
/** Returns the same chunks after adding them to a hash. */
async function* hashed(chunks, hash) {
    for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
    }
}


/***/ }),

/***/ 9188:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ describeExportScope)
/* harmony export */ });
/* harmony import */ var _find_exports_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3830);

/**
 * Returns the part of the table that an export contains. DynamoDB describes an export for 90 days. Its manifests do not
 * show that it was filtered.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
 *
 * @param exportArn can come from a manifest that anyone wrote
 * @returns `unknown` if the role is not authorized to describe the export, if the export has expired or never existed,
 *   or if it is an incremental export
 * @throws other errors of the SDK
 */
async function describeExportScope(client, exportArn, signal) {
    try {
        const { ExportArn, ExportType = 'FULL_EXPORT', FilterSpecification, } = await (0,_find_exports_js__WEBPACK_IMPORTED_MODULE_0__/* .describeExport */ .Wp)(client, exportArn, signal);
        if (ExportArn !== exportArn || ExportType !== 'FULL_EXPORT')
            return 'unknown';
        return FilterSpecification ? 'subset' : 'table';
    }
    catch (error) {
        if (UNKNOWN.includes(error.name))
            return 'unknown';
        throw error;
    }
}
/** ValidationException: the ARN is not one of an export. UnknownOperationException: the server has no exports. */
const UNKNOWN = [
    'AccessDeniedException',
    'ExportNotFoundException',
    'ValidationException',
    'UnknownOperationException',
];


/***/ }),

/***/ 2080:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  finishMain: () => (/* binding */ finishMain)
});

// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/github/cancellation.js
var cancellation = __webpack_require__(163);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/proxy-warning.js
var proxy_warning = __webpack_require__(4727);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
// EXTERNAL MODULE: ./build/github/workflow-run.js
var workflow_run = __webpack_require__(7889);
// EXTERNAL MODULE: ./build/manifest/export-id.js
var export_id = __webpack_require__(1936);
// EXTERNAL MODULE: ./build/inputs/bucket-inputs.js
var bucket_inputs = __webpack_require__(6640);
// EXTERNAL MODULE: ./build/inputs/input-reader.js + 2 modules
var input_reader = __webpack_require__(9252);
// EXTERNAL MODULE: ./build/inputs/inputs.js + 1 modules
var inputs = __webpack_require__(5414);
// EXTERNAL MODULE: ./build/inputs/plan-input.js
var plan_input = __webpack_require__(48);
// EXTERNAL MODULE: ./build/inputs/problems.js
var inputs_problems = __webpack_require__(6790);
// EXTERNAL MODULE: ./build/inputs/put-object-kwargs.js + 1 modules
var put_object_kwargs = __webpack_require__(8569);
// EXTERNAL MODULE: ./build/inputs/regions.js
var inputs_regions = __webpack_require__(141);
// EXTERNAL MODULE: ./build/inputs/roles.js
var inputs_roles = __webpack_require__(5457);
// EXTERNAL MODULE: ./build/inputs/table-name.js
var table_name = __webpack_require__(7046);
;// CONCATENATED MODULE: ./build/inputs/finish-inputs.js










/**
 * Reads and validates the inputs of the finish Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
function readFinishInputs(env) {
    const problems = new inputs_problems/* InputProblems */.N();
    const reader = new input_reader/* InputReader */.i(env, problems);
    const plan = (0,plan_input/* readPlanInput */.E)(reader);
    const tableName = reader.required('dynamodb-table-name');
    const table = tableName === '' ? undefined : (0,table_name/* readTableName */.M)(tableName, problems.at('dynamodb-table-name'));
    const regions = (0,inputs_regions/* readRegions */.e)(reader, env, table);
    const bucket = (0,bucket_inputs/* readBucketInputs */.MW)(reader, regions.dest);
    const putObject = (0,put_object_kwargs/* readPutObjectParameters */.D)(reader.mapping('s3-put-object-kwargs'), 
    // All jobs of a copy accept the same retention dates.
    {
        now: plan ? new Date((0,export_id/* startTimeOf */.P2)(plan.exportId)) : new Date(),
        encryptsWithKms: bucket.encryption?.algorithm === 'KMS',
    }, problems.at('s3-put-object-kwargs'));
    const roles = (0,inputs_roles/* readRoles */.i)(reader, env, regions);
    const ifEmpty = reader.choice('if-empty', ['warn', 'error', 'ignore'], 'warn');
    const dryRun = reader.boolean('dry-run', false);
    if (problems.lines.length > 0 || !plan)
        throw (0,inputs/* invalidInputs */.R)(problems.lines);
    return {
        ...bucket,
        plan,
        table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
        putObject,
        sourceRegion: regions.source,
        ...(regions.dest !== undefined && { destRegion: regions.dest }),
        roles,
        ifEmpty,
        dryRun,
    };
}

// EXTERNAL MODULE: ./build/preflight/checks/checks.js
var checks_checks = __webpack_require__(2523);
// EXTERNAL MODULE: ./build/aws/client-middleware.js
var client_middleware = __webpack_require__(4000);
// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/aws/required-member.js
var required_member = __webpack_require__(1324);
// EXTERNAL MODULE: ./build/manifest/find-started.js
var find_started = __webpack_require__(3413);
// EXTERNAL MODULE: ./build/manifest/layout.js
var layout = __webpack_require__(3544);
// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
// EXTERNAL MODULE: ./build/s3/object-options.js
var object_options = __webpack_require__(5819);
// EXTERNAL MODULE: ./build/scan/table.js
var scan_table = __webpack_require__(6900);
// EXTERNAL MODULE: ./build/manifest/describe-table-manifest.js + 3 modules
var describe_table_manifest = __webpack_require__(813);
// EXTERNAL MODULE: ./build/manifest/scan-manifests.js
var scan_manifests = __webpack_require__(7948);
// EXTERNAL MODULE: ./build/manifest/write-manifests.js + 1 modules
var write_manifests = __webpack_require__(7531);
// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
;// CONCATENATED MODULE: ./build/shards/finish-request.js

/** Returns the folder with the claims and checkpoints of the shards, with a trailing slash. */
function shardsFolder({ plan }) {
    return (0,layout/* checkpointFolder */.L6)(plan.prefix, plan.exportId);
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./build/manifest/data-objects.js
var data_objects = __webpack_require__(4551);
// EXTERNAL MODULE: ./build/manifest/describe-difference.js
var describe_difference = __webpack_require__(8955);
// EXTERNAL MODULE: ./build/timeouts.js
var timeouts = __webpack_require__(2794);
;// CONCATENATED MODULE: ./build/shards/late-objects.js







/**
 * Compares the objects in `data/` with those of the shards.
 *
 * @returns keys of the abandoned objects that exist nevertheless
 * @throws {CopyError} COPY_INCOMPLETE if the others are not exactly the objects of the shards
 * @throws errors of the SDK if the folder cannot be listed
 */
async function findLateObjects({ request, signal }, shards) {
    const { bucket, copy } = request;
    const { files, givenUp } = shards;
    const { missing, changed, unexpected } = await (0,data_objects/* compareDataObjects */.GC)(bucket, { files, folder: copy.layout.data }, signal);
    const others = { missing, changed, unexpected: unexpected.filter((key) => !givenUp.has(key)) };
    requireNoDifference(others, files.length);
    return unexpected.filter((key) => givenUp.has(key));
}
function requireNoDifference(difference, count) {
    const description = (0,describe_difference/* describeDifference */.h)(difference, count);
    if (description === undefined)
        return;
    const isExtended = difference.missing.length + difference.changed.length === 0;
    throw new errors/* CopyError */.k('COPY_INCOMPLETE', `The folder data/ does not contain exactly the objects of the shards: ${description}`, isExtended
        ? 'Find out what else writes to this folder. Its name is unique to this copy, and an import reads every object in it. Delete the other objects, then re-run the job.'
        : remedies/* remedies */.J.copyShardsAgain(true));
}
/**
 * Waits until no request of an abandoned attempt can arrive at S3, compares the objects in `data/` with those of
 * the shards, and deletes the abandoned objects. From then on, `data/` contains exactly the objects of the
 * shards.
 *
 * @throws {CopyError} COPY_INCOMPLETE if `data/` has other objects, or lacks some; ACCESS_DENIED if S3 does not delete an
 *   object
 * @throws errors of the SDK if the folder cannot be listed
 */
async function settleDataObjects(context, shards) {
    const { request, waits, logger, signal } = context;
    await waits.duringOwnTimeouts(untilNoneIsLate(context, shards));
    const late = await waits.during('S3 to list the data objects', findLateObjects(context, shards));
    if (late.length === 0)
        return;
    const notDeleted = await request.bucket.delete(late, signal, () => waits.noteProgress());
    if (notDeleted.length > 0) {
        const { name } = request.bucket;
        throw new errors/* CopyError */.k('ACCESS_DENIED', `S3 did not delete ${(0,message_text/* formatCountOf */.gL)(notDeleted.length, 'object')} of an earlier attempt from s3://${name}/${request.copy.layout.data}. They do not belong to the copy.`, `Grant s3:DeleteObject on arn:aws:s3:::${name}/${request.copy.layout.data}* to the role, then re-run the job.`);
    }
    logger.info(`Deleted ${(0,message_text/* formatCountOf */.gL)(late.length, 'object')} of earlier attempts, which arrived late.`);
}
async function untilNoneIsLate({ clock, logger, signal }, { lateUntil }) {
    // Every such request was signed before its shard was complete. S3 rejects it after its lifetime, by a clock that can
    // be ahead by as much.
    const remainingMs = Math.min(lateUntil - clock.now().getTime(), 2 * timeouts/* SIGNED_REQUEST_LIFETIME */.bE);
    if (remainingMs <= 0)
        return;
    logger.info(`Waiting ${(0,message_text/* formatDuration */.a3)(remainingMs)}: until then, S3 may still store objects of attempts that the shards do not resume.`);
    await (0,promises_.setTimeout)(remainingMs, undefined, { signal });
}

// EXTERNAL MODULE: ./build/in-parallel.js
var in_parallel = __webpack_require__(1737);
// EXTERNAL MODULE: ./build/s3/error-status.js
var error_status = __webpack_require__(1620);
// EXTERNAL MODULE: ./build/s3/find-listed.js
var find_listed = __webpack_require__(9368);
// EXTERNAL MODULE: ./build/strict-json.js
var strict_json = __webpack_require__(706);
;// CONCATENATED MODULE: ./build/shards/shard-jobs.js










/** Time after its last heartbeat for which a job counts as active, in milliseconds. */
const ACTIVE = 2 * timeouts/* HEARTBEAT */.rU;
/** Maximum size in bytes of a run.json. The Action writes a few kilobytes. */
const MAX_RUN_BYTES = 1024 * 1024;
/**
 * Returns the shards whose jobs hold a claim that was confirmed recently, in the order of `names`.
 *
 * @throws errors of the SDK if the claims cannot be read, except for a missing permission: it does not prevent that the
 *   other problem is reported
 */
async function findActiveJobs(context, names) {
    const active = new Set();
    await (0,in_parallel/* inParallel */.H)(names, async (name) => {
        try {
            if (await readActiveClaim(context, name))
                active.add(name);
        }
        catch (error) {
            if (!(0,error_status/* isDenied */.GZ)(error))
                throw error;
        }
    });
    return names.filter((name) => active.has(name));
}
/**
 * Requires that no job copies a shard of this copy. Every shard has its manifest, but that of an earlier attempt may have
 * arrived late, while a later one already deletes its objects. A job that starts after this check finds the manifest and
 * changes nothing. Waits for jobs that were killed after they had completed their shard, whose claims remain.
 *
 * @throws {CopyError} SHARD_IN_USE
 * @throws errors of the SDK if the claims cannot be read
 */
async function requireNoActiveJob(context) {
    const { request, waits, signal } = context;
    const folder = shardsFolder(request);
    const names = [];
    for await (const { key } of request.bucket.list(folder, signal)) {
        const [, name] = /^(\d{1,3}-of-\d{1,3})\/run\.json$/.exec(key.slice(folder.length)) ?? [];
        if (name !== undefined)
            names.push(name);
    }
    await waits.duringOwnTimeouts((0,in_parallel/* inParallel */.H)(names, (name) => untilInactive(context, name)));
}
async function untilInactive(context, name) {
    let seen;
    for (;;) {
        const claim = await readActiveClaim(context, name);
        if (!claim)
            return;
        if (seen !== undefined && claim.etag !== seen) {
            throw new errors/* CopyError */.k('SHARD_IN_USE', `Shard ${name} is complete, but a job that copies it is still running.`, remedies/* remedies */.J.waitForShard);
        }
        if (seen === undefined) {
            const time = (0,message_text/* formatDuration */.a3)(claim.remainingMs);
            context.logger.info(`A job of shard ${name} was active recently. Waiting for its end, at most ${time}.`);
        }
        seen = claim.etag;
        await (0,promises_.setTimeout)(Math.min(timeouts/* BETWEEN_CLAIM_CHECKS */.KE, claim.remainingMs), undefined, { signal: context.signal });
    }
}
/**
 * Returns the claim of a shard. A job confirms it at every heartbeat, until it ends or dies.
 *
 * @returns undefined if no job copies the shard
 */
async function readActiveClaim({ request, waits, signal }, name) {
    const run = await (0,find_listed/* getIfListed */.X)(request.bucket, `${shardsFolder(request)}${name}/run.json`, signal, MAX_RUN_BYTES);
    waits.noteProgress();
    if (!run || hasEnded(run.content))
        return undefined;
    const { lastModified, servedAt, etag } = run;
    const remainingMs = lastModified && servedAt ? lastModified.getTime() + ACTIVE - servedAt.getTime() : 0;
    return remainingMs > 0 ? { etag, remainingMs } : undefined;
}
/** An invalid claim is not one of a job. */
function hasEnded(content) {
    try {
        return strict_json/* StrictJson */.Q.parse(content).member('ended').boolean();
    }
    catch (error) {
        if (error instanceof strict_json/* MalformedJson */.i)
            return true;
        throw error;
    }
}

;// CONCATENATED MODULE: ./build/shards/finish-copy.js










/**
 * Finishes the copy, unless it is complete already.
 *
 * @throws {CopyError} EMPTY_COPY, SHARD_IN_USE, COPY_INCOMPLETE or TABLE_RECREATED, before any manifest is written
 */
async function completeCopy(context, found) {
    if (found.kind === 'complete shards')
        return finishCopy(context, found.shards);
    const { finished } = found;
    rejectEmpty(finished.counts.itemCount, context.request);
    context.logger.info('The copy was complete already. No object was written.');
    // The step that completed it may have been killed before it deleted them.
    await removeCheckpoints(context);
    return finished;
}
/**
 * Checks that `data/` contains exactly the objects of the shards, then writes the manifests of the copy and deletes the
 * checkpoints of the shards.
 *
 * Several processes may finish the same copy at the same time or one after the other, and each may end at any point.
 * They write the same manifests: all content comes from the manifests of the shards, except for manifest-table.json and
 * the URL of the workflow run, for which the first one to write counts.
 */
async function finishCopy(context, shards) {
    const { request, waits, logger, signal } = context;
    const { client, tableName, tableArn, table, bucket, plan, copy, parameters, runUrl } = request;
    const { exportId, layout } = copy;
    rejectEmpty(shards.counts.itemCount, request);
    await requireNoActiveJob(context);
    await settleDataObjects(context, shards);
    await waits.during('DynamoDB to describe the table', requireUnchangedTable(request, signal));
    const definition = await waits.during('DynamoDB to describe the settings of the table', (0,describe_table_manifest/* describeTableManifest */.V)({ client, tableName, tableArn, table }, shards.scope, logger, signal));
    const snapshotTime = new Date((0,export_id/* startTimeOf */.P2)(exportId));
    const manifests = (0,scan_manifests/* scanManifests */.Sd)({
        ...shards,
        ...copy,
        bucket: bucket.name,
        prefix: plan.prefix,
        tableArn,
        startTime: snapshotTime,
        runUrl: runUrl ?? null,
        totalSegments: plan.segments,
        listing: 'verified',
        table: definition,
    });
    const writing = (0,write_manifests/* writeManifests */.u)({ bucket, layout, parameters, confirm: undefined, isShared: true, signal }, manifests);
    const { checksums } = await waits.during('S3 to store the manifests', writing);
    await waits.during('S3 to delete checkpoints', removeCheckpoints(context));
    return {
        exportId,
        layout,
        snapshotTime,
        scope: shards.scope,
        narrowedBy: shards.narrowedBy,
        outputFormat: shards.outputFormat,
        compression: shards.compression,
        counts: shards.counts,
        files: manifests.files,
        sizeBytes: (0,scan_manifests/* totalSize */.UT)(manifests.files),
        totalSegments: plan.segments,
        shards: shards.shards,
        checksums,
    };
}
/** @throws {CopyError} EMPTY_COPY */
function rejectEmpty(itemCount, { ifEmpty }) {
    if (itemCount > 0 || ifEmpty !== 'error')
        return;
    throw new errors/* CopyError */.k('EMPTY_COPY', 'The copy contains no items.', remedies/* remedies */.J.allowEmptyCopies);
}
async function requireUnchangedTable({ client, tableName, table }, signal) {
    if ((0,scan_table/* isUnchangedTable */.yT)(await (0,scan_table/* describeTable */.uq)(client, tableName, signal), table))
        return;
    throw new errors/* CopyError */.k('TABLE_RECREATED', 'The table was deleted and re-created while this step was running. The copy is not finished.', remedies/* remedies */.J.copyShardsAgain(false));
}
/** Deletes the checkpoints of all shards. Never throws: the copy is complete without it. */
async function removeCheckpoints({ request, waits, logger, signal }) {
    const { bucket } = request;
    const folder = shardsFolder(request);
    const remove = async () => {
        const keys = [];
        for await (const { key } of bucket.list(folder, signal))
            keys.push(key);
        return bucket.delete(keys, signal, () => waits.noteProgress());
    };
    const notDeleted = await remove().catch(() => undefined);
    if (notDeleted?.length === 0)
        return;
    logger.notice(`The checkpoints of the shards in s3://${bucket.name}/${folder} were not deleted (s3:DeleteObject). They do not affect the copy, but they can contain key values. Grant s3:DeleteObject to the role, or add a lifecycle rule that expires them.`);
}

// EXTERNAL MODULE: ./build/manifest/counts.js
var manifest_counts = __webpack_require__(7426);
// EXTERNAL MODULE: ./build/manifest/manifest-content.js
var manifest_content = __webpack_require__(8271);
// EXTERNAL MODULE: ./build/manifest/open-copy.js + 1 modules
var open_copy = __webpack_require__(6918);
// EXTERNAL MODULE: ./build/manifest/shard-manifest.js
var shard_manifest = __webpack_require__(8628);
// EXTERNAL MODULE: ./build/shards/copy-plan.js
var copy_plan = __webpack_require__(859);
;// CONCATENATED MODULE: ./build/shards/missing-shards.js




/**
 * Returns the error for shards without a shard manifest. It also names those that are being written at the moment.
 *
 * @param missing names of the shards, at least one
 * @throws errors of the SDK if the bucket cannot be read
 */
async function shardsMissing(context, missing) {
    const active = await findActiveJobs(context, missing);
    const { plan } = context.request;
    const count = `${(0,message_text/* formatCount */.B4)(missing.length)} of ${(0,message_text/* formatCount */.B4)(plan.shards)} shards`;
    const verb = missing.length === 1 ? 'is' : 'are';
    const since = `active in the last ${(0,message_text/* formatCount */.B4)(ACTIVE / 60_000)} minutes`;
    const jobs = active.length === 1 ? `is being written: its job was ${since}` : `are being written: their jobs were ${since}`;
    const writing = active.length === 0 ? '' : ` ${listNames(active)} ${jobs}.`;
    return new errors/* CopyError */.k('SHARDS_MISSING', `${count} ${verb} not complete: ${listNames(missing)}.${writing} The copy cannot be finished.`, remedies/* remedies */.J.completeShards(active.length > 0));
}
/** Maximum number of names in a message. */
const MAX_NAMES = 20;
function listNames(names) {
    const shown = names.slice(0, MAX_NAMES);
    if (shown.length < names.length)
        return `${shown.join(', ')} and ${(0,message_text/* formatCount */.B4)(names.length - shown.length)} more`;
    return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

;// CONCATENATED MODULE: ./build/shards/read-shards.js








/**
 * Reads the manifests of all shards of a plan, which requires s3:ListBucket.
 *
 * @returns in the order of the shards
 * @throws {CopyError} SHARDS_MISSING, with the names of the shards that have none; COPY_DAMAGED if one is invalid
 * @throws errors of the SDK if the bucket cannot be read
 */
async function readShards(context) {
    const { request, waits, signal } = context;
    const { bucket, plan, copy } = request;
    const invalid = damagedShards(request);
    const shards = (0,copy_plan/* namesOfShards */.xz)(plan).map((name) => (0,copy_plan/* findShard */.uX)(plan, name));
    const sizes = new Map(shards.map((shard) => [(0,shard_manifest/* shardManifestKey */.R2)(copy.layout, shard), 0]));
    for await (const { key, size } of bucket.list(`${copy.layout.root}manifest-shard-`, signal)) {
        if (sizes.has(key))
            sizes.set(key, size);
    }
    // A manifest that was withdrawn and could not be deleted is empty.
    const missing = shards.filter((shard) => sizes.get((0,shard_manifest/* shardManifestKey */.R2)(copy.layout, shard)) === 0);
    if (missing.length > 0) {
        throw await shardsMissing(context, missing.map(({ name }) => name));
    }
    // Anyone with write access to the bucket can choose the sizes, and all of the manifests are in memory in the end.
    if ([...sizes.values()].reduce((sum, size) => sum + size, 0) > manifest_content/* MAX_FILES_BYTES */.Vy) {
        throw invalid(`${copy.layout.root}manifest-shard-*.json`, `have more than ${(0,message_text/* formatBytes */.z3)(manifest_content/* MAX_FILES_BYTES */.Vy)} in total`);
    }
    const manifests = new Map();
    await (0,in_parallel/* inParallel */.H)(shards, async (shard) => {
        const key = (0,shard_manifest/* shardManifestKey */.R2)(copy.layout, shard);
        const content = await (0,manifest_content/* readWithoutMd5 */.zv)({ bucket, signal, invalid }, key, shard_manifest/* MAX_SHARD_MANIFEST_BYTES */.M6);
        if (!content?.length)
            throw await shardsMissing(context, [shard.name]);
        manifests.set(shard.index, (0,shard_manifest/* parseShardManifest */.xQ)(content, copy, shard, invalid));
        waits.noteProgress();
    });
    return shards.map(({ index }) => manifests.get(index));
}
/** Returns the constructor of the errors for shards whose manifests are invalid. */
function damagedShards({ bucket, copy }) {
    return (key, problem) => new errors/* CopyError */.k('COPY_DAMAGED', `The copy s3://${bucket.name}/${copy.layout.root} cannot be finished: ${key.split('/').at(-1)} ${problem}.`, remedies/* remedies */.J.copyShardsAgain(true));
}

;// CONCATENATED MODULE: ./build/shards/finished-copy.js









/**
 * Opens the copy of a plan if it is complete already, and verifies its manifests and the list of its data objects.
 *
 * @returns undefined if the copy has no manifest-summary.json
 * @throws {CopyError} COPY_DAMAGED if the copy is damaged; ACCESS_DENIED if the data objects cannot be listed
 * @throws errors of the SDK if the bucket cannot be read
 */
async function openFinishedCopy({ request, waits, signal }) {
    const { bucket, copy } = request;
    const { exportId, layout } = copy;
    const summary = await (0,find_listed/* getIfListed */.X)(bucket, layout.manifestSummary, signal, manifest_content/* MAX_MANIFEST_BYTES */.ZJ);
    if (!summary || summary.size === 0)
        return undefined;
    const invalid = damagedShards(request);
    const access = { bucket, signal };
    try {
        const stored = await waits.during('S3 to return the manifests', (0,open_copy/* openCopy */.G)(copy, access));
        const { tableArn, tableId, snapshotTime, outputFormat, compression, files } = stored;
        if (tableArn !== request.tableArn || (tableId !== undefined && tableId !== request.table.TableId)) {
            throw invalid(layout.manifestSummary, 'describes another table');
        }
        const { sizeBytes } = await waits.during('S3 to list the data objects', (0,data_objects/* checkDataObjects */.x4)(stored, access));
        const source = { bucket, signal, invalid };
        const facts = (0,manifest_content/* readJson */.Vh)(await readOrThrow(source, layout.manifestCopy), layout.manifestCopy, invalid, readFacts);
        const checksums = await readOrThrow(source, layout.manifestChecksums);
        return { exportId, layout, snapshotTime, outputFormat, compression, ...facts, files, sizeBytes, checksums };
    }
    catch (error) {
        if (!(error instanceof errors/* CopyError */.k) || error.code !== 'COPY_DAMAGED')
            throw error;
        throw new errors/* CopyError */.k(error.code, error.message, remedies/* remedies */.J.copyShardsAgain(true), { cause: error });
    }
}
async function readOrThrow(source, key) {
    const content = await (0,manifest_content/* readWithoutMd5 */.zv)(source, key, manifest_content/* MAX_FILES_BYTES */.Vy);
    if (!content)
        throw source.invalid(key, 'does not exist in the bucket');
    return content;
}
/** Reads the members of manifest-copy.json that no other manifest has. */
function readFacts(json) {
    return {
        scope: json.member('scope').oneOf(layout/* SCOPES */.iW),
        narrowedBy: json.member('narrowedBy').list((name) => name.text(/^[\w-]{1,50}$/)),
        counts: (0,manifest_counts/* readCounts */.ZQ)(json),
        totalSegments: json.member('totalSegments').integer(1),
        shards: json.member('shards').list((shard) => ({
            shard: shard.member('shard').text(/^\d{1,3}-of-\d{1,3}$/),
            startTime: shard.member('startTime').text(ISO_TIME),
            endTime: shard.member('endTime').text(ISO_TIME),
            fileCount: shard.member('fileCount').integer(),
            sizeBytes: shard.member('sizeBytes').integer(),
            ...(0,manifest_counts/* readCounts */.ZQ)(shard),
        })),
    };
}
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// EXTERNAL MODULE: ./build/version.js
var version = __webpack_require__(8508);
;// CONCATENATED MODULE: ./build/shards/merge-shards.js






/**
 * Combines the manifests of all shards. The result depends on nothing else.
 *
 * @param manifests of each shard of the plan, in order
 * @param bucket name of the bucket
 * @throws {CopyError} PLAN_MISMATCH if a shard is not one of this plan, or if shards were copied with different inputs
 */
function mergeShards(plan, manifests, bucket) {
    const [first] = manifests;
    if (!first || manifests.length !== plan.shards)
        throw new Error('the manifests are not those of the plan');
    requireOnePlan(plan, manifests, bucket);
    const counts = (0,manifest_counts/* zeroCounts */.Nd)();
    const givenUp = new Set();
    for (const manifest of manifests) {
        (0,manifest_counts/* addCounts */.c5)(counts, manifest.counts);
        for (const key of manifest.givenUp)
            givenUp.add(key);
    }
    return {
        scope: first.scope,
        narrowedBy: first.narrowedBy,
        consistentRead: first.consistentRead,
        processFuncSha256: first.processFuncSha256,
        outputFormat: first.outputFormat,
        compression: first.compression,
        tableId: first.tableId,
        endTime: new Date(Math.max(...manifests.map(({ endTime }) => Date.parse(endTime)))),
        encryption: first.encryption,
        counts,
        files: manifests.flatMap(({ files }) => files),
        shards: manifests.map(shardFigures),
        givenUp,
        lateUntil: Math.max(...manifests.map(({ lateUntil }) => lateUntil)),
    };
}
function shardFigures({ shard, startTime, endTime, files, counts }) {
    return { shard, startTime, endTime, fileCount: files.length, sizeBytes: (0,scan_manifests/* totalSize */.UT)(files), ...counts };
}
/** Compares what each shard has recorded with the plan and with the first shard. */
function requireOnePlan(plan, manifests, bucket) {
    const { tableHash } = plan;
    const rejectWhere = (what, isWrong) => {
        const wrong = manifests.filter(isWrong).map(({ shard }) => shard);
        if (wrong.length > 0)
            throw mismatch(what, wrong);
    };
    rejectWhere('were copied by another version of the Action', ({ action }) => {
        return action !== `${version/* ACTION */.h.name}@${version/* ACTION */.h.version}`;
    });
    rejectWhere('were copied from another table than the plan names', (manifest) => {
        return tableHashOf(plan, manifest, bucket) !== tableHash;
    });
    rejectWhere('were divided into other segments than the plan has', ({ segments }) => segments.total !== plan.segments);
    const [first] = manifests;
    const description = first && describe(first);
    rejectWhere(`were copied with other inputs than shard ${first?.shard}`, (manifest) => {
        return manifest.request !== first?.request || describe(manifest) !== description;
    });
}
/** Returns everything that shards with the same inputs have in common. */
function describe(manifest) {
    const { scope, narrowedBy, consistentRead, processFuncSha256, outputFormat, compression, tableId } = manifest;
    return JSON.stringify([scope, narrowedBy, consistentRead, processFuncSha256, outputFormat, compression, tableId]);
}
function tableHashOf({ exportId }, manifest, bucket) {
    const { tableArn, tableId, tableCreated } = manifest;
    const table = {
        TableArn: tableArn,
        ...(tableId !== null && { TableId: tableId }),
        ...(tableCreated !== null && { CreationDateTime: new Date(tableCreated) }),
    };
    return (0,copy_plan/* planHashes */.gM)(exportId, table, bucket).tableHash;
}
function mismatch(what, shards) {
    const names = shards.length > 3 ? `${shards.slice(0, 3).join(', ')} and others` : shards.join(', ');
    return new errors/* CopyError */.k('PLAN_MISMATCH', `The shards of this copy do not fit together: ${names} ${what}.`, remedies/* remedies */.J.copyShardsAgain(false));
}

// EXTERNAL MODULE: ./build/preflight/assume-roles.js
var assume_roles = __webpack_require__(2712);
// EXTERNAL MODULE: ./build/preflight/open-copy-bucket.js
var open_copy_bucket = __webpack_require__(5473);
// EXTERNAL MODULE: ./build/preflight/require-same-plan.js
var require_same_plan = __webpack_require__(3268);
;// CONCATENATED MODULE: ./build/preflight/prepare-finish.js


















/** Maximum number of concurrent requests to the bucket. */
const FINISH_CONCURRENCY = 32;
/**
 * Checks that the plan belongs to the table and the bucket, and that all shards are complete and fit together. Writes
 * nothing. A dry run also lists the data objects, which a normal run does before it writes the manifests.
 *
 * @param credentials sources of credentials to assume roles
 * @throws {CopyError} the failure of a check
 */
async function prepareFinish(preflight, credentials) {
    const { inputs, logger, signal } = preflight;
    const { sourceRegion: source, destRegion: dest, roles } = inputs;
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
    const opened = [identities];
    const close = () => {
        for (const each of opened)
            each.close();
    };
    try {
        await (0,assume_roles/* assumeRoles */.w)(identities, roles, logger);
        const context = await openContext(preflight, identities, opened);
        const bucketRegion = await context.request.bucket.region();
        return { context, bucketRegion, close, found: await requireShards(preflight, context) };
    }
    catch (error) {
        close();
        throw error;
    }
}
/** Opens the bucket, describes the table, and checks that the plan was made for them. */
async function openContext({ inputs, runUrl, checks, waits, logger, signal }, identities, opened) {
    const { plan, putObject, sourceRegion: region } = inputs;
    const location = { name: inputs.bucket, owner: inputs.bucketOwner, payer: putObject.RequestPayer };
    const bucket = await (0,open_copy_bucket/* openCopyBucket */.K)({ ...inputs, ...location, concurrency: FINISH_CONCURRENCY }, identities.dest, {
        checks,
        logger,
        signal,
    });
    opened.push(bucket);
    const clock = new client_middleware/* ServerClock */.iY(bucket.client);
    const client = (0,clients/* dynamoDbClient */.iD)({ region, concurrency: 1, identity: identities.source });
    opened.push({ close: () => client.destroy() });
    const tableName = inputs.table.arn ?? inputs.table.name;
    const table = await checks.require('Table', () => (0,scan_table/* describeTable */.uq)(client, tableName, signal), ({ TableStatus = 'available' }) => `${inputs.table.name} in ${region} is ${TableStatus}`);
    const copy = { exportId: plan.exportId, layout: (0,layout/* copyLayout */.af)(plan.prefix, plan.exportId) };
    await checks.require('Plan', async () => {
        (0,require_same_plan/* requireSamePlan */.j)(plan, { bucket: bucket.name, table });
        await (0,find_started/* findStarted */.$)(bucket, copy.layout, signal);
    }, () => `${plan.exportId}, ${(0,message_text/* formatCountOf */.gL)(plan.shards, 'shard')}, for this table and this bucket`);
    const request = {
        ...{ client, tableName, table, bucket, plan, copy, runUrl },
        tableArn: (0,required_member/* requiredMember */.e)('DescribeTable', table, 'TableArn'),
        parameters: (0,object_options/* objectParameters */.S)(inputs, 'manifest', new Date((0,export_id/* startTimeOf */.P2)(plan.exportId))),
        ifEmpty: inputs.ifEmpty,
    };
    return { request, clock, waits, logger, signal };
}
async function requireShards({ inputs, checks }, context) {
    const { plan, bucket } = context.request;
    const finished = await checks.require('Copy', () => openFinishedCopy(context), (found) => (found ? 'complete and verified' : 'not finished yet'));
    if (finished)
        return { kind: 'finished copy', finished };
    const shards = await checks.require('Shards', async () => mergeShards(plan, await readShards(context), bucket.name), (merged) => `${(0,message_text/* formatCountOf */.gL)(plan.shards, 'shard')}, all complete: ${(0,message_text/* formatCountOf */.gL)(merged.counts.itemCount, 'item')} in ${(0,message_text/* formatCountOf */.gL)(merged.files.length, 'object')}`);
    if (inputs.dryRun)
        await checkDataObjectsNow(context, shards, checks);
    return { kind: 'complete shards', shards };
}
async function checkDataObjectsNow(context, shards, checks) {
    await checks.require('Data objects', async () => {
        rejectEmpty(shards.counts.itemCount, context.request);
        return findLateObjects(context, shards);
    }, (late) => late.length === 0
        ? 'exactly those of the shards'
        : `those of the shards, and ${(0,message_text/* formatCountOf */.gL)(late.length, 'object')} of earlier attempts, which a normal run deletes`);
}

// EXTERNAL MODULE: ./build/report/dry-run.js
var dry_run = __webpack_require__(3438);
// EXTERNAL MODULE: ./build/github/checksums-file.js
var checksums_file = __webpack_require__(9145);
// EXTERNAL MODULE: ./build/report/complete-copy.js
var complete_copy = __webpack_require__(1060);
// EXTERNAL MODULE: ./build/report/failure-markdown.js
var failure_markdown = __webpack_require__(2311);
// EXTERNAL MODULE: ./build/report/markdown.js
var markdown = __webpack_require__(4902);
// EXTERNAL MODULE: ./build/report/next-steps-markdown.js + 6 modules
var next_steps_markdown = __webpack_require__(212);
;// CONCATENATED MODULE: ./build/report/finish-summary.js







/** Returns the job summary of a finish step as Markdown: the result, then the copy, its shards and the next steps. */
function finishSummaryMarkdown({ env, status, failure, secrets, help }) {
    const { inputs, checkResults = [], prepared, finished } = status;
    const clean = (0,markdown/* markdownEscaper */.bM)(secrets);
    const lines = [headline(status, failure, clean), ''];
    if (failure)
        lines.push(...(0,failure_markdown/* failureMarkdown */.A)(failure, help, clean));
    if (inputs?.dryRun)
        lines.push(...(0,dry_run/* dryRunMarkdown */.w8)(checkResults, undefined, clean));
    if (failure)
        lines.push(...incompleteMarkdown(status));
    if (inputs && prepared && finished) {
        lines.push(...(0,markdown/* nameValueTable */.dC)(copyRows(inputs, prepared, finished), clean), ...shardTable(finished, clean));
        if (!failure)
            lines.push(...(0,next_steps_markdown/* nextStepsMarkdown */.E)(describeFinishedCopy(inputs, prepared, finished, env), secrets));
    }
    return `${lines.join('\n')}\n`;
}
function headline({ inputs, finished }, failure, clean) {
    if (failure)
        return `### ❌ DynamoDB to S3 failed: \`${failure.code}\``;
    if (!inputs)
        throw new Error('a step cannot succeed without inputs');
    const table = clean(inputs.table.name);
    if (inputs.dryRun)
        return `### 🔎 Dry run passed for ${table}. Nothing was written`;
    if (!finished)
        throw new Error('a finish step cannot succeed without a complete copy');
    const what = finished.scope === 'subset' ? 'part of ' : '';
    return `### ✅ Copied ${what}${table} to S3: ${(0,message_text/* formatCountOf */.gL)(finished.counts.itemCount, 'item')}`;
}
/** A step that fails to report a complete copy also fails. */
function incompleteMarkdown({ prepared, finished }) {
    if (finished || prepared?.found.kind === 'finished copy')
        return [];
    return ['The copy is not finished. Without `manifest-summary.json`, it does not count as a copy.', ''];
}
function copyRows(inputs, { context, found }, finished) {
    const { counts, layout, snapshotTime, shards, files } = finished;
    const ended = Math.max(...shards.map(({ endTime }) => Date.parse(endTime)));
    return [
        ['Table', `${inputs.table.name} (${inputs.sourceRegion})`],
        ['Copy', `s3://${context.request.bucket.name}/${layout.root}`],
        ...(found.kind === 'finished copy' ? [['Result', 'was complete already, and is verified']] : []),
        ['Items', (0,message_text/* formatCount */.B4)(counts.itemCount)],
        ...(counts.droppedCount > 0
            ? [['Dropped', `${(0,message_text/* formatCountOf */.gL)(counts.droppedCount, 'item')}, by process-func`]]
            : []),
        ['Objects', `${(0,message_text/* formatCount */.B4)(files.length)} × ${finished.outputFormat}, ${finished.compression}`],
        ['Size', `${(0,message_text/* formatBytes */.z3)(finished.sizeBytes)} stored, ${(0,message_text/* formatBytes */.z3)(counts.uncompressedBytes)} uncompressed`],
        ['Shards', (0,message_text/* formatCount */.B4)(shards.length)],
        ['Started', snapshotTime.toISOString()],
        ['Time', `${(0,message_text/* formatSeconds */.Xo)((ended - snapshotTime.getTime()) / 1000)} from the plan to the end of the last shard`],
        ['Read capacity units', (0,message_text/* formatCount */.B4)(counts.consumedReadCapacity)],
        ['Segments', (0,message_text/* formatCount */.B4)(finished.totalSegments)],
    ];
}
/** Returns the figures of each shard, which show whether one is larger or slower than the others. */
function shardTable({ shards }, clean) {
    if (shards.length < 2)
        return [];
    const rows = shards.map(({ shard, itemCount, sizeBytes, consumedReadCapacity, startTime, endTime }) => {
        const seconds = Math.max(0, (Date.parse(endTime) - Date.parse(startTime)) / 1000);
        return `| ${clean(shard)} | ${(0,message_text/* formatCount */.B4)(itemCount)} | ${(0,message_text/* formatBytes */.z3)(sizeBytes)} | ${(0,message_text/* formatCount */.B4)(consumedReadCapacity)} | ${(0,message_text/* formatSeconds */.Xo)(seconds)} |`;
    });
    return (0,markdown/* collapsible */.r0)('Shards', [
        '| Shard | Items | Size | Read capacity units | Time |',
        '|---|--:|--:|--:|--:|',
        ...rows,
        '',
    ]);
}
function describeFinishedCopy(inputs, { context, bucketRegion }, finished, env) {
    const { table, bucket } = context.request;
    const { layout, files, scope, narrowedBy, outputFormat, compression } = finished;
    return {
        table,
        tableName: inputs.table.name,
        region: inputs.sourceRegion,
        bucket: bucket.name,
        bucketRegion,
        bucketOwner: inputs.bucketOwner,
        isOnAws: (0,complete_copy/* isOnAws */.P)(env),
        data: layout.data,
        root: layout.root,
        fileCount: files.length,
        format: outputFormat,
        compression,
        scope,
        hasWholeItems: !narrowedBy.some((name) => /^(?:ProjectionExpression|IndexName|process-func)$/.test(name)),
        isIncremental: false,
        isArchived: (0,object_options/* isArchived */.F)(inputs.putObject.StorageClass),
        isRequesterPays: inputs.putObject.RequestPayer !== undefined,
    };
}

// EXTERNAL MODULE: ./build/report/report.js + 3 modules
var report = __webpack_require__(5046);
// EXTERNAL MODULE: ./build/report/write-report.js + 1 modules
var write_report = __webpack_require__(4323);
;// CONCATENATED MODULE: ./build/report/finish-report.js





/** Reports the result of a finish step in summary, outputs and log. Fails the step if there is a failure. */
function reportFinish({ env, log, status, failure, durationSeconds }) {
    const help = failure && (0,report/* helpUrl */.xR)(failure.code, env);
    const content = {
        summary: () => finishSummaryMarkdown({ env, status, failure, durationSeconds, secrets: log.secrets, help }),
        outputs: () => finishOutputs(status, durationSeconds, env),
        result: status.finished ? 'The copy is complete' : 'The step finished',
        remedy: 'Check the free disk space of the runner, then re-run the job.',
    };
    const reported = (0,write_report/* writeReport */.u)(content, failure, { env, log });
    if (reported) {
        log.failure(reported, (0,report/* helpUrl */.xR)(reported.code, env));
        // Not process.exit, which would lose output that has not been written to stdout yet.
        process.exitCode = 1;
        return;
    }
    log.info(closingLine(status, durationSeconds));
}
/** Returns the outputs that are known, even if the step failed: those of a scan, for the whole copy. */
function finishOutputs({ inputs, prepared, finished }, durationSeconds, env) {
    const { copy, bucket } = prepared?.context.request ?? {};
    const checksumsFile = finished && (0,checksums_file/* writeChecksumsFile */.S)(finished.checksums, finished.exportId, env);
    return {
        'duration-seconds': durationSeconds.toFixed(1),
        ...(inputs && { engine: 'scan' }),
        ...(inputs && { 'export-id': inputs.plan.exportId }),
        ...(copy &&
            bucket && {
            's3-uri': `s3://${bucket.name}/${copy.layout.root}`,
            'data-uri': `s3://${bucket.name}/${copy.layout.data}`,
        }),
        ...(finished && {
            'snapshot-time': finished.snapshotTime.toISOString(),
            scope: finished.scope,
            's3-keys': JSON.stringify(finished.files.map(({ key }) => key)),
            'file-count': String(finished.files.length),
            'item-count': String(finished.counts.itemCount),
            'dropped-count': String(finished.counts.droppedCount),
            'size-bytes': String(finished.sizeBytes),
            'uncompressed-bytes': String(finished.counts.uncompressedBytes),
            'consumed-read-capacity': String(finished.counts.consumedReadCapacity),
            'manifest-key': finished.layout.manifestSummary,
        }),
        ...(checksumsFile !== undefined && { 'checksums-file': checksumsFile }),
    };
}
function closingLine({ inputs, prepared, finished }, seconds) {
    if (inputs?.dryRun)
        return 'Dry run passed. Nothing was written.';
    if (!prepared || !finished)
        throw new Error('a finish step cannot succeed without a complete copy');
    const { counts, files, sizeBytes, layout, shards } = finished;
    const { bucket } = prepared.context.request;
    return `Done: ${(0,message_text/* formatCountOf */.gL)(counts.itemCount, 'item')} of ${(0,message_text/* formatCountOf */.gL)(shards.length, 'shard')} in ${(0,message_text/* formatCountOf */.gL)(files.length, 'object')}, ${(0,message_text/* formatBytes */.z3)(sizeBytes)}, in ${(0,message_text/* formatSeconds */.Xo)(seconds)}: s3://${bucket.name}/${layout.root}`;
}

// EXTERNAL MODULE: ./build/stall-watchdog.js
var stall_watchdog = __webpack_require__(9596);
;// CONCATENATED MODULE: ./build/finish-main.js

















/**
 * Runs the finish step: reads the inputs, checks that all shards are complete, writes the manifests of the copy and
 * reports the result. Only the report fails the step, and it comes last.
 */
async function finishMain(env = process.env) {
    const started = performance.now();
    const log = new github_log/* Log */.t(env);
    let status = {};
    let isReported = false;
    const reportOnce = (failure) => {
        if (isReported)
            return;
        isReported = true;
        reportFinish({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
    };
    const signal = (0,cancellation/* cancellationSignal */.w)(log, undefined, () => reportOnce(cancelled()));
    const addStatus = (more) => {
        status = { ...status, ...more };
    };
    let failure;
    try {
        await finish({ env, log, signal, addStatus });
    }
    catch (error) {
        failure = signal.aborted ? cancelled() : (0,explain_error/* explainError */.U)(error, status.inputs);
    }
    reportOnce(failure);
}
function cancelled() {
    return new errors/* CopyError */.k('CANCELLED', 'The step was cancelled. The copy may have no manifest-summary.json yet, and then it does not count as a copy.', 'Choose "Re-run failed jobs" to finish the copy.');
}
async function finish(step) {
    const { env, log, signal, addStatus } = step;
    const run = (0,run_context/* runContext */.p)(env);
    log.info(`${version/* ACTION */.h.name} ${version/* ACTION */.h.version}`);
    const ignoredProxy = (0,proxy_warning/* proxyWarning */.t)(env, process.versions.node);
    if (ignoredProxy !== undefined)
        log.warning(ignoredProxy);
    const inputs = readFinishInputs(env);
    const checks = new checks_checks/* PreflightChecks */.R((error) => (0,explain_error/* explainError */.U)(error, inputs), signal);
    addStatus({ inputs, checkResults: checks.results });
    const waits = new stall_watchdog/* PendingWaits */.c();
    const preflight = { inputs, runUrl: (0,workflow_run/* workflowRun */.t)(env, run).url, checks, waits, logger: log };
    const prepared = await log.group('Check shards', () => (0,stall_watchdog/* watchForStall */.d)(waits, signal, (stop) => prepareFinish({ ...preflight, signal: stop }, (0,credential_context/* credentialContext */.P)(env, run, inputs.roles, log))));
    addStatus({ prepared });
    try {
        for (const line of (0,dry_run/* dryRunLines */.Qs)(checks.results, undefined))
            log.info(line);
        if (inputs.dryRun)
            return;
        const finished = await log.group('Finish copy', () => (0,stall_watchdog/* watchForStall */.d)(waits, signal, (stop) => completeCopy({ ...prepared.context, signal: stop }, prepared.found)));
        addStatus({ finished });
        if (finished.counts.itemCount === 0 && inputs.ifEmpty === 'warn') {
            log.warning(`The copy contains no items. ${remedies/* remedies */.J.ignoreEmptyCopies}`);
        }
    }
    finally {
        prepared.close();
    }
}


/***/ }),

/***/ 9837:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ readFieldName)
/* harmony export */ });
/* harmony import */ var _ascii_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6793);
/* harmony import */ var _ion_input_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6353);


/** Reads a symbol: in single quotes, or an identifier that is neither a keyword nor a symbol ID. */
function readFieldName(input) {
    if (input.peek() === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .APOSTROPHE */ .CW) {
        (0,_ion_input_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(input, _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .APOSTROPHE */ .CW);
        return;
    }
    const start = input.at;
    input.at = (0,_ion_input_js__WEBPACK_IMPORTED_MODULE_0__/* .endOf */ .pJ)(IDENTIFIER, input);
    if (!isIdentifier(input, start))
        throw input.malformed('a field name');
    input.put('"');
    input.putFrom(start);
    input.put('"');
}
/** Returns true if the text from `start` is an identifier: not empty, no leading digit, not a keyword or symbol ID. */
function isIdentifier({ bytes, at }, start) {
    const first = bytes[start];
    if (at === start || (first >= _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .ZERO */ .f2 && first <= _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .NINE */ .bn))
        return false;
    // Only short names can be keywords, and only those that start with a dollar sign can be symbol IDs.
    if (at - start > MAX_KEYWORD && first !== DOLLAR)
        return true;
    return !/^(?:null|true|false|nan|\$\d+)$/.test(bytes.toString('latin1', start, at));
}
const MAX_KEYWORD = 'false'.length;
const DOLLAR = 0x24;
const IDENTIFIER = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ_$abcdefghijklmnopqrstuvwxyz0123456789'))
    IDENTIFIER[byte] = 1;


/***/ }),

/***/ 6353:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $w: () => (/* binding */ IonInput),
/* harmony export */   gm: () => (/* binding */ readBlob),
/* harmony export */   pJ: () => (/* binding */ endOf),
/* harmony export */   yR: () => (/* binding */ readText)
/* harmony export */ });
/* harmony import */ var _ascii_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6793);
/* harmony import */ var _malformed_page_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4667);


/** Minimum number of bytes for which a native copy is faster. */
const NATIVE_COPY = 64;
/** Ion text with the current position, and the JSON that is written. Every line of the text ends in a line feed. */
class IonInput {
    bytes = Buffer.alloc(0);
    /** Index of the next byte to read. */
    at = 0;
    out;
    constructor(out) {
        this.out = out;
    }
    /** Returns the next byte. */
    peek(ahead = 0) {
        return this.bytes[this.at + ahead] ?? 0;
    }
    /** Skips `text` if it is next. */
    skip(text) {
        for (let i = 0; i < text.length; i += 1)
            if (this.bytes[this.at + i] !== text[i])
                return false;
        this.at += text.length;
        return true;
    }
    /** @throws {MalformedPage} if `text` is not next */
    expect(text, name) {
        if (!this.skip(text))
            throw this.malformed(name);
    }
    /** Writes ASCII text. */
    put(text) {
        const { out } = this;
        const { length } = text;
        out.ensure(length);
        // For a few bytes, a loop is faster than a call of native code.
        for (let i = 0; i < length; i += 1)
            out.bytes[out.length + i] = text.charCodeAt(i);
        out.length += length;
    }
    /** Copies the bytes from `start` to `end`. */
    putFrom(start, end = this.at) {
        const { out, bytes } = this;
        const length = end - start;
        out.ensure(length);
        if (length >= NATIVE_COPY)
            bytes.copy(out.bytes, out.length, start, end);
        else
            for (let i = 0; i < length; i += 1)
                out.bytes[out.length + i] = bytes[start + i];
        out.length += length;
    }
    /** Writes a character inside of a JSON string. */
    putCharacter(codePoint) {
        if (codePoint === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .QUOTE */ .jA)
            this.put('\\"');
        else if (codePoint === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .BACKSLASH */ .r_)
            this.put('\\\\');
        else if (codePoint < _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .SPACE */ .t6)
            this.put(`\\u00${codePoint.toString(16).padStart(2, '0')}`);
        else {
            this.out.ensure(4);
            this.out.length += this.out.bytes.write(String.fromCodePoint(codePoint), this.out.length);
        }
    }
    malformed(expected) {
        return new _malformed_page_js__WEBPACK_IMPORTED_MODULE_0__/* .MalformedPage */ .P(expected, this.at);
    }
}
/** Reads text in quotes, from its opening to its closing `delimiter`, and writes it as a JSON string. */
function readText(input, delimiter) {
    input.at += 1;
    input.put('"');
    for (;;) {
        const start = input.at;
        input.at = endOf(PLAIN, input);
        input.putFrom(start);
        const byte = input.peek();
        if (byte === delimiter)
            break;
        if (byte === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .BACKSLASH */ .r_)
            input.putCharacter(readEscape(input));
        else if (byte === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .QUOTE */ .jA || byte === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .APOSTROPHE */ .CW) {
            input.putCharacter(byte);
            input.at += 1;
        }
        else
            throw input.malformed('the rest of a text');
    }
    input.at += 1;
    input.put('"');
}
/** Returns the index of the next byte that is not in the table. The line feed at the end of a line is in none. */
function endOf(table, { bytes, at }) {
    let end = at;
    while (table[bytes[end]] === 1)
        end += 1;
    return end;
}
/** Bytes that are the same in an Ion string, in a quoted symbol and in a JSON string. */
const PLAIN = new Uint8Array(256).fill(1, _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .SPACE */ .t6);
for (const byte of [_ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .QUOTE */ .jA, _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .APOSTROPHE */ .CW, _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .BACKSLASH */ .r_])
    PLAIN[byte] = 0;
/** Characters of the escape sequences of two characters. */
const ESCAPES = {
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    n: '\n',
    f: '\f',
    r: '\r',
    v: '\v',
    '"': '"',
    "'": "'",
    '?': '?',
    '\\': '\\',
    '/': '/',
};
/** Number of hexadecimal digits of the other escape sequences. */
const DIGITS = { x: 2, u: 4, U: 8 };
/** Reads an escape sequence. Returns its character as a code point. */
function readEscape(input) {
    const kind = String.fromCharCode(input.peek(1));
    const digits = DIGITS[kind];
    if (digits === undefined) {
        const character = ESCAPES[kind];
        if (character === undefined)
            throw input.malformed('an escape sequence');
        input.at += 2;
        return character.charCodeAt(0);
    }
    const value = hexadecimal(input, digits);
    if (value < 0xd800 || value > 0xdfff) {
        if (value > 0x10ffff)
            throw input.malformed('a Unicode character');
        return value;
    }
    const isPair = value < 0xdc00 && input.peek() === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .BACKSLASH */ .r_ && input.peek(1) === 0x75;
    const low = isPair ? hexadecimal(input, 4) : 0;
    if (low < 0xdc00 || low > 0xdfff)
        throw input.malformed('a surrogate pair');
    return 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
}
/** Reads a backslash, a letter and this number of digits. */
function hexadecimal(input, digits) {
    const text = input.bytes.toString('latin1', input.at + 2, input.at + 2 + digits);
    if (text.length < digits || !/^[0-9a-fA-F]+$/.test(text))
        throw input.malformed('hexadecimal digits');
    input.at += 2 + digits;
    return Number.parseInt(text, 16);
}
/** Reads an Ion blob, `{{...}}`, and writes its base64 as a JSON string. */
function readBlob(input) {
    input.expect(BLOB_START, 'a blob');
    const start = input.at;
    input.at = endOf(BASE64, input);
    for (let padding = 0; padding < 2 && input.peek() === _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .EQUALS */ .UT; padding += 1)
        input.at += 1;
    if ((input.at - start) % 4 !== 0)
        throw input.malformed('base64');
    input.put('"');
    input.putFrom(start);
    input.put('"');
    input.expect(BLOB_END, 'the end of a blob');
}
const BLOB_START = Buffer.of(0x7b, 0x7b);
const BLOB_END = Buffer.of(_ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .CLOSE_BRACE */ .rc, _ascii_js__WEBPACK_IMPORTED_MODULE_1__/* .CLOSE_BRACE */ .rc);
const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'))
    BASE64[byte] = 1;


/***/ }),

/***/ 7893:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  _S: () => (/* binding */ IonLines),
  oy: () => (/* binding */ hasNext),
  cL: () => (/* binding */ readStruct)
});

// EXTERNAL MODULE: ./build/format/ascii.js
var ascii = __webpack_require__(6793);
// EXTERNAL MODULE: ./build/format/ion-field-name.js
var ion_field_name = __webpack_require__(9837);
// EXTERNAL MODULE: ./build/format/ion-input.js
var ion_input = __webpack_require__(6353);
;// CONCATENATED MODULE: ./build/format/ion-number.js


/** Reads an Ion decimal or integer, and writes it as a JSON string with all digits. */
function readNumber(input) {
    const start = input.at;
    input.at = (0,ion_input/* endOf */.pJ)(IN_NUMBER, input);
    // DynamoDB writes most numbers like this: `103.` or `1.5`. They are the same in JSON, except for the point.
    const point = endOfPlain(input.bytes, start, input.at);
    if (point > 0) {
        input.put('"');
        input.putFrom(start, point);
        input.put('"');
        return;
    }
    const text = input.bytes.toString('latin1', start, input.at);
    const [, sign, whole = '', fraction = '', exponent] = NUMBER.exec(text) ?? [];
    if (sign === undefined)
        throw input.malformed('a number');
    input.put(`"${sign}${exponent === undefined ? withPoint(whole, fraction) : shifted(whole, fraction, exponent)}"`);
}
/**
 * Returns the end of a number as JSON writes it, if it has only digits and a point.
 *
 * @returns 0 for any other text
 */
function endOfPlain(bytes, start, end) {
    const whole = bytes[start] === ascii/* MINUS */.N5 ? start + 1 : start;
    if (bytes[whole] === ascii/* ZERO */.f2 && isDigit(bytes[whole + 1]))
        return 0;
    let at = whole;
    while (isDigit(bytes[at]))
        at += 1;
    if (at === whole || at === end || bytes[at] !== ascii/* POINT */.zh)
        return 0;
    const point = at;
    at += 1;
    while (isDigit(bytes[at]))
        at += 1;
    if (at !== end)
        return 0;
    return end === point + 1 ? point : end;
}
function isDigit(byte = 0) {
    return byte >= ascii/* ZERO */.f2 && byte <= ascii/* NINE */.bn;
}
/** Ion allows neither a leading zero nor an exponent with `e`, which would be a binary float. */
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]*))?(?:[dD]([+-]?[0-9]+))?$/;
const IN_NUMBER = new Uint8Array(256).fill(1, ascii/* ZERO */.f2, ascii/* NINE */.bn + 1);
for (const byte of Buffer.from('+-.dDeE_'))
    IN_NUMBER[byte] = 1;
/** Exponents up to this magnitude are written as digits, as DynamoDB does. Its numbers have none above 130. */
const MAX_SHIFT = 200;
/** Returns whole.fraction * 10^exponent. */
function shifted(whole, fraction, exponent) {
    const power = Number(exponent) - fraction.length;
    const digits = (whole + fraction).replace(/^0+(?=.)/, '');
    if (Math.abs(power) > MAX_SHIFT)
        return `${digits}E${power}`;
    if (power >= 0)
        return digits === '0' ? '0' : digits + '0'.repeat(power);
    const padded = digits.padStart(1 - power, '0');
    return withPoint(padded.slice(0, power), padded.slice(power));
}
function withPoint(whole, fraction) {
    return fraction === '' ? whole : `${whole}.${fraction}`;
}
/** Returns true if a number starts with this byte. */
function startsNumber(byte) {
    return byte === ascii/* MINUS */.N5 || isDigit(byte);
}

// EXTERNAL MODULE: ./build/format/line-input.js
var line_input = __webpack_require__(5531);
// EXTERNAL MODULE: ./build/format/lines.js
var lines = __webpack_require__(9077);
// EXTERNAL MODULE: ./build/format/typed-item.js
var typed_item = __webpack_require__(9416);
;// CONCATENATED MODULE: ./build/format/ion-lines.js







const FIRST_BYTES = 256 * 1024;
/**
 * Converts lines of ION, `$ion_1_0 {Item:{...}}`, to lines in DYNAMODB_JSON without parsing the items into objects.
 *
 * Accepts the Ion text that DynamoDB's exports and this Action write: one line per item, without whitespace and comments
 * between tokens, and only the Ion types that represent DynamoDB types. Numbers keep every digit.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
class IonLines {
    lines = new line_input/* LineInput */.l();
    json = new lines/* LineBuffer */.F0(Buffer.allocUnsafeSlow(FIRST_BYTES));
    input = new ion_input/* IonInput */.$w(this.json);
    readLine;
    /** @param readLine reads a line through its line feed, and writes it. Default: the line of a full copy. */
    constructor(readLine = readItemLine) {
        this.readLine = readLine;
    }
    /**
     * Appends a chunk.
     *
     * @returns the lines that are now complete, in DYNAMODB_JSON; valid until the next call
     * @throws {MalformedPage} if a line is invalid
     */
    append(chunk) {
        this.lines.append(chunk);
        return this.convert();
    }
    /** Ends the input. The last line may have no line feed. */
    finish() {
        this.lines.finish();
        return this.convert();
    }
    convert() {
        const { lines, json, input } = this;
        json.clear();
        input.bytes = lines.bytes;
        input.at = lines.at;
        while (input.at < lines.complete) {
            const start = json.length;
            this.readLine(input);
            // `0,` becomes `{"N":"0"},`.
            if (json.length - start > line_input/* MAX_LINE_BYTES */.O)
                throw input.malformed('a line of at most 4 MiB of JSON');
        }
        lines.at = input.at;
        return json.lines();
    }
}
const LINE_START = Buffer.from('$ion_1_0 {Item:');
const LINE_END = Buffer.from('}\n');
function readItemLine(input) {
    input.expect(LINE_START, '$ion_1_0 {Item:');
    input.put('{"Item":');
    readStruct(input, 0);
    input.expect(LINE_END, 'the end of the line');
    input.put('}\n');
}
/** Reads a struct of attributes, and writes it as an item or a map. @throws {MalformedPage} if it is invalid */
function readStruct(input, depth) {
    if (depth > typed_item/* MAX_NESTING */.M)
        throw input.malformed('fewer nesting levels');
    if (input.peek() !== ascii/* OPEN_BRACE */.Hv)
        throw input.malformed('a struct');
    input.at += 1;
    input.put('{');
    if (!closes(input, ascii/* CLOSE_BRACE */.rc, '}')) {
        do {
            (0,ion_field_name/* readFieldName */.Q)(input);
            if (input.peek() !== ascii/* COLON */.oH)
                throw input.malformed('":"');
            input.at += 1;
            input.put(':');
            readValue(input, depth);
        } while (hasNext(input, ascii/* CLOSE_BRACE */.rc, '}'));
    }
}
function readList(input, readElement) {
    if (input.peek() !== ascii/* OPEN_BRACKET */.WL)
        throw input.malformed('a list');
    input.at += 1;
    input.put('[');
    if (closes(input, ascii/* CLOSE_BRACKET */.wt, ']'))
        return;
    do
        readElement();
    while (hasNext(input, ascii/* CLOSE_BRACKET */.wt, ']'));
}
function closes(input, close, text) {
    if (input.peek() !== close)
        return false;
    input.at += 1;
    input.put(text);
    return true;
}
/** Reads a `,` or the closing bracket. Returns true after a `,`, since another element follows. */
function hasNext(input, close, text) {
    if (closes(input, close, text))
        return false;
    if (input.peek() !== ascii/* COMMA */.KE)
        throw input.malformed('"," or a closing bracket');
    input.at += 1;
    input.put(',');
    return true;
}
/** Reads a value, and writes it with its type descriptor. */
function readValue(input, depth) {
    const byte = input.peek();
    if (byte === ascii/* QUOTE */.jA)
        wrapped(input, '{"S":', readString);
    else if (startsNumber(byte))
        wrapped(input, '{"N":', readNumber);
    else if (byte === ascii/* OPEN_BRACE */.Hv) {
        if (input.peek(1) === ascii/* OPEN_BRACE */.Hv)
            wrapped(input, '{"B":', ion_input/* readBlob */.gm);
        else
            wrapped(input, '{"M":', () => readStruct(input, depth + 1));
    }
    else if (byte === ascii/* OPEN_BRACKET */.WL)
        wrapped(input, '{"L":', () => readValues(input, depth + 1));
    else if (input.skip(SETS.SS))
        wrapped(input, '{"SS":', () => readSet(input, readString));
    else if (input.skip(SETS.NS))
        wrapped(input, '{"NS":', () => readSet(input, readNumber));
    else if (input.skip(SETS.BS))
        wrapped(input, '{"BS":', () => readSet(input, ion_input/* readBlob */.gm));
    else
        readConstant(input);
}
const SETS = {
    SS: Buffer.from('$dynamodb_SS::'),
    NS: Buffer.from('$dynamodb_NS::'),
    BS: Buffer.from('$dynamodb_BS::'),
};
function wrapped(input, start, read) {
    input.put(start);
    read(input);
    input.put('}');
}
function readString(input) {
    if (input.peek() !== ascii/* QUOTE */.jA)
        throw input.malformed('a string');
    (0,ion_input/* readText */.yR)(input, ascii/* QUOTE */.jA);
}
function readValues(input, depth) {
    if (depth > typed_item/* MAX_NESTING */.M)
        throw input.malformed('fewer nesting levels');
    readList(input, () => readValue(input, depth));
}
/** Sets are never empty. */
function readSet(input, read) {
    if (input.peek(1) === ascii/* CLOSE_BRACKET */.wt)
        throw input.malformed('an element of a set');
    readList(input, () => read(input));
}
function readConstant(input) {
    const found = CONSTANTS.find(({ ion }) => input.skip(ion));
    if (!found)
        throw input.malformed('a value');
    // The next byte is checked by the caller: `nullable` or `null.string` has no "," or closing bracket here.
    input.put(found.json);
}
const CONSTANTS = [
    { ion: Buffer.from('true'), json: '{"BOOL":true}' },
    { ion: Buffer.from('false'), json: '{"BOOL":false}' },
    { ion: Buffer.from('null'), json: '{"NULL":true}' },
];


/***/ }),

/***/ 4957:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ ItemLines)
/* harmony export */ });
/* harmony import */ var _ascii_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(6793);
/* harmony import */ var _compact_items_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5330);
/* harmony import */ var _cursor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(470);
/* harmony import */ var _json_string_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2098);
/* harmony import */ var _json_value_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6938);
/* harmony import */ var _line_input_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5531);
/* harmony import */ var _malformed_page_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4667);







/**
 * Reads lines in DYNAMODB_JSON, `{"Item":{...}}`, without parsing the items into objects.
 *
 * A line is accepted if and only if it is one JSON object whose only member is an object `Item`. The bytes of an item
 * can therefore be placed into another JSON document as they are. The types of the attribute values are not checked,
 * except that numbers, strings, arrays and objects must be valid JSON.
 */
class ItemLines {
    /** Buffer that contains the current item. */
    bytes = Buffer.alloc(0);
    /** Index of the `{` of the current item. */
    start = 0;
    /** Index after the `}` of the current item. */
    end = 0;
    /** Start and end of the value of each key attribute, such as `{"S":"x"}`. -1 for an attribute that is missing. */
    keys;
    /** Number of lines read so far. */
    count = 0;
    names;
    rawNames;
    input = new _line_input_js__WEBPACK_IMPORTED_MODULE_4__/* .LineInput */ .l();
    cursor = new _cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .Cursor */ .bs();
    decodesAll;
    /**
     * @param keyAttributes names of the key attributes, at most a few
     * @param decodesAll true to decode the names of all items, which also finds a key attribute that an item has twice, once
     *   with escape sequences. Otherwise, they are decoded only if a key attribute is missing.
     */
    constructor(keyAttributes, decodesAll = false) {
        this.names = keyAttributes;
        this.decodesAll = decodesAll;
        this.rawNames = keyAttributes.map((name) => Buffer.from(name));
        this.keys = new Int32Array(2 * keyAttributes.length);
    }
    /** Appends a chunk. All complete lines of earlier chunks must have been read. */
    append(chunk) {
        this.input.append(chunk);
    }
    /** Ends the input. */
    finish() {
        this.input.finish();
    }
    /**
     * Moves to the next line.
     *
     * @returns false if no complete line is left
     * @throws {MalformedPage} if the line is invalid
     */
    next() {
        const { input, cursor } = this;
        if (input.at >= input.complete)
            return false;
        this.count += 1;
        cursor.readInPlace(input.bytes, input.complete);
        this.bytes = input.bytes;
        try {
            input.at = this.scan(input.at);
        }
        catch (error) {
            if (!(error instanceof _malformed_page_js__WEBPACK_IMPORTED_MODULE_5__/* .MalformedPage */ .P))
                throw error;
            input.at = this.scanCompacted(error);
        }
        return true;
    }
    /** Reads a line that another program wrote with whitespace. */
    scanCompacted(problem) {
        const { bytes, at } = this.input;
        const next = bytes.indexOf(_ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .NEWLINE */ .Xy, at) + 1;
        const compact = compactLine(bytes.subarray(at, next));
        if (!compact)
            throw problem;
        this.bytes = compact;
        this.cursor.readInPlace(compact, compact.length - _cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .PADDING */ .Kv);
        this.scan(0);
        return next;
    }
    /** @returns index after the line */
    scan(start) {
        const { cursor } = this;
        const { view } = cursor;
        if (view.getInt32(start, true) !== LINE_START || view.getInt32(start + 4, true) !== LINE_START_2) {
            throw cursor.malformed('{"Item":', start);
        }
        this.start = start + 8;
        this.end = this.scanItem(this.start, false);
        if (this.decodesAll || this.keys.includes(-1))
            this.scanItem(this.start, true);
        if (view.getUint8(this.end) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .CLOSE_BRACE */ .rc || view.getUint8(this.end + 1) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .NEWLINE */ .Xy) {
            throw cursor.malformed('the end of the line', this.end);
        }
        return this.end + 2;
    }
    /** @param decodes true to find names with escape sequences too @returns index after the item */
    scanItem(start, decodes) {
        const { cursor, keys } = this;
        const { view } = cursor;
        keys.fill(-1);
        if (view.getUint8(start) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .OPEN_BRACE */ .Hv)
            throw cursor.malformed('an item', start);
        if (view.getUint8(start + 1) === _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .CLOSE_BRACE */ .rc)
            return start + 2;
        let at = start;
        do {
            const name = at + 1;
            if (view.getUint8(name) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .QUOTE */ .jA)
                throw cursor.malformed('an attribute name', name);
            const nameEnd = (0,_json_string_js__WEBPACK_IMPORTED_MODULE_2__/* .endOfString */ .ap)(cursor, name + 1);
            if (view.getUint8(nameEnd) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .COLON */ .oH)
                throw cursor.malformed('":"', nameEnd);
            at = (0,_json_value_js__WEBPACK_IMPORTED_MODULE_3__/* .endOfValue */ .e)(cursor, nameEnd + 1, 0);
            const key = decodes ? this.decodedKey(name, nameEnd) : this.keyNamed(name + 1, nameEnd - 1);
            if (key >= 0) {
                if (keys[key] !== -1)
                    throw cursor.malformed('each key attribute once', name);
                keys[key] = nameEnd + 1;
                keys[key + 1] = at;
            }
        } while (view.getUint8(at) === _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .COMMA */ .KE);
        if (view.getUint8(at) !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .CLOSE_BRACE */ .rc)
            throw cursor.malformed('"," or "}"', at);
        return at + 1;
    }
    /** @returns index in `keys`; -1 if the name is not that of a key attribute */
    keyNamed(start, end) {
        const { rawNames, cursor } = this;
        const length = end - start;
        for (let i = 0; i < rawNames.length; i += 1) {
            const name = rawNames[i];
            if (name.length !== length)
                continue;
            let same = 0;
            while (same < length && cursor.bytes[start + same] === name[same])
                same += 1;
            if (same === length)
                return 2 * i;
        }
        return -1;
    }
    decodedKey(start, end) {
        const index = this.names.indexOf(JSON.parse(this.bytes.toString('utf8', start, end)));
        return index < 0 ? -1 : 2 * index;
    }
}
const LINE_START = (0,_cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .fourBytes */ .kR)('{"It');
const LINE_START_2 = (0,_cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .fourBytes */ .kR)('em":');
/**
 * Returns a line without the whitespace between its tokens, followed by PADDING; undefined if it is not one JSON object.
 */
function compactLine(line) {
    const opening = skipSpace(line, 0);
    if (line[opening] !== _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .OPEN_BRACE */ .Hv)
        return undefined;
    const compact = Buffer.alloc(line.length + 1 + _cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .PADDING */ .Kv);
    compact[0] = _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .OPEN_BRACE */ .Hv;
    try {
        const { read, written } = (0,_compact_items_js__WEBPACK_IMPORTED_MODULE_0__/* .compactItems */ .U)(line, opening + 1, compact.subarray(1));
        if (skipSpace(line, read) !== line.length)
            return undefined;
        compact[1 + written] = _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .NEWLINE */ .Xy;
        return compact.subarray(0, 2 + written + _cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .PADDING */ .Kv);
    }
    catch (error) {
        if (error instanceof _malformed_page_js__WEBPACK_IMPORTED_MODULE_5__/* .MalformedPage */ .P)
            return undefined;
        throw error;
    }
}
function skipSpace(line, start) {
    let at = start;
    while ([_ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .SPACE */ .t6, _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .TAB */ .wn, _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .CARRIAGE_RETURN */ .u7, _ascii_js__WEBPACK_IMPORTED_MODULE_6__/* .NEWLINE */ .Xy].includes(line[at] ?? 0))
        at += 1;
    return at;
}


/***/ }),

/***/ 5531:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ MAX_LINE_BYTES),
/* harmony export */   l: () => (/* binding */ LineInput)
/* harmony export */ });
/* harmony import */ var node_buffer__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4573);
/* harmony import */ var _ascii_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6793);
/* harmony import */ var _cursor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(470);
/* harmony import */ var _malformed_page_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4667);




/**
 * Maximum size of a line in bytes. An item has up to 400 KB. As DynamoDB JSON, it has up to eight times as many bytes,
 * if it consists of the constants true and false.
 */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 256 * 1024;
/** Collects chunks of bytes, which end anywhere, and provides the complete lines in one reused buffer. */
class LineInput {
    /** PADDING more bytes than are in use can be read. */
    bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    /** Index of the next line. The reader moves it. */
    at = 0;
    /** Index after the last complete line. */
    complete = 0;
    /** Index after the last byte. */
    end = 0;
    /**
     * Appends a chunk. The reader must have read all complete lines; their bytes are overwritten.
     *
     * @throws {MalformedPage} if a line is too long or is not valid UTF-8
     */
    append(chunk) {
        const rest = this.end - this.at;
        this.reserve(rest, chunk.length);
        chunk.copy(this.bytes, rest);
        this.at = 0;
        this.end = rest + chunk.length;
        const last = chunk.lastIndexOf(_ascii_js__WEBPACK_IMPORTED_MODULE_3__/* .NEWLINE */ .Xy);
        this.complete = last < 0 ? 0 : rest + last + 1;
        if (this.end - this.complete > MAX_LINE_BYTES)
            throw new _malformed_page_js__WEBPACK_IMPORTED_MODULE_2__/* .MalformedPage */ .P('a line of at most 4 MiB');
        if (!(0,node_buffer__WEBPACK_IMPORTED_MODULE_0__.isUtf8)(this.bytes.subarray(0, this.complete)))
            throw new _malformed_page_js__WEBPACK_IMPORTED_MODULE_2__/* .MalformedPage */ .P('valid UTF-8');
    }
    /** Ends the input. The last line may have no line feed. */
    finish() {
        if (this.end > this.at)
            this.append(Buffer.of(_ascii_js__WEBPACK_IMPORTED_MODULE_3__/* .NEWLINE */ .Xy));
    }
    /** Moves the incomplete line to the start of a buffer with room for `more` bytes. */
    reserve(rest, more) {
        const needed = rest + more + _cursor_js__WEBPACK_IMPORTED_MODULE_1__/* .PADDING */ .Kv;
        if (needed <= this.bytes.length) {
            this.bytes.copyWithin(0, this.at, this.end);
            return;
        }
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
        this.bytes.copy(larger, 0, this.at, this.end);
        this.bytes = larger;
    }
}


/***/ }),

/***/ 7296:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   JA: () => (/* binding */ savedTemporaryTable),
/* harmony export */   po: () => (/* binding */ saveTemporaryTable),
/* harmony export */   sc: () => (/* binding */ saveNoTemporaryTable)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6257);

/** The runner passes this state to the post step as STATE_restore. Other steps of the job can set that variable too. */
const NAME = 'restore';
/**
 * Saves that there is no temporary table. Call this first: the runner sets the variables of saved state last, so from then
 * on, no other step of the job can set this one.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs (IntraActionState)
 */
function saveNoTemporaryTable(env) {
    if (env['GITHUB_STATE'])
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .saveState */ .LZ(NAME, '');
}
/**
 * Saves a temporary table. Called before the table is created, because the step can be killed at any time, and again
 * with its ID: the runner uses the last value.
 */
function saveTemporaryTable(env, table) {
    if (env['GITHUB_STATE'])
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .saveState */ .LZ(NAME, JSON.stringify(table));
}
/**
 * Returns the saved table. It proves nothing: the post step deletes the table only if DynamoDB confirms that the step
 * created it.
 *
 * @returns undefined if the step saved none, or if the value is invalid
 */
function savedTemporaryTable(env) {
    try {
        const value = JSON.parse(env[`STATE_${NAME}`] ?? '');
        const { table, step, tableId, createdAt } = value;
        if (typeof table !== 'string' || table === '')
            return undefined;
        const text = (member) => (typeof member === 'string' ? member : undefined);
        return { table, step: text(step), tableId: text(tableId), createdAt: text(createdAt) };
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 5558:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   SF: () => (/* binding */ inVerifyTerms),
/* harmony export */   ZF: () => (/* binding */ inRestoreTerms),
/* harmony export */   ge: () => (/* binding */ inListTablesTerms),
/* harmony export */   p6: () => (/* binding */ inComparedCopyTerms)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9473);

/**
 * Names of inputs in errors that the Actions share, and the names of the same inputs in Actions whose sides are called
 * by what they are.
 */
const SIDES = [
    [/\bsource-(aws-region|role-to-assume)\b/g, 'table-$1'],
    [/\bdest-(aws-region|role-to-assume)\b/g, 'bucket-$1'],
];
/** An Action with one side */
const ONE_SIDE = [
    [/ \(or source-aws-region\)/g, ''],
    [/\b(?:source|dest)-(aws-region|role-to-assume)\b/g, '$1'],
];
/** The table of a verification is the one to compare with. */
const VERIFY = [...SIDES, [/\bdynamodb-table-name\b/g, 'compare-with']];
/** The inputs of the copy are other ones for the copy to compare with, which is never searched. */
const COMPARED_COPY = [
    [/\bs3-bucket-name, s3-key-prefix, source-table-name and before\b|\bs3-bucket-name\b/g, 'compare-with'],
    [/\bs3-bucket-owner\b/g, 'compare-bucket-owner'],
    [/\b([Ss])et copy to its s3-uri(?:, or set before to [^.]*)?/g, '$1et compare-with to its s3-uri'],
    [/\b([Ss])et copy to ([^.]*?), or to latest\b/g, '$1et compare-with to $2'],
];
/** Returns an error in the terms of the restore Action. */
function inRestoreTerms(error) {
    return inTerms(error, SIDES);
}
/** Returns an error in the terms of the verify Action. */
function inVerifyTerms(error) {
    return inTerms(error, VERIFY);
}
/** Returns an error about the copy to compare with in the terms of the verify Action. */
function inComparedCopyTerms(error) {
    return inTerms(error, COMPARED_COPY);
}
/** Returns an error in the terms of the list-tables Action. */
function inListTablesTerms(error) {
    return inTerms(error, ONE_SIDE);
}
function inTerms(error, names) {
    const translate = (text) => names.reduce((so, [pattern, name]) => so.replace(pattern, name), text);
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .CopyError */ .k(error.code, translate(error.message), translate(error.remedy), { cause: error.cause });
}


/***/ }),

/***/ 6073:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ readCopyInputs),
/* harmony export */   y: () => (/* binding */ parseS3Uri)
/* harmony export */ });
/* harmony import */ var _bucket_inputs_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6640);
/* harmony import */ var _copy_inputs_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9025);
/* harmony import */ var _parse_input_time_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8646);
/* harmony import */ var _table_name_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7046);




/** Inputs that limit the search for the latest copy. */
const SEARCH_INPUTS = ['s3-key-prefix', 'before', 'source-table-name'];
/** Reads the inputs `copy`, `s3-bucket-name` and those that limit the search for the latest copy. */
function readCopyInputs(reader, forcePathStyle) {
    const copy = reader.notEmpty('copy', 'latest');
    return copy === 'latest' ? readLatest(reader, forcePathStyle) : readUri(reader, copy, forcePathStyle);
}
function readLatest(reader, forcePathStyle) {
    const bucket = reader.required('s3-bucket-name');
    if (bucket !== '')
        (0,_bucket_inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .checkBucketName */ .WR)(bucket, forcePathStyle, reader.problems.at('s3-bucket-name'));
    const before = reader.parsed('before', undefined, BEFORE_ALLOWED, parseTime);
    const name = reader.text('source-table-name');
    const sourceTable = name === '' ? undefined : (0,_table_name_js__WEBPACK_IMPORTED_MODULE_2__/* .readTableName */ .M)(name, reader.problems.at('source-table-name'));
    const prefix = withTableName(reader.text('s3-key-prefix'), sourceTable?.name);
    const template = (0,_copy_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .copyPrefixTemplate */ .K)(prefix, reader.problems.at('s3-key-prefix')) ?? [];
    return { bucket, copy: { template, before, sourceTable } };
}
/**
 * Replaces {table} by the name of the copied table if it is known. Folders of other tables are then not listed, and the
 * role does not need to be authorized to list them.
 */
function withTableName(prefix, name) {
    return name === undefined ? prefix : prefix.replaceAll(/(?<!\{)\{table\}(?!\})/g, name);
}
function readUri(reader, uri, forcePathStyle) {
    const { problems } = reader;
    const parsed = (0,_copy_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .parseCopyUri */ .T)(uri, forcePathStyle, problems.at('copy'));
    for (const name of SEARCH_INPUTS) {
        if (reader.text(name) !== '')
            problems.at(name).add('has an effect only with copy: latest. Leave it out');
    }
    const bucket = reader.text('s3-bucket-name');
    if (parsed && bucket !== '' && bucket !== parsed.bucket) {
        problems.at('s3-bucket-name').add('is not the bucket in the input copy. Leave it out');
    }
    return { bucket: parsed?.bucket ?? bucket, copy: parsed?.copy ?? { template: [] } };
}
const BEFORE_ALLOWED = 'an ISO 8601 time such as 2026-11-22T03:00:00Z (UTC if it has no time zone), or seconds since 1970';
function parseTime(text) {
    const parsed = (0,_parse_input_time_js__WEBPACK_IMPORTED_MODULE_3__/* .parseInputTime */ .Xx)(text);
    return parsed?.kind === 'absolute' ? parsed.time : undefined;
}
/**
 * Parses an S3 URI such as `s3://bucket/prefix`.
 *
 * @returns undefined if the text is not an S3 URI; the prefix is '' if there is none
 */
function parseS3Uri(text) {
    const [, bucket, prefix = ''] = /^s3:\/\/([a-zA-Z0-9][\w.-]{1,253}[a-zA-Z0-9])(?:\/(.{0,1024}))?$/s.exec(text) ?? [];
    return bucket === undefined ? undefined : { bucket, prefix };
}


/***/ }),

/***/ 9025:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ copyPrefixTemplate),
/* harmony export */   T: () => (/* binding */ parseCopyUri)
/* harmony export */ });
/* harmony import */ var _manifest_layout_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3544);
/* harmony import */ var _message_text_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2211);
/* harmony import */ var _bucket_inputs_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6640);
/* harmony import */ var _key_prefix_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4956);




const URI_ALLOWED = 'the output s3-uri of the step that wrote the copy: s3://<bucket>/[<prefix>/]AWSDynamoDB/<export ID>/';
/**
 * Reads the URI of a copy: that of its folder, with or without the last slash, or that of its manifest-summary.json.
 * Keys are taken literally, without percent-decoding, as in the output `s3-uri` and in the AWS CLI.
 *
 * @returns undefined if a problem was reported
 */
function parseCopyUri(uri, forcePathStyle, problems) {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
    const copy = (0,_manifest_layout_js__WEBPACK_IMPORTED_MODULE_2__/* .copyInFolder */ .vC)(key.replace(/(?:\/manifest-summary\.json|\/)?$/, '/'));
    if (!copy) {
        problems.add(`${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_3__/* .quote */ .hD)(uri)} is not the URI of a copy. Use ${URI_ALLOWED}`);
        return undefined;
    }
    const before = problems.lines.length;
    (0,_bucket_inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .checkBucketName */ .WR)(bucket, forcePathStyle, problems);
    (0,_key_prefix_js__WEBPACK_IMPORTED_MODULE_1__/* .checkKeys */ .L)(copy.layout.root.slice(0, -`AWSDynamoDB/${copy.exportId}/`.length), problems);
    return problems.lines.length === before ? { bucket, copy } : undefined;
}
/**
 * Reads the key prefix under which copies are searched. It has the syntax of `s3-key-prefix` of the main Action. Each
 * placeholder matches any text within one folder name. As in the main Action, slashes at the ends are removed.
 *
 * @returns undefined if a problem was reported
 */
function copyPrefixTemplate(template, problems) {
    const texts = (0,_key_prefix_js__WEBPACK_IMPORTED_MODULE_1__/* .splitAtPlaceholders */ .m_)(template, problems);
    if (!texts)
        return undefined;
    const folders = [['']];
    for (const [index, text] of texts.entries()) {
        const [first = '', ...others] = text.split('/');
        const folder = folders.at(-1) ?? [''];
        // A text continues the folder of the placeholder before it.
        if (index > 0)
            folder.push(first);
        else
            folder[0] = first;
        folders.push(...others.map((each) => [each]));
    }
    while (isNameless(folders.at(-1)))
        folders.pop();
    while (isNameless(folders[0]))
        folders.shift();
    const before = problems.lines.length;
    // One character is the shortest text that a placeholder matches.
    (0,_key_prefix_js__WEBPACK_IMPORTED_MODULE_1__/* .checkKeys */ .L)(folders.map((folder) => folder.join('*')).join('/'), problems);
    return problems.lines.length === before ? folders : undefined;
}
function isNameless(folder) {
    return folder?.length === 1 && folder[0] === '';
}


/***/ }),

/***/ 7026:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  E: () => (/* binding */ readRestoreInputs)
});

// EXTERNAL MODULE: ./build/restore/restore-settings.js
var restore_settings = __webpack_require__(933);
// EXTERNAL MODULE: ./build/inputs/bucket-inputs.js
var bucket_inputs = __webpack_require__(6640);
// EXTERNAL MODULE: ./build/inputs/choose-copy.js
var choose_copy = __webpack_require__(6073);
// EXTERNAL MODULE: ./build/inputs/parameter-reader.js
var parameter_reader = __webpack_require__(1551);
// EXTERNAL MODULE: ./build/inputs/source-value.js
var source_value = __webpack_require__(9315);
;// CONCATENATED MODULE: ./build/inputs/create-table-kwargs.js


/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
const SUPPORTED = [
    'AttributeDefinitions',
    'KeySchema',
    'LocalSecondaryIndexes',
    'GlobalSecondaryIndexes',
    'VectorIndexes',
    'BillingMode',
    'ProvisionedThroughput',
    'OnDemandThroughput',
    'WarmThroughput',
    'SSESpecification',
    'StreamSpecification',
    'TableClass',
    'DeletionProtectionEnabled',
];
const REASONS = new Map([
    ['TableName', 'is not supported. Set dynamodb-table-name'],
    ['Tags', 'is not supported. The table gets the tags of the copied table; set restore-settings to change this'],
    ['ResourcePolicy', 'is not supported. Set restore-settings to restore the policy of the copied table'],
]);
/** Members that must be lists, here and in indexes. */
const LISTS = [...SUPPORTED.slice(0, 5), 'SearchSchema', 'NonKeyAttributes'];
/** Members that must be mappings. */
const MAPPINGS = SUPPORTED.filter((name) => /Throughput$|Specification$/.test(name));
/** Reads parameters of CreateTable that replace those of the copied table. DynamoDB checks most of their contents. */
function readTableOverrides(mapping, problems) {
    const reader = new parameter_reader/* ParameterReader */.D(mapping, problems);
    reader.rejectUnknown(SUPPORTED, REASONS);
    const overrides = {};
    for (const name of SUPPORTED) {
        const value = reader.value(name);
        if (value === undefined)
            continue;
        overrides[name] = plainValue(value);
        if (value !== null && MAPPINGS.includes(name) && !(0,source_value/* isMapping */.pi)(value))
            problems.at(name).add('must be a mapping');
        else if (LISTS.includes(name) || MAPPINGS.includes(name))
            checkValue(name, value, problems.at(name));
    }
    reader.choice('BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST']);
    reader.choice('TableClass', ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']);
    reader.boolean('DeletionProtectionEnabled');
    return overrides;
}
/** Checks what the SDK would not accept: the kind of lists and numbers, in indexes too. */
function checkValue(name, value, problems) {
    if (value === null)
        problems.add('must not be null. Leave it out, or set an empty list to remove indexes');
    else if (LISTS.includes(name) && !(0,source_value/* isList */.Lv)(value))
        problems.add('must be a list');
    else if ((0,source_value/* isList */.Lv)(value)) {
        for (const [index, element] of value.entries())
            checkElement(name, element, problems.at(`[${index}]`));
    }
    else if ((0,source_value/* isMapping */.pi)(value)) {
        for (const [member, content] of value)
            checkValue(member, content, problems.at(shown(member)));
    }
    else if (isNumber(name) ? !isWhole(value) : value instanceof source_value/* SourceNumber */.Ry && !isWhole(value)) {
        problems.add('must be a whole number, without quotes');
    }
}
function checkElement(list, element, problems) {
    if (element !== null && list !== 'NonKeyAttributes' && !(0,source_value/* isMapping */.pi)(element))
        problems.add('must be a mapping');
    else
        checkValue('', element, problems);
}
function isNumber(name) {
    return /Units(PerSecond)?$|^Dimensions$/.test(name);
}
function isWhole(value) {
    return value instanceof source_value/* SourceNumber */.Ry && /^-?\d{1,15}$/.test(value.text);
}
/** If a line has too little indentation, a value becomes a name. */
function shown(name) {
    return /^[A-Za-z]{1,40}$/.test(name) ? name : '[entry]';
}
/** Returns the value as the SDK takes it. CreateTable has only small whole numbers. */
function plainValue(value) {
    if (value instanceof source_value/* SourceNumber */.Ry)
        return Number(value.text);
    if ((0,source_value/* isMapping */.pi)(value))
        return Object.fromEntries([...value].map(([name, member]) => [name, plainValue(member)]));
    return (0,source_value/* isList */.Lv)(value) ? value.map(plainValue) : value;
}

// EXTERNAL MODULE: ./build/inputs/engine-inputs.js + 1 modules
var engine_inputs = __webpack_require__(217);
// EXTERNAL MODULE: ./build/inputs/input-reader.js + 2 modules
var input_reader = __webpack_require__(9252);
// EXTERNAL MODULE: ./build/inputs/inputs.js + 1 modules
var inputs_inputs = __webpack_require__(5414);
;// CONCATENATED MODULE: ./build/inputs/parse-restore-settings.js

const RESTORE_SETTINGS_ALLOWED = `safe, all, none, or a list of ${restore_settings/* RESTORE_SETTINGS */.jM.join(', ')}`;
/**
 * Parses the input restore-settings, whose names are separated by commas, spaces or line breaks.
 *
 * @returns undefined if the text is not one of `RESTORE_SETTINGS_ALLOWED`
 */
function parseRestoreSettings(text) {
    if (text === 'safe')
        return restore_settings/* SAFE_SETTINGS */.iW;
    if (text === 'all')
        return restore_settings/* RESTORE_SETTINGS */.jM;
    if (text === 'none')
        return [];
    const names = text.split(/[\s,]+/).filter((name) => name !== '');
    const settings = restore_settings/* RESTORE_SETTINGS */.jM.filter((setting) => names.includes(setting));
    return names.length > 0 && names.every((name) => settings.some((setting) => setting === name)) ? settings : undefined;
}

// EXTERNAL MODULE: ./build/inputs/problems.js
var inputs_problems = __webpack_require__(6790);
// EXTERNAL MODULE: ./build/inputs/regions.js
var inputs_regions = __webpack_require__(141);
// EXTERNAL MODULE: ./build/inputs/roles.js
var roles = __webpack_require__(5457);
// EXTERNAL MODULE: ./build/inputs/scan-inputs.js
var scan_inputs = __webpack_require__(6405);
// EXTERNAL MODULE: ./build/inputs/sides.js
var sides = __webpack_require__(9492);
// EXTERNAL MODULE: ./build/inputs/table-name.js
var table_name = __webpack_require__(7046);
;// CONCATENATED MODULE: ./build/inputs/restore-inputs.js














const METHODS = ['auto', 'import', 'bulk-put', 'write'];
/**
 * Reads and validates the inputs of the restore Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
function readRestoreInputs(env) {
    const problems = new inputs_problems/* InputProblems */.N();
    const reader = new input_reader/* InputReader */.i(env, problems);
    const tableName = reader.required('dynamodb-table-name');
    const table = tableName === '' ? undefined : (0,table_name/* readTableName */.M)(tableName, problems.at('dynamodb-table-name'));
    const regions = (0,inputs_regions/* readRegions */.e)(reader, env, table, sides/* RESTORE_SIDES */.WF);
    const bucketOwner = (0,bucket_inputs/* readBucketOwner */.Ac)(reader);
    const forcePathStyle = reader.boolean('s3-force-path-style', false);
    const inputs = {
        ...(0,choose_copy/* readCopyInputs */.H)(reader, forcePathStyle),
        ...(0,engine_inputs/* readWaitInputs */.FW)(reader, 1),
        table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
        ...(bucketOwner !== undefined && { bucketOwner }),
        forcePathStyle,
        method: reader.choice('method', METHODS, 'auto'),
        ifTableExists: reader.choice('if-table-exists', ['error', 'load-if-empty', 'overwrite'], 'error'),
        allow: {
            sourceTable: reader.boolean('allow-source-table', false),
            globalTable: reader.boolean('allow-global-table', false),
            stream: reader.boolean('allow-stream', false),
            subset: reader.boolean('allow-subset', false),
        },
        overrides: readTableOverrides(reader.mapping('create-table-kwargs'), problems.at('create-table-kwargs')),
        settings: reader.parsed('restore-settings', restore_settings/* SAFE_SETTINGS */.iW, RESTORE_SETTINGS_ALLOWED, parseRestoreSettings),
        writeCapacity: reader.parsed('write-capacity', { kind: 'auto' }, scan_inputs/* WRITE_CAPACITY_ALLOWED */.vo, scan_inputs/* parseReadCapacity */.uC),
        temporary: reader.boolean('temporary', false),
        ...readFailedItems(reader),
        sourceRegion: regions.source,
        ...(regions.dest !== undefined && { destRegion: regions.dest }),
        roles: (0,roles/* readRoles */.i)(reader, env, regions, sides/* RESTORE_SIDES */.WF),
        dryRun: reader.boolean('dry-run', false),
    };
    checkCombinations(reader, inputs);
    if (problems.lines.length > 0)
        throw (0,inputs_inputs/* invalidInputs */.R)(problems.lines);
    return inputs;
}
function readFailedItems(reader) {
    const failedItems = reader.parsed('failed-items-s3-uri', undefined, 'an S3 URI such as s3://bucket/prefix', choose_copy/* parseS3Uri */.y);
    return failedItems ? { failedItems } : {};
}
function checkCombinations(reader, inputs) {
    const { method, temporary, ifTableExists, failedItems, overrides, writeCapacity } = inputs;
    const problems = (name) => reader.problems.at(name);
    if (method === 'bulk-put' && !failedItems && reader.text('failed-items-s3-uri') === '') {
        problems('failed-items-s3-uri').add('is required with method bulk-put. DynamoDB writes the records of failed items there, which contain data of the table');
    }
    if (method !== 'bulk-put' && failedItems) {
        problems('failed-items-s3-uri').add('has an effect only with method bulk-put. Leave it out');
    }
    if (temporary && ifTableExists !== 'error') {
        problems('temporary').add(`is true, but if-table-exists is ${ifTableExists}. Only a table that this step creates is deleted. Leave if-table-exists out`);
    }
    if (method === 'import' && ifTableExists !== 'error') {
        problems('if-table-exists').add(`is ${ifTableExists}, but an import always creates its table. Leave it out`);
    }
    if (method === 'import' && writeCapacity.kind !== 'auto') {
        problems('write-capacity').add('has no effect with method import, which consumes no write capacity. Leave it out');
    }
    if (temporary && overrides.DeletionProtectionEnabled) {
        problems('create-table-kwargs').at('DeletionProtectionEnabled').add('cannot be true with temporary: true');
    }
}


/***/ }),

/***/ 3276:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  listTablesMain: () => (/* binding */ listTablesMain)
});

// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/github/cancellation.js
var cancellation = __webpack_require__(163);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/proxy-warning.js
var proxy_warning = __webpack_require__(4727);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
;// CONCATENATED MODULE: ./build/list-tables/table-pattern.js
/** Valid patterns, for messages. */
const PATTERN_ALLOWED = 'letters, digits, dots, hyphens and underscores, with the wildcards *, ? and [...], such as orders-*';
/**
 * One element of a pattern: a class such as `[a-z]` or `[!0-9]`, a wildcard, or a character of table names.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
const ELEMENT = /\[([!^]?)([\w.-]+)\]|[*?]|[\w.-]/y;
/**
 * Reads one pattern: `*` matches any number of characters, `?` one, `[a-z]` one of these and `[!a-z]` one other.
 * Everything else matches itself. Upper and lower case differ, as in table names.
 *
 * node:path has matchesGlob, but it follows the rules of file names: `*` does not match a leading dot, on macOS and
 * Windows the case does not matter, and some patterns take minutes.
 *
 * @returns undefined if the text is not a pattern that can match a table name
 */
function parseTablePattern(text) {
    const excludes = text.startsWith('!');
    const pattern = excludes ? text.slice(1) : text;
    const tokens = [];
    ELEMENT.lastIndex = 0;
    for (let at = 0; at < pattern.length; at = ELEMENT.lastIndex) {
        const element = ELEMENT.exec(pattern);
        const token = element && tokenOf(element);
        if (!token)
            return undefined;
        tokens.push(token);
    }
    return tokens.length > 0 ? { text, excludes, tokens } : undefined;
}
/** @returns undefined for a class with a range from a higher to a lower character */
function tokenOf([element, inverted, members]) {
    if (element === '*')
        return 'any';
    if (element === '?')
        return () => true;
    if (members === undefined)
        return (character) => character === element;
    const ranges = rangesOf(members);
    if (!ranges)
        return undefined;
    const isMember = (character) => ranges.some(([first, last]) => first <= character && character <= last);
    return inverted ? (character) => !isMember(character) : isMember;
}
/** Returns the ranges of a class: `a-c_` is a to c, and `_`. A hyphen at the start or at the end is a character. */
function rangesOf(members) {
    const ranges = [...members.matchAll(/(.)-(.)|./g)].map(([single, first = single, last = single]) => [first, last]);
    return ranges.every(([first, last]) => first <= last) ? ranges : undefined;
}
/** Returns whether a pattern matches a whole table name, whether or not it excludes the table. */
function matchesTable({ tokens }, name) {
    let token = 0;
    // After a mismatch, only the last `*` can take one more character. Hence the time is at most the product of the lengths.
    let retry;
    for (let character = 0; character < name.length;) {
        const expected = tokens[token];
        if (expected === 'any') {
            retry = { token, character };
            token += 1;
        }
        else if (expected?.(name.charAt(character))) {
            token += 1;
            character += 1;
        }
        else if (retry) {
            retry = { token: retry.token, character: retry.character + 1 };
            token = retry.token + 1;
            character = retry.character;
        }
        else {
            return false;
        }
    }
    return tokens.slice(token).every((rest) => rest === 'any');
}
/**
 * Returns whether the patterns select a table. The last pattern that matches its name decides, as in the filters of
 * GitHub workflows and in .gitignore.
 */
function selectsTable(patterns, name) {
    const last = patterns.findLast((pattern) => matchesTable(pattern, name));
    return last !== undefined && !last.excludes;
}

// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
// EXTERNAL MODULE: ./build/inputs/input-reader.js + 2 modules
var input_reader = __webpack_require__(9252);
// EXTERNAL MODULE: ./build/inputs/inputs.js + 1 modules
var inputs_inputs = __webpack_require__(5414);
// EXTERNAL MODULE: ./build/inputs/problems.js
var inputs_problems = __webpack_require__(6790);
// EXTERNAL MODULE: ./build/inputs/regions.js
var inputs_regions = __webpack_require__(141);
// EXTERNAL MODULE: ./build/inputs/roles.js
var roles = __webpack_require__(5457);
// EXTERNAL MODULE: ./build/inputs/sides.js
var sides = __webpack_require__(9492);
;// CONCATENATED MODULE: ./build/inputs/list-tables-inputs.js








/**
 * Reads and validates the inputs of the list-tables Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
function readListTablesInputs(env) {
    const problems = new inputs_problems/* InputProblems */.N();
    const reader = new input_reader/* InputReader */.i(env, problems);
    const patterns = readPatterns(reader);
    const tags = readTagLines(reader);
    if (reader.text('names') === '' && reader.text('tags') === '') {
        problems.at('names').add("is empty, like tags. Set one of them. To list all tables, set names to '*'");
    }
    const regions = (0,inputs_regions/* readRegions */.e)(reader, env, undefined, sides/* LIST_SIDES */.Wh);
    const inputs = {
        patterns,
        tags,
        ifEmpty: reader.choice('if-empty', ['error', 'ignore'], 'error'),
        sourceRegion: regions.source,
        roles: (0,roles/* readRoles */.i)(reader, env, regions, sides/* LIST_SIDES */.Wh),
        table: { name: '' },
        bucket: '',
    };
    if (problems.lines.length > 0)
        throw (0,inputs_inputs/* invalidInputs */.R)(problems.lines);
    return inputs;
}
/** Reads one pattern per line. Without `names`, every name matches. */
function readPatterns(reader) {
    const problems = reader.problems.at('names');
    const lines = linesOf(reader.text('names') || '*');
    const patterns = lines.flatMap((line) => {
        const pattern = parseTablePattern(line);
        if (!pattern)
            problems.add(`${(0,message_text/* quote */.hD)(line)} is not a valid pattern. Use ${PATTERN_ALLOWED}, one pattern per line`);
        return pattern ?? [];
    });
    const [first] = patterns;
    if (first?.excludes && patterns.length === lines.length) {
        problems.add(`starts with ${(0,message_text/* quote */.hD)(first.text)}, which excludes nothing, because the last pattern that matches a name decides. Start with a pattern that selects tables, such as *`);
    }
    return patterns;
}
/**
 * Characters of tags, with `=` between key and value. A comma is none of them, so tags in one line are reported.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
 */
const TAG = /^(?=[^=]*[^=\s]=(?!\s))[\p{L}\p{Z}\p{N}_.:/=+@-]+$/u;
/** Reads one tag per line. Messages show no tag, because some users treat their values as private. */
function readTagLines(reader) {
    const lines = linesOf(reader.text('tags'));
    for (const [index, line] of lines.entries()) {
        if (TAG.test(line))
            continue;
        reader.problems
            .at('tags')
            .add(`line ${index + 1} is not a tag. Use Key=Value without spaces around =, one tag per line, with letters, digits, spaces and the characters _.:/=+@-`);
    }
    return lines;
}
function linesOf(text) {
    return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
}

// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js
var dist_cjs = __webpack_require__(4305);
// EXTERNAL MODULE: ./build/aws/required-member.js
var required_member = __webpack_require__(1324);
// EXTERNAL MODULE: ./build/in-parallel.js
var in_parallel = __webpack_require__(1737);
// EXTERNAL MODULE: ./build/pacing/budget.js + 1 modules
var pacing_budget = __webpack_require__(1086);
;// CONCATENATED MODULE: ./build/list-tables/read-tags.js


/**
 * Reads the tags of a table to the last page. Each request takes one unit of `requests`, retries included.
 *
 * @param requests budget of requests per second
 * @returns one text `Key=Value` for each tag; undefined if the table does not exist
 * @throws errors of the SDK
 */
async function readTags(client, ResourceArn, requests, abortSignal) {
    const tags = new Set();
    let NextToken;
    do {
        const command = new dist_cjs/* ListTagsOfResourceCommand */.IIA({ ResourceArn, NextToken });
        await requests.take(() => 1, abortSignal);
        (0,pacing_budget/* chargeAttempts */.vk)(command, permitOf(requests), abortSignal);
        try {
            const page = await client.send(command, { abortSignal });
            requests.settle(1, 1);
            for (const { Key = '', Value = '' } of page.Tags ?? [])
                tags.add(`${Key}=${Value}`);
            ({ NextToken } = page);
        }
        catch (error) {
            if (error.name === 'ResourceNotFoundException')
                return undefined;
            throw error;
        }
    } while (NextToken !== undefined);
    return tags;
}
function permitOf(requests) {
    return {
        async charge(signal) {
            const started = performance.now();
            await requests.take(() => 1, signal, true);
            return performance.now() - started;
        },
        throttled: () => requests.throttled(),
        // The attempt counts against the limit of AWS, whatever became of it.
        failedWithoutResult: () => undefined,
    };
}

;// CONCATENATED MODULE: ./build/list-tables/list-tables.js








/**
 * Maximum number of ListTagsOfResource requests per second in an account.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
 */
const TAG_REQUESTS_PER_SECOND = 10;
/** Minimum rate after throttling, in requests per second: other tools can use most of the limit of the account. */
const MIN_TAG_REQUESTS_PER_SECOND = 0.5;
/** Number of tables after which the progress is logged: about 50 seconds. */
const TABLES_PER_LOG_LINE = 500;
/**
 * Lists the tables of an account in one Region whose names and tags match. Reads tags only if some are required, and
 * only of tables whose names match. Leaves out a table that is deleted meanwhile, and logs its name.
 *
 * @throws {CopyError} AWS_ERROR if a response is invalid
 * @throws errors of the SDK
 */
async function listTables(selection, source) {
    const names = await readNames(source);
    const matching = names.filter((name) => selectsTable(selection.patterns, name)).sort();
    const unmatched = selection.patterns.filter((pattern) => !pattern.excludes && !names.some((name) => matchesTable(pattern, name)));
    source.logger.info(`Tables: ${(0,message_text/* formatCount */.B4)(names.length)}, matching names: ${(0,message_text/* formatCount */.B4)(matching.length)}`);
    const isRead = selection.tags.length > 0 && matching.length > 0;
    const tables = isRead ? await withTags(matching, selection.tags, source) : matching;
    return { tables, existing: names.length, matching: matching.length, unmatched };
}
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html */
async function readNames({ client, signal: abortSignal }) {
    const names = new Set();
    let ExclusiveStartTableName;
    do {
        const page = await client.send(new dist_cjs/* ListTablesCommand */.H7({ ExclusiveStartTableName }), { abortSignal });
        for (const name of (0,required_member/* requiredMember */.e)('ListTables', page, 'TableNames'))
            names.add(name);
        const { LastEvaluatedTableName: last } = page;
        if (last !== undefined && last === ExclusiveStartTableName) {
            throw invalidResponse('ListTables', 'LastEvaluatedTableName equals ExclusiveStartTableName, so the list never ends');
        }
        ExclusiveStartTableName = last;
    } while (ExclusiveStartTableName !== undefined);
    return [...names];
}
/** Returns the tables that have all tags, in the same order. */
async function withTags(names, tags, source) {
    const { client, logger, clock = pacing_budget/* MACHINE_CLOCK */.f4 } = source;
    const prefix = await readArnPrefix(names, source);
    if (prefix === undefined) {
        logger.info('All of these tables were deleted meanwhile');
        return [];
    }
    const budget = new pacing_budget/* Budget */.__(TAG_REQUESTS_PER_SECOND, MIN_TAG_REQUESTS_PER_SECOND, clock);
    const failed = new AbortController();
    const signal = AbortSignal.any([source.signal, failed.signal]);
    const seconds = (0,message_text/* formatSeconds */.Xo)(names.length / TAG_REQUESTS_PER_SECOND);
    logger.info(`Reading the tags of ${(0,message_text/* formatCountOf */.gL)(names.length, 'table')}: at least ${seconds}, because DynamoDB allows ${TAG_REQUESTS_PER_SECOND} requests per second`);
    const selected = new Set();
    let done = 0;
    try {
        await (0,in_parallel/* inParallel */.H)(names, async (name) => {
            const present = await readTags(client, `${prefix}${name}`, budget, signal);
            if (!present)
                logger.info(`Table ${name} was deleted meanwhile and is left out`);
            else if (tags.every((tag) => present.has(tag)))
                selected.add(name);
            done += 1;
            if (done % TABLES_PER_LOG_LINE === 0) {
                logger.info(`Read the tags of ${(0,message_text/* formatCount */.B4)(done)} of ${(0,message_text/* formatCount */.B4)(names.length)} tables`);
            }
        });
    }
    catch (error) {
        failed.abort(error);
        throw error;
    }
    return names.filter((name) => selected.has(name));
}
/**
 * Returns the ARNs of all tables up to their names. ListTables returns only names, but its tables are in one account and
 * Region, so DescribeTable of one of them is enough.
 *
 * @returns undefined if none of the tables exists anymore
 */
async function readArnPrefix(names, { client, signal: abortSignal }) {
    for (const TableName of names) {
        try {
            const response = await client.send(new dist_cjs/* DescribeTableCommand */.h8C({ TableName }), { abortSignal });
            const arn = (0,required_member/* requiredMember */.e)('DescribeTable', (0,required_member/* requiredMember */.e)('DescribeTable', response, 'Table'), 'TableArn');
            if (arn.endsWith(`:table/${TableName}`))
                return arn.slice(0, -TableName.length);
            throw invalidResponse('DescribeTable', 'TableArn is not the ARN of the table');
        }
        catch (error) {
            if (error.name !== 'ResourceNotFoundException')
                throw error;
        }
    }
    return undefined;
}
function invalidResponse(operation, why) {
    return new errors/* CopyError */.k('AWS_ERROR', `The response to ${operation} is invalid: ${why}.`, 'Re-run the job. If it fails again, check the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_DYNAMODB.');
}

// EXTERNAL MODULE: ./build/github/set-outputs.js
var set_outputs = __webpack_require__(7901);
// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
;// CONCATENATED MODULE: ./build/report/list-tables-outputs.js




/** Returns the outputs of a step that lists tables. */
function listTablesOutputs({ tables }) {
    return { tables: JSON.stringify(tables), count: String(tables.length) };
}
/**
 * Rejects a list that later jobs cannot use.
 *
 * @throws {CopyError} NO_TABLES if the list is empty, unless the inputs allow it; OUTPUTS_NOT_WRITTEN if it is longer
 *   than an output of a job can be
 */
function requireUsableList(list, { ifEmpty, sourceRegion, tags }) {
    const { tables, existing, matching } = list;
    if (tables.length === 0 && ifEmpty === 'error') {
        const byTag = tags.length > 0 ? ` Matching names and tags: ${(0,message_text/* formatCount */.B4)(tables.length)}.` : '';
        throw new errors/* CopyError */.k('NO_TABLES', `No table is selected. Tables in ${sourceRegion}: ${(0,message_text/* formatCount */.B4)(existing)}. Matching names: ${(0,message_text/* formatCount */.B4)(matching)}.${byTag}`, remedies/* remedies */.J.allowEmptyLists);
    }
    if (JSON.stringify(tables).length <= set_outputs/* MAX_OUTPUT_CHARACTERS */.G)
        return;
    throw new errors/* CopyError */.k('OUTPUTS_NOT_WRITTEN', `The list of ${(0,message_text/* formatCount */.B4)(tables.length)} tables exceeds the GitHub size limit for job outputs.`, remedies/* remedies */.J.reduceTableList);
}

// EXTERNAL MODULE: ./build/inputs/action-terms.js
var action_terms = __webpack_require__(5558);
// EXTERNAL MODULE: ./build/report/failure-markdown.js
var failure_markdown = __webpack_require__(2311);
// EXTERNAL MODULE: ./build/report/markdown.js
var markdown = __webpack_require__(4902);
// EXTERNAL MODULE: ./build/report/report.js + 3 modules
var report_report = __webpack_require__(5046);
// EXTERNAL MODULE: ./build/report/write-report.js + 1 modules
var write_report = __webpack_require__(4323);
;// CONCATENATED MODULE: ./build/report/list-tables-report.js







/** Maximum number of jobs of a matrix. https://docs.github.com/en/actions/reference/limits */
const MAX_MATRIX_JOBS = 256;
/** Maximum number of names in the job summary. All of them are in the log. */
const MAX_SUMMARY_NAMES = 256;
/** Reports the list in summary, outputs and log. Fails the step if there is a failure; it then has no outputs. */
function reportListTables(report) {
    const { env, log, status, failure, durationSeconds } = report;
    const translated = failure && (0,action_terms/* inListTablesTerms */.ge)(failure);
    const help = translated && (0,report_report/* helpUrl */.xR)(translated.code, env);
    const content = {
        summary: () => listTablesMarkdown({ ...report, failure: translated }, help),
        outputs: () => (status.list && !translated ? listTablesOutputs(status.list) : {}),
        result: 'The tables were listed',
        remedy: 'Check the free disk space of the runner, then re-run the job.',
    };
    const reported = (0,write_report/* writeReport */.u)(content, translated, { env, log });
    if (status.list)
        logUnmatched(status, log);
    if (reported) {
        log.failure(reported, (0,report_report/* helpUrl */.xR)(reported.code, env));
        // Not process.exit, which would lose output that has not been written to stdout yet.
        process.exitCode = 1;
        return;
    }
    const { tables = [] } = status.list ?? {};
    for (const name of tables)
        log.info(name);
    if (tables.length > MAX_MATRIX_JOBS) {
        log.warning(`The list has ${(0,message_text/* formatCount */.B4)(tables.length)} tables, but a matrix has at most ${MAX_MATRIX_JOBS} jobs. Use several steps that list parts of the tables.`);
    }
    log.info(`Done: ${(0,message_text/* formatCountOf */.gL)(tables.length, 'table')} in ${(0,message_text/* formatSeconds */.Xo)(durationSeconds)}`);
}
/** Reports patterns without a table: after a table was renamed, a backup by its old name would otherwise be missed. */
function logUnmatched({ inputs, list }, log) {
    for (const { text } of list?.unmatched ?? []) {
        const message = `No table matches ${text} by name.`;
        if (inputs?.ifEmpty === 'ignore')
            log.info(message);
        else
            log.warning(message);
    }
}
function listTablesMarkdown({ status, failure, log, durationSeconds }, help) {
    const clean = (0,markdown/* markdownEscaper */.bM)(log.secrets);
    const { inputs, list } = status;
    if (failure) {
        return [`### ❌ Listing tables failed: \`${failure.code}\``, '', ...(0,failure_markdown/* failureMarkdown */.A)(failure, help, clean), ''].join('\n');
    }
    if (!inputs || !list)
        throw new Error('a list cannot succeed without tables');
    const { tables, existing, matching } = list;
    const rows = [
        ['Region', inputs.sourceRegion],
        ['Tables in the Region', (0,message_text/* formatCount */.B4)(existing)],
        ['Matching names', (0,message_text/* formatCount */.B4)(matching)],
        ...(inputs.tags.length > 0 ? [['Matching names and tags', (0,message_text/* formatCount */.B4)(tables.length)]] : []),
        ['Time', (0,message_text/* formatSeconds */.Xo)(durationSeconds)],
    ];
    const shown = tables.slice(0, MAX_SUMMARY_NAMES).map((name) => `- ${clean(name)}`);
    const hidden = tables.length - shown.length;
    const more = hidden > 0 ? [`- and ${(0,message_text/* formatCountOf */.gL)(hidden, 'further table')}, see the log`] : [];
    return [
        `### ✅ Listed ${(0,message_text/* formatCountOf */.gL)(tables.length, 'table')}`,
        '',
        ...(0,markdown/* nameValueTable */.dC)(rows, clean),
        ...shown,
        ...more,
        '',
    ].join('\n');
}

// EXTERNAL MODULE: ./build/version.js
var version = __webpack_require__(8508);
;// CONCATENATED MODULE: ./build/list-tables-main.js














/** Maximum number of concurrent requests. The limit of the account for reading tags is 10 per second. */
const CONCURRENCY = 16;
/** Runs the list-tables step: reads the inputs, lists the tables, and reports them. Only the report fails the step. */
async function listTablesMain(env = process.env) {
    const started = performance.now();
    const log = new github_log/* Log */.t(env);
    let status = {};
    let isReported = false;
    const reportOnce = (failure) => {
        if (isReported)
            return;
        isReported = true;
        reportListTables({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
    };
    const signal = (0,cancellation/* cancellationSignal */.w)(log, undefined, () => reportOnce(cancelled()));
    let failure;
    try {
        log.info(`${version/* ACTION */.h.name} ${version/* ACTION */.h.version}`);
        const ignoredProxy = (0,proxy_warning/* proxyWarning */.t)(env, process.versions.node);
        if (ignoredProxy !== undefined)
            log.warning(ignoredProxy);
        const inputs = readListTablesInputs(env);
        status = { inputs };
        const list = await log.group('List tables', () => readTables(inputs, env, log, signal));
        status = { inputs, list };
        requireUsableList(list, inputs);
    }
    catch (error) {
        failure = signal.aborted ? cancelled() : (0,explain_error/* explainError */.U)(error, status.inputs);
    }
    reportOnce(failure);
}
function cancelled() {
    return new errors/* CopyError */.k('CANCELLED', 'The step was cancelled. No tables are listed.', 'Re-run the job.');
}
async function readTables({ patterns, tags, roles, sourceRegion: region }, env, log, signal) {
    const credentials = (0,credential_context/* credentialContext */.P)(env, (0,run_context/* runContext */.p)(env), roles, log);
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, { source: region }, credentials, signal);
    const { source: identity } = identities;
    const client = (0,clients/* dynamoDbClient */.iD)({ region, concurrency: CONCURRENCY, identity });
    try {
        if (roles.source !== undefined) {
            await identity.credentials();
            log.info(`Credentials: ${identity.description}`);
        }
        return await listTables({ patterns, tags }, { client, logger: log, signal });
    }
    finally {
        client.destroy();
        identities.close();
    }
}


/***/ }),

/***/ 9862:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ decideScope),
/* harmony export */   p: () => (/* binding */ readScanFacts)
/* harmony export */ });
/* harmony import */ var _s3_compression_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3369);
/* harmony import */ var _layout_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3544);
/* harmony import */ var _manifest_content_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8271);



/**
 * Reads manifest-copy.json.
 *
 * @returns undefined if it does not exist
 * @throws {CopyError} of `invalid` if it is invalid
 * @throws errors of the SDK if the bucket cannot be read
 */
async function readScanFacts(source, { layout }) {
    const key = layout.manifestCopy;
    const content = await (0,_manifest_content_js__WEBPACK_IMPORTED_MODULE_1__/* .readWithoutMd5 */ .zv)(source, key);
    if (!content)
        return undefined;
    return (0,_manifest_content_js__WEBPACK_IMPORTED_MODULE_1__/* .readJson */ .Vh)(content, key, source.invalid, parseScanFacts);
}
function parseScanFacts(copy) {
    const count = (name) => copy.member(name).optional((value) => value.integer());
    const narrowedBy = copy.member('narrowedBy').optional((names) => names.list((name) => name.text())) ?? [];
    const transform = copy.member('processFuncSha256').optional((hash) => hash.text());
    // A scope of a later version of the Action is unknown to this one.
    const stated = copy.member('scope').optional((scope) => scope.text());
    const scope = _layout_js__WEBPACK_IMPORTED_MODULE_2__/* .SCOPES */ .iW.find((known) => known === stated) ?? 'unknown';
    return {
        scope: transform !== undefined || narrowedBy.includes('process-func') ? 'transformed' : scope,
        compression: copy.member('compression').oneOf(COMPRESSION_NAMES),
        sizeBytes: count('sizeBytes'),
        uncompressedBytes: count('uncompressedBytes'),
        fileCount: count('fileCount'),
        hasChecksums: copy.member('checksumsFile').optional((name) => name.oneOf([_layout_js__WEBPACK_IMPORTED_MODULE_2__/* .CHECKSUMS_NAME */ .NX])) !== undefined,
    };
}
const COMPRESSION_NAMES = Object.keys(_s3_compression_js__WEBPACK_IMPORTED_MODULE_0__/* .COMPRESSIONS */ ._);
/**
 * Returns the scope of a copy: by manifest-copy.json if a scan wrote it, otherwise by manifest-table.json, otherwise by
 * DynamoDB's description of the export. DynamoDB's own manifests do not show that an export was filtered.
 *
 * @param table scope in manifest-table.json; undefined if the copy has none
 */
async function decideScope(scan, table, exportArn, describeExportScope) {
    return scan?.scope ?? table ?? (await describeExportScope?.(exportArn)) ?? 'unknown';
}


/***/ }),

/***/ 6918:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  b: () => (/* binding */ damagedCopy),
  G: () => (/* binding */ openCopy)
});

// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
// EXTERNAL MODULE: ./build/s3/s3-objects.js
var s3_objects = __webpack_require__(8680);
// EXTERNAL MODULE: ./build/manifest/checksum-list.js
var checksum_list = __webpack_require__(9326);
// EXTERNAL MODULE: ./build/manifest/copy-scope.js
var copy_scope = __webpack_require__(9862);
// EXTERNAL MODULE: ./build/manifest/copy-summary.js
var copy_summary = __webpack_require__(4482);
// EXTERNAL MODULE: ./build/manifest/manifest-content.js
var manifest_content = __webpack_require__(8271);
// EXTERNAL MODULE: ./build/manifest/layout.js
var manifest_layout = __webpack_require__(3544);
;// CONCATENATED MODULE: ./build/manifest/read-checksums.js



/**
 * Reads manifest-sha256.txt. It is requested even if no manifest names it: otherwise a change of that manifest, or its
 * deletion, would disable the check.
 *
 * @returns SHA-256 of each data object in lower-case hexadecimal digits, by its key in the bucket; undefined if the copy
 *   has no manifest-sha256.txt
 * @throws {CopyError} of `source.invalid` if it does not list exactly the data objects and manifests of the copy, or if
 *   the SHA-256 of a manifest differs
 * @throws errors of the SDK if the bucket cannot be read
 */
async function readChecksums(source, { layout, isExpected, manifests, files }) {
    const { invalid } = source;
    const key = layout.manifestChecksums;
    // Twice the longest list of these objects. A much longer file would become a list of millions of names.
    const maxBytes = Math.min(manifest_content/* MAX_FILES_BYTES */.Vy, (manifests.size + files.length) * checksum_list/* MAX_CHECKSUM_LINE */.CS);
    const content = await (0,manifest_content/* readWithoutMd5 */.zv)(source, key, maxBytes);
    if (!content) {
        if (isExpected)
            throw invalid(key, 'does not exist in the bucket');
        return undefined;
    }
    const listed = (0,checksum_list/* parseChecksums */.yk)(content);
    if (!listed)
        throw invalid(key, 'is not a valid list of SHA-256 checksums');
    for (const [manifest, hash] of manifests) {
        const expected = listed.get((0,manifest_layout/* pathInCopy */.uA)(layout, manifest));
        if (expected === undefined)
            throw invalid(key, OTHER_OBJECTS);
        if (expected !== hash)
            throw invalid(manifest, `does not match its SHA-256 in ${manifest_layout/* CHECKSUMS_NAME */.NX}`);
    }
    if (listed.size !== manifests.size + files.length)
        throw invalid(key, OTHER_OBJECTS);
    const checksums = new Map();
    for (const file of files) {
        const hash = file.key.startsWith(layout.data) ? listed.get((0,manifest_layout/* pathInCopy */.uA)(layout, file.key)) : undefined;
        if (hash === undefined)
            throw invalid(key, OTHER_OBJECTS);
        checksums.set(file.key, hash);
    }
    return checksums;
}
const OTHER_OBJECTS = 'does not list exactly the data objects and manifests of the copy';

// EXTERNAL MODULE: ./build/manifest/read-table-manifest.js
var read_table_manifest = __webpack_require__(5533);
;// CONCATENATED MODULE: ./build/manifest/open-copy.js









/**
 * Reads the manifests of a copy and verifies them against their MD5s, their SHA-256s and each other. The copy can be a scan or a
 * DynamoDB export, full or incremental, of anyone. It can be moved or replicated: the keys of its data objects are those
 * beside the manifests, whatever bucket and prefix the manifests name.
 *
 * @throws {CopyError} COPY_NOT_FOUND if the folder has no manifest-summary.json; COPY_DAMAGED if a manifest is missing,
 *   corrupted or inconsistent
 * @throws errors of the SDK if the bucket or DynamoDB cannot be read
 */
async function openCopy(copy, access) {
    const { bucket, signal } = access;
    const { exportId, layout } = copy;
    const invalid = damagedCopy(bucket, copy);
    const manifests = new Map();
    const onRead = (key, content) => void manifests.set(key, (0,checksum_list/* sha256 */.sc)(content));
    const source = { bucket, signal, invalid, onRead };
    const summaryJson = await (0,manifest_content/* readWithMd5 */.hn)(source, layout.manifestSummary);
    if (!summaryJson)
        throw incompleteCopy(bucket, copy);
    const summary = (0,copy_summary/* parseCopySummary */.zU)(summaryJson, copy, invalid);
    const dataFolder = summary.exportType === 'FULL_EXPORT' ? layout.data : sharedDataFolder(copy);
    const filesJson = await (0,manifest_content/* readWithMd5 */.hn)(source, layout.manifestFiles);
    if (!filesJson)
        throw invalid(layout.manifestFiles, 'does not exist in the bucket');
    const files = (0,manifest_content/* parseDataFiles */.tX)(filesJson, layout.manifestFiles, { itemCount: summary.itemCount, invalid }, (file) => fileBeside(file, copy, dataFolder, invalid));
    const scan = await (0,copy_scope/* readScanFacts */.p)(source, copy);
    if (scan)
        requireSameCount(scan, files, copy, invalid);
    else
        requireExport(summary, files, copy, invalid);
    const table = await (0,read_table_manifest/* readTableManifest */.o)(source, copy, summary);
    const isExpected = scan?.hasChecksums === true;
    const checksums = await readChecksums({ bucket, signal, invalid }, { ...copy, isExpected, manifests, files });
    return {
        exportId,
        layout,
        ...summary,
        engine: scan ? 'scan' : 'export',
        scope: await (0,copy_scope/* decideScope */.d)(scan, table?.scope, summary.exportArn, access.describeExportScope),
        compression: scan?.compression ?? 'gzip',
        uncompressedBytes: scan?.uncompressedBytes,
        sizeBytes: scan?.sizeBytes,
        files,
        dataFolder,
        table,
        checksums,
    };
}
/** Returns the constructor of the errors for a copy whose manifests are invalid. */
function damagedCopy(bucket, { layout }) {
    return (key, problem) => new errors/* CopyError */.k('COPY_DAMAGED', `The copy s3://${bucket.name}/${layout.root} is damaged: ${key.split('/').at(-1)} ${problem}.`, remedies/* remedies */.J.useOlderCopy);
}
function incompleteCopy(bucket, { layout }) {
    return new errors/* CopyError */.k('COPY_NOT_FOUND', `s3://${bucket.name}/${layout.root} contains no manifest-summary.json. The copy is incomplete, or it does not exist.`, remedies/* remedies */.J.changeCopy);
}
/** The folder of an incremental export's data objects, beside the folder of its manifests. */
function sharedDataFolder({ exportId, layout }) {
    return `${layout.root.slice(0, -`${exportId}/`.length)}data/`;
}
const OUTSIDE = 'lists an object outside the folder of the copy';
/**
 * Returns a data object of manifest-files.json as it is stored beside the manifests.
 *
 * @throws {CopyError} of `invalid`
 */
function fileBeside(file, copy, dataFolder, invalid) {
    const key = copy.layout.manifestFiles;
    const name = file.key.slice(file.key.lastIndexOf('/') + 1);
    // `AWSDynamoDB/<export id>/data/`, or `AWSDynamoDB/data/` for incremental exports.
    const folder = dataFolder.slice(dataFolder.lastIndexOf('AWSDynamoDB/'));
    const original = `${folder}${name}`;
    const isInFolder = file.key === original || file.key.endsWith(`/${original}`);
    if (!isInFolder || !NAME.test(name))
        throw invalid(key, OUTSIDE);
    if (!MD5.test(file.md5))
        throw invalid(key, 'has a missing or invalid md5Checksum');
    const etag = (0,s3_objects/* unquoteEtag */.d)(file.etag);
    if (etag === '')
        throw invalid(key, 'has a missing or invalid etag');
    return { ...file, key: `${dataFolder}${name}`, etag };
}
/** Name of a data object: no folder, and not a name such as `..` that clients resolve. */
const NAME = /^(?!\.)[\w.+=@-]{1,255}$/;
const MD5 = /^[A-Za-z0-9+/]{22}==$/;
function requireSameCount({ fileCount }, files, { layout }, invalid) {
    if (fileCount === undefined || fileCount === files.length)
        return;
    throw invalid(layout.manifestCopy, 'has a fileCount that differs from manifest-files.json');
}
/**
 * DynamoDB exports only these formats, and compresses all data objects with gzip. Only manifest-copy.json names the
 * compression of a scan.
 */
function requireExport({ outputFormat }, files, { layout }, invalid) {
    const missing = 'does not exist, but the';
    if (outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION') {
        throw invalid(layout.manifestCopy, `${missing} format is not that of an export`);
    }
    if (files.every(({ key }) => key.endsWith('.gz')))
        return;
    throw invalid(layout.manifestCopy, `${missing} names of the data objects are not those of an export`);
}


/***/ }),

/***/ 5533:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ readTableManifest)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9473);
/* harmony import */ var _strict_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(706);
/* harmony import */ var _manifest_content_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8271);
/* harmony import */ var _parse_table_manifest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(739);




/**
 * Reads manifest-table.json.
 *
 * @returns undefined if it does not exist
 * @throws {CopyError} of `source.invalid` if it is invalid or describes another table
 * @throws errors of the SDK if the bucket cannot be read
 */
async function readTableManifest(source, { layout }, { tableArn, tableId }) {
    const key = layout.manifestTable;
    const content = await (0,_manifest_content_js__WEBPACK_IMPORTED_MODULE_2__/* .readWithoutMd5 */ .zv)(source, key);
    if (!content)
        return undefined;
    const table = parse(content, key, source);
    const isOther = table.tableId !== null && tableId !== undefined && table.tableId !== tableId;
    if (table.tableArn !== tableArn || isOther) {
        throw source.invalid(key, 'describes another table than manifest-summary.json');
    }
    return table;
}
function parse(content, key, { invalid }) {
    try {
        return (0,_parse_table_manifest_js__WEBPACK_IMPORTED_MODULE_3__/* .parseTableManifest */ .r)(content);
    }
    catch (error) {
        if (!(error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .CopyError */ .k && error.cause instanceof _strict_json_js__WEBPACK_IMPORTED_MODULE_1__/* .MalformedJson */ .i))
            throw error;
        const { path } = error.cause;
        throw invalid(key, path === '' ? 'is not a JSON object' : `has a missing or invalid member: ${path}`);
    }
}


/***/ }),

/***/ 3875:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  planMain: () => (/* binding */ planMain)
});

// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/github/cancellation.js
var cancellation = __webpack_require__(163);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/proxy-warning.js
var proxy_warning = __webpack_require__(4727);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
// EXTERNAL MODULE: ./build/shards/copy-plan.js
var copy_plan = __webpack_require__(859);
// EXTERNAL MODULE: ./build/inputs/bucket-inputs.js
var bucket_inputs = __webpack_require__(6640);
// EXTERNAL MODULE: ./build/inputs/input-reader.js + 2 modules
var input_reader = __webpack_require__(9252);
// EXTERNAL MODULE: ./build/inputs/inputs.js + 1 modules
var inputs_inputs = __webpack_require__(5414);
// EXTERNAL MODULE: ./build/inputs/key-prefix.js
var key_prefix = __webpack_require__(4956);
// EXTERNAL MODULE: ./build/inputs/parameter-reader.js
var parameter_reader = __webpack_require__(1551);
// EXTERNAL MODULE: ./build/inputs/problems.js
var inputs_problems = __webpack_require__(6790);
// EXTERNAL MODULE: ./build/inputs/put-object-kwargs.js + 1 modules
var put_object_kwargs = __webpack_require__(8569);
// EXTERNAL MODULE: ./build/inputs/regions.js
var inputs_regions = __webpack_require__(141);
// EXTERNAL MODULE: ./build/inputs/roles.js
var roles = __webpack_require__(5457);
// EXTERNAL MODULE: ./build/inputs/scan-inputs.js
var scan_inputs = __webpack_require__(6405);
// EXTERNAL MODULE: ./build/inputs/scan-kwargs.js
var scan_kwargs = __webpack_require__(9615);
// EXTERNAL MODULE: ./build/inputs/table-name.js
var table_name = __webpack_require__(7046);
;// CONCATENATED MODULE: ./build/inputs/plan-copy-inputs.js














/**
 * Reads and validates the inputs of the plan Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
function readPlanCopyInputs(env, run, now = new Date()) {
    const problems = new inputs_problems/* InputProblems */.N();
    const reader = new input_reader/* InputReader */.i(env, problems);
    const tableName = reader.required('dynamodb-table-name');
    const table = tableName === '' ? undefined : (0,table_name/* readTableName */.M)(tableName, problems.at('dynamodb-table-name'));
    const regions = (0,inputs_regions/* readRegions */.e)(reader, env, table);
    const bucket = (0,bucket_inputs/* readBucketInputs */.MW)(reader, regions.dest);
    const placeholders = { table: table?.name ?? '', now, run };
    const inputs = {
        ...bucket,
        table: { name: table?.name ?? '', ...(table?.arn !== undefined && { arn: table.arn }) },
        keyPrefix: (0,key_prefix/* resolveKeyPrefix */.g2)(reader.text('s3-key-prefix'), placeholders, problems.at('s3-key-prefix')),
        shards: readAutomatic(reader, 'shards', copy_plan/* MAX_SHARDS */.hH),
        maxParallel: reader.parsed('max-parallel', undefined, wholeNumber(copy_plan/* MAX_SHARDS */.hH), (text) => parseWhole(text, copy_plan/* MAX_SHARDS */.hH)),
        readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, scan_inputs/* READ_CAPACITY_ALLOWED */.Xd, scan_inputs/* parseReadCapacity */.uC),
        fileSize: reader.parsed('file-size', scan_inputs/* DEFAULT_FILE_SIZE */.BV, scan_inputs/* FILE_SIZE_ALLOWED */.CJ, scan_inputs/* parseFileSize */.lT),
        totalSegments: readAutomatic(reader, 'total-segments', copy_plan/* MAX_PLANNED_SEGMENTS */.b8),
        scan: readScan(reader),
        putObject: (0,put_object_kwargs/* readPutObjectParameters */.D)(reader.mapping('s3-put-object-kwargs'), { now, encryptsWithKms: bucket.encryption?.algorithm === 'KMS' }, problems.at('s3-put-object-kwargs')),
        sourceRegion: regions.source,
        ...(regions.dest !== undefined && { destRegion: regions.dest }),
        roles: (0,roles/* readRoles */.i)(reader, env, regions),
        dryRun: reader.boolean('dry-run', false),
    };
    if (problems.lines.length > 0)
        throw (0,inputs_inputs/* invalidInputs */.R)(problems.lines);
    return inputs;
}
function readAutomatic(reader, name, max) {
    return reader.parsed(name, 'auto', `auto, or ${wholeNumber(max)}`, (text) => text === 'auto' ? text : parseWhole(text, max));
}
function wholeNumber(max) {
    return `a whole number from 1 to ${(0,message_text/* formatCount */.B4)(max)}`;
}
function parseWhole(text, max) {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    return number >= 1 && number <= max ? number : undefined;
}
/** Reads the scan parameters on which the plan depends. The jobs of the shards must have the same values. */
function readScan(reader) {
    const problems = reader.problems.at('dynamodb-scan-kwargs');
    const kwargs = new parameter_reader/* ParameterReader */.D(reader.mapping('dynamodb-scan-kwargs'), problems);
    kwargs.rejectUnknown(['IndexName', 'ConsistentRead'], OF_SHARDS);
    const IndexName = (0,scan_kwargs/* readIndexName */.q)(kwargs);
    const ConsistentRead = kwargs.boolean('ConsistentRead');
    return { ...(IndexName !== undefined && { IndexName }), ...(ConsistentRead !== undefined && { ConsistentRead }) };
}
const SET_IN_SHARDS = 'does not affect the plan. Set it only in the step that copies the shards';
const DIVIDED = 'cannot be set, because the plan divides the table';
const OF_SHARDS = new Map([
    ['FilterExpression', SET_IN_SHARDS],
    ['ProjectionExpression', SET_IN_SHARDS],
    ['ExpressionAttributeNames', SET_IN_SHARDS],
    ['ExpressionAttributeValues', SET_IN_SHARDS],
    ['Limit', SET_IN_SHARDS],
    ['Select', SET_IN_SHARDS],
    ['Segment', DIVIDED],
    ['TotalSegments', DIVIDED],
    ['ExclusiveStartKey', DIVIDED],
]);

// EXTERNAL MODULE: ./build/preflight/checks/checks.js
var checks_checks = __webpack_require__(2523);
// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/aws/required-member.js
var required_member = __webpack_require__(1324);
// EXTERNAL MODULE: ./build/manifest/export-id.js
var export_id = __webpack_require__(1936);
// EXTERNAL MODULE: ./build/manifest/layout.js
var manifest_layout = __webpack_require__(3544);
// EXTERNAL MODULE: ./build/s3/object-options.js
var object_options = __webpack_require__(5819);
// EXTERNAL MODULE: ./build/scan/pacing/read-capacity.js
var read_capacity = __webpack_require__(2582);
// EXTERNAL MODULE: ./build/scan/pacing/read-limit.js
var read_limit = __webpack_require__(2623);
// EXTERNAL MODULE: ./build/scan/table.js
var scan_table = __webpack_require__(6900);
// EXTERNAL MODULE: ./build/version.js
var version = __webpack_require__(8508);
// EXTERNAL MODULE: ./build/preflight/assume-roles.js
var assume_roles = __webpack_require__(2712);
// EXTERNAL MODULE: ./build/preflight/checks/write-access.js
var write_access = __webpack_require__(4058);
// EXTERNAL MODULE: ./build/preflight/open-copy-bucket.js
var open_copy_bucket = __webpack_require__(5473);
// EXTERNAL MODULE: ./build/preflight/scan-plan.js
var scan_plan = __webpack_require__(363);
// EXTERNAL MODULE: ./build/scan/object-age-limit.js
var object_age_limit = __webpack_require__(3409);
// EXTERNAL MODULE: ./build/scan/segments.js
var scan_segments = __webpack_require__(8404);
;// CONCATENATED MODULE: ./build/preflight/size-shards.js







const GIB = 1024 ** 3;
/** Size of a shard with `auto`: one runner reads it in about 4 minutes, so its start takes little of the time. */
const SHARD_BYTES = 32 * GIB;
const MAX_AUTOMATIC_SHARDS = 16;
/** Cores of a GitHub-hosted runner. https://docs.github.com/actions/reference/runners/github-hosted-runners */
const RUNNER_CORES = 4;
/** A shard has a segment for each of the 64 workers of a runner. More keep them busy until the end. */
const MIN_SEGMENTS_PER_SHARD = 64;
const MAX_SEGMENTS_PER_SHARD = 512;
/** Returns the size of a plan, with the reason for the number of shards. */
function sizePlan(sizing) {
    const { shards, why } = chooseShards(sizing);
    const segments = shards * segmentsPerShard(sizing, shards);
    return {
        shards,
        why,
        segments,
        maxParallel: Math.min(sizing.maxParallel ?? shards, shards),
        // Each segment can add one object, and age can add more.
        fileSize: (0,scan_segments/* effectiveFileSize */.H5)(sizing.fileSize, sizing.sizeBytes, segments + object_age_limit/* MAX_OBJECTS_BY_AGE */.e),
    };
}
function chooseShards({ shards, sizeBytes = 0, readLimit, consistentRead, }) {
    if (shards !== 'auto')
        return { shards, why: 'as requested' };
    if (sizeBytes === 0)
        return { shards: 1, why: 'DynamoDB reports no size of the table yet' };
    const needed = Math.ceil(sizeBytes / SHARD_BYTES);
    const bySize = Math.min(needed, MAX_AUTOMATIC_SHARDS);
    const unitsPerRunner = readableUnits(consistentRead);
    const byLimit = readLimit === undefined ? bySize : Math.ceil(readLimit / unitsPerRunner);
    if (readLimit !== undefined && byLimit < bySize) {
        const runners = `${(0,message_text/* formatCountOf */.gL)(byLimit, 'runner')} with ${RUNNER_CORES} cores`;
        return {
            shards: byLimit,
            why: `${runners} can consume the read limit of ${(0,read_limit/* formatCapacityUnits */.fL)(readLimit)} RCU per second`,
        };
    }
    const reason = 'one for each 32 GiB';
    return { shards: bySize, why: needed > bySize ? `${reason}, at most ${MAX_AUTOMATIC_SHARDS}` : reason };
}
/** Returns the read capacity units (RCU) per second that a runner consumes with the default compression. */
function readableUnits(consistentRead) {
    return (RUNNER_CORES * scan_plan/* BYTES_PER_CORE */.Sz.gzip) / (consistentRead ? read_capacity/* RCU_BYTES */.L : 2 * read_capacity/* RCU_BYTES */.L);
}
function segmentsPerShard({ totalSegments, sizeBytes = 0, fileSize }, shards) {
    const max = Math.floor(copy_plan/* MAX_PLANNED_SEGMENTS */.b8 / shards);
    if (totalSegments !== 'auto')
        return Math.min(Math.ceil(totalSegments / shards), max);
    const needed = Math.ceil(sizeBytes / shards / Math.min(fileSize, scan_segments/* SEGMENT_BYTES */.yJ));
    return Math.min(Math.max(needed, MIN_SEGMENTS_PER_SHARD), MAX_SEGMENTS_PER_SHARD, max);
}

;// CONCATENATED MODULE: ./build/preflight/prepare-plan.js

















/** Number of sockets: the requests of a plan are sent one after the other. */
const CONCURRENCY = 2;
/**
 * Describes the table, finds the bucket and makes the plan. Writes nothing.
 *
 * @param credentials sources of credentials to assume roles
 */
async function preparePlan(preflight, credentials) {
    const { inputs, checks, logger, signal } = preflight;
    const { sourceRegion: source, destRegion: dest, roles } = inputs;
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
    const opened = [identities];
    const close = () => {
        for (const each of opened)
            each.close();
    };
    try {
        await (0,assume_roles/* assumeRoles */.w)(identities, roles, logger);
        const client = (0,clients/* dynamoDbClient */.iD)({ region: source, concurrency: CONCURRENCY, identity: identities.source });
        opened.push({ close: () => client.destroy() });
        const { name, arn } = inputs.table;
        const table = await checks.find('Table', () => (0,scan_table/* describeTable */.uq)(client, arn ?? name, signal), ({ TableStatus }) => `${name} in ${source} is ${TableStatus ?? 'available'}`);
        const sized = table && (await sizeCopy(preflight, table));
        // A missing bucket is reported together with a missing table.
        const payer = inputs.putObject.RequestPayer;
        const bucket = await (0,open_copy_bucket/* openCopyBucket */.K)({ ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: CONCURRENCY, payer }, identities.dest, preflight);
        opened.push(bucket);
        if (!table || !sized)
            throw new Error('the table is missing although no check failed');
        const plan = makePlan(inputs, table, sized);
        const layout = (0,manifest_layout/* copyLayout */.af)(plan.prefix, plan.exportId);
        if (inputs.dryRun)
            await checks.run((0,write_access/* writeAccessCheck */.O)(bucket, layout.started, (0,object_options/* objectParameters */.S)(inputs, 'marker')));
        checks.throwIfFailed();
        const start = { bucket, plan, parametersOf: (kind) => (0,object_options/* objectParameters */.S)(inputs, kind) };
        return { start, plan, layout, ...sized, estimate: estimateCopy(inputs, table, sized, plan), close };
    }
    catch (error) {
        close();
        throw error;
    }
}
/** Returns undefined if a check failed. */
async function sizeCopy({ inputs, checks, logger }, table) {
    const { IndexName, ConsistentRead } = inputs.scan;
    const target = await checks.find(IndexName === undefined ? 'Source' : 'Index', async () => (0,scan_table/* scanTarget */.rt)(table, IndexName, ConsistentRead), ({ kind, sizeBytes = 0, itemCount = 0 }) => `the ${kind}${IndexName === undefined ? '' : ` ${IndexName}`}: ${(0,message_text/* formatCountOf */.gL)(itemCount, 'item')}, ${(0,message_text/* formatBytes */.z3)(sizeBytes)} (DynamoDB updates these counts about every 6 hours)`);
    const describe = (limit) => (0,read_limit/* describeReadLimit */.hX)(limit, 'All shards together consume');
    const readLimit = await checks.find('Read capacity', async () => (0,read_limit/* readLimitFor */.Lk)(inputs.readCapacity, (0,read_capacity/* readCapacityOf */.I)(table, IndexName)), describe);
    if (!target || !readLimit)
        return undefined;
    if (readLimit.isLowered)
        logger.notice(describe(readLimit));
    const size = sizePlan({
        ...inputs,
        sizeBytes: target.sizeBytes,
        readLimit: readLimit.unitsPerSecond,
        consistentRead: ConsistentRead ?? false,
    });
    noteChanges(inputs, size, logger);
    return { size, target, readLimit };
}
/** Logs where the plan differs from the inputs. */
function noteChanges(inputs, { segments, shards, fileSize }, logger) {
    if (inputs.totalSegments !== 'auto' && inputs.totalSegments !== segments) {
        logger.notice(`The number of segments is ${segments} instead of ${inputs.totalSegments}: it must be a multiple of the ${(0,message_text/* formatCountOf */.gL)(shards, 'shard')}.`);
    }
    if (fileSize > inputs.fileSize) {
        logger.notice(`The maximum size of data objects is increased to ${fileSize} bytes. With smaller objects, the copy would have more objects than DynamoDB can import.`);
    }
}
function makePlan(inputs, table, { size, readLimit }) {
    const TableArn = (0,required_member/* requiredMember */.e)('DescribeTable', table, 'TableArn');
    const exportId = (0,export_id/* newExportId */.IY)(new Date());
    return {
        exportId,
        prefix: inputs.keyPrefix,
        shards: size.shards,
        segments: size.segments,
        fileSize: size.fileSize,
        readCapacity: readLimit.unitsPerSecond,
        readFraction: (0,read_limit/* fractionOf */.Am)(inputs.readCapacity),
        maxParallel: size.maxParallel,
        indexName: inputs.scan.IndexName,
        consistentRead: inputs.scan.ConsistentRead ?? false,
        ...(0,copy_plan/* planHashes */.gM)(exportId, { ...table, TableArn }, inputs.bucket),
        version: version/* ACTION */.h.version,
    };
}
/** Estimates a copy whose shards are read by `size.maxParallel` runners at the same time. */
function estimateCopy({ scan }, table, { target, size, readLimit }, { segments, fileSize }) {
    const { readUnits, seconds } = (0,scan_plan/* planScan */.hn)({
        table,
        target,
        scan: { request: scan },
        totalSegments: segments,
        fileSize,
        compression: 'gzip',
        cores: RUNNER_CORES,
        runners: size.maxParallel,
        readLimit: readLimit.unitsPerSecond,
    });
    return { readUnits, seconds };
}

// EXTERNAL MODULE: ./build/report/dry-run.js
var dry_run = __webpack_require__(3438);
// EXTERNAL MODULE: ./build/report/failure-markdown.js
var failure_markdown = __webpack_require__(2311);
// EXTERNAL MODULE: ./build/report/markdown.js
var markdown = __webpack_require__(4902);
;// CONCATENATED MODULE: ./build/report/plan-rows.js



const NOT_COUNTED = 'unknown: the table is empty, or DynamoDB has not counted it yet';
/** Returns the properties of a plan for the log and the job summary. */
function planRows(inputs, { plan, size, target, layout, readLimit, estimate }) {
    const { shards, segments, maxParallel, fileSize } = plan;
    const index = plan.indexName === undefined ? '' : `, index ${plan.indexName}`;
    const { sizeBytes = 0, itemCount = 0 } = target;
    return [
        ['Table', `${inputs.table.name}${index} (${inputs.sourceRegion})`],
        ['Copy', `s3://${inputs.bucket}/${layout.root}`],
        [
            'Size',
            sizeBytes === 0
                ? NOT_COUNTED
                : `about ${(0,message_text/* formatCountOf */.gL)(itemCount, 'item')}, ${(0,message_text/* formatBytes */.z3)(sizeBytes)} (DynamoDB updates these counts about every 6 hours)`,
        ],
        ['Shards', `${(0,message_text/* formatCount */.B4)(shards)}, at most ${(0,message_text/* formatCount */.B4)(maxParallel)} at the same time: ${size.why}`],
        ['Segments', `${(0,message_text/* formatCount */.B4)(segments)}, ${(0,message_text/* formatCount */.B4)(segments / shards)} in each shard`],
        ['Objects', `at most ${(0,message_text/* formatBytes */.z3)(fileSize)} each, before compression`],
        ['Read limit', describeLimit(readLimit, maxParallel)],
        [
            'Read capacity units',
            estimate.readUnits === undefined ? NOT_COUNTED : `about ${(0,message_text/* formatCount */.B4)(estimate.readUnits)}`,
        ],
        [
            'Time',
            estimate.seconds === undefined
                ? NOT_COUNTED
                : `about ${(0,message_text/* formatSeconds */.Xo)(Math.max(1, Math.round(estimate.seconds)))}, on runners with ${RUNNER_CORES} cores`,
        ],
    ];
}
function describeLimit({ unitsPerSecond, why }, maxParallel) {
    if (unitsPerSecond === undefined)
        return `none, because ${why}`;
    const perShard = (0,read_limit/* formatCapacityUnits */.fL)(unitsPerSecond / maxParallel);
    return `${(0,read_limit/* formatCapacityUnits */.fL)(unitsPerSecond)} RCU per second for all shards together, at most ${perShard} for each: ${why}`;
}

// EXTERNAL MODULE: ./build/report/report.js + 3 modules
var report_report = __webpack_require__(5046);
// EXTERNAL MODULE: ./build/report/write-report.js + 1 modules
var write_report = __webpack_require__(4323);
;// CONCATENATED MODULE: ./build/report/plan-report.js








/** Reports the result of a plan step in summary, outputs and log. Fails the step if there is a failure. */
function reportPlan(report) {
    const { env, log, status, failure, durationSeconds } = report;
    const help = failure && (0,report_report/* helpUrl */.xR)(failure.code, env);
    const content = {
        summary: () => planSummaryMarkdown({ status, failure, secrets: log.secrets, help }),
        outputs: () => planOutputs(status, durationSeconds),
        result: 'The copy is planned',
        remedy: 'Check the free disk space of the runner, then re-run the job. This makes a new plan.',
    };
    const reported = (0,write_report/* writeReport */.u)(content, failure, { env, log });
    if (reported) {
        log.failure(reported, (0,report_report/* helpUrl */.xR)(reported.code, env));
        // Not process.exit, which would lose output that has not been written to stdout yet.
        process.exitCode = 1;
        return;
    }
    log.info(closingLine(status, durationSeconds));
}
/** Returns the outputs that are known. A plan that no job can use is not an output. */
function planOutputs({ inputs, prepared, isStarted }, durationSeconds) {
    return {
        'duration-seconds': durationSeconds.toFixed(1),
        ...(prepared && { 'shard-count': String(prepared.plan.shards) }),
        ...(prepared &&
            isStarted && {
            plan: (0,copy_plan/* formatPlan */.nT)(prepared.plan),
            shards: JSON.stringify((0,copy_plan/* namesOfShards */.xz)(prepared.plan)),
            's3-uri': `s3://${inputs?.bucket ?? ''}/${prepared.layout.root}`,
            'export-id': prepared.plan.exportId,
        }),
    };
}
/** Returns the job summary of a plan as Markdown: the result, the plan, and what to do next. */
function planSummaryMarkdown({ status, failure, secrets, help }) {
    const { inputs, checkResults = [], prepared } = status;
    const clean = (0,markdown/* markdownEscaper */.bM)(secrets);
    const lines = [headline(status, failure, clean), ''];
    if (failure)
        lines.push(...(0,failure_markdown/* failureMarkdown */.A)(failure, help, clean));
    if (inputs && prepared)
        lines.push(...(0,markdown/* nameValueTable */.dC)(planRows(inputs, prepared), clean));
    if (inputs?.dryRun)
        lines.push(...(0,dry_run/* dryRunMarkdown */.w8)(checkResults, undefined, clean));
    else if (prepared && !failure)
        lines.push(...nextMarkdown(prepared));
    return `${lines.join('\n')}\n`;
}
function headline({ inputs, prepared }, failure, clean) {
    if (failure)
        return `### ❌ Plan failed: \`${failure.code}\``;
    if (!inputs || !prepared)
        throw new Error('a plan cannot succeed without inputs and a table');
    const table = clean(inputs.table.name);
    if (inputs.dryRun)
        return `### 🔎 Dry run passed for ${table}. Nothing was written`;
    return `### ✅ Planned a copy of ${table}: ${(0,message_text/* formatCountOf */.gL)(prepared.plan.shards, 'shard')}`;
}
function nextMarkdown({ plan }) {
    return [
        `Next, a job with \`matrix: {shard: \${{ fromJSON(needs.<job>.outputs.shards) }}}\` and \`max-parallel: ${plan.maxParallel}\` copies the shards, and a job with the finish Action completes the copy. Until then, it is incomplete. The plan is valid for 7 days.`,
        '',
    ];
}
function closingLine({ inputs, prepared }, seconds) {
    if (inputs?.dryRun)
        return 'Dry run passed. Nothing was written. The outputs plan and shards are not set.';
    if (!prepared)
        throw new Error('a plan cannot succeed without a table');
    const shards = (0,message_text/* formatCountOf */.gL)(prepared.plan.shards, 'shard');
    return `Done: planned ${shards} in ${(0,message_text/* formatSeconds */.Xo)(seconds)}: s3://${inputs?.bucket ?? ''}/${prepared.layout.root}`;
}

// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
// EXTERNAL MODULE: ./build/s3/error-status.js
var error_status = __webpack_require__(1620);
// EXTERNAL MODULE: ./build/s3/find-listed.js
var find_listed = __webpack_require__(9368);
// EXTERNAL MODULE: ./build/timeouts.js
var timeouts = __webpack_require__(2794);
;// CONCATENATED MODULE: ./build/shards/start-copy.js






/**
 * Proves that the shards can use checkpoints in the bucket, then writes `_started`, the object without which no shard
 * starts. A shard cannot do without checkpoints, because another process may work on the same shard.
 *
 * @throws {CopyError} S3_REQUEST_REJECTED if the store does not support or enforce conditional writes; errors of the SDK
 *   are rethrown unchanged, such as AccessDenied for a missing permission
 */
async function startCopy(start, signal) {
    const { bucket, plan, parametersOf } = start;
    await proveCheckpoints(start, signal);
    const { started: key } = (0,manifest_layout/* copyLayout */.af)(plan.prefix, plan.exportId);
    const parameters = parametersOf('marker');
    await bucket.put({ key, body: Buffer.alloc(0), parameters, replaces: 'none' }, signal);
}
const FIRST = Buffer.from('{"probe":"first"}');
const SECOND = Buffer.from('{"probe":"second"}');
/** Maximum size in bytes of the test object. */
const MAX_PROBE_BYTES = 1024;
/** Writes, reads, lists and deletes an object, and writes it with conditions that are not met. */
async function proveCheckpoints({ bucket, plan, parametersOf }, signal) {
    const key = `${(0,manifest_layout/* checkpointFolder */.L6)(plan.prefix, plan.exportId)}probe.json`;
    const parameters = parametersOf('checkpoint');
    const write = (body, replaces) => bucket.put({ key, body, parameters, replaces }, signal);
    await write(FIRST, 'none').catch((error) => {
        throw (0,error_status/* isNotImplemented */.IA)(error) ? notEnforced(error) : error;
    });
    let etag = '';
    try {
        const found = await bucket.get(key, signal);
        if (!found?.content.equals(FIRST))
            throw changed(key);
        etag = found.etag;
        await requireListed(bucket, key, signal);
        for (const condition of ['none', { etag: '0'.repeat(32) }]) {
            const isEnforced = await write(SECOND, condition).then(() => false, (error) => {
                if ((0,error_status/* isPreconditionFailed */.W$)(error))
                    return true;
                if ((0,error_status/* isUnsupported */.w3)(error))
                    return false;
                throw error;
            });
            if (!isEnforced)
                throw notEnforced();
        }
    }
    catch (error) {
        // The error is more important than the object, which the role is possibly not authorized to delete. A cancelled step deletes it
        // too.
        await bucket.delete([key], AbortSignal.timeout(timeouts/* ABORT */.J8)).catch(() => []);
        throw error;
    }
    await deleteProbe(bucket, key, etag, signal);
}
async function requireListed(bucket, key, signal) {
    for await (const listed of bucket.list(key, signal))
        if (listed.key === key)
            return;
    throw changed(key);
}
/** Without s3:DeleteObject, checkpoints would remain, and objects that arrive late could not be deleted. */
async function deleteProbe(bucket, key, etag, signal) {
    try {
        if ((await bucket.deleteUnchanged(key, etag, signal)) === 'deleted')
            return;
    }
    catch (error) {
        // Some S3-compatible stores support conditional writes but not conditional deletions.
        if (!(0,error_status/* isUnsupported */.w3)(error))
            throw error;
        if ((await bucket.delete([key], signal)).length === 0)
            return;
        throw changed(key);
    }
    // Nothing else knows the key. After a lost response, the retry does not find the object.
    if (await (0,find_listed/* getIfListed */.X)(bucket, key, signal, MAX_PROBE_BYTES))
        throw changed(key);
}
function changed(key) {
    return new errors/* CopyError */.k('S3_REQUEST_REJECTED', `The object ${key}, which this step wrote to test the bucket, was changed, is not listed, or cannot be deleted.`, 'Find out what else writes to this folder. For an S3-compatible store, check that it is consistent: a read after a write must return what was written.');
}
function notEnforced(cause) {
    return new errors/* CopyError */.k('S3_REQUEST_REJECTED', 'The store does not enforce conditional writes (If-None-Match and If-Match of PutObject). Without them, two jobs could write the same shard.', remedies/* remedies */.J.copyWithOneJob, { cause });
}

;// CONCATENATED MODULE: ./build/plan-main.js















/**
 * Runs the plan step: reads the inputs, sizes the shards, proves that the bucket can hold checkpoints, starts the copy,
 * and reports the result. Only the report fails the step, and it comes last.
 */
async function planMain(env = process.env) {
    const started = performance.now();
    const log = new github_log/* Log */.t(env);
    let status = {};
    let isReported = false;
    const reportOnce = (failure) => {
        if (isReported)
            return;
        isReported = true;
        reportPlan({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
    };
    const signal = (0,cancellation/* cancellationSignal */.w)(log, undefined, () => reportOnce(cancelled(status)));
    const addStatus = (more) => {
        status = { ...status, ...more };
    };
    let failure;
    try {
        await planCopy({ env, log, signal, addStatus });
    }
    catch (error) {
        failure = signal.aborted ? cancelled(status) : (0,explain_error/* explainError */.U)(error, status.inputs);
    }
    reportOnce(failure);
}
function cancelled({ inputs, prepared, isStarted }) {
    const left = inputs && prepared && !inputs.dryRun && !isStarted
        ? ` s3://${inputs.bucket}/${prepared.layout.root}_started may exist, but no shard was copied.`
        : '';
    return new errors/* CopyError */.k('CANCELLED', `The step was cancelled.${left}`, 'Re-run the job. This makes a new plan.');
}
async function planCopy({ env, log, signal, addStatus }) {
    const run = (0,run_context/* runContext */.p)(env);
    log.info(`${version/* ACTION */.h.name} ${version/* ACTION */.h.version}`);
    const ignoredProxy = (0,proxy_warning/* proxyWarning */.t)(env, process.versions.node);
    if (ignoredProxy !== undefined)
        log.warning(ignoredProxy);
    const inputs = readPlanCopyInputs(env, run);
    const checks = new checks_checks/* PreflightChecks */.R((error) => (0,explain_error/* explainError */.U)(error, inputs), signal);
    addStatus({ inputs, checkResults: checks.results });
    const prepared = await log.group('Check table and bucket', () => preparePlan({ inputs, checks, logger: log, signal }, (0,credential_context/* credentialContext */.P)(env, run, inputs.roles, log)));
    addStatus({ prepared });
    try {
        await log.group(inputs.dryRun ? 'Dry run' : 'Plan', async () => {
            if (inputs.dryRun)
                for (const line of (0,dry_run/* dryRunLines */.Qs)(checks.results, undefined))
                    log.info(line);
            for (const [name, value] of planRows(inputs, prepared))
                log.info(`${name}: ${value}`);
            if (inputs.dryRun)
                return;
            await startCopy(prepared.start, signal);
            addStatus({ isStarted: true });
        });
    }
    finally {
        prepared.close();
    }
}


/***/ }),

/***/ 6756:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   post: () => (/* binding */ post)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var _aws_clients_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7243);
/* harmony import */ var _aws_credentials_identities_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2322);
/* harmony import */ var _aws_explain_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4914);
/* harmony import */ var _github_commit_status_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1344);
/* harmony import */ var _github_credential_context_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8471);
/* harmony import */ var _github_log_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(284);
/* harmony import */ var _github_run_context_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(4809);
/* harmony import */ var _github_step_state_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(614);
/* harmony import */ var _github_stop_mark_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(1623);
/* harmony import */ var _inputs_commit_status_inputs_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(5734);
/* harmony import */ var _inputs_inputs_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(5414);
/* harmony import */ var _manifest_layout_js__WEBPACK_IMPORTED_MODULE_16__ = __webpack_require__(3544);
/* harmony import */ var _message_text_js__WEBPACK_IMPORTED_MODULE_17__ = __webpack_require__(2211);
/* harmony import */ var _s3_bucket_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(8429);
/* harmony import */ var _s3_open_uploads_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(6404);
/* harmony import */ var _s3_upload_journal_js__WEBPACK_IMPORTED_MODULE_14__ = __webpack_require__(2244);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_15__ = __webpack_require__(2794);


















/**
 * Runs the post step. The runner starts it after the steps of the job, even if it killed this step. Aborts the
 * multipart uploads in the journal of the step, and sets its commit status if the step could not. It never fails the
 * job, which already has its result.
 */
async function post(env = process.env) {
    const log = new _github_log_js__WEBPACK_IMPORTED_MODULE_6__/* .Log */ .t(env);
    const run = (0,_github_run_context_js__WEBPACK_IMPORTED_MODULE_7__/* .runContext */ .p)(env);
    await Promise.all([abortOpenUploads(env, log), (0,_github_commit_status_js__WEBPACK_IMPORTED_MODULE_4__/* .setSavedStatus */ .w$)((0,_inputs_commit_status_inputs_js__WEBPACK_IMPORTED_MODULE_10__/* .requestedCommitStatus */ .Y)(env, run), run, log, env)]);
}
async function abortOpenUploads(env, log) {
    const uploadsPath = (0,_github_step_state_js__WEBPACK_IMPORTED_MODULE_8__/* .savedJournalPath */ .q)(env);
    // Created before the journal is read: a step that is still running starts no upload after that.
    if (uploadsPath !== undefined)
        new _github_stop_mark_js__WEBPACK_IMPORTED_MODULE_9__/* .StopMark */ .e(uploadsPath).create();
    const open = uploadsPath === undefined ? undefined : (0,_s3_upload_journal_js__WEBPACK_IMPORTED_MODULE_14__/* .readUploadJournal */ .N)(uploadsPath);
    if (uploadsPath === undefined || !open) {
        log.info('No multipart uploads to abort.');
        return;
    }
    try {
        await abortAll(open, uploadsPath, env, log);
    }
    catch {
        log.warning(`The multipart uploads that the step left open could not be aborted. ${COST_OF_OPEN_UPLOADS}`);
    }
}
const COST_OF_OPEN_UPLOADS = 'S3 charges for their parts until the lifecycle rule AbortIncompleteMultipartUpload deletes them.';
async function abortAll(open, uploadsPath, env, log) {
    // These are the inputs of the step, which were valid when it started.
    const run = (0,_github_run_context_js__WEBPACK_IMPORTED_MODULE_7__/* .runContext */ .p)(env);
    const inputs = (0,_inputs_inputs_js__WEBPACK_IMPORTED_MODULE_11__/* .readInputs */ .K)(env, run, open.startedAt);
    const uploads = [...open.uploads].filter(([key]) => (0,_manifest_layout_js__WEBPACK_IMPORTED_MODULE_16__/* .isUploadableKey */ .bK)(key));
    // Other steps of the job can also write to RUNNER_TEMP.
    if (open.bucket !== inputs.bucket || uploads.length < open.uploads.size) {
        log.warning('No multipart uploads were aborted, because the journal of open uploads in RUNNER_TEMP was changed after the step wrote it.');
        return;
    }
    const deadline = AbortSignal.timeout(_timeouts_js__WEBPACK_IMPORTED_MODULE_15__/* .POST_STEP */ .ep);
    const regions = { source: inputs.sourceRegion, dest: open.region };
    const identities = (0,_aws_credentials_identities_js__WEBPACK_IMPORTED_MODULE_2__/* .createIdentities */ .T)(inputs.roles, regions, (0,_github_credential_context_js__WEBPACK_IMPORTED_MODULE_5__/* .credentialContext */ .P)(env, run, inputs.roles, log), deadline);
    const { forcePathStyle, payloadSigningEnabled, bucketOwner: owner } = inputs;
    const options = { region: open.region, concurrency: 8, forcePathStyle, payloadSigningEnabled };
    const client = (0,_aws_clients_js__WEBPACK_IMPORTED_MODULE_1__/* .s3Client */ .oD)({ ...options, identity: identities.dest });
    const bucket = new _s3_bucket_js__WEBPACK_IMPORTED_MODULE_12__/* .Bucket */ .f({ client, name: open.bucket, owner, payer: inputs.putObject.RequestPayer });
    const results = await Promise.allSettled(uploads.map(([key, ids]) => abortUploads(bucket, key, ids, deadline)));
    bucket.close();
    identities.close();
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    const abortedCount = results.length - failures.length;
    if (abortedCount > 0)
        log.info(`Aborted ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_17__/* .formatCountOf */ .gL)(abortedCount, 'multipart upload')} that the step left open.`);
    if (failures.length === 0) {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(uploadsPath, { force: true });
    }
    else {
        const { code, message } = (0,_aws_explain_error_js__WEBPACK_IMPORTED_MODULE_3__/* .explainError */ .U)(failures[0], inputs);
        log.warning(`${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_17__/* .formatCountOf */ .gL)(failures.length, 'multipart upload')} that the step left open could not be aborted. ${COST_OF_OPEN_UPLOADS} ${message} (${code})`);
    }
}
/**
 * Aborts the uploads of a key by their IDs. Lists the uploads to find those whose IDs never arrived, which needs a
 * permission that fewer roles have.
 */
async function abortUploads(bucket, key, ids, signal) {
    for (const id of ids)
        await (0,_s3_open_uploads_js__WEBPACK_IMPORTED_MODULE_13__/* .abortUpload */ .q)(bucket, { key, uploadId: id }, signal);
    try {
        await (0,_s3_open_uploads_js__WEBPACK_IMPORTED_MODULE_13__/* .abortUploadsOf */ .eq)(bucket, key, signal);
    }
    catch {
        // An upload whose ID never arrived has no parts and costs nothing.
    }
}


/***/ }),

/***/ 5473:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ openCopyBucket)
/* harmony export */ });
/* harmony import */ var _aws_clients_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7243);
/* harmony import */ var _aws_partition_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6388);
/* harmony import */ var _s3_bucket_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8429);
/* harmony import */ var _reach_bucket_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9026);




/**
 * Opens a bucket for steps that read copies in it, or write small objects. Close it in the end.
 *
 * @param name name of the check, such as `Bucket`
 * @throws {CopyError} the failure of the check
 */
async function openCopyBucket(bucket, identity, { checks, logger, signal, }, check = 'Bucket') {
    const { name, owner, forcePathStyle, sourceRegion, destRegion, roles, concurrency } = bucket;
    const { payloadSigningEnabled = false, payer } = bucket;
    const clientIn = (region) => (0,_aws_clients_js__WEBPACK_IMPORTED_MODULE_0__/* .s3Client */ .oD)({ region, concurrency, forcePathStyle, payloadSigningEnabled, identity });
    const firstRegion = destRegion ?? (roles.dest ? (0,_aws_partition_js__WEBPACK_IMPORTED_MODULE_1__/* .regionForRole */ .EN)(roles.dest, [sourceRegion]) : sourceRegion);
    const reached = await checks.require(check, () => (0,_reach_bucket_js__WEBPACK_IMPORTED_MODULE_3__/* .reachBucket */ .s)(clientIn, name, { region: destRegion, firstRegion }, signal), ({ region }) => `${name} in ${region} is accessible`);
    logger.info(`Bucket ${name}: Region ${reached.region}`);
    return new _s3_bucket_js__WEBPACK_IMPORTED_MODULE_2__/* .Bucket */ .f({ client: reached.client, name, owner, payer });
}


/***/ }),

/***/ 8594:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  y: () => (/* binding */ requireDataObjects),
  k: () => (/* binding */ requireStoredCopy)
});

// EXTERNAL MODULE: ./build/manifest/data-objects.js
var data_objects = __webpack_require__(4551);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/in-parallel.js
var in_parallel = __webpack_require__(1737);
// EXTERNAL MODULE: ./build/s3/listings.js
var listings = __webpack_require__(7422);
// EXTERNAL MODULE: ./build/manifest/layout.js
var layout = __webpack_require__(3544);
;// CONCATENATED MODULE: ./build/manifest/copy-folders.js



/** Returns true if a folder name has the literal texts, with at least one character for each placeholder. */
function matchesFolder(name, [first = '', ...others]) {
    const last = others.pop();
    if (last === undefined)
        return name === first;
    if (!name.startsWith(first) || !name.endsWith(last))
        return false;
    // The first match of each text leaves the most characters for the next ones, so the search never has to go back.
    let at = first.length;
    for (const text of others) {
        const found = name.indexOf(text, at + 1);
        if (found === -1)
            return false;
        at = found + text.length;
    }
    return at + 1 <= name.length - last.length;
}
/**
 * Finds the folders of copies under a prefix, complete or not. Lists folders only, and only those of the template:
 * neither data objects nor checkpoints are listed.
 *
 * @returns the copies in no particular order
 * @throws errors of the SDK if the bucket cannot be listed
 */
async function listCopies(bucket, template, signal) {
    let folders = [''];
    for (const texts of template) {
        // Folders without placeholders are not listed: their keys are known.
        if (texts.length === 1)
            folders = folders.map((folder) => `${folder}${texts[0]}/`);
        else
            folders = await matchingFolders(bucket, folders, texts, signal);
    }
    const copies = [];
    await (0,in_parallel/* inParallel */.H)(folders, async (folder) => {
        for await (const found of (0,listings/* listFolders */.u)(bucket, `${folder}AWSDynamoDB/`, signal)) {
            // Incremental exports store data in `data/`, and scans checkpoints in `_resume/`.
            const copy = (0,layout/* copyInFolder */.vC)(found);
            if (copy)
                copies.push(copy);
        }
    });
    return copies;
}
async function matchingFolders(bucket, parents, texts, signal) {
    const matching = [];
    await (0,in_parallel/* inParallel */.H)(parents, async (parent) => {
        for await (const folder of (0,listings/* listFolders */.u)(bucket, `${parent}${texts[0] ?? ''}`, signal)) {
            const name = folder.slice(parent.length, -1);
            if (matchesFolder(name, texts) && !UNPRINTABLE.test(name))
                matching.push(folder);
        }
    });
    return matching;
}
/** Characters that a prefix of the Action cannot contain. The names of folders appear in messages. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u;

// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
// EXTERNAL MODULE: ./build/manifest/copy-scope.js
var copy_scope = __webpack_require__(9862);
// EXTERNAL MODULE: ./build/manifest/export-id.js
var export_id = __webpack_require__(1936);
// EXTERNAL MODULE: ./build/manifest/open-copy.js + 1 modules
var open_copy = __webpack_require__(6918);
// EXTERNAL MODULE: ./build/manifest/read-table-manifest.js
var read_table_manifest = __webpack_require__(5533);
// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
;// CONCATENATED MODULE: ./build/manifest/skipped-copies.js

/** Texts for one and for several copies, in the order of the messages. */
const REASONS = {
    incomplete: ['is incomplete', 'are incomplete'],
    damaged: ['is damaged', 'are damaged'],
    incremental: ['is an incremental export', 'are incremental exports'],
    subset: ['contains only a subset of its table', 'contain only a subset of their table'],
    transformed: ['was transformed', 'were transformed'],
    unknown: ['is an export that may have been filtered', 'are exports that may have been filtered'],
};
/** Copies that the search for the newest copy did not choose although their times match. */
class SkippedCopies {
    copies = [];
    /** @param time snapshot time if it is known, otherwise the start of the copy; milliseconds since 1970 */
    add(reason, time) {
        this.copies.push({ reason, time });
    }
    has(reason) {
        return this.copies.some((copy) => copy.reason === reason);
    }
    /**
     * Returns a sentence such as `3 newer copies were skipped: 2 are incomplete, 1 is an incremental export.`
     *
     * @param chosen snapshot time of the copy that was chosen; undefined if there is none
     * @returns undefined if no copy that is newer than the chosen one was skipped
     */
    describe(chosen) {
        const newer = this.copies.filter(({ time }) => chosen === undefined || time > chosen.getTime());
        if (newer.length === 0)
            return undefined;
        const parts = Object.entries(REASONS).flatMap(([reason, [one, several]]) => {
            const { length } = newer.filter((copy) => copy.reason === reason);
            return length === 0 ? [] : [length === 1 ? `1 ${one}` : `${(0,message_text/* formatCount */.B4)(length)} ${several}`];
        });
        const copies = newer.length === 1 ? 'copy was' : 'copies were';
        const count = (0,message_text/* formatCount */.B4)(newer.length);
        return `${count} ${chosen === undefined ? '' : 'newer '}${copies} skipped: ${parts.join(', ')}.`;
    }
}
const MAX_NAMES = 10;
/** Returns a list such as `a, b` or, for more than 10 names, `a, b, ... and 3 more`. */
function formatNames(names) {
    const sorted = [...new Set(names)].sort();
    const rest = sorted.length - MAX_NAMES;
    return `${sorted.slice(0, MAX_NAMES).join(', ')}${rest > 0 ? ` and ${(0,message_text/* formatCount */.B4)(rest)} more` : ''}`;
}

;// CONCATENATED MODULE: ./build/manifest/copy-search.js







/**
 * Maximum time in milliseconds from the snapshot to the start of an export: the 35 days of point-in-time recovery, and
 * one day for clocks that differ.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
const MAX_SNAPSHOT_AGE = 36 * 24 * 3_600_000;
/** State of a search for the newest copy. The copies must be considered from the newest ID downwards. */
class CopySearch {
    wanted;
    access;
    skipped = new SkippedCopies();
    best;
    /** ARNs and names of the tables of all copies that match. */
    matching = new Map();
    /** Names of the tables of copies that do not match `sourceTable`. */
    otherTables = [];
    /** Number of copies that are not earlier than `before`. */
    later = 0;
    constructor(wanted, access) {
        this.wanted = wanted;
        this.access = access;
    }
    /** Returns false if the copy cannot change the result. */
    isRelevant({ exportId }) {
        const { before, sourceTable } = this.wanted;
        const start = (0,export_id/* startTimeOf */.P2)(exportId);
        if (before && start - MAX_SNAPSHOT_AGE >= before.getTime()) {
            this.later += 1;
            return false;
        }
        return sourceTable === undefined || this.canBeNewest(start);
    }
    async consider(copy, summary) {
        const start = (0,export_id/* startTimeOf */.P2)(copy.exportId);
        const { before, sourceTable } = this.wanted;
        const isEarlyEnough = (time) => before === undefined || time < before.getTime();
        if (summary === 'incomplete') {
            if (isEarlyEnough(start))
                this.skipped.add('incomplete', start);
        }
        else if (summary instanceof errors/* CopyError */.k) {
            if (!this.canBeNewest(start))
                return;
            // Its snapshot may be earlier than `before`, but its start is not. Otherwise, `before` could not exclude it.
            if (!isEarlyEnough(start))
                this.skipped.add('damaged', start);
            else
                throw summary;
        }
        else if (sourceTable && summary.tableArn !== sourceTable.arn && !isNamed(summary, sourceTable)) {
            this.otherTables.push(summary.tableName);
        }
        else if (!isEarlyEnough(summary.snapshotTime.getTime())) {
            this.later += 1;
        }
        else if (summary.exportType === 'INCREMENTAL_EXPORT') {
            this.skipped.add('incremental', summary.snapshotTime.getTime());
        }
        else {
            await this.considerFull(copy, summary);
        }
    }
    async considerFull(copy, summary) {
        const { tableArn, tableName, snapshotTime } = summary;
        const isNewest = this.canBeNewest(snapshotTime.getTime());
        // The scope of an older copy matters only if no copy of its table has matched.
        if (!isNewest && (this.wanted.sourceTable || this.matching.has(tableArn)))
            return;
        const facts = await this.readScopeFacts(copy, summary).catch((error) => {
            if (isNewest || !(error instanceof errors/* CopyError */.k))
                throw error;
            return undefined;
        });
        const stated = facts ? await (0,copy_scope/* decideScope */.d)(...facts, undefined) : 'unknown';
        // An export that may have been filtered could be the copy that the user expects, so its table counts.
        if (stated === 'table' || stated === 'unknown')
            this.matching.set(tableArn, tableName);
        if (!isNewest || !facts)
            return;
        const scope = await (0,copy_scope/* decideScope */.d)(...facts, this.access.describeExportScope);
        if (scope === 'table')
            this.best = { ...copy, ...summary };
        else
            this.skipped.add(scope, snapshotTime.getTime());
    }
    /** @throws {CopyError} COPY_NOT_FOUND, AMBIGUOUS_COPY */
    result() {
        const { best, matching } = this;
        if (!best)
            throw this.notFound();
        if (this.wanted.sourceTable === undefined && matching.size > 1) {
            const names = [...matching.values()];
            const sameName = new Set(names).size < names.length ? ' Some are in different Regions or accounts.' : '';
            throw new errors/* CopyError */.k('AMBIGUOUS_COPY', `Copies of ${matching.size} tables exist in ${this.place()}: ${formatNames(names)}.${sameName}`, remedies/* remedies */.J.chooseSourceTable(sameName !== ''));
        }
        return { copy: best, skipped: this.skipped.describe(best.snapshotTime) };
    }
    /** @param time start or snapshot time of a copy in milliseconds since 1970 */
    canBeNewest(time) {
        return this.best === undefined || time > this.best.snapshotTime.getTime();
    }
    /** Reads what the manifests of a copy state about its scope. */
    async readScopeFacts(copy, summary) {
        const { bucket, signal } = this.access;
        const source = { bucket, signal, invalid: (0,open_copy/* damagedCopy */.b)(bucket, copy) };
        const scan = await (0,copy_scope/* readScanFacts */.p)(source, copy);
        const table = scan ? undefined : await (0,read_table_manifest/* readTableManifest */.o)(source, copy, summary);
        return [scan, table?.scope, summary.exportArn];
    }
    notFound() {
        const { before, sourceTable } = this.wanted;
        const ofTable = sourceTable ? ` of table ${sourceTable.name}` : '';
        const inTime = before ? ` with a snapshot time before ${before.toISOString()}` : '';
        const sentences = [
            `No complete copy${ofTable}${inTime} exists in ${this.place()}.`,
            this.skipped.describe(undefined),
            this.otherTables.length > 0 ? `Copies of other tables exist: ${formatNames(this.otherTables)}.` : undefined,
            this.later > 0 ? 'Copies with a later snapshot time exist.' : undefined,
        ];
        return new errors/* CopyError */.k('COPY_NOT_FOUND', sentences.filter((sentence) => sentence !== undefined).join(' '), remedies/* remedies */.J.changeSearch(this.skipped.has('unknown')));
    }
    /** Returns the searched prefix, with `*` for placeholders. */
    place() {
        const prefix = this.wanted.template.map((texts) => `${texts.join('*')}/`).join('');
        return `s3://${this.access.bucket.name}/${prefix}AWSDynamoDB/`;
    }
}
function isNamed({ tableName }, { name, arn }) {
    return arn === undefined && tableName === name;
}

// EXTERNAL MODULE: ./build/manifest/copy-summary.js
var copy_summary = __webpack_require__(4482);
// EXTERNAL MODULE: ./build/manifest/manifest-content.js
var manifest_content = __webpack_require__(8271);
;// CONCATENATED MODULE: ./build/manifest/find-copy.js







/**
 * Chooses the copy to verify or to restore: the given one, which is not read, or the newest one. That is the complete
 * full copy of a whole table with the latest snapshot time; of several with the same snapshot time, the one that was
 * started last; of several with the same ID, the one whose key sorts last.
 *
 * Copies are read from the newest ID downwards. An ID contains the start time of its copy, and no snapshot is later than
 * the start. With `sourceTable`, the search stops once no older ID can have a newer snapshot. Without it, the
 * manifest-summary.json of every copy is read, because an older copy of another table makes the choice ambiguous.
 *
 * @throws {CopyError} COPY_NOT_FOUND; AMBIGUOUS_COPY if copies of several tables match and `sourceTable` is not set;
 *   COPY_DAMAGED if a copy that could be the newest one has an invalid manifest
 * @throws errors of the SDK if the bucket or DynamoDB cannot be read
 */
async function findCopy(choice, access) {
    if (!('template' in choice))
        return { ...choice, skipped: undefined };
    const search = new CopySearch(choice, access);
    const copies = (await listCopies(access.bucket, choice.template, access.signal)).sort(newestFirst);
    for (let next = 0, size = 1; next < copies.length; next += size, size = Math.min(2 * size, MAX_BATCH)) {
        const batch = copies.slice(next, next + size).filter((copy) => search.isRelevant(copy));
        // Reads a batch at once, but considers its copies in order.
        const summaries = new Map();
        await (0,in_parallel/* inParallel */.H)(batch, async (copy) => void summaries.set(copy, await readSummaryState(copy, access)));
        for (const [copy, summary] of batch.map((each) => [each, summaries.get(each)])) {
            if (summary)
                await search.consider(copy, summary);
        }
    }
    const { copy, skipped } = search.result();
    return { exportId: copy.exportId, layout: copy.layout, skipped };
}
/** Maximum number of copies that are read before the next decision whether older ones are needed. */
const MAX_BATCH = 64;
function newestFirst(a, b) {
    const [first, second] = [a, b].map(({ exportId, layout }) => `${exportId} ${layout.root}`);
    return first < second ? 1 : -1;
}
async function readSummaryState(copy, { bucket, signal }) {
    const invalid = (0,open_copy/* damagedCopy */.b)(bucket, copy);
    try {
        const content = await (0,manifest_content/* readWithoutMd5 */.zv)({ bucket, signal, invalid }, copy.layout.manifestSummary);
        // A summary that was withdrawn and could not be deleted is empty.
        return content && content.length > 0 ? (0,copy_summary/* parseCopySummary */.zU)(content, copy, invalid) : 'incomplete';
    }
    catch (error) {
        if (error instanceof errors/* CopyError */.k)
            return error;
        throw error;
    }
}

;// CONCATENATED MODULE: ./build/preflight/require-copy.js




/**
 * Finds the copy that the inputs choose and verifies its manifests. Logs which newer copies were skipped.
 *
 * @param accept throws an error for a copy that cannot be used
 * @param check name of the check
 * @throws {CopyError} the failure of the check
 */
function requireStoredCopy(choice, access, { checks, logger }, accept, check = 'Copy') {
    return checks.require(check, async () => {
        const found = await findCopy(choice, access);
        if (found.skipped !== undefined)
            logger.notice(found.skipped);
        const opened = await (0,open_copy/* openCopy */.G)(found, access);
        accept(opened);
        return opened;
    }, ({ exportId, tableName, snapshotTime, itemCount }) => `${exportId} of table ${tableName}, ${snapshotTime.toISOString()}, ${(0,message_text/* formatCountOf */.gL)(itemCount, 'item')}`);
}
/**
 * Checks that the data objects of a copy exist as its manifests list them, without reading them.
 *
 * @param check name of the check
 * @throws {CopyError} the failure of the check
 */
function requireDataObjects(copy, access, checks, check = 'Data objects') {
    return checks.require(check, () => (0,data_objects/* checkDataObjects */.x4)(copy, access), ({ sizeBytes }) => `${(0,message_text/* formatCountOf */.gL)(copy.files.length, 'object')}, ${(0,message_text/* formatBytes */.z3)(sizeBytes)}, as in the manifest`);
}


/***/ }),

/***/ 1103:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  restoreMain: () => (/* binding */ restoreMain)
});

// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/github/cancellation.js
var cancellation = __webpack_require__(163);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/proxy-warning.js
var proxy_warning = __webpack_require__(4727);
// EXTERNAL MODULE: ./build/github/restore-state.js
var restore_state = __webpack_require__(7296);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
// EXTERNAL MODULE: ./build/github/step-state.js
var step_state = __webpack_require__(614);
// EXTERNAL MODULE: ./build/github/stop-mark.js
var stop_mark = __webpack_require__(1623);
// EXTERNAL MODULE: ./build/github/workflow-run.js
var workflow_run = __webpack_require__(7889);
// EXTERNAL MODULE: ./build/inputs/restore-inputs.js + 2 modules
var restore_inputs = __webpack_require__(7026);
// EXTERNAL MODULE: ./build/preflight/checks/checks.js
var checks_checks = __webpack_require__(2523);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/aws/partition.js
var partition = __webpack_require__(6388);
// EXTERNAL MODULE: ./build/export/describe-export-scope.js
var describe_export_scope = __webpack_require__(9188);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js
var dist_cjs = __webpack_require__(4305);
// EXTERNAL MODULE: ./build/aws/required-member.js
var required_member = __webpack_require__(1324);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./build/timeouts.js
var timeouts = __webpack_require__(2794);
;// CONCATENATED MODULE: ./build/restore/bulk-put.js







/**
 * Minimum of MaxWriteRequestUnits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
 */
const MIN_BULK_WRITE_UNITS = 1_024;
/** Maximum number of operations of one step that failed before. */
const MAX_FAILED = 10;
/** Operations with these statuses have ended without loading all items. */
const UNSUCCESSFUL = ['FAILED', 'CANCELLED', 'COMPLETED_WITH_ERRORS'];
/**
 * Starts a bulk operation, or continues with the one that an earlier attempt of the step started: all attempts use the
 * same ClientToken, because putting the items again would be billed again. A token whose operation failed is not
 * used again. DynamoDB responds at once and loads the items in the background.
 *
 * @param step undefined outside of a workflow run: every call then starts an operation
 * @param tableId ID of the table: the operation of a table that was deleted is not continued
 * @throws errors of the SDK
 */
async function startBulkPut({ client, logger, signal }, input, step, tableId) {
    for (let nth = 1;; nth += 1) {
        const token = step && `${tokenPrefix(step, tableId)}${nth}`;
        const command = new dist_cjs/* StartBulkPutItemsCommand */.B0V({ ...input, ...(token !== undefined && { ClientToken: token }) });
        const started = described('StartBulkPutItems', await client.send(command, { abortSignal: signal }));
        if (token !== undefined && nth < MAX_FAILED && UNSUCCESSFUL.includes(started.BulkOperationStatus))
            continue;
        logger.info(`Bulk operation ${idOf(started)}: ${started.BulkOperationStatus ?? 'started'}.`);
        return started;
    }
}
/**
 * Returns whether an earlier attempt of the step started a bulk operation for a table. Its items can be in the table by
 * now. `startBulkPut` continues with it.
 *
 * @returns false if the role is not authorized to list bulk operations
 * @throws errors of the SDK
 */
async function hasEarlierBulkPut({ client, signal }, step, tableId) {
    try {
        let NextToken;
        do {
            const command = new dist_cjs/* ListBulkOperationsCommand */.MtX(NextToken === undefined ? {} : { NextToken });
            const page = await client.send(command, { abortSignal: signal });
            for (const { BulkOperationArn } of page.BulkOperationsSummaryList ?? []) {
                const describe = new dist_cjs/* DescribeBulkOperationCommand */.W1({ BulkOperationArn });
                const response = await client.send(describe, { abortSignal: signal });
                const { ClientToken = '' } = described('DescribeBulkOperation', response);
                if (ClientToken.startsWith(tokenPrefix(step, tableId)))
                    return true;
            }
            ({ NextToken } = page);
        } while (NextToken !== undefined);
        return false;
    }
    catch (error) {
        // Servers other than DynamoDB may have no bulk operations.
        if (/^(AccessDeniedException|UnknownOperationException)$/.test(error.name))
            return false;
        throw error;
    }
}
function tokenPrefix({ id }, tableId) {
    return `dynamodb-to-s3-${id}-${tableId.replaceAll('-', '').slice(0, 8)}-`;
}
/**
 * Polls the status of a bulk operation until it ends.
 *
 * @param failedItemsUri where DynamoDB writes the records of failed items
 * @throws {CopyError} RESTORE_FAILED if the operation failed, was cancelled or could not load all items;
 *   RESTORE_IN_PROGRESS after the maximum number of status checks
 */
async function waitForBulkPut({ client, logger, signal }, started, { checkIntervalMs, maxAttempts }, { tableName, failedItemsUri }) {
    const began = Date.now();
    let loggedAt = began;
    let description = started;
    for (let attempt = 0;; attempt += 1) {
        const { BulkOperationStatus: status } = description;
        if (status === 'COMPLETED')
            return description;
        if (UNSUCCESSFUL.includes(status)) {
            throw bulkPutFailed(description, tableName, failedItemsUri);
        }
        if (attempt >= maxAttempts)
            break;
        if (Date.now() - loggedAt >= timeouts/* RESTORE_PROGRESS */.nR) {
            loggedAt = Date.now();
            const minutes = Math.floor((loggedAt - began) / 60_000);
            const items = (0,message_text/* formatCountOf */.gL)(description.ProcessedItemCount ?? 0, 'item');
            logger.info(`Bulk operation in progress: ${minutes} min elapsed, ${items} processed.`);
        }
        await (0,promises_.setTimeout)(checkIntervalMs, undefined, { signal });
        const command = new dist_cjs/* DescribeBulkOperationCommand */.W1({ BulkOperationArn: started.BulkOperationArn });
        description = described('DescribeBulkOperation', await client.send(command, { abortSignal: signal }));
    }
    throw new errors/* CopyError */.k('RESTORE_IN_PROGRESS', `The bulk operation ${idOf(started)} did not end within ${(0,message_text/* formatCountOf */.gL)(maxAttempts, 'status check')}. It continues in DynamoDB.`, remedies/* remedies */.J.waitForRestore);
}
function described(operation, response) {
    const description = (0,required_member/* requiredMember */.e)(operation, response, 'BulkOperationDescription');
    return { ...description, BulkOperationArn: (0,required_member/* requiredMember */.e)(operation, description, 'BulkOperationArn') };
}
function bulkPutFailed({ BulkOperationStatus, FailureCode, FailedItemCount = 0 }, tableName, failedItemsUri) {
    const why = FailureCode === undefined || !/^[\w.]{1,80}$/.test(FailureCode) ? '' : ` (${FailureCode})`;
    const how = BulkOperationStatus === 'COMPLETED_WITH_ERRORS'
        ? `completed with errors: ${(0,message_text/* formatCountOf */.gL)(FailedItemCount, 'item')} could not be loaded`
        : BulkOperationStatus === 'CANCELLED'
            ? 'was cancelled'
            : `failed${why}`;
    return new errors/* CopyError */.k('RESTORE_FAILED', `The bulk operation ${how}. The table ${tableName} is partial: some items of the copy may be missing.`, remedies/* remedies */.J.readFailedItems(failedItemsUri));
}
function idOf({ BulkOperationArn }) {
    return BulkOperationArn.split('/').at(-1) ?? BulkOperationArn;
}

;// CONCATENATED MODULE: ./build/restore/choose-method.js



/** An import takes minutes, however small the table is. */
const MIN_IMPORT_BYTES = 1024 ** 3;
/**
 * Maximum number of objects of an import or a bulk operation.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
const MAX_OBJECTS = 50_000;
/** Maximum size of an object of a bulk operation. */
const MAX_BULK_OBJECT_BYTES = 5 * 1024 ** 3;
const TB = 1e12;
/** Regions in which an import can read 15 TB. In all others, it can read 1 TB. */
const LARGE_IMPORT_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'];
/** Maximum duration of a job on a hosted runner. */
const MAX_JOB_SECONDS = 6 * 3600;
/** Compressed items are assumed to be this many times larger if their size is unknown. */
const USUAL_COMPRESSION = 4;
/**
 * Chooses how to load a copy. `bulk-put` is used only if it is requested.
 *
 * @throws {CopyError} METHOD_NOT_POSSIBLE if the requested method cannot load this copy, or if `write` cannot finish
 *   within a job
 */
function chooseMethod(requested, facts) {
    const obstacle = requested === 'auto' ? undefined : obstacleTo(requested, facts);
    if (obstacle !== undefined)
        throw notPossible(requested, obstacle);
    if (requested !== 'auto')
        return { method: requested, why: 'as requested' };
    const size = facts.uncompressedBytes ?? facts.sizeBytes * USUAL_COMPRESSION;
    const whyNotImport = obstacleTo('import', facts) ??
        (size < MIN_IMPORT_BYTES ? `the copy has less than 1 GiB, and an import takes several minutes` : undefined);
    if (whyNotImport === undefined) {
        return { method: 'import', why: `DynamoDB imports copies of at least 1 GiB itself, without write capacity` };
    }
    const whyNotWrite = obstacleTo('write', facts);
    if (whyNotWrite !== undefined)
        throw notPossible('write', `${whyNotWrite}. DynamoDB cannot import the copy: ${whyNotImport}`);
    return { method: 'write', why: whyNotImport };
}
/** Returns why a method cannot load the copy, without a period at the end; undefined if it can. */
function obstacleTo(method, facts) {
    switch (method) {
        case 'import':
            return obstacleToImport(facts);
        case 'bulk-put':
            return obstacleToBulkPut(facts);
        case 'write':
            return obstacleToWrite(facts);
        default:
            return method;
    }
}
function obstacleToImport(facts) {
    const limit = (LARGE_IMPORT_REGIONS.includes(facts.region) ? 15 : 1) * TB;
    if (facts.tableExists)
        return 'the table exists, and an import always creates its table';
    if (facts.hasLocalIndexes)
        return 'the table has local secondary indexes, which an import cannot create';
    if (facts.hasWarmThroughput)
        return 'a warm throughput is set for the table, which an import cannot create';
    if (!facts.isOneIdentity)
        return 'table and bucket are accessed with different credentials, or the table is in another account';
    if (facts.objectCount > MAX_OBJECTS)
        return tooManyObjects(facts.objectCount);
    if (facts.sizeBytes > limit) {
        return `the objects have ${(0,message_text/* formatBytes */.z3)(facts.sizeBytes)}, and an import in ${facts.region} reads at most ${(0,message_text/* formatBytes */.z3)(limit)}`;
    }
    return undefined;
}
function obstacleToBulkPut(facts) {
    if (facts.isGlobalTable)
        return 'the table has replicas, and bulk operations do not support global tables';
    if (!facts.isOneIdentity)
        return 'table and bucket are accessed with different credentials, or the table is in another account';
    if (facts.objectCount > MAX_OBJECTS)
        return tooManyObjects(facts.objectCount);
    if (facts.largestObjectBytes > MAX_BULK_OBJECT_BYTES) {
        return `an object has ${(0,message_text/* formatBytes */.z3)(facts.largestObjectBytes)}, and a bulk operation reads objects of at most 5 GiB`;
    }
    return undefined;
}
function obstacleToWrite({ writeSeconds }) {
    if (writeSeconds === undefined || writeSeconds <= MAX_JOB_SECONDS)
        return undefined;
    return `writing would take about ${(0,message_text/* formatSeconds */.Xo)(writeSeconds)}, and a job on a hosted runner ends after 6 hours`;
}
function tooManyObjects(count) {
    return `the copy has ${(0,message_text/* formatCountOf */.gL)(count, 'object')}, and DynamoDB reads at most ${(0,message_text/* formatCount */.B4)(MAX_OBJECTS)}`;
}
function notPossible(method, obstacle) {
    return new errors/* CopyError */.k('METHOD_NOT_POSSIBLE', `The copy cannot be loaded with the method ${method}: ${obstacle}.`, remedies/* remedies */.J.changeRestoreMethod);
}

// EXTERNAL MODULE: ./build/restore/create-table.js
var create_table = __webpack_require__(9592);
// EXTERNAL MODULE: ./build/restore/existing-table.js
var existing_table = __webpack_require__(7577);
// EXTERNAL MODULE: ./build/restore/table-import.js
var table_import = __webpack_require__(5487);
;// CONCATENATED MODULE: ./build/restore/table-parameters.js


/**
 * Returns the parameters for a new table: those of the copied table, with overrides.
 *
 * An override replaces the whole member. An empty list of indexes removes them. Attribute definitions that no key uses
 * any more are removed, because CreateTable rejects them. With BillingMode PAY_PER_REQUEST, the provisioned throughput
 * of the table and of its indexes is removed.
 *
 * @param definition undefined if the copy contains no definition of its table
 * @throws {CopyError} INVALID_INPUT if the keys of the table are unknown, if a throughput is missing or does not belong to
 *   the billing mode, or if the table would be encrypted with a key of another Region or account
 */
function tableParameters(definition, overrides, locations) {
    const merged = withoutEmptyLists({ ...definition, ...overrides });
    if (!merged.KeySchema?.length || !merged.AttributeDefinitions?.length)
        throw keysUnknown();
    rejectForeignKey(definition?.SSESpecification, overrides, locations);
    const withThroughput = adaptThroughput(merged, overrides);
    return { ...withThroughput, AttributeDefinitions: usedAttributes(withThroughput) };
}
/** Separates the parameters for CreateTable. */
function forCreateTable(parameters) {
    const { StreamSpecification, DeletionProtectionEnabled, ...atCreation } = parameters;
    return {
        atCreation,
        afterLoad: {
            ...(StreamSpecification && { StreamSpecification }),
            ...(DeletionProtectionEnabled !== undefined && { DeletionProtectionEnabled }),
        },
    };
}
/**
 * Separates the parameters for ImportTable, which supports fewer than CreateTable.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableCreationParameters.html
 */
function forImportTable(parameters) {
    const { AttributeDefinitions, KeySchema, BillingMode, ProvisionedThroughput, OnDemandThroughput, SSESpecification: encryption, GlobalSecondaryIndexes, VectorIndexes, TableClass, } = parameters;
    return {
        creation: {
            AttributeDefinitions,
            KeySchema,
            ...(BillingMode && { BillingMode }),
            ...(ProvisionedThroughput && { ProvisionedThroughput }),
            ...(OnDemandThroughput && { OnDemandThroughput }),
            ...(encryption && { SSESpecification: encryption }),
            ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
            ...(VectorIndexes && { VectorIndexes }),
        },
        afterLoad: {
            ...forCreateTable(parameters).afterLoad,
            ...(TableClass !== undefined && TableClass !== 'STANDARD' && { TableClass }),
        },
    };
}
function withoutEmptyLists(parameters) {
    const kept = Object.entries(parameters).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
    return Object.fromEntries(kept);
}
/** Returns the definitions of the attributes that a key of the table or of an index uses. */
function usedAttributes(parameters) {
    const { KeySchema = [], LocalSecondaryIndexes = [], GlobalSecondaryIndexes = [], VectorIndexes = [] } = parameters;
    // The keys of a vector index are not known to every version of the SDK. Its attributes are kept.
    if (VectorIndexes.length > 0)
        return parameters.AttributeDefinitions;
    const schemas = [KeySchema, ...[...LocalSecondaryIndexes, ...GlobalSecondaryIndexes].map((index) => index.KeySchema)];
    const names = new Set(schemas.flatMap((schema = []) => schema.map(({ AttributeName }) => AttributeName)));
    return parameters.AttributeDefinitions?.filter(({ AttributeName }) => names.has(AttributeName));
}
function adaptThroughput(merged, overrides) {
    const indexes = merged.GlobalSecondaryIndexes;
    const isOnDemand = merged.BillingMode === 'PAY_PER_REQUEST';
    const other = isOnDemand ? 'ProvisionedThroughput' : 'OnDemandThroughput';
    if (overrides[other])
        throw throughputUnused(other, isOnDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED');
    if (isOnDemand) {
        const { ProvisionedThroughput: _, ...onDemand } = merged;
        return indexes
            ? { ...onDemand, GlobalSecondaryIndexes: indexes.map(({ ProvisionedThroughput: __, ...index }) => index) }
            : onDemand;
    }
    const { OnDemandThroughput: _, ...provisioned } = merged;
    if (!merged.ProvisionedThroughput || indexes?.some((index) => !index.ProvisionedThroughput)) {
        throw throughputUnknown(overrides);
    }
    return indexes
        ? { ...provisioned, GlobalSecondaryIndexes: indexes.map(({ OnDemandThroughput: __, ...index }) => index) }
        : provisioned;
}
function rejectForeignKey(encryption, overrides, { from, to }) {
    if (encryption?.KMSMasterKeyId === undefined || overrides.SSESpecification)
        return;
    const isSameAccount = to.account === undefined || from.account === to.account;
    if (from.region === to.region && isSameAccount)
        return;
    throw new errors/* CopyError */.k('INVALID_INPUT', `The copied table is encrypted with its own KMS key, which is in ${from.region}${isSameAccount ? '' : ' in another account'}. The new table needs another key.`, remedies/* remedies */.J.setRestoredEncryption);
}
function keysUnknown() {
    return new errors/* CopyError */.k('INVALID_INPUT', 'The keys of the new table are unknown, because the copy has no valid manifest-table.json.', remedies/* remedies */.J.setRestoredKeys);
}
function throughputUnused(name, billingMode) {
    return new errors/* CopyError */.k('INVALID_INPUT', `${name} is set, but the BillingMode of the new table is ${billingMode}.`, remedies/* remedies */.J.setRestoredBillingMode);
}
function throughputUnknown({ BillingMode }) {
    return new errors/* CopyError */.k('INVALID_INPUT', `The new table has provisioned capacity${BillingMode ? '' : ', as the copied table had'}, but the provisioned throughput of the table or of an index is missing.`, remedies/* remedies */.J.setRestoredThroughput);
}

;// CONCATENATED MODULE: ./build/restore/write-limit.js



/** Fraction of the write capacity of an existing table that `auto` uses. It leaves half for the application. */
const AUTOMATIC_FRACTION = 0.5;
/**
 * Returns the write limit that `write-capacity` sets for a table.
 *
 * @param isNew true if this step created the table, so no application writes to it: `auto` then uses all of its capacity
 * @throws {CopyError} INVALID_INPUT for a percentage if the write capacity is unknown
 */
function writeLimitFor(setting, table, isNew) {
    const capacity = writeCapacityOf(table);
    switch (setting.kind) {
        case 'none':
            return { unitsPerSecond: undefined, why: 'none was requested' };
        case 'units':
            return limitByUnits(setting.unitsPerSecond, capacity);
        case 'percentage':
            if (capacity.base === undefined)
                throw rejectPercentage();
            return limitByFraction(setting.fraction, capacity);
        case 'auto':
            if (capacity.limit === undefined && (isNew || capacity.base === undefined)) {
                return { unitsPerSecond: undefined, why: 'the table has no provisioned or maximum throughput' };
            }
            return limitByFraction(isNew ? 1 : AUTOMATIC_FRACTION, isNew ? { ...capacity, base: capacity.limit } : capacity);
        default:
            return setting;
    }
}
/** The values -1 and 0 mean no limit, as does a missing value. */
function writeCapacityOf({ BillingModeSummary, ProvisionedThroughput, OnDemandThroughput, WarmThroughput, }) {
    if (BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST') {
        const limit = positive(ProvisionedThroughput?.WriteCapacityUnits);
        return { limit, base: limit };
    }
    const limit = positive(OnDemandThroughput?.MaxWriteRequestUnits);
    const warm = positive(WarmThroughput?.WriteUnitsPerSecond);
    const base = Math.min(limit ?? Number.POSITIVE_INFINITY, warm ?? Number.POSITIVE_INFINITY);
    return { limit, base: Number.isFinite(base) ? base : undefined };
}
function limitByUnits(requested, { limit }) {
    if (limit === undefined || requested <= limit)
        return { unitsPerSecond: requested, why: 'as requested' };
    return {
        unitsPerSecond: limit,
        why: `${(0,message_text/* formatCount */.B4)(requested)} were requested, but the table allows ${(0,message_text/* formatCount */.B4)(limit)}`,
    };
}
function limitByFraction(fraction, { base = 1 }) {
    return {
        unitsPerSecond: Math.max(1, fraction * base),
        why: `${Number((100 * fraction).toFixed(2))}% of ${(0,message_text/* formatCount */.B4)(base)}`,
    };
}
/** Returns the log line for a write limit. */
function describeWriteLimit({ unitsPerSecond, why }) {
    return unitsPerSecond === undefined
        ? `No write limit applies because ${why}.`
        : `The restore consumes at most ${(0,message_text/* formatCount */.B4)(unitsPerSecond)} write capacity units (WCU) per second on the table, without its indexes: ${why}.`;
}
function rejectPercentage() {
    return new errors/* CopyError */.k('INVALID_INPUT', 'A write limit in percent was requested, but DynamoDB reports no write capacity for the table.', remedies/* remedies */.J.setWriteCapacityInUnits);
}
function positive(figure) {
    return figure !== undefined && figure > 0 ? figure : undefined;
}

;// CONCATENATED MODULE: ./build/restore/plan-restore.js












/**
 * Decides what to do, from what exists. Looks for the work of earlier attempts of this step first.
 *
 * @throws {CopyError} TABLE_EXISTS, TABLE_PROTECTED, METHOD_NOT_POSSIBLE, INVALID_INPUT, or RESTORE_FAILED if an
 *   earlier attempt left a table with another copy or with a failed import
 */
async function planRestore(context, request) {
    const { copy, overrides, location, step } = request;
    rejectRecordsInCopy(context, request);
    const table = await describeTarget(context);
    const [, , , region = '', account] = copy.tableArn.split(':');
    const parameters = () => tableParameters(copy.definition, overrides, { from: { region, account }, to: location });
    const earlier = step && step.attempt > 1 ? await (0,table_import/* findEarlierImport */.VT)(context, step, (0,create_table/* nameOf */.Vb)(context.tableName)) : undefined;
    if (earlier && isUsable(earlier, table)) {
        if (earlier.ImportStatus === 'FAILED' || earlier.ImportStatus === 'CANCELLED') {
            if (table)
                throw (0,table_import/* importFailed */.hU)(earlier, (0,create_table/* nameOf */.Vb)(context.tableName));
        }
        else {
            rejectOtherCopy(earlier.S3BucketSource?.S3KeyPrefix, copy.dataPrefix, context.tableName);
            return {
                target: 'started import',
                started: earlier,
                parameters: parameters(),
                method: 'import',
                why: 'an earlier attempt started it',
            };
        }
    }
    if (!table) {
        const definition = parameters();
        const chosen = chooseMethod(request.method, methodFacts(request, definition, undefined));
        return { ...chosen, target: 'new table', parameters: definition };
    }
    rejectUnlessActive(table, context.tableName);
    const isOwn = await isOfEarlierAttempt(context, table, request);
    // The own table can have the name of the deleted source table, and a stream that has no consumers yet.
    if (!isOwn)
        await (0,existing_table/* checkAllowed */.FM)(context, table, copy, request.allow);
    (0,existing_table/* checkTableKeys */.Fc)(table, copy.definition, context.tableName);
    if (!isOwn && !(await continuesBulkPut(context, request, table)))
        await (0,existing_table/* checkMayLoad */.cv)(context, request.ifTableExists);
    const chosen = chooseMethod(request.method, methodFacts(request, undefined, { table, isOwn }));
    return { ...chosen, target: 'existing table', table, isOwn };
}
/** In a re-run, the items of a table can come from the bulk operation that an earlier attempt started. */
async function continuesBulkPut(context, { method, step }, { TableId = '' }) {
    return method === 'bulk-put' && step !== undefined && step.attempt > 1 && hasEarlierBulkPut(context, step, TableId);
}
/** Other objects in the folder of a copy damage it: an import reads everything below `data/`. */
function rejectRecordsInCopy({ bucket }, { failedItems, copy }) {
    const folder = copy.dataPrefix.replace(/data\/$/, '');
    if (!failedItems || failedItems.bucket !== bucket.name || !`${failedItems.prefix}/`.startsWith(folder))
        return;
    throw new errors/* CopyError */.k('INVALID_INPUT', 'DynamoDB would write the records of failed items into the folder of the copy, which would damage it. Nothing was written.', remedies/* remedies */.J.separateFailedItems);
}
/**
 * Returns whether an earlier attempt of this step created the table. The copied table existed before. In the first
 * attempt, a table with the tag belongs to another job that calls the same reusable workflow with equal inputs.
 *
 * @throws {CopyError} RESTORE_FAILED if that attempt was loading another copy
 */
async function isOfEarlierAttempt(context, { TableArn = '', TableId }, { copy, step }) {
    if (step === undefined || step.attempt === 1 || (TableId !== undefined && TableId === copy.tableId))
        return false;
    const exportId = await (0,existing_table/* copyInOwnTable */.T8)(context, TableArn, step);
    if (exportId !== undefined)
        rejectOtherCopy(exportId, copy.exportId, context.tableName);
    return exportId !== undefined;
}
/** `latest` can be another copy in a re-run. Items that only the earlier copy contains would remain in the table. */
function rejectOtherCopy(earlier, now, tableName) {
    if (earlier === now)
        return;
    const name = (0,create_table/* nameOf */.Vb)(tableName);
    throw new errors/* CopyError */.k('RESTORE_FAILED', `An earlier attempt of this step started to load another copy into the table ${name}, which is partial. Nothing was written.`, remedies/* remedies */.J.deletePartialTable(name, undefined));
}
/** The table of a complete import can be deleted since, and created again with the same name. */
function isUsable({ TableId, ImportStatus }, table) {
    if (table === undefined)
        return ImportStatus !== 'COMPLETED';
    return table.TableId === undefined || TableId === undefined || table.TableId === TableId;
}
/** @returns undefined if the table does not exist */
async function describeTarget({ client, tableName, signal }) {
    try {
        const response = await client.send(new dist_cjs/* DescribeTableCommand */.h8C({ TableName: tableName }), { abortSignal: signal });
        return (0,required_member/* requiredMember */.e)('DescribeTable', response, 'Table');
    }
    catch (error) {
        if (error.name === 'ResourceNotFoundException')
            return undefined;
        throw error;
    }
}
function rejectUnlessActive({ TableStatus = 'ACTIVE' }, tableName) {
    if (TableStatus === 'ACTIVE' || TableStatus === 'UPDATING')
        return;
    throw new errors/* CopyError */.k('TABLE_NOT_READY', `The table ${(0,create_table/* nameOf */.Vb)(tableName)} has the status ${TableStatus}, so items cannot be loaded.`, remedies/* remedies */.J.waitForTable);
}
function methodFacts(request, parameters, existing) {
    const { copy, isOneIdentity, location } = request;
    return {
        tableExists: existing !== undefined,
        sizeBytes: copy.sizeBytes,
        largestObjectBytes: copy.largestObjectBytes,
        uncompressedBytes: copy.uncompressedBytes,
        objectCount: copy.files.length,
        hasLocalIndexes: (parameters?.LocalSecondaryIndexes?.length ?? 0) > 0,
        hasWarmThroughput: parameters?.WarmThroughput !== undefined,
        isGlobalTable: (existing?.table.Replicas?.length ?? 0) > 0,
        isOneIdentity,
        region: location.region,
        writeSeconds: writeSeconds(request, parameters, existing),
    };
}
/** Returns the time that `write` needs at least; undefined if no write limit applies. */
function writeSeconds({ copy, writeCapacity }, parameters, existing) {
    // Only the restore writes to a table that this step or an earlier attempt of it created.
    const isNew = existing === undefined || existing.isOwn;
    const { unitsPerSecond } = writeLimitFor(writeCapacity, existing?.table ?? describedBy(parameters), isNew);
    return unitsPerSecond === undefined ? undefined : estimatedWriteUnits(copy) / unitsPerSecond;
}
/** Returns the members of a description that a table with these parameters will have. */
function describedBy(parameters) {
    const { BillingMode, ProvisionedThroughput, OnDemandThroughput } = parameters ?? {};
    return {
        ...(BillingMode && { BillingModeSummary: { BillingMode } }),
        ...(ProvisionedThroughput && {
            ProvisionedThroughput: { WriteCapacityUnits: ProvisionedThroughput.WriteCapacityUnits },
        }),
        ...(OnDemandThroughput && { OnDemandThroughput }),
    };
}
/**
 * Returns what `write` consumes and how long it takes, such as `about 1,200 WCU, at least 12 s`; undefined for the other
 * methods, whose duration is unknown.
 */
function describeWriteEstimate(request, plan) {
    if (plan.method !== 'write')
        return undefined;
    const parameters = plan.target === 'new table' ? plan.parameters : undefined;
    const seconds = writeSeconds(request, parameters, plan.target === 'existing table' ? plan : undefined);
    const units = `about ${(0,message_text/* formatCount */.B4)(estimatedWriteUnits(request.copy))} WCU`;
    return seconds === undefined ? units : `${units}, at least ${(0,message_text/* formatSeconds */.Xo)(Math.max(1, Math.round(seconds)))}`;
}
/** Compressed items are assumed to be this many times larger if their size is unknown. */
const plan_restore_USUAL_COMPRESSION = 4;
/**
 * Returns the write capacity units (WCU) that the items consume on the table at least. An item consumes one unit per
 * KiB, rounded up, so half a unit per item is added on average.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
function estimatedWriteUnits({ itemCount, uncompressedBytes, sizeBytes }) {
    const bytes = uncompressedBytes ?? sizeBytes * plan_restore_USUAL_COMPRESSION;
    return Math.ceil(Math.max(itemCount, bytes / 1024 + itemCount / 2));
}

// EXTERNAL MODULE: ./build/format/ascii.js
var ascii = __webpack_require__(6793);
// EXTERNAL MODULE: ./build/format/decimal.js
var decimal = __webpack_require__(8521);
;// CONCATENATED MODULE: ./build/format/item-key.js


/**
 * Returns the key of an item as text that is equal for equal keys: numbers compare by value, strings by character and
 * binaries by byte, however they are written.
 *
 * @param keys start and end of the value of each key attribute, as in ItemLines
 * @returns undefined if a key attribute is missing or is not a string, a number or a binary; DynamoDB rejects the item
 */
function keyIn(bytes, keys) {
    const partition = scalarIn(bytes, keys[0], keys[1]);
    if (keys.length === 2 || partition === undefined)
        return partition;
    const sort = scalarIn(bytes, keys[2], keys[3]);
    return sort === undefined ? undefined : joined(partition, sort);
}
/** Returns the same text for an item that was parsed with JSON.parse. */
function keyOf(item, keyAttributes) {
    const [partition, ...sort] = keyAttributes.map((name) => {
        const value = isObject(item) && Object.hasOwn(item, name) ? item[name] : undefined;
        const [[type = '', content] = [], ...more] = isObject(value) ? Object.entries(value) : [];
        return typeof content === 'string' && more.length === 0 ? canonicalScalar(type, content) : undefined;
    });
    if (sort.length === 0 || partition === undefined)
        return partition;
    return sort[0] === undefined ? undefined : joined(partition, sort[0]);
}
function joined(partition, sort) {
    return `${partition.length}:${partition}${sort}`;
}
/** Reads `{"S":"..."}`, and the same with N or B. */
function scalarIn(bytes, start, end) {
    if (start < 0 || bytes[start] !== ascii/* OPEN_BRACE */.Hv || bytes[end - 2] !== ascii/* QUOTE */.jA)
        return undefined;
    if (bytes[start + 3] !== ascii/* QUOTE */.jA || bytes[start + 4] !== ascii/* COLON */.oH || bytes[start + 5] !== ascii/* QUOTE */.jA)
        return undefined;
    // Type and content, such as `S":"x`, which for most strings is the canonical text.
    const text = bytes.toString('utf8', start + 2, end - 2);
    const type = text.charAt(0);
    if (text.includes('\\')) {
        const content = unescaped(text.slice(4));
        return content === undefined ? undefined : canonicalScalar(type, content);
    }
    if (text.includes('"', 4))
        return undefined;
    return type === 'S' ? text : canonicalScalar(type, text.slice(4));
}
function canonicalScalar(type, content) {
    switch (type) {
        case 'S':
            return `S":"${content}`;
        case 'N':
            return `N${(0,decimal/* canonicalDecimal */.st)(content)}`;
        case 'B':
            return `B${Buffer.from(content, 'base64').toString('base64')}`;
        default:
            return undefined;
    }
}
function unescaped(raw) {
    try {
        return JSON.parse(`"${raw}"`);
    }
    catch {
        return undefined;
    }
}
function isObject(value) {
    return typeof value === 'object' && value !== null;
}

// EXTERNAL MODULE: ./build/aws/client-middleware.js
var client_middleware = __webpack_require__(4000);
// EXTERNAL MODULE: ./build/aws/retry.js
var retry = __webpack_require__(7968);
// EXTERNAL MODULE: ./build/pacing/budget.js + 1 modules
var budget = __webpack_require__(1086);
;// CONCATENATED MODULE: ./build/restore/write/batch-request.js




/** The response as the SDK sees it. Its own parser would create objects of unprocessed items. */
const EMPTY_RESPONSE = Buffer.from('{}');
/**
 * Sends BatchWriteItem requests whose bodies are already JSON, one at a time. The SDK handles the endpoint, signing,
 * retries, credentials and errors, but it never sees the items: one middleware replaces the body after the SDK's
 * serializer, and another one reads the response before the SDK's deserializer.
 *
 * `client.send` would combine the middlewares of the client and of the command again for every request, which takes a
 * measurable part of the time. A channel does this once, like the SDK's option cacheMiddleware.
 */
class BatchChannel {
    tableName;
    handler;
    current;
    /** @param signal aborts the request that is being sent, and all later ones */
    constructor(client, tableName, signal) {
        this.tableName = tableName;
        const command = new dist_cjs/* BatchWriteItemCommand */.SZm(this.input());
        command.middlewareStack.add((next) => (args) => {
            args.request.body = this.request().body;
            return next(args);
        }, { name: 'setBody', step: 'serialize', priority: 'low' });
        command.middlewareStack.add((next) => async (args) => {
            const result = await next(args);
            const http = result.response;
            // Leave the body of an error response unchanged: the SDK creates its exception from it.
            if (http.statusCode >= 300)
                return result;
            this.request().response = parseResponse(Buffer.isBuffer(http.body) ? http.body : await (0,client_middleware/* receiveBody */.uL)(http.body));
            http.body = EMPTY_RESPONSE;
            return result;
        }, 
        // After the SDK's deserializer, whose priority is normal too, and before the check of the CRC-32, which is low.
        { name: 'readResponse', step: 'deserialize', priority: 'normal' });
        const permit = {
            charge: (...parameters) => this.request().permit.charge(...parameters),
            throttled: (error) => this.request().permit.throttled(error),
            failedWithoutResult: () => this.request().permit.failedWithoutResult(),
        };
        (0,budget/* chargeAttempts */.vk)(command, permit, signal);
        this.handler = command.resolveMiddleware(client.middlewareStack, client.config, { abortSignal: signal });
    }
    /**
     * Sends one request. Call it again only after the promise has settled.
     *
     * @param body must not change until the promise settles
     * @param permit charges each retry of the SDK; the first attempt is already charged
     * @throws errors of the SDK
     */
    async send(body, permit) {
        const current = { body, permit };
        this.current = current;
        await this.handler({ input: this.input() });
        if (!current.response)
            throw new Error('the SDK returned no response');
        return current.response;
    }
    /** Returns a new object: it identifies a request. The SDK derives the endpoint from the name of the table. */
    input() {
        return { RequestItems: { [this.tableName]: [] } };
    }
    request() {
        if (!this.current)
            throw new Error('no request is being sent');
        return this.current;
    }
}
/**
 * @throws {CorruptedResponse} if the response is not valid; the SDK then retries the request. A response without
 *   UnprocessedItems is not valid: if their name were damaged, items would be lost.
 */
function parseResponse(body) {
    const response = parse(body);
    const { UnprocessedItems, ConsumedCapacity = [] } = response;
    if (!batch_request_isObject(UnprocessedItems) || !Array.isArray(ConsumedCapacity))
        throw malformed();
    const requests = Object.values(UnprocessedItems).flatMap((ofTable) => {
        if (!Array.isArray(ofTable))
            throw malformed();
        return ofTable;
    });
    const [capacity] = ConsumedCapacity;
    const total = capacity?.CapacityUnits;
    const indexes = Object.values(capacity?.GlobalSecondaryIndexes ?? {});
    const ofIndexes = indexes.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    return {
        unprocessed: requests.map((request) => {
            const put = batch_request_isObject(request) ? request['PutRequest'] : undefined;
            if (!batch_request_isObject(put))
                throw malformed();
            return put['Item'];
        }),
        tableUnits: total === undefined ? undefined : total - ofIndexes,
        totalUnits: total ?? 0,
    };
}
function parse(body) {
    let parsed;
    try {
        parsed = JSON.parse(body.toString());
    }
    catch {
        throw malformed();
    }
    if (!batch_request_isObject(parsed))
        throw malformed();
    return parsed;
}
function malformed() {
    return new retry/* CorruptedResponse */.YL('the response is not a valid response to BatchWriteItem');
}
function batch_request_isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// EXTERNAL MODULE: ./build/pacing/partition-throttle.js
var partition_throttle = __webpack_require__(3976);
;// CONCATENATED MODULE: ./build/restore/write/write-pacing.js


/**
 * Bytes that one write capacity unit (WCU) writes. The size of each item is rounded up.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const WCU_BYTES = 1024;
/** Minimum rate after throttling, as a fraction of the limit. */
const MIN_RATE_FRACTION = 0.05;
/**
 * Minimum rate after throttling without a limit, in WCU per second: ten batches of small items. A throttle can arrive
 * before the first response, when the consumed capacity is still unknown. The retries of the SDK slow down further.
 */
const MIN_RATE = 250;
/** Maximum cost of a batch of several items, in seconds of the rate. */
const MAX_BATCH_S = 0.25;
/** Maximum charge for a throttled attempt, in seconds of the rate. */
const MAX_HOLD_S = 1;
/** Factor by which the weight of earlier batches decreases with each new batch. */
const DECAY = 0.9;
/**
 * Controls the consumption of write capacity. All data objects share one budget. Each has another one of its own, which
 * has no limit until DynamoDB throttles: the items of an object that a scan wrote can be in one partition.
 */
class WritePacing {
    tableBudget;
    onThrottle;
    waits;
    clock;
    /** Consumed and estimated WCU of recent batches. */
    units = 0;
    estimated = 0;
    constructor({ unitsPerSecond, onThrottle, waits, clock = budget/* MACHINE_CLOCK */.f4 }) {
        this.clock = clock;
        this.onThrottle = onThrottle;
        this.waits = waits;
        this.tableBudget = this.budget(unitsPerSecond ?? Number.POSITIVE_INFINITY);
    }
    startObject() {
        return new ObjectPace(this, this.budget(Number.POSITIVE_INFINITY));
    }
    now() {
        return this.clock.now();
    }
    /**
     * Returns the expected cost of items in WCU. JSON is larger than the item in DynamoDB, so the cost is lower than
     * estimated. With local secondary indexes, or if larger items are replaced, it is higher. Both are learned.
     */
    expected(estimate) {
        return this.estimated > 0 ? (estimate * this.units) / this.estimated : estimate;
    }
    learn(units, estimate) {
        if (estimate === 0)
            return;
        this.units = this.units * DECAY + units;
        this.estimated = this.estimated * DECAY + estimate;
    }
    /** Returns the maximum cost in WCU of a batch of several items: at a low limit, a full batch would be a burst. */
    maxBatchUnits() {
        return this.tableBudget.perSecond() * MAX_BATCH_S;
    }
    budget(unitsPerSecond) {
        const slowest = Number.isFinite(unitsPerSecond) ? MIN_RATE_FRACTION * unitsPerSecond : MIN_RATE;
        return new budget/* Budget */.__(unitsPerSecond, slowest, this.clock);
    }
}
/** Returns the estimated cost in WCU of an item of `bytes` bytes of JSON. */
function estimatedUnits(bytes) {
    return Math.ceil(bytes / WCU_BYTES);
}
/** Pacing of the items of one data object. */
class ObjectPace {
    pacing;
    objectBudget;
    constructor(pacing, objectBudget) {
        this.pacing = pacing;
        this.objectBudget = objectBudget;
    }
    /**
     * Waits until a batch can be sent.
     *
     * @param estimate sum of `estimatedUnits` of its items
     */
    async permit(estimate, signal) {
        const permit = new WritePermit(this, estimate);
        await permit.charge(signal, false);
        return permit;
    }
    /**
     * Reduces the rate of the object after a response with unprocessed items. It does not contain the reason. If the table
     * is throttled, the other objects receive such responses too.
     */
    throttledItems() {
        this.objectBudget.throttled();
        this.pacing.onThrottle();
    }
}
/** Charge of one batch. */
class WritePermit {
    pace;
    estimate;
    charged = 0;
    constructor(pace, estimate) {
        this.pace = pace;
        this.estimate = estimate;
    }
    async charge(signal, again) {
        const { pacing } = this.pace;
        const before = pacing.now();
        await pacing.waits.duringOwnTimeouts(this.take(signal, again));
        return pacing.now() - before;
    }
    async take(signal, again) {
        const { pacing, objectBudget } = this.pace;
        await objectBudget.take(() => 0, signal, again);
        this.charged = await pacing.tableBudget.take(() => pacing.expected(this.estimate), signal, again);
        objectBudget.charge(this.charged);
    }
    /**
     * Settles the charge with the consumed capacity that DynamoDB reports.
     *
     * @param units consumed WCU; undefined if the server does not report them
     * @param estimate sum of `estimatedUnits` of the items that were written
     */
    consumed(units, estimate) {
        const { pacing, objectBudget } = this.pace;
        const actual = units ?? pacing.expected(estimate);
        if (units !== undefined)
            pacing.learn(units, estimate);
        for (const budget of [pacing.tableBudget, objectBudget])
            budget.settle(this.charged, actual);
    }
    /** An attempt without a response stays charged, because DynamoDB may have written the items. */
    failedWithoutResult() { }
    /** Refunds a batch that DynamoDB rejected as invalid. */
    rejected() {
        for (const budget of [this.pace.pacing.tableBudget, this.pace.objectBudget])
            budget.refund(this.charged);
    }
    /**
     * Reduces the rate of the throttled budget: that of the object if only one partition is throttled, otherwise that of
     * the table. The attempt consumed nothing and is refunded, except for up to one second of the reduced rate in the
     * throttled budget.
     */
    throttled(error) {
        const { pacing, objectBudget } = this.pace;
        const [busy, other] = (0,partition_throttle/* isPartitionThrottle */.v)(error)
            ? [objectBudget, pacing.tableBudget]
            : [pacing.tableBudget, objectBudget];
        busy.throttled();
        busy.refund(this.charged - Math.min(this.charged, busy.perSecond() * MAX_HOLD_S));
        other.refund(this.charged);
        pacing.onThrottle();
    }
}

;// CONCATENATED MODULE: ./build/restore/write/batch-writer.js







/** Errors that an item causes: it is invalid for the table or for one of its indexes. A retry cannot succeed. */
const REJECTIONS = /^(ValidationException|SerializationException|ItemCollectionSizeLimitExceededException)$/;
/** Writes batches: repeats the items that DynamoDB did not process, and finds those that it rejects. */
class BatchWriter {
    options;
    /** Channels that are not in use: as many as batches are written at the same time. */
    channels = [];
    constructor(options) {
        this.options = options;
    }
    /**
     * Writes all items of a batch, except those that DynamoDB rejects.
     *
     * @throws {CopyError} THROTTLED if DynamoDB processes no item for `MAX_RETRY_TIME`
     * @throws {CopyError} ITEMS_REJECTED if to continue is pointless
     * @throws errors of the SDK
     */
    async write(batch, pace) {
        await this.writeItems(batch, batch.items, pace);
    }
    async writeItems(batch, items, pace) {
        let pending = items;
        let failures;
        while (pending.length > 0) {
            const remaining = await this.send(batch, pending, pace);
            if (remaining === 'rejected') {
                await this.divide(batch, pending, pace);
                return;
            }
            if (remaining.length === 0)
                return;
            if (remaining.length < pending.length)
                failures = undefined;
            failures = { since: failures?.since ?? performance.now(), count: (failures?.count ?? 0) + 1 };
            pending = remaining;
            await this.pause(failures);
        }
    }
    /** Sends one request. @returns the items that DynamoDB did not process, or 'rejected' if it rejected the request */
    async send(batch, items, pace) {
        const { client, tableName, progress, waits, signal, rejectedKeys } = this.options;
        const permit = await pace.permit(sumOf(items, unitsOf), signal);
        const channel = this.channels.pop() ?? new BatchChannel(client, tableName, signal);
        try {
            const sending = channel.send(batch.bodyOf(items), permit);
            const response = await waits.during('DynamoDB to respond to BatchWriteItem', sending);
            const remaining = this.unprocessed(items, response.unprocessed);
            const written = remaining.length > 0 ? items.filter((item) => !remaining.includes(item)) : items;
            permit.consumed(response.tableUnits, sumOf(written, unitsOf));
            progress.stored(written.length, sumOf(written, bytesOf), response.totalUnits);
            if (remaining.length > 0)
                pace.throttledItems();
            return remaining;
        }
        catch (error) {
            if (!(error instanceof Error) || !REJECTIONS.test(error.name))
                throw error;
            permit.rejected();
            const [item] = items;
            if (items.length > 1 || !item)
                return 'rejected';
            progress.rejected();
            rejectedKeys.add(batch.json(item), error.name, progress.figures.itemCount);
            return [];
        }
        finally {
            this.channels.push(channel);
        }
    }
    /** Writes each half by itself, in order. */
    async divide(batch, items, pace) {
        const middle = items.length >> 1;
        await this.writeItems(batch, items.slice(0, middle), pace);
        await this.writeItems(batch, items.slice(middle), pace);
    }
    /**
     * Returns the items of the request that the response contains. They are recognized by their keys, and their bytes are
     * sent again as they are in the copy: those of the response can be in another order and notation. If an item of the
     * response is not recognized, all items are sent again. To put an item twice is harmless.
     */
    unprocessed(items, returned) {
        if (returned.length === 0)
            return [];
        const byKey = new Map(items.map((item) => [item.key, item]));
        const found = new Set();
        for (const item of returned) {
            const sent = byKey.get(keyOf(item, this.options.keyAttributes));
            if (sent?.key === undefined)
                return items;
            found.add(sent);
        }
        return found.size === returned.length ? [...found] : items;
    }
    /** Pauses longer with each failure in a row. */
    async pause({ since, count }) {
        const { waits, signal } = this.options;
        if (performance.now() - since > timeouts/* MAX_RETRY_TIME */.wn) {
            throw new errors/* CopyError */.k('THROTTLED', 'DynamoDB returned all items of a BatchWriteItem request as unprocessed for 10 minutes.', remedies/* remedies */.J.changeWriteCapacity);
        }
        const ceiling = Math.min(timeouts/* MAX_RETRY_PAUSE */.Tt, timeouts/* FIRST_RETRY_PAUSE */.xG.throttled * 2 ** Math.min(count - 1, 16));
        await waits.duringOwnTimeouts((0,promises_.setTimeout)(ceiling * (0.1 + 0.9 * Math.random()), undefined, { signal }));
    }
}
function bytesOf({ start, end }) {
    return end - start;
}
function unitsOf(item) {
    return estimatedUnits(bytesOf(item));
}
function sumOf(items, figureOf) {
    let sum = 0;
    for (const item of items)
        sum += figureOf(item);
    return sum;
}

;// CONCATENATED MODULE: ./build/restore/write/batch.js
/**
 * Maximum number of items in a BatchWriteItem request.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
const MAX_ITEMS_PER_BATCH = 25;
/**
 * Maximum size in bytes of a request with more than one item. DynamoDB accepts 16 MB, but more than this saves nothing:
 * the fixed cost of a request is small in comparison.
 */
const MAX_BATCH_BYTES = 1024 * 1024;
const ITEM_START = Buffer.from('{"PutRequest":{"Item":');
const ITEM_END = Buffer.from('}}');
const COMMA = Buffer.from(',');
const ITEM_OVERHEAD = COMMA.length + ITEM_START.length + ITEM_END.length;
const SUFFIX = Buffer.from(']},"ReturnConsumedCapacity":"INDEXES"}');
/** Returns the start of the body of a BatchWriteItem request, up to its first item. */
function prefixFor(tableName) {
    return Buffer.from(`{"RequestItems":{${JSON.stringify(tableName)}:[`);
}
/** The body of a BatchWriteItem request that puts items, in a buffer that is used again. */
class Batch {
    items = [];
    prefix;
    bytes = Buffer.allocUnsafeSlow(MAX_BATCH_BYTES);
    /** Number of bytes in use. */
    length = 0;
    constructor(tableName) {
        this.prefix = prefixFor(tableName);
        this.clear();
    }
    /** Returns true if there is room for an item of `bytes` bytes. An item of any size fits into an empty batch. */
    fits(bytes) {
        const { items, length } = this;
        if (items.length === 0)
            return true;
        return items.length < MAX_ITEMS_PER_BATCH && length + bytes + ITEM_OVERHEAD + SUFFIX.length <= MAX_BATCH_BYTES;
    }
    /** Appends the item at `start` to `end` of `source`, which must be one valid JSON object. */
    add(source, start, end, key) {
        this.ensure(end - start + ITEM_OVERHEAD + SUFFIX.length);
        if (this.items.length > 0)
            this.append(COMMA);
        this.append(ITEM_START);
        const itemStart = this.length;
        this.length += source.copy(this.bytes, itemStart, start, end);
        this.items.push({ start: itemStart, end: this.length, key });
        this.append(ITEM_END);
    }
    /** Returns the body of a request that puts these items of the batch. For all items, it is a view of the buffer. */
    bodyOf(items) {
        if (items.length === this.items.length) {
            SUFFIX.copy(this.bytes, this.length);
            return this.bytes.subarray(0, this.length + SUFFIX.length);
        }
        const parts = items.flatMap((item, index) => [
            ...(index > 0 ? [COMMA] : []),
            ITEM_START,
            this.json(item),
            ITEM_END,
        ]);
        return Buffer.concat([this.prefix, ...parts, SUFFIX]);
    }
    /** Returns the JSON of an item, as a view of the buffer. */
    json({ start, end }) {
        return this.bytes.subarray(start, end);
    }
    /** Removes all items. Does not keep a buffer that was enlarged for one large item. */
    clear() {
        this.items.length = 0;
        if (this.bytes.length > MAX_BATCH_BYTES)
            this.bytes = Buffer.allocUnsafeSlow(MAX_BATCH_BYTES);
        this.length = this.prefix.copy(this.bytes);
    }
    append(part) {
        this.length += part.copy(this.bytes, this.length);
    }
    ensure(more) {
        if (this.length + more <= this.bytes.length)
            return;
        const larger = Buffer.allocUnsafeSlow(this.length + more);
        this.bytes.copy(larger, 0, 0, this.length);
        this.bytes = larger;
    }
}

;// CONCATENATED MODULE: ./build/restore/write/dispatcher.js

/** Writes the batches of all data objects: a limited number at the same time, in the order of their arrival. */
class Dispatcher {
    /** True as soon as a request was sent. The table can then contain items, even if no response arrived. */
    hasStarted = false;
    writer;
    tableName;
    onFailure;
    free = [];
    waiting = [];
    slots;
    /**
     * @param maximum maximum number of batches that are written at the same time
     * @param onFailure receives the error of a batch; it stops the load
     */
    constructor(writer, tableName, maximum, onFailure) {
        this.writer = writer;
        this.tableName = tableName;
        this.slots = maximum;
        this.onFailure = onFailure;
    }
    /** Returns an empty batch. The batch that was returned last may still be in the CPU cache. */
    takeBatch() {
        return this.free.pop() ?? new Batch(this.tableName);
    }
    /**
     * Waits until fewer batches than the maximum are being written, then starts to write one.
     *
     * @param onDone called with the items when they are written, or when the write has failed
     * @returns a promise that resolves with another one, `done`, which never rejects
     */
    async write(batch, pace, onDone) {
        if (this.slots > 0)
            this.slots -= 1;
        else
            await new Promise((resolve) => this.waiting.push(resolve));
        this.hasStarted = true;
        const done = this.writer
            .write(batch, pace)
            .catch(this.onFailure)
            .then(() => {
            onDone(batch.items);
            batch.clear();
            this.free.push(batch);
            this.release();
        });
        return { done };
    }
    release() {
        const next = this.waiting.shift();
        if (next)
            next();
        else
            this.slots += 1;
    }
}

// EXTERNAL MODULE: ./build/data-objects/damaged-object.js
var damaged_object = __webpack_require__(3403);
;// CONCATENATED MODULE: ./build/restore/write/explain-damage.js



/**
 * Returns the error to report to the user for a damaged object. Other errors are returned unchanged.
 *
 * @param hasStarted true if a request to write items was sent
 */
function explainDamage(error, tableName, hasStarted) {
    if (!(error instanceof damaged_object/* DamagedObject */.F))
        return error;
    const consequence = hasStarted
        ? `The table ${tableName} is partial: a part of the items of the copy was written, and items of the damaged object can be wrong.`
        : `No item was written to the table ${tableName}.`;
    return new errors/* CopyError */.k('COPY_DAMAGED', `${error.message} ${consequence}`, remedies/* remedies */.J.restoreAnotherCopy(hasStarted), {
        cause: error,
    });
}

// EXTERNAL MODULE: ./build/data-objects/data-object-reader.js
var data_object_reader = __webpack_require__(3318);
// EXTERNAL MODULE: ./build/format/ion-lines.js + 1 modules
var ion_lines = __webpack_require__(7893);
// EXTERNAL MODULE: ./build/format/item-lines.js
var item_lines = __webpack_require__(4957);
;// CONCATENATED MODULE: ./build/restore/write/object-loader.js






/**
 * Reads one data object and writes its items. Several of its batches are written at the same time, but never two with an
 * item of the same key: the last line of a key is the one that remains in the table.
 */
class ObjectLoader {
    file;
    load;
    dispatcher;
    pace;
    lines;
    /** Batch that is being filled. */
    batch;
    batchUnits = 0;
    /** Keys of the items in this batch and in those that are being written. */
    keys = new Set();
    writing = new Set();
    constructor(file, load, dispatcher) {
        this.file = file;
        this.load = load;
        this.dispatcher = dispatcher;
        this.pace = load.pacing.startObject();
        this.lines = new item_lines/* ItemLines */.V(load.request.keyAttributes);
    }
    /**
     * Writes every item of the object.
     *
     * @throws {DamagedObject} if the object differs from its description in the manifest
     * @throws the error of a request
     */
    async run() {
        try {
            await this.read();
            await this.flush();
        }
        finally {
            await this.written();
        }
    }
    async read() {
        const { request, waits, signal } = this.load;
        const { lines, file } = this;
        const ion = request.format === 'ION' ? new ion_lines/* IonLines */._S() : undefined;
        try {
            for await (const chunk of new data_object_reader/* DataObjectReader */.V(file, { ...request, waits, signal }).content()) {
                lines.append(ion ? ion.append(chunk) : chunk);
                await this.addLines();
            }
            if (ion) {
                lines.append(ion.finish());
                await this.addLines();
            }
            lines.finish();
            await this.addLines();
            if (lines.count !== file.itemCount)
                throw this.wrongCount();
        }
        catch (error) {
            throw (0,damaged_object/* readFailure */.f)(error, file.key, lines.count);
        }
    }
    async addLines() {
        const { lines, keys } = this;
        while (lines.next()) {
            if (lines.count > this.file.itemCount)
                throw this.wrongCount();
            const key = keyIn(lines.bytes, lines.keys);
            if (key !== undefined && keys.has(key)) {
                await this.flush();
                await this.written();
            }
            const units = estimatedUnits(lines.end - lines.start);
            if (this.batch && !this.hasRoom(this.batch, units))
                await this.flush();
            this.batch ??= this.dispatcher.takeBatch();
            this.batch.add(lines.bytes, lines.start, lines.end, key);
            this.batchUnits += units;
            if (key !== undefined)
                keys.add(key);
        }
    }
    hasRoom(batch, units) {
        const { pacing } = this.load;
        if (!batch.fits(this.lines.end - this.lines.start))
            return false;
        return batch.items.length === 0 || pacing.expected(this.batchUnits + units) <= pacing.maxBatchUnits();
    }
    /** Starts to write the batch. Waits until fewer batches are being written than the maximum. */
    async flush() {
        const { batch } = this;
        if (!batch)
            return;
        this.batch = undefined;
        this.batchUnits = 0;
        const writing = await this.dispatcher.write(batch, this.pace, (items) => {
            for (const { key } of items)
                if (key !== undefined)
                    this.keys.delete(key);
        });
        this.writing.add(writing.done);
        writing.done.finally(() => this.writing.delete(writing.done)).catch(() => { });
    }
    /** Waits until no batch of the object is being written. Failures stop the whole load; the dispatcher records them. */
    async written() {
        await Promise.allSettled(this.writing);
        this.load.signal.throwIfAborted();
    }
    wrongCount() {
        return new damaged_object/* DamagedObject */.F(this.file.key, 'count', `does not have the ${this.file.itemCount} lines that manifest-files.json lists`);
    }
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./build/restore/write/rejected-keys.js




/** Maximum number of rejected items. With more, the table does not fit the copy. */
const MAX_REJECTED = 10_000;
/** Number of rejected items after which a load that has written no item stops: every item would be rejected. */
const MAX_REJECTED_AT_START = 100;
/** Readable and writable by the owner only, because keys can be personal data. */
const MODE = 0o600;
/** Writes the keys of the items that DynamoDB rejects to a file: JSON Lines `{"key":{...},"reason":"..."}`. */
class RejectedKeys {
    count = 0;
    path;
    keyAttributes;
    /** Undefined until the first item is rejected. */
    file;
    constructor(path, keyAttributes) {
        this.path = path;
        this.keyAttributes = keyAttributes;
    }
    /**
     * Records an item.
     *
     * @param json the item in DynamoDB JSON
     * @param reason name of the error
     * @param storedCount number of items that were written so far
     * @throws {CopyError} ITEMS_REJECTED if there are so many that to continue is pointless
     */
    add(json, reason, storedCount) {
        if (this.file === undefined) {
            this.file = (0,external_node_fs_.openSync)(this.path, 'w', MODE);
            // If the file existed, it keeps its mode.
            (0,external_node_fs_.fchmodSync)(this.file, MODE);
        }
        const item = JSON.parse(json.toString());
        const key = this.keyAttributes
            .filter((name) => Object.hasOwn(item, name))
            .map((name) => `${JSON.stringify(name)}:${JSON.stringify(item[name])}`);
        (0,external_node_fs_.writeSync)(this.file, `{"key":{${key.join()}},"reason":${JSON.stringify(reason)}}\n`);
        this.count += 1;
        if (this.count >= MAX_REJECTED || (this.count >= MAX_REJECTED_AT_START && storedCount === 0)) {
            throw this.error(storedCount, 'The load stopped.');
        }
    }
    /** @throws {CopyError} ITEMS_REJECTED if an item was rejected */
    throwIfAny(storedCount) {
        if (this.count > 0)
            throw this.error(storedCount, 'All other items were written.');
    }
    close() {
        if (this.file !== undefined)
            (0,external_node_fs_.closeSync)(this.file);
        this.file = undefined;
    }
    error(storedCount, then) {
        const what = `DynamoDB rejected ${(0,message_text/* formatCountOf */.gL)(this.count, 'item')} of the copy as invalid for the table`;
        return storedCount === 0
            ? new errors/* CopyError */.k('ITEMS_REJECTED', `${what}, and accepted none.`, remedies/* remedies */.J.restoreIntoMatchingTable)
            : new errors/* CopyError */.k('ITEMS_REJECTED', `${what}. ${then}`, remedies/* remedies */.J.changeIndexesOfTable);
    }
}

;// CONCATENATED MODULE: ./build/restore/write/write-items.js






/** Maximum number of data objects that are read, and of requests to DynamoDB, at the same time. */
const MAX_LOADERS = 16;
/**
 * Writes every item of a copy to a table with BatchWriteItem. Sends the items as they are in the copy, without parsing
 * them into objects. To load the same copy again is harmless.
 *
 * Memory: 16 * (buffers of S3 and of the decompressor, and 256 KiB of lines) + 32 batches of at most 1 MiB. Memory does
 * not depend on the size of the copy.
 *
 * @throws {CopyError} COPY_DAMAGED if a data object differs from its description in the manifest or has an invalid line
 * @throws {CopyError} ITEMS_REJECTED if DynamoDB rejected items, at the end, or at once if to continue is pointless
 * @throws {CopyError} THROTTLED, NETWORK
 * @throws errors of the SDK
 */
async function writeItems(request, context) {
    const { files, tableName, keyAttributes, writeCapacity, client } = request;
    const { progress, waits, clock } = context;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const onThrottle = () => progress.throttled();
    const pacing = new WritePacing({ unitsPerSecond: writeCapacity, onThrottle, waits, clock });
    const load = { ...context, signal, request, pacing };
    const rejectedKeys = new RejectedKeys(request.rejectedKeysFile, keyAttributes);
    const writer = new BatchWriter({ client, tableName, keyAttributes, progress, rejectedKeys, waits, signal });
    let failure;
    const onFailure = (error) => {
        failure ??= { error };
        stop.abort(error);
    };
    const dispatcher = new Dispatcher(writer, tableName, MAX_LOADERS, onFailure);
    progress.plan(files.length);
    const queue = files.values();
    const work = async () => {
        for (const file of queue) {
            await new ObjectLoader(file, load, dispatcher).run();
            progress.fileDone();
        }
    };
    await Promise.all(Array.from({ length: Math.min(MAX_LOADERS, files.length) }, () => work().catch(onFailure)));
    rejectedKeys.close();
    const { itemCount, consumedWriteCapacity } = progress.figures;
    if (failure)
        throw explainDamage(failure.error, tableName, dispatcher.hasStarted);
    rejectedKeys.throwIfAny(itemCount);
    return { itemCount, consumedWriteCapacity };
}

// EXTERNAL MODULE: ./build/preflight/assume-roles.js
var assume_roles = __webpack_require__(2712);
;// CONCATENATED MODULE: ./build/preflight/copy-to-restore.js


/**
 * Checks that a copy can be loaded into a table.
 *
 * @param allowSubset true to allow copies that do not contain the whole table unchanged, or of which this is unknown
 * @throws {CopyError} COPY_NOT_RESTORABLE
 */
function requireRestorable({ exportType, outputFormat, scope }, allowSubset) {
    const reject = (why, remedy) => {
        throw new errors/* CopyError */.k('COPY_NOT_RESTORABLE', `The copy cannot be restored: ${why}. Nothing was written.`, remedy);
    };
    if (exportType === 'INCREMENTAL_EXPORT') {
        reject('it is an incremental export, which contains only the changes of a period', remedies/* remedies */.J.restoreFullCopy);
    }
    if (outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION') {
        reject(`its format is ${outputFormat}, which does not keep the types of DynamoDB`, remedies/* remedies */.J.restoreFullCopy);
    }
    if (scope === 'table' || allowSubset)
        return;
    reject(WHY_REFUSED[scope], remedies/* remedies */.J.allowSubset);
}
const WHY_REFUSED = {
    subset: 'it contains only a part of the table',
    transformed: 'process-func changed its items, or left some out',
    unknown: 'nothing shows whether it contains the whole table',
};
/** Returns what the restore engine needs of a copy whose data objects were checked. */
function copyToRestore(copy, objects) {
    const { exportId, scope, dataFolder, tableArn, tableId, compression, files, itemCount, uncompressedBytes, table } = copy;
    const { TableName: _, ...definition } = table?.CreateTable ?? { TableName: undefined };
    return {
        ...{ exportId, scope, tableArn, tableId, compression, files, itemCount, uncompressedBytes },
        format: copy.outputFormat === 'ION' ? 'ION' : 'DYNAMODB_JSON',
        hasOneMember: copy.engine === 'scan',
        checksums: copy.checksums,
        dataPrefix: dataFolder,
        ...{ sizeBytes: objects.sizeBytes, largestObjectBytes: objects.largestObjectBytes },
        definition: table && definition,
        settings: table ?? {},
    };
}

// EXTERNAL MODULE: ./build/preflight/open-copy-bucket.js
var open_copy_bucket = __webpack_require__(5473);
// EXTERNAL MODULE: ./build/preflight/require-copy.js + 4 modules
var require_copy = __webpack_require__(8594);
// EXTERNAL MODULE: ./build/preflight/table-account.js
var table_account = __webpack_require__(6886);
;// CONCATENATED MODULE: ./build/preflight/prepare-restore.js













/**
 * Finds the copy and verifies its manifests, checks that its data objects exist, and decides how to load them. Writes
 * nothing.
 *
 * @param credentials sources of credentials to assume roles
 */
async function prepareRestore(preflight, credentials) {
    const { inputs, logger, signal } = preflight;
    const { sourceRegion: source, destRegion: dest, roles } = inputs;
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
    const opened = [identities];
    const close = () => {
        for (const each of opened)
            each.close();
    };
    try {
        await (0,assume_roles/* assumeRoles */.w)(identities, roles, logger);
        const bucket = await (0,open_copy_bucket/* openCopyBucket */.K)({ ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: 2 * MAX_LOADERS }, identities.dest, preflight);
        opened.push(bucket);
        const client = (0,clients/* dynamoDbClient */.iD)({ region: source, concurrency: MAX_LOADERS, identity: identities.source });
        opened.push({ close: () => client.destroy() });
        const tableName = inputs.table.arn ?? inputs.table.name;
        const context = { client, bucket, tableName, logger, signal };
        return { ...(await findAndPlan(preflight, context, identities)), context, close };
    }
    catch (error) {
        close();
        throw error;
    }
}
async function findAndPlan({ inputs, env, run, checks, logger, signal }, context, identities) {
    const { client, bucket } = context;
    const access = {
        bucket,
        describeExportScope: (exportArn) => (0,describe_export_scope/* describeExportScope */.Q)(client, exportArn, signal),
        signal,
    };
    const copy = await (0,require_copy/* requireStoredCopy */.k)(inputs.copy, access, { checks, logger }, (found) => requireRestorable(found, inputs.allow.subset));
    const objects = await (0,require_copy/* requireDataObjects */.y)(copy, access, checks);
    const request = {
        copy: copyToRestore(copy, objects),
        ...{ method: inputs.method, ifTableExists: inputs.ifTableExists, allow: inputs.allow },
        ...{ overrides: inputs.overrides, settings: inputs.settings, writeCapacity: inputs.writeCapacity },
        ...{ temporary: inputs.temporary, failedItems: inputs.failedItems, bucketOwner: inputs.bucketOwner },
        location: { region: inputs.sourceRegion, account: accountOfTable(inputs) },
        isOneIdentity: await isOneIdentity(inputs, identities, signal),
        waiting: { checkIntervalMs: inputs.checkIntervalMs, maxAttempts: inputs.maxAttempts },
        step: run.restoreStep,
        rejectedKeysFile: (0,external_node_path_.join)(env['RUNNER_TEMP'] || (0,external_node_os_.tmpdir)(), `dynamodb-to-s3-rejected-keys-${copy.exportId}.jsonl`),
    };
    const plan = await checks.require('Table', () => planRestore(context, request), (chosen) => {
        const estimate = describeWriteEstimate(request, chosen);
        const { target, method, why } = chosen;
        return `${inputs.table.name}: ${target}, method ${method} because ${why}${estimate === undefined ? '' : `; ${estimate}`}`;
    });
    return { copy, request, plan };
}
/** Returns the account of the table as far as the inputs show it. */
function accountOfTable({ table, roles }) {
    return table.arn?.split(':')[4] ?? (roles.source === undefined ? undefined : (0,partition/* accountOf */.XP)(roles.source));
}
/** DynamoDB reads the bucket with the credentials for the table, and loads only tables of the same account. */
async function isOneIdentity(inputs, identities, signal) {
    if (identities.source !== identities.dest)
        return false;
    return (await (0,table_account/* crossAccountTable */.oC)(inputs, identities.source, signal)) === undefined;
}

;// CONCATENATED MODULE: ./build/report/cancelled-restore.js

/** Returns the error of a cancelled restore step. It describes what exists now and what a re-run does. */
function cancelledRestore({ inputs, progress }) {
    const table = inputs?.table.name ?? '';
    const state = progress?.state;
    if (!state || state.stage === 'not started') {
        return new errors/* CopyError */.k('CANCELLED', 'The step was cancelled before it wrote anything.', 'Re-run the job.');
    }
    if (state.importArn !== undefined || state.bulkOperationArn !== undefined) {
        return new errors/* CopyError */.k('CANCELLED', `The step was cancelled. DynamoDB continues to load the items into table ${table}.`, 'Re-run the job to wait for the end of the load.');
    }
    if (state.stage === 'loaded') {
        return new errors/* CopyError */.k('CANCELLED', `The step was cancelled. All items are in table ${table}, but some of its settings may be missing.`, 'Re-run the job. It loads the items again and then applies the settings.');
    }
    return new errors/* CopyError */.k('CANCELLED', `The step was cancelled. The table ${table} may be partial.`, state.isNewTable
        ? 'Re-run the job. It continues with the same table and loads all items again.'
        : 'Start the workflow again with if-table-exists: overwrite.');
}

// EXTERNAL MODULE: ./build/report/dry-run.js
var dry_run = __webpack_require__(3438);
;// CONCATENATED MODULE: ./build/report/failed-restore.js

/**
 * Returns the error of a restore with what exists now and what a re-run does, unless it already contains this. Errors of
 * the SDK only name their cause.
 */
function failedRestore(error, { inputs, progress }) {
    const state = progress?.state;
    if (!state || state.stage === 'not started' || EXPLAINED.test(error.message))
        return error;
    const table = inputs?.table.name ?? '';
    const isLoadedByDynamoDb = state.importArn !== undefined || state.bulkOperationArn !== undefined;
    const [now, then] = state.stage === 'loaded'
        ? [
            `All items are in table ${table}, but some of its settings may be missing.`,
            state.importArn === undefined ? CONTINUES : 'A re-run applies them.',
        ]
        : isLoadedByDynamoDb
            ? [`DynamoDB continues to load the items into table ${table}.`, 'A re-run waits for the end of the load.']
            : state.stage === 'creating'
                ? [`The table ${table} may exist.`, 'A re-run creates it, or continues with it if it exists.']
                : [
                    `The table ${table} may be partial.`,
                    state.isNewTable ? CONTINUES : 'Then start the workflow again with if-table-exists: overwrite.',
                ];
    return new errors/* CopyError */.k(error.code, `${error.message} ${now}`, `${error.remedy} ${then}`, { cause: error.cause });
}
const EXPLAINED = /\bis partial\b|can be missing in table|No item was written|It continues in DynamoDB|The table can be used|can exist/;
const CONTINUES = 'A re-run continues with the same table and loads all items again.';

;// CONCATENATED MODULE: ./build/report/restore-log.js

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;
/**
 * Logs the progress of items that the runner writes, after 5 seconds and then every 30 seconds. The timer does not keep
 * the process running.
 *
 * @param expectedItems number of items in the copy
 * @returns function that stops the log
 */
function startRestoreLog({ state: { method }, write }, expectedItems, logger, times = { first: FIRST_LINE_MS, interval: INTERVAL_MS }) {
    if (method !== 'write')
        return () => { };
    let previous = { at: Date.now(), bytes: 0, units: 0 };
    const logLine = () => {
        const { itemCount, itemBytes, consumedWriteCapacity, throttledRequests, filesDone, filesTotal } = write.figures;
        const now = { at: Date.now(), bytes: itemBytes, units: consumedWriteCapacity };
        const seconds = (now.at - previous.at) / 1000;
        const parts = [
            `${(0,message_text/* formatCount */.B4)(itemCount)} of ${(0,message_text/* formatCount */.B4)(expectedItems)} items`,
            `${(0,message_text/* formatBytes */.z3)((now.bytes - previous.bytes) / seconds)}/s`,
            `${(0,message_text/* formatCount */.B4)(Math.round((now.units - previous.units) / seconds))} WCU/s`,
            `${(0,message_text/* formatCount */.B4)(filesDone)} of ${(0,message_text/* formatCount */.B4)(filesTotal)} objects`,
        ];
        if (throttledRequests > 0)
            parts.push((0,message_text/* formatCountOf */.gL)(throttledRequests, 'throttled request'));
        logger.info(parts.join(', '));
        previous = now;
        timer = setTimeout(logLine, times.interval).unref();
    };
    let timer = setTimeout(logLine, times.first).unref();
    return () => clearTimeout(timer);
}

// EXTERNAL MODULE: ./build/inputs/action-terms.js
var action_terms = __webpack_require__(5558);
// EXTERNAL MODULE: ./build/report/report.js + 3 modules
var report_report = __webpack_require__(5046);
// EXTERNAL MODULE: ./build/restore/restore-settings.js
var restore_settings = __webpack_require__(933);
// EXTERNAL MODULE: ./build/report/failure-markdown.js
var failure_markdown = __webpack_require__(2311);
// EXTERNAL MODULE: ./build/report/markdown.js
var markdown = __webpack_require__(4902);
;// CONCATENATED MODULE: ./build/report/restore-summary.js





/** Returns the job summary of a restore as Markdown: the result, then the copy and the table, then what is missing. */
function restoreSummaryMarkdown(summary) {
    const { status, failure, secrets, help } = summary;
    const { inputs, checkResults = [], prepared } = status;
    const clean = (0,markdown/* markdownEscaper */.bM)(secrets);
    const lines = [headline(summary, clean), ''];
    if (failure)
        lines.push(...(0,failure_markdown/* failureMarkdown */.A)(failure, help, clean));
    if (prepared)
        lines.push(...(0,markdown/* nameValueTable */.dC)(rows(summary, prepared), clean));
    if (inputs?.dryRun)
        lines.push(...(0,dry_run/* dryRunMarkdown */.w8)(checkResults, undefined, clean));
    if (prepared && !failure && !inputs?.dryRun)
        lines.push(...missingMarkdown(status, prepared, clean));
    return `${lines.join('\n')}\n`;
}
function headline({ status, failure }, clean) {
    if (failure)
        return `### ❌ Restore failed: \`${failure.code}\``;
    const { inputs, prepared, progress } = status;
    if (!inputs || !prepared)
        throw new Error('a restore cannot succeed without inputs and a copy');
    const table = clean(inputs.table.name);
    if (inputs.dryRun)
        return `### 🔎 Dry run passed for ${table}. Nothing was written`;
    return `### ✅ Restored ${(0,message_text/* formatCount */.B4)(progress?.state.itemCount ?? 0)} items to ${table}`;
}
function rows({ status, durationSeconds }, { copy, context, plan, request }) {
    const { inputs, progress } = status;
    const state = progress?.state;
    const { consumedWriteCapacity, throttledRequests } = progress?.write.figures ?? {};
    return [
        ['Table', `${inputs?.table.name ?? ''} (${inputs?.sourceRegion ?? ''}), ${plan.target}`],
        ['Copy', `s3://${context.bucket.name}/${copy.layout.root}`],
        ['Snapshot', `${copy.snapshotTime.toISOString()} of table ${copy.tableName}`],
        ['Method', `${plan.method}, because ${plan.why}`],
        [
            'Items',
            `${(0,message_text/* formatCount */.B4)(state?.itemCount ?? progress?.write.figures.itemCount ?? 0)} of ${(0,message_text/* formatCount */.B4)(copy.itemCount)}`,
        ],
        ['Objects', `${(0,message_text/* formatCount */.B4)(copy.files.length)}, ${(0,message_text/* formatBytes */.z3)(request.copy.sizeBytes)}`],
        ...(consumedWriteCapacity
            ? [
                [
                    'Write capacity units',
                    `${(0,message_text/* formatCount */.B4)(consumedWriteCapacity)}${throttledRequests ? `, ${(0,message_text/* formatCount */.B4)(throttledRequests)} requests throttled` : ''}`,
                ],
            ]
            : []),
        ...(state?.importArn === undefined ? [] : [['Import', state.importArn]]),
        ...(state?.bulkOperationArn === undefined ? [] : [['Bulk operation', state.bulkOperationArn]]),
        ...(state?.appliedSettings?.length ? [['Settings', state.appliedSettings.join(', ')]] : []),
        ['Time', (0,message_text/* formatSeconds */.Xo)(durationSeconds)],
    ];
}
/** Returns what the table does not have although the copied table had it. */
function missingMarkdown({ progress }, { copy, request, plan }, clean) {
    if (plan.target === 'existing table' && !plan.isOwn) {
        return ['The table existed before. Its settings and other items are unchanged.', ''];
    }
    const missing = missingSettings(copy, request.settings, progress?.state.appliedSettings ?? []);
    if (missing.length === 0)
        return [];
    return ['Not restored:', '', ...missing.map((line) => `- ${clean(line)}`), ''];
}
function missingSettings({ table }, chosen, applied) {
    if (!table)
        return ['settings of the copied table: the copy contains no manifest-table.json'];
    const { TimeToLive, PointInTimeRecovery, Tags = [], ResourcePolicy, CreateTable, unknown, notIncluded } = table;
    const had = {
        tags: Tags.length > 0,
        pitr: PointInTimeRecovery?.PointInTimeRecoveryEnabled === true,
        stream: CreateTable.StreamSpecification?.StreamEnabled === true,
        'deletion-protection': CreateTable.DeletionProtectionEnabled === true,
        'resource-policy': typeof ResourcePolicy === 'string',
        ttl: TimeToLive?.Enabled === true,
    };
    const left = restore_settings/* RESTORE_SETTINGS */.jM.filter((setting) => had[setting] && !applied.includes(setting));
    return [
        ...left.map((setting) => `${setting}: ${chosen.includes(setting) ? 'not applicable' : 'not selected in restore-settings'}`),
        ...unknown,
        ...notIncluded,
    ];
}

// EXTERNAL MODULE: ./build/report/write-report.js + 1 modules
var write_report = __webpack_require__(4323);
;// CONCATENATED MODULE: ./build/report/restore-report.js





/** Reports the result of a restore step in outputs, summary and log. Fails the step if there is a failure. */
function reportRestore(report) {
    const { env, log, status, durationSeconds } = report;
    const failure = report.failure && (0,action_terms/* inRestoreTerms */.ZF)(report.failure);
    const help = failure && (0,report_report/* helpUrl */.xR)(failure.code, env);
    const content = {
        summary: () => restoreSummaryMarkdown({ status, failure, durationSeconds, secrets: log.secrets, help }),
        outputs: () => restoreOutputs(status, durationSeconds),
        result: 'The restore is complete',
        remedy: 'Check the free disk space of the runner. The table can be used.',
    };
    const reported = (0,write_report/* writeReport */.u)(content, failure, { env, log });
    if (reported) {
        log.failure(reported, (0,report_report/* helpUrl */.xR)(reported.code, env));
        // Not process.exit, which would lose output that has not been written to stdout yet.
        process.exitCode = 1;
        return;
    }
    const { inputs, progress } = status;
    log.info(inputs?.dryRun
        ? 'Dry run passed. Nothing was written.'
        : `Done: ${(0,message_text/* formatCountOf */.gL)(progress?.state.itemCount ?? 0, 'item')} restored to table ${inputs?.table.name ?? ''}, in ${(0,message_text/* formatSeconds */.Xo)(durationSeconds)}.`);
}
/** Returns the outputs that are known, even if the step failed. */
function restoreOutputs({ inputs, prepared, progress }, durationSeconds) {
    const state = progress?.state;
    const rejected = progress?.write.figures.rejectedCount ?? 0;
    return {
        'duration-seconds': durationSeconds.toFixed(1),
        ...(inputs && { 'dynamodb-table-name': inputs.table.name }),
        ...(prepared && {
            method: prepared.plan.method,
            'snapshot-time': prepared.copy.snapshotTime.toISOString(),
            's3-uri': `s3://${prepared.context.bucket.name}/${prepared.copy.layout.root}`,
        }),
        ...(state?.tableArn !== undefined && { 'table-arn': state.tableArn }),
        ...(state?.importArn !== undefined && { 'import-arn': state.importArn }),
        ...(state?.bulkOperationArn !== undefined && { 'bulk-operation-arn': state.bulkOperationArn }),
        ...(state?.stage === 'complete' && { 'item-count': String(state.itemCount) }),
        ...(prepared && rejected > 0 && { 'failed-keys-file': prepared.request.rejectedKeysFile }),
    };
}

// EXTERNAL MODULE: ./build/restore/compression-types.js
var compression_types = __webpack_require__(8799);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
;// CONCATENATED MODULE: ./build/restore/count-items.js






/** Number of segments of the table that are counted at the same time. */
const SEGMENTS = 16;
/**
 * Counts the items of the loaded table if items of the copy can have equal keys in it: they replace each other, and
 * DynamoDB reports each of them as loaded. That cannot happen if the table has the keys of the copied table, and no module
 * has changed the items.
 *
 * @throws {CopyError} RESTORE_FAILED if the table has fewer items than the copy
 * @throws errors of the SDK
 */
async function checkEqualKeys(context, { copy, overrides }) {
    const { KeySchema } = overrides;
    const areKeysKnown = copy.definition && (!KeySchema || (0,external_node_util_.isDeepStrictEqual)(KeySchema, copy.definition.KeySchema));
    if (areKeysKnown && copy.scope !== 'transformed')
        return;
    const name = (0,create_table/* nameOf */.Vb)(context.tableName);
    context.logger.info(`Counting the items of table ${name}, because items of the copy can have equal keys in it.`);
    const count = await countItems(context);
    if (count >= copy.itemCount)
        return;
    throw new errors/* CopyError */.k('RESTORE_FAILED', `The table ${name} has ${(0,message_text/* formatCountOf */.gL)(count, 'item')}, but the copy contains ${(0,message_text/* formatCountOf */.gL)(copy.itemCount, 'item')}: items with equal keys have replaced each other.`, copy.scope === 'transformed' ? remedies/* remedies */.J.keepKeysDistinct(name) : remedies/* remedies */.J.restoreWithOtherKeys(name));
}
async function countItems(context) {
    const counts = await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => countSegment(context, segment)));
    return counts.reduce((sum, count) => sum + count, 0);
}
async function countSegment({ client, tableName, signal }, Segment) {
    let count = 0;
    let ExclusiveStartKey;
    do {
        const command = new dist_cjs/* ScanCommand */.Zy5({
            ...{ TableName: tableName, Select: 'COUNT', ConsistentRead: true, Segment, TotalSegments: SEGMENTS },
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
        });
        const page = await client.send(command, { abortSignal: signal });
        count += page.Count ?? 0;
        ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return count;
}

// EXTERNAL MODULE: ./build/restore/wait-until-active.js
var wait_until_active = __webpack_require__(7152);
;// CONCATENATED MODULE: ./build/restore/finish-restore.js







/**
 * Maximum number of tags of a table. During the restore, one of them is the tag of the step.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
 */
const MAX_TAGS = 50;
/**
 * Applies the settings of the copied table to a table that this step created, and removes its tag last.
 *
 * @param areTagsSet true if CreateTable has set the tags
 * @throws errors of the SDK
 */
async function finishRestore(context, { copy, settings, overrides, temporary, step }, afterLoad, { progress, areTagsSet }) {
    const { client, tableName, signal } = context;
    const { TableArn: tableArn = '' } = await (0,wait_until_active/* waitUntilActive */._)(context);
    progress.update({ stage: 'loaded', tableArn });
    const chosen = (0,restore_settings/* settingsToApply */.Vj)(settings, overrides, temporary);
    const target = { client, tableName, tableArn, signal };
    const appliedSettings = await (0,restore_settings/* applySettings */.iN)(target, { afterLoad, copied: copy.settings, chosen }, areTagsSet);
    progress.update({ appliedSettings });
    if (!areTagsSet || !step)
        return;
    await removeTag(context, tableArn);
    const Tags = (0,restore_settings/* restoredTags */.K7)(copy.settings, settings).slice(MAX_TAGS - 1);
    if (Tags.length === 0)
        return;
    await client.send(new dist_cjs/* TagResourceCommand */.eqU({ ResourceArn: tableArn, Tags }), { abortSignal: signal });
}
/**
 * Removes the tag of the step, or at least changes its value: a re-run would otherwise load the complete table again,
 * although it can be in use by then.
 *
 * @throws errors of the SDK if neither is possible
 */
async function removeTag({ client, logger, signal }, tableArn) {
    const command = new dist_cjs/* UntagResourceCommand */.RP$({ ResourceArn: tableArn, TagKeys: [existing_table/* RESTORE_TAG */.mx] });
    try {
        await client.send(command, { abortSignal: signal });
    }
    catch (error) {
        signal.throwIfAborted();
        const { name } = error;
        // Servers other than DynamoDB may have no tags.
        if (/^(UnknownOperationException|ValidationException)$/.test(name))
            return;
        const Tags = [{ Key: existing_table/* RESTORE_TAG */.mx, Value: 'complete' }];
        await client.send(new dist_cjs/* TagResourceCommand */.eqU({ ResourceArn: tableArn, Tags }), { abortSignal: signal });
        const why = name === 'AccessDeniedException' ? ', because the role is not authorized to perform dynamodb:UntagResource' : '';
        logger.warning(`The tag ${existing_table/* RESTORE_TAG */.mx} remains on the table${why}. Its value is complete now.`);
    }
}
/**
 * Checks the number of items that were loaded.
 *
 * @param loaded undefined if DynamoDB reports none
 * @throws {CopyError} RESTORE_FAILED if it is not that of the copy
 */
function checkLoadedCount(table, loaded, expected) {
    if (loaded === undefined)
        throw partialTable(table, 'DynamoDB reports no count of items');
    if (loaded === expected)
        return;
    throw partialTable(table, `${(0,message_text/* formatCountOf */.gL)(loaded, 'item')} were loaded, but the copy contains ${(0,message_text/* formatCountOf */.gL)(expected, 'item')}`);
}
/** Returns the error of a table that does not contain all items of the copy. */
function partialTable({ name, isNew }, what) {
    return new errors/* CopyError */.k('RESTORE_FAILED', `${what}. ${isNew ? `The table ${name} is partial` : `Items of the copy can be missing in table ${name}`}.`, isNew ? remedies/* remedies */.J.deletePartialTable(name, undefined) : remedies/* remedies */.J.overwriteTable);
}

// EXTERNAL MODULE: ./build/stall-watchdog.js
var stall_watchdog = __webpack_require__(9596);
;// CONCATENATED MODULE: ./build/restore/load-table.js












/**
 * Creates the table if it does not exist, loads the items with BatchWriteItem or a bulk operation, and applies the
 * settings to a table that this step created.
 *
 * @throws {CopyError} RESTORE_FAILED if items are missing; the errors of `writeItems` and `waitForBulkPut`
 * @throws errors of the SDK
 */
async function loadTable(context, request, plan, running) {
    const { progress } = running;
    const { table, afterLoad } = plan.target === 'new table'
        ? await createNewTable(context, request, plan.parameters, running)
        : { table: plan.table, afterLoad: plan.isOwn ? ownAfterLoad(request) : undefined };
    progress.update({ stage: 'loading', ...(table.TableArn !== undefined && { tableArn: table.TableArn }) });
    const isNew = afterLoad !== undefined;
    if (plan.method === 'bulk-put')
        await bulkPut(context, request, { table, isNew }, progress);
    else
        await write(context, request, { table, isNew }, progress);
    await checkEqualKeys(context, request);
    if (afterLoad === undefined)
        progress.update({ stage: 'loaded', appliedSettings: [] });
    else
        await finishRestore(context, request, afterLoad, { progress, areTagsSet: true });
}
async function createNewTable(context, { copy, settings, step }, parameters, { progress, onCreated }) {
    const { atCreation, afterLoad } = forCreateTable(parameters);
    progress.update({ stage: 'creating' });
    const restored = (0,restore_settings/* restoredTags */.K7)(copy.settings, settings);
    const tags = step ? [...restored.slice(0, MAX_TAGS - 1), (0,existing_table/* restoreTag */.PI)(step, copy.exportId)] : restored;
    return { table: await (0,create_table/* createTable */.ZR)(context, atCreation, tags, onCreated), afterLoad };
}
/** The settings of a table that an earlier attempt created are those of the copy. */
function ownAfterLoad({ copy, overrides }) {
    return forCreateTable({ ...copy.definition, ...overrides }).afterLoad;
}
async function write(context, { copy, writeCapacity, rejectedKeysFile }, { table, isNew }, progress) {
    const { client, bucket, tableName, logger, signal } = context;
    const limit = writeLimitFor(writeCapacity, table, isNew);
    logger.info(describeWriteLimit(limit));
    const waits = new stall_watchdog/* PendingWaits */.c();
    const request = {
        ...{ client, tableName, bucket, rejectedKeysFile, writeCapacity: limit.unitsPerSecond },
        keyAttributes: (table.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []),
        files: copy.files,
        format: copy.format,
        compression: copy.compression,
        hasOneMember: copy.hasOneMember,
        checksums: copy.checksums,
    };
    const { itemCount, consumedWriteCapacity } = await (0,stall_watchdog/* watchForStall */.d)(waits, signal, (stoppable) => writeItems(request, { progress: progress.write, waits, signal: stoppable }));
    progress.update({ itemCount, consumedWriteCapacity });
    checkLoadedCount({ name: (0,create_table/* nameOf */.Vb)(tableName), isNew }, itemCount, copy.itemCount);
}
async function bulkPut(context, { copy, failedItems, bucketOwner, writeCapacity, waiting, step }, { table, isNew }, progress) {
    const name = (0,create_table/* nameOf */.Vb)(context.tableName);
    if (!failedItems)
        throw new Error('a bulk operation needs a place for the records of failed items');
    const units = writeCapacity.kind === 'none' ? undefined : writeLimitFor(writeCapacity, table, isNew).unitsPerSecond;
    const started = await startBulkPut(context, {
        TableName: context.tableName,
        InputS3Configuration: {
            S3Bucket: context.bucket.name,
            S3KeyPrefix: copy.dataPrefix,
            InputFormat: copy.format,
            InputCompressionType: compression_types/* COMPRESSION_TYPES */.z[copy.compression],
            ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
        },
        OutputS3Configuration: {
            S3Bucket: failedItems.bucket,
            OutputType: ['ERROR'],
            ...(failedItems.prefix !== '' && { S3KeyPrefix: failedItems.prefix }),
        },
        ...(units !== undefined && { MaxWriteRequestUnits: Math.max(MIN_BULK_WRITE_UNITS, Math.floor(units)) }),
    }, step, table.TableId ?? '');
    progress.update({ bulkOperationArn: started.BulkOperationArn });
    const failedItemsUri = `s3://${failedItems.bucket}/${failedItems.prefix}`;
    const ended = await waitForBulkPut(context, started, waiting, { tableName: name, failedItemsUri });
    const { ProcessedItemCount, FailedItemCount = 0 } = ended;
    const target = { name, isNew };
    if (FailedItemCount > 0) {
        throw partialTable(target, `DynamoDB reports ${(0,message_text/* formatCountOf */.gL)(FailedItemCount, 'failed item')}`);
    }
    checkLoadedCount(target, ProcessedItemCount, copy.itemCount);
    progress.update({ itemCount: copy.itemCount });
}

;// CONCATENATED MODULE: ./build/restore/write/write-progress.js
/** Progress of a load. Only the engine updates it. */
class WriteProgress {
    counters = {
        itemCount: 0,
        itemBytes: 0,
        consumedWriteCapacity: 0,
        rejectedCount: 0,
        throttledRequests: 0,
        filesDone: 0,
        filesTotal: 0,
    };
    get figures() {
        return { ...this.counters };
    }
    plan(files) {
        this.counters.filesTotal = files;
    }
    /** @param units consumed WCU, those of indexes included */
    stored(items, bytes, units) {
        this.counters.itemCount += items;
        this.counters.itemBytes += bytes;
        this.counters.consumedWriteCapacity += units;
    }
    rejected() {
        this.counters.rejectedCount += 1;
    }
    throttled() {
        this.counters.throttledRequests += 1;
    }
    fileDone() {
        this.counters.filesDone += 1;
    }
}

;// CONCATENATED MODULE: ./build/restore/restore-progress.js

/** State of a restore that is read while it runs. */
class RestoreProgress {
    write = new WriteProgress();
    current;
    constructor(initial) {
        this.current = initial;
    }
    get state() {
        return this.current;
    }
    update(change) {
        this.current = { ...this.current, ...change };
    }
}

;// CONCATENATED MODULE: ./build/restore/restore.js









/**
 * Creates the table if it does not exist, loads the items, counts them, and applies the settings.
 *
 * @param onCreated is not called for a table that existed before
 */
function runRestore(context, request, plan, onCreated) {
    const progress = new RestoreProgress({
        stage: 'not started',
        method: plan.method,
        methodReason: plan.why,
        isNewTable: plan.target !== 'existing table' || plan.isOwn,
    });
    return { progress, result: restore(context, request, plan, { progress, onCreated }) };
}
async function restore(context, request, plan, running) {
    const { progress } = running;
    if (plan.method === 'import') {
        if (plan.target === 'existing table')
            throw new Error('an import cannot load an existing table');
        await importCopy(context, request, plan, running);
    }
    else {
        if (plan.target === 'started import')
            throw new Error('a started import has the method import');
        await loadTable(context, request, plan, running);
    }
    progress.update({ stage: 'complete' });
}
async function importCopy(context, request, plan, { progress, onCreated }) {
    const { copy, step, bucketOwner } = request;
    const name = (0,create_table/* nameOf */.Vb)(context.tableName);
    const { creation, afterLoad } = forImportTable(plan.parameters);
    progress.update({ stage: 'creating' });
    const started = plan.target === 'started import'
        ? plan.started
        : await (0,table_import/* startImport */.s8)(context, {
            S3BucketSource: {
                S3Bucket: context.bucket.name,
                S3KeyPrefix: copy.dataPrefix,
                ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
            },
            InputFormat: copy.format,
            InputCompressionType: compression_types/* COMPRESSION_TYPES */.z[copy.compression],
            TableCreationParameters: { ...creation, TableName: name },
        }, step);
    onCreated({ tableId: started.TableId, createdAt: undefined });
    progress.update({
        stage: 'loading',
        importArn: started.ImportArn,
        ...(started.TableArn !== undefined && { tableArn: started.TableArn }),
    });
    const { ImportedItemCount, ErrorCount = 0 } = await (0,table_import/* waitForImport */.U6)(context, started, request.waiting, name);
    const target = { name, isNew: true };
    if (ErrorCount > 0)
        throw partialTable(target, `DynamoDB reports ${(0,message_text/* formatCountOf */.gL)(ErrorCount, 'error')}`);
    checkLoadedCount(target, ImportedItemCount, copy.itemCount);
    await checkEqualKeys(context, request);
    progress.update({ itemCount: copy.itemCount });
    await finishRestore(context, request, afterLoad, { progress, areTagsSet: false });
}

// EXTERNAL MODULE: ./build/version.js
var version = __webpack_require__(8508);
;// CONCATENATED MODULE: ./build/restore-main.js





















/**
 * Runs the restore step: reads the inputs, finds and checks the copy, loads it and reports the result. Only the report
 * fails the step, and it comes last.
 */
async function restoreMain(env = process.env) {
    (0,restore_state/* saveNoTemporaryTable */.sc)(env);
    const started = performance.now();
    const log = new github_log/* Log */.t(env);
    const stopMark = new stop_mark/* StopMark */.e((0,step_state/* newJournalPath */.x)(env));
    let status = {};
    let isReported = false;
    const reportOnce = (failure) => {
        if (isReported)
            return;
        isReported = true;
        reportRestore({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
    };
    const cancelled = () => cancelledRestore(status);
    const signal = (0,cancellation/* cancellationSignal */.w)(log, stopMark, () => reportOnce(cancelled()));
    const addStatus = (more) => {
        status = { ...status, ...more };
    };
    let failure;
    try {
        await restoreCopy({ env, log, signal, addStatus });
    }
    catch (error) {
        failure =
            signal.aborted || stopMark.exists() ? cancelled() : failedRestore((0,explain_error/* explainError */.U)(error, status.inputs), status);
    }
    reportOnce(failure);
}
async function restoreCopy({ env, log, signal, addStatus }) {
    const run = (0,run_context/* runContext */.p)(env);
    const workflow = (0,workflow_run/* workflowRun */.t)(env, run);
    log.info(`${version/* ACTION */.h.name} ${version/* ACTION */.h.version}`);
    const ignoredProxy = (0,proxy_warning/* proxyWarning */.t)(env, process.versions.node);
    if (ignoredProxy !== undefined)
        log.warning(ignoredProxy);
    const inputs = (0,restore_inputs/* readRestoreInputs */.E)(env);
    const checks = new checks_checks/* PreflightChecks */.R((error) => (0,explain_error/* explainError */.U)(error, inputs), signal);
    addStatus({ inputs, checkResults: checks.results });
    // The checks can fail although an earlier attempt created a table, and its runner is gone.
    if (inputs.temporary && !inputs.dryRun && (run.runAttempt ?? 1) > 1) {
        (0,restore_state/* saveTemporaryTable */.po)(env, { table: inputs.table.arn ?? inputs.table.name, step: workflow.restoreStep?.id });
    }
    const preflight = { inputs, env, run: workflow, checks, logger: log, signal };
    const prepared = await log.group('Check copy and table', () => prepareRestore(preflight, (0,credential_context/* credentialContext */.P)(env, run, inputs.roles, log)));
    addStatus({ prepared });
    try {
        for (const line of (0,dry_run/* dryRunLines */.Qs)(checks.results, undefined))
            log.info(line);
        if (inputs.dryRun)
            return;
        await log.group('Restore', () => load(prepared, inputs, { env, log, signal, addStatus }));
    }
    finally {
        prepared.close();
    }
}
async function load({ context, request, plan }, { temporary, table }, { env, log, addStatus }) {
    const temporaryTable = { table: table.arn ?? table.name, step: request.step?.id };
    const save = ({ tableId, createdAt }) => {
        if (temporary)
            (0,restore_state/* saveTemporaryTable */.po)(env, { ...temporaryTable, tableId, createdAt: createdAt?.toISOString() });
    };
    // Also before the table exists: the step can be killed while DynamoDB creates it.
    const isOwn = plan.target === 'existing table' && plan.isOwn;
    save(isOwn ? (0,create_table/* createdTable */.Jo)(plan.table) : { tableId: undefined, createdAt: undefined });
    const { progress, result } = runRestore(context, request, plan, save);
    addStatus({ progress });
    const stopLog = startRestoreLog(progress, request.copy.itemCount, log);
    try {
        await result;
    }
    finally {
        stopLog();
    }
}


/***/ }),

/***/ 9999:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  restorePost: () => (/* binding */ restorePost)
});

// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/restore-state.js
var restore_state = __webpack_require__(7296);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
// EXTERNAL MODULE: ./build/github/step-state.js
var step_state = __webpack_require__(614);
// EXTERNAL MODULE: ./build/github/stop-mark.js
var stop_mark = __webpack_require__(1623);
// EXTERNAL MODULE: ./build/inputs/action-terms.js
var action_terms = __webpack_require__(5558);
// EXTERNAL MODULE: ./build/inputs/restore-inputs.js + 2 modules
var restore_inputs = __webpack_require__(7026);
// EXTERNAL MODULE: ./build/report/next-steps/shell.js
var shell = __webpack_require__(7873);
;// CONCATENATED MODULE: ./build/report/delete-table-command.js

/** Returns the AWS CLI command that deletes a table, on one line. */
function deleteTableCommand(table, region) {
    return `aws dynamodb delete-table --region ${(0,shell/* quoteForShell */.eC)(region)} --table-name ${(0,shell/* quoteForShell */.eC)(table)}`;
}

// EXTERNAL MODULE: ./build/restore/create-table.js
var create_table = __webpack_require__(9592);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js
var dist_cjs = __webpack_require__(4305);
// EXTERNAL MODULE: ./build/timeouts.js
var timeouts = __webpack_require__(2794);
// EXTERNAL MODULE: ./build/restore/existing-table.js
var existing_table = __webpack_require__(7577);
// EXTERNAL MODULE: ./build/restore/table-import.js
var table_import = __webpack_require__(5487);
;// CONCATENATED MODULE: ./build/restore/delete-temporary-table.js






/**
 * Deletes a temporary table if the step created it: it has the same ID or creation time, the tag of the step, or comes
 * from an import with a token of the step. While DynamoDB is still busy with the table, tries again until the signal of
 * the context fires.
 *
 * @param created undefined if the step did not learn what identifies the table
 * @param step identity of the step; undefined outside of a workflow run
 * @throws errors of the SDK
 */
async function deleteTemporaryTable(context, created, step) {
    const { signal } = context;
    let wasProven = false;
    for (;;) {
        const table = await describe(context);
        const started = step === undefined ? undefined : await (0,table_import/* findEarlierImport */.VT)(context, { id: step }, (0,create_table/* nameOf */.Vb)(context.tableName));
        const isLoading = started?.ImportStatus === 'IN_PROGRESS';
        if (!table && !isLoading)
            return wasProven ? 'deleted' : 'does not exist';
        if (table) {
            // Each time: another table can have the name by now.
            const isProven = (created !== undefined && (0,create_table/* isSameTable */.j9)(created, table)) ||
                (started?.TableId !== undefined && started.TableId === table.TableId) ||
                (step !== undefined && (await (0,existing_table/* copyInOwnTable */.T8)(context, table.TableArn ?? '', { id: step })) !== undefined);
            if (!isProven)
                return 'not created by this step';
            wasProven = true;
            if (table.TableStatus === 'DELETING')
                return 'deleted';
            if (!isLoading && (await requestDeletion(context)) === 'accepted')
                return 'deleted';
        }
        try {
            await (0,promises_.setTimeout)(timeouts/* BETWEEN_TABLE_CHECKS */.QP, undefined, { signal });
        }
        catch {
            return 'busy';
        }
    }
}
async function describe({ client, tableName, signal, }) {
    try {
        return (await client.send(new dist_cjs/* DescribeTableCommand */.h8C({ TableName: tableName }), { abortSignal: signal })).Table;
    }
    catch (error) {
        if (error.name === 'ResourceNotFoundException')
            return undefined;
        throw error;
    }
}
/** DynamoDB rejects the deletion while it creates or changes the table, or sets its tags. */
async function requestDeletion({ client, tableName, signal, }) {
    try {
        await client.send(new dist_cjs/* DeleteTableCommand */.$uC({ TableName: tableName }), { abortSignal: signal });
        return 'accepted';
    }
    catch (error) {
        const { name } = error;
        if (name === 'ResourceNotFoundException')
            return 'accepted';
        if (name === 'ResourceInUseException')
            return 'busy';
        throw error;
    }
}

;// CONCATENATED MODULE: ./build/restore-post.js















/**
 * Runs the post step of a restore, after the other steps of the job. Deletes the temporary table if the step created it.
 * It never fails the job, which already has its result.
 */
async function restorePost(env = process.env) {
    const log = new github_log/* Log */.t(env);
    const path = (0,step_state/* savedJournalPath */.q)(env);
    // A step that is still running, which happens in container jobs, creates no table after that.
    if (path !== undefined)
        new stop_mark/* StopMark */.e(path).create();
    const saved = (0,restore_state/* savedTemporaryTable */.JA)(env);
    if (!saved) {
        log.info('No temporary table to delete.');
        return;
    }
    try {
        await deleteSaved(saved, env, log);
    }
    catch (error) {
        const { code, message } = (0,action_terms/* inRestoreTerms */.ZF)((0,explain_error/* explainError */.U)(error, undefined));
        log.warning(`The temporary table ${(0,create_table/* nameOf */.Vb)(saved.table)} could not be deleted. ${message} (${code})`);
    }
}
async function deleteSaved(saved, env, log) {
    const run = (0,run_context/* runContext */.p)(env);
    const inputs = (0,restore_inputs/* readRestoreInputs */.E)(env);
    const name = (0,create_table/* nameOf */.Vb)(saved.table);
    // Other steps of the job can set the variable of the state too.
    if (!inputs.temporary || saved.table !== (inputs.table.arn ?? inputs.table.name)) {
        log.warning(`The table ${name} was not deleted, because the inputs of the step do not name it as a temporary table.`);
        return;
    }
    const { sourceRegion: region, destRegion, roles } = inputs;
    const signal = AbortSignal.timeout(timeouts/* POST_STEP */.ep);
    const regions = { source: region, ...(destRegion !== undefined && { dest: destRegion }) };
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, regions, (0,credential_context/* credentialContext */.P)(env, run, roles, log), signal);
    const client = (0,clients/* dynamoDbClient */.iD)({ region, concurrency: 1, identity: identities.source });
    const created = {
        tableId: saved.tableId,
        createdAt: saved.createdAt === undefined ? undefined : new Date(saved.createdAt),
    };
    const context = { client, tableName: saved.table, signal };
    try {
        const deletion = await deleteTemporaryTable(context, created, saved.step);
        report(deletion, name, region, log);
    }
    catch (error) {
        // The time limit can also pass while a request is sent.
        if (signal.aborted)
            return report('busy', name, region, log);
        const { code, message } = (0,action_terms/* inRestoreTerms */.ZF)((0,explain_error/* explainError */.U)(error, inputs));
        log.warning(`The temporary table ${name} could not be deleted. ${message} (${code}) Delete it: ${deleteTableCommand(name, region)}`);
    }
    finally {
        client.destroy();
        identities.close();
    }
}
function report(deletion, name, region, log) {
    switch (deletion) {
        case 'deleted':
            log.info(`Deleted the temporary table ${name}.`);
            break;
        case 'does not exist':
            log.info(`The temporary table ${name} does not exist.`);
            break;
        case 'not created by this step':
            log.warning(`The table ${name} was not deleted, because this step did not create it.`);
            break;
        case 'busy':
            log.warning(`The temporary table ${name} could not be deleted yet, because DynamoDB is still loading or changing it, or did not respond in time. Delete it later: ${deleteTableCommand(name, region)}`);
            break;
        default:
            deletion;
    }
}


/***/ }),

/***/ 9592:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Jo: () => (/* binding */ createdTable),
/* harmony export */   Vb: () => (/* binding */ nameOf),
/* harmony export */   ZR: () => (/* binding */ createTable),
/* harmony export */   j9: () => (/* binding */ isSameTable)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4305);
/* harmony import */ var _aws_required_member_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1324);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2794);
/* harmony import */ var _wait_until_active_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7152);




/**
 * Creates the table and waits until it and its indexes are ACTIVE.
 *
 * @param tags tags of the table, among them the one by which a later attempt recognizes it
 * @param onCreated called as soon as DynamoDB has accepted the request
 * @throws errors of the SDK; ResourceInUseException if a table with the name exists
 */
async function createTable(context, parameters, tags, onCreated) {
    const { client, tableName, logger, signal } = context;
    const command = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_3__/* .CreateTableCommand */ .IxS({
        ...parameters,
        TableName: nameOf(tableName),
        ...(tags.length > 0 && { Tags: [...tags] }),
    });
    const response = await client.send(command, { abortSignal: signal });
    onCreated(createdTable((0,_aws_required_member_js__WEBPACK_IMPORTED_MODULE_0__/* .requiredMember */ .e)('CreateTable', response, 'TableDescription')));
    logger.info(`Created table ${nameOf(tableName)}.`);
    return (0,_wait_until_active_js__WEBPACK_IMPORTED_MODULE_2__/* .waitUntilActive */ ._)(context, performance.now() + _timeouts_js__WEBPACK_IMPORTED_MODULE_1__/* .TABLE_KNOWN */ .FP);
}
/** Returns what identifies a table. */
function createdTable({ TableId, CreationDateTime }) {
    return { tableId: TableId, createdAt: CreationDateTime };
}
/** Returns whether a table is the one that was created, and not a later one with the same name. */
function isSameTable({ tableId, createdAt }, now) {
    if (tableId !== undefined && now.TableId !== undefined)
        return tableId === now.TableId;
    return createdAt !== undefined && createdAt.getTime() === now.CreationDateTime?.getTime();
}
/** Returns the name of a table from its name or its ARN. */
function nameOf(nameOrArn) {
    return nameOrArn.startsWith('arn:') ? (nameOrArn.split('/')[1] ?? nameOrArn) : nameOrArn;
}


/***/ }),

/***/ 7577:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FM: () => (/* binding */ checkAllowed),
/* harmony export */   Fc: () => (/* binding */ checkTableKeys),
/* harmony export */   PI: () => (/* binding */ restoreTag),
/* harmony export */   T8: () => (/* binding */ copyInOwnTable),
/* harmony export */   cv: () => (/* binding */ checkMayLoad),
/* harmony export */   mx: () => (/* binding */ RESTORE_TAG)
/* harmony export */ });
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7975);
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4305);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9473);
/* harmony import */ var _message_text_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2211);
/* harmony import */ var _remedies_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3442);
/* harmony import */ var _create_table_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9592);






/** Name of the tag of a table that a restore has created and not finished. */
const RESTORE_TAG = 'dynamodb-to-s3:restore';
/**
 * Checks that the table itself may receive items: it is not the source of the copy, a global table or a table with a
 * stream, unless the user allows it.
 *
 * @param source ARN of the copied table
 * @throws {CopyError} TABLE_PROTECTED
 */
async function checkAllowed(context, table, source, allow) {
    const reject = (what, allowance) => {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .CopyError */ .k('TABLE_PROTECTED', `The table ${(0,_create_table_js__WEBPACK_IMPORTED_MODULE_3__/* .nameOf */ .Vb)(context.tableName)} ${what}. Nothing was written.`, _remedies_js__WEBPACK_IMPORTED_MODULE_2__/* .remedies */ .J.allowTable(allowance));
    };
    if (!allow.sourceTable && isSource(table, source)) {
        reject('is the table that the copy was made of, or a replica of it', 'allow-source-table');
    }
    if (!allow.globalTable && (table.Replicas?.length ?? 0) > 0) {
        reject(`has ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_4__/* .formatCountOf */ .gL)(table.Replicas?.length ?? 0, 'replica')}, which receive the items too`, 'allow-global-table');
    }
    if (allow.stream)
        return;
    if (table.StreamSpecification?.StreamEnabled) {
        reject('has a stream, whose consumers would process the loaded items', 'allow-stream');
    }
    if (await hasKinesisDestination(context)) {
        reject('sends its changes to a Kinesis data stream, whose consumers would process the loaded items', 'allow-stream');
    }
}
/** A replica has the name of the table, in the same account and in another Region. */
function isSource({ TableArn = '', TableId }, source) {
    if (TableArn === source.tableArn)
        return true;
    if (TableId !== undefined && TableId === source.tableId)
        return true;
    const withoutRegion = (arn) => arn.split(':').toSpliced(3, 1).join(':');
    return TableArn !== '' && withoutRegion(TableArn) === withoutRegion(source.tableArn);
}
/** The permission is optional: without it, only streams of DynamoDB are found. */
async function hasKinesisDestination({ client, tableName, logger, signal }) {
    try {
        const response = await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .DescribeKinesisStreamingDestinationCommand */ .RVB({ TableName: tableName }), {
            abortSignal: signal,
        });
        const destinations = response.KinesisDataStreamDestinations ?? [];
        return destinations.some(({ DestinationStatus = '' }) => /^(ACTIVE|ENABLING|UPDATING)$/.test(DestinationStatus));
    }
    catch (error) {
        const { name } = error;
        if (name === 'AccessDeniedException') {
            logger.warning('The Action could not check whether the table sends its changes to a Kinesis data stream: the role is not authorized to perform dynamodb:DescribeKinesisStreamingDestination.');
            return false;
        }
        if (/^(UnknownOperationException|ValidationException|InternalFailure)$/.test(name))
            return false;
        throw error;
    }
}
/**
 * Checks that the items of the copy fit the keys of an existing table.
 *
 * @param expected keys of the copied table; undefined if the copy contains no definition
 * @throws {CopyError} TABLE_EXISTS if the keys differ
 */
function checkTableKeys({ KeySchema = [], AttributeDefinitions = [] }, expected, tableName) {
    if (!expected)
        return;
    const keysOf = (table) => (table.KeySchema ?? []).map(({ AttributeName, KeyType }) => ({
        AttributeName,
        KeyType,
        type: table.AttributeDefinitions?.find((definition) => definition.AttributeName === AttributeName)?.AttributeType,
    }));
    if ((0,node_util__WEBPACK_IMPORTED_MODULE_0__.isDeepStrictEqual)(keysOf({ KeySchema, AttributeDefinitions }), keysOf(expected)))
        return;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .CopyError */ .k('TABLE_EXISTS', `The table ${(0,_create_table_js__WEBPACK_IMPORTED_MODULE_3__/* .nameOf */ .Vb)(tableName)} exists and has other keys than the copied table.`, _remedies_js__WEBPACK_IMPORTED_MODULE_2__/* .remedies */ .J.chooseAnotherTable);
}
/**
 * Checks that an existing table that this step did not create may be loaded.
 *
 * @throws {CopyError} TABLE_EXISTS if this is not allowed, or if the table must be empty and contains an item
 */
async function checkMayLoad(context, ifTableExists) {
    const { client, tableName, signal } = context;
    const name = (0,_create_table_js__WEBPACK_IMPORTED_MODULE_3__/* .nameOf */ .Vb)(tableName);
    if (ifTableExists === 'overwrite')
        return;
    if (ifTableExists === 'error') {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .CopyError */ .k('TABLE_EXISTS', `The table ${name} exists. Nothing was written.`, _remedies_js__WEBPACK_IMPORTED_MODULE_2__/* .remedies */ .J.chooseAnotherTable);
    }
    // ItemCount is hours old. A page can be empty although the table is not, so all pages are read.
    let ExclusiveStartKey;
    do {
        const page = await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .ScanCommand */ .Zy5({
            TableName: tableName,
            ConsistentRead: true,
            Limit: 1,
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }), { abortSignal: signal });
        if ((page.Items?.length ?? 0) > 0) {
            throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .CopyError */ .k('TABLE_EXISTS', `The table ${name} is not empty. Nothing was written.`, _remedies_js__WEBPACK_IMPORTED_MODULE_2__/* .remedies */ .J.chooseAnotherTable);
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
}
/**
 * Returns the tag of a table that is being restored. It contains the copy too: `latest` can be another copy in a re-run,
 * and the table then contains items of the earlier one.
 */
function restoreTag({ id }, exportId) {
    return { Key: RESTORE_TAG, Value: `${id}/${exportId}` };
}
/**
 * Returns the export ID of the copy that an earlier attempt of this step was loading into the table when it ended. Only
 * a table that the step created, and whose restore is not complete, has the tag with it.
 *
 * @returns undefined if the table has no such tag, or if tags cannot be read
 */
async function copyInOwnTable(context, tableArn, { id }) {
    const { client, signal } = context;
    try {
        let NextToken;
        do {
            const page = await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .ListTagsOfResourceCommand */ .IIA({ ResourceArn: tableArn, ...(NextToken !== undefined && { NextToken }) }), { abortSignal: signal });
            const { Value = '' } = page.Tags?.find(({ Key }) => Key === RESTORE_TAG) ?? {};
            const [, step, exportId] = /^([\da-f]{32})\/(\d{14}-[\da-f]{8})$/.exec(Value) ?? [];
            if (step === id)
                return exportId;
            ({ NextToken } = page);
        } while (NextToken !== undefined);
        return undefined;
    }
    catch (error) {
        // Servers other than DynamoDB may have no tags.
        if (/^(AccessDeniedException|UnknownOperationException|ValidationException)$/.test(error.name)) {
            return undefined;
        }
        throw error;
    }
}


/***/ }),

/***/ 933:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K7: () => (/* binding */ restoredTags),
/* harmony export */   Vj: () => (/* binding */ settingsToApply),
/* harmony export */   iN: () => (/* binding */ applySettings),
/* harmony export */   iW: () => (/* binding */ SAFE_SETTINGS),
/* harmony export */   jM: () => (/* binding */ RESTORE_SETTINGS)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4305);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2794);
/* harmony import */ var _existing_table_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7577);
/* harmony import */ var _wait_until_active_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7152);





/** Settings of a table that a restore can apply, in the order in which it applies them. */
const RESTORE_SETTINGS = ['tags', 'pitr', 'stream', 'deletion-protection', 'resource-policy', 'ttl'];
/** Settings without effect on the items, and on who can access the table. */
const SAFE_SETTINGS = ['tags', 'pitr', 'stream', 'deletion-protection'];
/**
 * Returns the settings to apply: those that are chosen, and those of the overrides, which the user has requested by name.
 * A table that will be deleted gets no deletion protection.
 */
function settingsToApply(chosen, { StreamSpecification, DeletionProtectionEnabled }, temporary) {
    const requested = new Set(chosen);
    if (StreamSpecification)
        requested.add('stream');
    if (DeletionProtectionEnabled)
        requested.add('deletion-protection');
    if (temporary)
        requested.delete('deletion-protection');
    return RESTORE_SETTINGS.filter((setting) => requested.has(setting));
}
/**
 * Returns the tags of the copied table that can be set. AWS reserves the prefix `aws:`. The copied table can have the tag
 * of a restore too: it was not complete, or the role was not authorized to remove the tag.
 */
function restoredTags({ Tags = [] }, chosen) {
    if (!chosen.includes('tags'))
        return [];
    return Tags.filter(({ Key }) => !/^aws:/i.test(Key ?? '') && Key !== _existing_table_js__WEBPACK_IMPORTED_MODULE_2__/* .RESTORE_TAG */ .mx).map(({ Key, Value }) => ({
        Key,
        Value,
    }));
}
/**
 * Applies settings one after the other. TTL comes last, because DynamoDB then starts to delete expired items.
 *
 * @param areTagsSet true if CreateTable has already set the tags
 * @returns the settings that the table has now
 * @throws errors of the SDK; the settings before the failed one are applied
 */
async function applySettings(target, { afterLoad, copied, chosen }, areTagsSet) {
    const { client, tableArn, signal } = target;
    const { TimeToLive, PointInTimeRecovery, ResourcePolicy } = copied;
    const applied = [];
    const { TableClass } = afterLoad;
    if (TableClass !== undefined) {
        await update(target, { TableClass }, ({ TableClassSummary }) => TableClassSummary?.TableClass === TableClass);
    }
    const tags = restoredTags(copied, chosen);
    if (tags.length > 0) {
        if (!areTagsSet)
            await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__/* .TagResourceCommand */ .eqU({ ResourceArn: tableArn, Tags: tags }), { abortSignal: signal });
        applied.push('tags');
    }
    if (chosen.includes('pitr') && PointInTimeRecovery?.PointInTimeRecoveryEnabled) {
        await enablePitr(target, PointInTimeRecovery.RecoveryPeriodInDays);
        applied.push('pitr');
    }
    if (chosen.includes('stream') && afterLoad.StreamSpecification?.StreamEnabled) {
        const { StreamSpecification } = afterLoad;
        await update(target, { StreamSpecification }, (table) => table.StreamSpecification?.StreamEnabled === true);
        applied.push('stream');
    }
    if (chosen.includes('deletion-protection') && afterLoad.DeletionProtectionEnabled) {
        await update(target, { DeletionProtectionEnabled: true }, (table) => table.DeletionProtectionEnabled === true);
        applied.push('deletion-protection');
    }
    if (chosen.includes('resource-policy') && typeof ResourcePolicy === 'string') {
        await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__/* .PutResourcePolicyCommand */ .x6h({ ResourceArn: tableArn, Policy: ResourcePolicy }), {
            abortSignal: signal,
        });
        applied.push('resource-policy');
    }
    if (chosen.includes('ttl') && TimeToLive?.Enabled && TimeToLive.AttributeName !== undefined) {
        await enableTtl(target, TimeToLive.AttributeName);
        applied.push('ttl');
    }
    return applied;
}
/** Retries while DynamoDB rejects the request because the table was created a moment ago. */
async function enablePitr({ client, tableName, signal }, RecoveryPeriodInDays) {
    const command = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__/* .UpdateContinuousBackupsCommand */ .Ntq({
        TableName: tableName,
        PointInTimeRecoverySpecification: {
            PointInTimeRecoveryEnabled: true,
            ...(RecoveryPeriodInDays !== undefined && { RecoveryPeriodInDays }),
        },
    });
    const until = performance.now() + _timeouts_js__WEBPACK_IMPORTED_MODULE_1__/* .PITR_READY */ .Gg;
    for (;;) {
        try {
            await client.send(command, { abortSignal: signal });
            return;
        }
        catch (error) {
            if (error.name !== 'ContinuousBackupsUnavailableException' || performance.now() > until)
                throw error;
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(_timeouts_js__WEBPACK_IMPORTED_MODULE_1__/* .BETWEEN_PITR_ATTEMPTS */ .yC, undefined, { signal });
    }
}
async function enableTtl({ client, tableName, signal }, AttributeName) {
    const command = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__/* .UpdateTimeToLiveCommand */ .Btq({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName, Enabled: true },
    });
    try {
        await client.send(command, { abortSignal: signal });
    }
    catch (error) {
        // An earlier attempt enabled it.
        const { name, message } = error;
        if (name !== 'ValidationException' || !/already enabled/i.test(message))
            throw error;
    }
}
/**
 * Changes the table, unless an earlier attempt has done it: DynamoDB rejects a change that changes nothing. It accepts
 * one kind of change at a time, and only for an ACTIVE table.
 */
async function update(target, change, isDone) {
    const { client, tableName, signal } = target;
    if (isDone(await (0,_wait_until_active_js__WEBPACK_IMPORTED_MODULE_3__/* .waitUntilActive */ ._)(target)))
        return;
    await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_4__/* .UpdateTableCommand */ .NQf({ TableName: tableName, ...change }), { abortSignal: signal });
    await (0,_wait_until_active_js__WEBPACK_IMPORTED_MODULE_3__/* .waitUntilActive */ ._)(target);
}


/***/ }),

/***/ 5487:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U6: () => (/* binding */ waitForImport),
/* harmony export */   VT: () => (/* binding */ findEarlierImport),
/* harmony export */   hU: () => (/* binding */ importFailed),
/* harmony export */   s8: () => (/* binding */ startImport)
/* harmony export */ });
/* unused harmony export logGroupOf */
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4305);
/* harmony import */ var _aws_required_member_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1324);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9473);
/* harmony import */ var _message_text_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(2211);
/* harmony import */ var _remedies_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3442);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2794);







/**
 * Starts an import. DynamoDB responds at once, and creates the table and loads the items in the background.
 *
 * All requests of an attempt have the same ClientToken, so a retry after a lost response starts no second import. But if
 * the table exists by then, DynamoDB rejects the retry. The import is then found by its token.
 *
 * @param step undefined outside of a workflow run
 * @throws errors of the SDK; ResourceInUseException if a table with the name exists
 */
async function startImport({ client, logger, signal }, input, step) {
    const token = step && `${tokenPrefix(step.id)}${step.attempt}`;
    const command = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .ImportTableCommand */ .Lni({ ...input, ...(token !== undefined && { ClientToken: token }) });
    let started;
    try {
        started = described('ImportTable', await client.send(command, { abortSignal: signal }));
    }
    catch (error) {
        if (error.name !== 'ResourceInUseException' || !step)
            throw error;
        const name = input.TableCreationParameters?.TableName ?? '';
        const own = await findEarlierImport({ client, signal }, step, name);
        if (!own || own.ClientToken !== token)
            throw error;
        started = own;
    }
    logger.info(`Started import ${idOf(started)}.`);
    return started;
}
/**
 * Finds the newest import that an earlier attempt of this step started for a table. Lists the imports, because DynamoDB
 * rejects a repeated ClientToken once the table exists.
 *
 * @param tableName name of the table, which does not have to exist
 * @returns undefined if there is none, or if the role is not authorized to list imports. The caller then treats the
 *   table as one that another step created.
 */
async function findEarlierImport({ client, signal }, step, tableName) {
    try {
        for (const { ImportArn } of await importsOf({ client, signal }, tableName)) {
            if (ImportArn === undefined)
                continue;
            const found = await describeImport({ client, signal }, ImportArn);
            if (found.ClientToken?.startsWith(tokenPrefix(step.id)))
                return found;
        }
        return undefined;
    }
    catch (error) {
        // Servers other than DynamoDB may have no imports.
        if (/^(AccessDeniedException|UnknownOperationException)$/.test(error.name))
            return undefined;
        throw error;
    }
}
/** Returns the imports of a table, newest first. The ARN of a table that does not exist is unknown, so all are listed. */
async function importsOf({ client, signal }, tableName) {
    const found = [];
    let NextToken;
    do {
        const page = await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .ListImportsCommand */ .GFO(NextToken === undefined ? {} : { NextToken }), {
            abortSignal: signal,
        });
        found.push(...(page.ImportSummaryList ?? []).filter(({ TableArn }) => TableArn?.endsWith(`:table/${tableName}`)));
        ({ NextToken } = page);
    } while (NextToken !== undefined);
    const startOf = ({ StartTime }) => StartTime?.getTime() ?? 0;
    return found.sort((a, b) => startOf(b) - startOf(a));
}
/**
 * Polls the status of an import until it ends. The table is ACTIVE some seconds before.
 *
 * @returns the description of a completed import
 * @throws {CopyError} RESTORE_FAILED if the import failed or was cancelled; RESTORE_IN_PROGRESS after the maximum number
 *   of status checks
 */
async function waitForImport({ client, logger, signal }, started, { checkIntervalMs, maxAttempts }, tableName) {
    const began = Date.now();
    let loggedAt = began;
    let description = started;
    for (let attempt = 0;; attempt += 1) {
        const { ImportStatus } = description;
        if (ImportStatus === 'COMPLETED')
            return description;
        if (ImportStatus === 'FAILED' || ImportStatus === 'CANCELLED')
            throw importFailed(description, tableName);
        if (attempt >= maxAttempts)
            break;
        if (Date.now() - loggedAt >= _timeouts_js__WEBPACK_IMPORTED_MODULE_4__/* .RESTORE_PROGRESS */ .nR) {
            loggedAt = Date.now();
            logger.info(`Import in progress: ${minutesSince(began)} min elapsed, ${loaded(description)}.`);
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(checkIntervalMs, undefined, { signal });
        description = await describeImport({ client, signal }, started.ImportArn);
    }
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .CopyError */ .k('RESTORE_IN_PROGRESS', `The import ${idOf(started)} did not end within ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_6__/* .formatCountOf */ .gL)(maxAttempts, 'status check')}. It continues in DynamoDB.`, _remedies_js__WEBPACK_IMPORTED_MODULE_3__/* .remedies */ .J.waitForRestore);
}
async function describeImport({ client, signal }, ImportArn) {
    return described('DescribeImport', await client.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .DescribeImportCommand */ .kIG({ ImportArn }), { abortSignal: signal }));
}
function described(operation, response) {
    const description = (0,_aws_required_member_js__WEBPACK_IMPORTED_MODULE_1__/* .requiredMember */ .e)(operation, response, 'ImportTableDescription');
    return { ...description, ImportArn: (0,_aws_required_member_js__WEBPACK_IMPORTED_MODULE_1__/* .requiredMember */ .e)(operation, description, 'ImportArn') };
}
/** Returns the error of an import that ended without success. */
function importFailed({ ImportStatus, FailureCode, ErrorCount = 0, ImportedItemCount = 0, CloudWatchLogGroupArn }, tableName) {
    const why = FailureCode === undefined || !/^\w{1,80}$/.test(FailureCode) ? '' : ` (${FailureCode})`;
    const isPartial = ImportedItemCount > 0;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .CopyError */ .k('RESTORE_FAILED', `The import ${ImportStatus === 'CANCELLED' ? 'was cancelled' : 'failed'}${why}: ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_6__/* .formatCountOf */ .gL)(ErrorCount, 'error')}. ${isPartial
        ? `The table ${tableName} is partial: it contains ${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_6__/* .formatCountOf */ .gL)(ImportedItemCount, 'item')} of the copy.`
        : `No items were loaded. The table ${tableName} can exist.`}`, _remedies_js__WEBPACK_IMPORTED_MODULE_3__/* .remedies */ .J.deletePartialTable(tableName, logGroupOf(CloudWatchLogGroupArn)));
}
/** Returns the name of the log group in which DynamoDB logs the errors of an import; undefined if there is none. */
function logGroupOf(arn) {
    return /^arn:[\w-]+:logs:[\w-]+:\d*:log-group:([\w/.#-]{1,512})/.exec(arn ?? '')?.[1];
}
function loaded({ ProcessedItemCount = 0 }) {
    return `${(0,_message_text_js__WEBPACK_IMPORTED_MODULE_6__/* .formatCountOf */ .gL)(ProcessedItemCount, 'item')} read`;
}
function minutesSince(began) {
    return Math.floor((Date.now() - began) / 60_000);
}
function tokenPrefix(id) {
    return `dynamodb-to-s3-${id}-`;
}
function idOf({ ImportArn }) {
    return ImportArn.split('/').at(-1) ?? ImportArn;
}


/***/ }),

/***/ 7152:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ waitUntilActive)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4305);
/* harmony import */ var _aws_required_member_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1324);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9473);
/* harmony import */ var _remedies_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3442);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2794);






/** A table with another status does not become ACTIVE by itself. */
const TRANSIENT = ['CREATING', 'UPDATING', 'ACTIVE'];
/**
 * Waits until a table and its indexes are ACTIVE. Creating an index of a large table takes hours, so there is no time
 * limit other than that of the job.
 *
 * @param existsFrom time of `performance.now()` from which DescribeTable knows the table. Default: it knows it now.
 * @throws {CopyError} TABLE_NOT_READY if the table cannot become ACTIVE
 * @throws errors of the SDK; ResourceNotFoundException if the table does not exist
 */
async function waitUntilActive({ client, tableName, signal }, existsFrom = 0) {
    for (;;) {
        const command = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_5__/* .DescribeTableCommand */ .h8C({ TableName: tableName });
        const response = await client.send(command, { abortSignal: signal }).catch((error) => {
            if (error.name !== 'ResourceNotFoundException' || performance.now() >= existsFrom)
                throw error;
            return undefined;
        });
        if (response) {
            const table = (0,_aws_required_member_js__WEBPACK_IMPORTED_MODULE_1__/* .requiredMember */ .e)('DescribeTable', response, 'Table');
            const { TableStatus = 'ACTIVE' } = table;
            if (!TRANSIENT.includes(TableStatus))
                throw neverActive(TableStatus);
            if (TableStatus === 'ACTIVE' && areIndexesActive(table))
                return table;
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(_timeouts_js__WEBPACK_IMPORTED_MODULE_4__/* .BETWEEN_TABLE_CHECKS */ .QP, undefined, { signal });
    }
}
function areIndexesActive({ GlobalSecondaryIndexes = [], VectorIndexes = [] }) {
    const indexes = [
        ...GlobalSecondaryIndexes,
        ...VectorIndexes,
    ];
    return indexes.every(({ IndexStatus = 'ACTIVE' }) => IndexStatus === 'ACTIVE');
}
function neverActive(status) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .CopyError */ .k('TABLE_NOT_READY', `The restore stopped because the new table has the status ${status}.`, _remedies_js__WEBPACK_IMPORTED_MODULE_3__/* .remedies */ .J.waitForTable);
}


/***/ }),

/***/ 4124:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   j: () => (/* binding */ decompressed),
/* harmony export */   q: () => (/* binding */ isInvalidCompression)
/* harmony export */ });
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6466);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8522);


/** Maximum number of bytes per chunk. Each call of the decompressor has a fixed cost in addition to the cost per byte. */
const CHUNK_BYTES = 128 * 1024;
/**
 * Binary logarithm of the largest window of a zstd frame: 8 MiB. The Action writes 256 KiB. Without this limit, a few
 * kilobytes that another writer of the bucket stored could make each reader allocate 128 MiB.
 */
const MAX_WINDOW_LOG = 23;
const STREAMS = {
    gzip: () => (0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.createGunzip)({ chunkSize: CHUNK_BYTES }),
    deflate: () => (0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.createInflateRaw)({ chunkSize: CHUNK_BYTES }),
    zstd: () => (0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.createZstdDecompress)({ chunkSize: CHUNK_BYTES, params: { [node_zlib__WEBPACK_IMPORTED_MODULE_1__.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } }),
};
/**
 * Decompresses an object, one chunk at a time, in the thread pool. A decompressor stops without an error before bytes
 * that do not belong to its format. Compare the returned size with that of the object.
 *
 * @param members maximum number of gzip members that are read. A zstd decompressor reads one frame.
 * @returns number of compressed bytes that were read
 * @throws {Error} with a code that `isInvalidCompression` recognizes if the bytes are invalid or incomplete
 */
async function* decompressed(chunks, compression, members = 'several') {
    if (compression === 'none')
        return yield* counted(chunks);
    if (compression === 'zstd' || members === 'several')
        return yield* streamed(chunks, compression);
    const member = new GzipMember();
    for await (const chunk of inflated(member, chunks)) {
        member.add(chunk);
        yield chunk;
    }
    return member.end();
}
/** @returns number of bytes that the decompressor has read */
async function* streamed(chunks, format) {
    const stream = STREAMS[format]();
    const feeding = (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_0__.pipeline)(chunks, stream, { end: true });
    // The stream reports an error to its reader, and closes early if bytes follow the compressed ones.
    feeding.catch(() => { });
    try {
        for await (const chunk of stream)
            yield chunk;
        return stream.bytesWritten;
    }
    finally {
        stream.destroy();
    }
}
/** Decompresses the DEFLATE data of a gzip member, and sets the size of this data. */
async function* inflated(member, chunks) {
    member.readBytes = yield* streamed(member.deflated(chunks), 'deflate');
}
/** Magic number, DEFLATE, no flags. https://www.rfc-editor.org/rfc/rfc1952 */
const GZIP_START = Buffer.of(0x1f, 0x8b, 8, 0);
const GZIP_HEADER_BYTES = 10;
/** CRC-32 and size. */
const GZIP_TRAILER_BYTES = 8;
/**
 * Header and trailer of an object that is one gzip member. createGunzip reads all members of an object and does not
 * report how many there are, so the DEFLATE data is decompressed alone.
 */
class GzipMember {
    /** Number of bytes of DEFLATE data. */
    readBytes = 0;
    givenBytes = 0;
    /** The last bytes received, because they can be the trailer. */
    held = Buffer.alloc(0);
    crc = 0;
    size = 0;
    /** Returns the bytes between the header and the trailer. */
    async *deflated(chunks) {
        let start = GZIP_HEADER_BYTES;
        for await (const chunk of chunks) {
            const bytes = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
            const end = bytes.length - GZIP_TRAILER_BYTES;
            if (end <= start) {
                this.held = bytes;
                continue;
            }
            if (start > 0 && !bytes.subarray(0, GZIP_START.length).equals(GZIP_START))
                throw invalid('incorrect header check');
            this.held = bytes.subarray(end);
            this.givenBytes += end - start;
            yield bytes.subarray(start, end);
            start = 0;
        }
        if (start > 0)
            throw invalid('unexpected end of file');
    }
    /** Adds decompressed bytes. */
    add(chunk) {
        this.crc = (0,node_zlib__WEBPACK_IMPORTED_MODULE_1__.crc32)(chunk, this.crc);
        this.size += chunk.length;
    }
    /** @returns size of the member in bytes */
    end() {
        // If bytes follow the member, its trailer is not the end of the object.
        const { held, readBytes, givenBytes } = this;
        if (readBytes === givenBytes) {
            if (held.readUInt32LE(0) !== this.crc)
                throw invalid('incorrect data check');
            if (held.readUInt32LE(4) !== this.size % 2 ** 32)
                throw invalid('incorrect length check');
        }
        return GZIP_HEADER_BYTES + readBytes + GZIP_TRAILER_BYTES;
    }
}
function invalid(message) {
    return Object.assign(new Error(message), { code: 'Z_DATA_ERROR' });
}
async function* counted(chunks) {
    let bytes = 0;
    for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
    }
    return bytes;
}
/** Returns true for an error that the decompressor throws for invalid or incomplete input. */
function isInvalidCompression(error) {
    return /^(?:Z_(?:DATA|BUF|NEED_DICT|STREAM)|ZSTD_)/.test(String(error?.code));
}


/***/ }),

/***/ 6909:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ ObjectDownload),
/* harmony export */   q: () => (/* binding */ ObjectChanged)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7075);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8500);
/* harmony import */ var _aws_sdk_client_s3__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(3711);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9473);
/* harmony import */ var _timeouts_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2794);
/* harmony import */ var _attempt_middleware_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4247);
/* harmony import */ var _error_status_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(1620);
/* harmony import */ var _s3_objects_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(8680);









/** The object does not exist, was replaced while it was read, or is not the one that was listed. */
class ObjectChanged extends Error {
    name = 'ObjectChanged';
    isMissing;
    constructor(message, isMissing, options) {
        super(message, options);
        this.isMissing = isMissing;
    }
}
/**
 * Reads an object of any size from start to end. If the connection closes early, the download continues at the byte
 * after the last one received, of the same version of the object.
 */
class ObjectDownload {
    /** Number of bytes received. */
    received = 0;
    bucket;
    key;
    signal;
    waits;
    hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('md5');
    listed;
    /** Size in bytes and ETag, from the first response. */
    version;
    /**
     * @param listed size and ETag that the object must still have; the ETag is '' if the store does not list it. Undefined
     *   to read whatever version the first response has.
     */
    constructor(bucket, key, waits, signal, listed) {
        this.bucket = bucket;
        this.key = key;
        this.waits = waits;
        this.signal = signal;
        this.listed = listed;
    }
    /** Size of the object in bytes; undefined before the first response. */
    get size() {
        return this.version?.size;
    }
    /** Returns the base64 MD5 of the bytes received. Call it once, at the end. */
    md5() {
        return this.hash.digest('base64');
    }
    /**
     * Returns the bytes of the object in order.
     *
     * @throws {ObjectChanged} if the object does not exist, was replaced or is not the one that was listed
     * @throws {CopyError} NETWORK if no byte arrives for `MAX_RETRY_TIME`
     * @throws errors of the SDK
     */
    async *chunks() {
        let failures;
        for (;;) {
            const body = await this.open();
            try {
                for (;;) {
                    const { value, done } = await this.waits.during('S3 to send data', body.next());
                    if (done)
                        break;
                    failures = undefined;
                    this.received += value.length;
                    this.hash.update(value);
                    yield value;
                }
                if (this.isComplete())
                    return;
            }
            catch (error) {
                if (error instanceof ObjectChanged)
                    throw error;
                // The connection was closed or timed out. If this process read slowly, that is expected.
                this.signal.throwIfAborted();
                if (this.isComplete())
                    return;
            }
            finally {
                await body.return(undefined);
            }
            failures = { since: failures?.since ?? performance.now(), count: (failures?.count ?? 0) + 1 };
            if (performance.now() - failures.since > _timeouts_js__WEBPACK_IMPORTED_MODULE_4__/* .MAX_RETRY_TIME */ .wn)
                throw this.broken();
            const ceiling = Math.min(_timeouts_js__WEBPACK_IMPORTED_MODULE_4__/* .MAX_RETRY_PAUSE */ .Tt, _timeouts_js__WEBPACK_IMPORTED_MODULE_4__/* .FIRST_RETRY_PAUSE */ .xG.transient * 2 ** Math.min(failures.count, 16));
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_2__.setTimeout)(ceiling * (0.1 + 0.9 * Math.random()), undefined, { signal: this.signal });
        }
    }
    isComplete() {
        return this.received === this.size;
    }
    /** Requests the bytes that have not been received. */
    async open() {
        const { received } = this;
        const etag = this.version?.etag ?? this.listed?.etag;
        const command = new _aws_sdk_client_s3__WEBPACK_IMPORTED_MODULE_6__/* .GetObjectCommand */ .jLs({
            ...this.bucket.address,
            Key: this.key,
            ...(etag && { IfMatch: `"${etag}"` }),
            ...(received > 0 && { Range: `bytes=${received}-` }),
        });
        let response;
        command.middlewareStack.add((next) => async (args) => {
            const result = await next(args);
            const got = result.response;
            if (got.statusCode >= 300)
                return result;
            response = { statusCode: got.statusCode, headers: got.headers, body: got.body };
            // Otherwise the SDK would compute checksums of the body in JavaScript.
            got.body = node_stream__WEBPACK_IMPORTED_MODULE_1__.Readable.from([]);
            return result;
        }, { name: 'takeBody', ..._attempt_middleware_js__WEBPACK_IMPORTED_MODULE_5__/* .PER_ATTEMPT */ .UO });
        try {
            await this.waits.during('S3 to respond to GetObject', this.bucket.client.send(command, { abortSignal: this.signal }));
        }
        catch (error) {
            const isMissing = (0,_error_status_js__WEBPACK_IMPORTED_MODULE_7__/* .statusOf */ .c2)(error) === 404 && error.name !== 'NoSuchBucket';
            if (isMissing)
                throw new ObjectChanged('the object is missing', true, { cause: error });
            if ((0,_error_status_js__WEBPACK_IMPORTED_MODULE_7__/* .statusOf */ .c2)(error) === 412)
                throw new ObjectChanged('the object was replaced', false, { cause: error });
            throw error;
        }
        if (!response)
            throw new Error('the SDK returned no response');
        return this.restOf(response);
    }
    /** Returns the body of a response without the bytes that were received before. */
    async *restOf({ statusCode, headers, body }) {
        const etag = (0,_s3_objects_js__WEBPACK_IMPORTED_MODULE_8__/* .unquoteEtag */ .d)(headers['etag'] ?? '');
        const length = headers['content-length'];
        const [, from = '0', total = length] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
        this.version ??= { size: total === undefined ? undefined : Number(total), etag };
        // A store that does not support Range sends the whole object with status 200.
        let skip = statusCode === 206 ? 0 : this.received;
        if (etag !== this.version.etag || !this.isListed() || (statusCode === 206 && Number(from) !== this.received)) {
            body.destroy();
            throw new ObjectChanged('the object was replaced', false);
        }
        for await (const chunk of (0,node_stream__WEBPACK_IMPORTED_MODULE_1__.addAbortSignal)(this.signal, body)) {
            if (skip < chunk.length)
                yield skip > 0 ? chunk.subarray(skip) : chunk;
            skip = Math.max(0, skip - chunk.length);
        }
        // Without a Content-Length, the end of the body is the end of the object.
        if (this.version.size === undefined)
            this.version = { size: this.received, etag };
    }
    /** Returns true if the object has the size and ETag of the listing, as far as the store reports them. */
    isListed() {
        const { listed, version } = this;
        if (!listed || !version)
            return true;
        if (version.size !== undefined && version.size !== listed.size)
            return false;
        return listed.etag === '' || version.etag === '' || version.etag === listed.etag;
    }
    broken() {
        return new _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .CopyError */ .k('NETWORK', 'Network error in GetObject: the connection to S3 closed again and again while a data object was read.', 'Re-run the job. If it fails again, check for a proxy between the runner and S3 that closes connections.');
    }
}


/***/ }),

/***/ 1076:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  verifyMain: () => (/* binding */ verifyMain)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/aws/explain-error.js + 3 modules
var explain_error = __webpack_require__(4914);
// EXTERNAL MODULE: ./build/errors.js
var errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/github/cancellation.js
var cancellation = __webpack_require__(163);
// EXTERNAL MODULE: ./build/github/credential-context.js
var credential_context = __webpack_require__(8471);
// EXTERNAL MODULE: ./build/github/log.js
var github_log = __webpack_require__(284);
// EXTERNAL MODULE: ./build/github/proxy-warning.js
var proxy_warning = __webpack_require__(4727);
// EXTERNAL MODULE: ./build/github/run-context.js
var run_context = __webpack_require__(4809);
// EXTERNAL MODULE: ./build/inputs/bucket-inputs.js
var bucket_inputs = __webpack_require__(6640);
// EXTERNAL MODULE: ./build/inputs/choose-copy.js
var choose_copy = __webpack_require__(6073);
// EXTERNAL MODULE: ./build/inputs/copy-inputs.js
var copy_inputs = __webpack_require__(9025);
// EXTERNAL MODULE: ./build/inputs/table-name.js
var table_name = __webpack_require__(7046);
;// CONCATENATED MODULE: ./build/inputs/compare-with.js



/**
 * Reads the input `compare-bucket-owner`, and what `compare-with` names.
 *
 * @param text the input `compare-with`; '' if nothing is to be compared
 * @returns undefined if nothing is to be compared, or if a problem was reported
 */
function readCompareWith(reader, text, forcePathStyle) {
    const problems = reader.problems.at('compare-with');
    const owner = (0,bucket_inputs/* readBucketOwner */.Ac)(reader, 'compare-bucket-owner');
    if (text.startsWith('s3://')) {
        const other = (0,copy_inputs/* parseCopyUri */.T)(text, forcePathStyle, problems);
        return other && { kind: 'copy', owner, ...other };
    }
    if (reader.text('compare-bucket-owner') !== '') {
        reader.problems
            .at('compare-bucket-owner')
            .add('has an effect only if compare-with is the URI of a copy. Leave it out');
    }
    if (text === '')
        return undefined;
    const table = (0,table_name/* readTableName */.M)(text, problems);
    return table && { kind: 'table', table };
}

// EXTERNAL MODULE: ./build/inputs/input-reader.js + 2 modules
var input_reader = __webpack_require__(9252);
// EXTERNAL MODULE: ./build/inputs/inputs.js + 1 modules
var inputs_inputs = __webpack_require__(5414);
// EXTERNAL MODULE: ./build/inputs/parse-input-time.js
var parse_input_time = __webpack_require__(8646);
;// CONCATENATED MODULE: ./build/inputs/parse-sample.js

const SAMPLE_ALLOWED = 'n/t, such as 1/7, with t from 1 to 1,000, or a percentage up to 100%, such as 10%, or a percentage with the seed of an earlier run, such as 10%:3f9a2c71';
const MAX_PARTS = 1000;
/**
 * Parses the input sample. A percentage without a seed gets a random one.
 *
 * @returns undefined if the text has none of the forms of `SAMPLE_ALLOWED`
 */
function parseSample(text) {
    const [, part, parts] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
    if (part !== undefined && parts !== undefined) {
        return part >= 1 && part <= parts && parts <= MAX_PARTS ? { kind: 'part', part, parts } : undefined;
    }
    const [, digits = '', seed] = /^(\d{1,3}(?:\.\d{1,2})?)%(?::([\w-]{1,64}))?$/.exec(text) ?? [];
    const percent = Number(digits);
    if (!(percent > 0 && percent <= 100))
        return undefined;
    return { kind: 'percent', percent, seed: seed ?? (0,external_node_crypto_.randomBytes)(4).toString('hex') };
}

// EXTERNAL MODULE: ./build/inputs/problems.js
var inputs_problems = __webpack_require__(6790);
// EXTERNAL MODULE: ./build/inputs/regions.js
var inputs_regions = __webpack_require__(141);
// EXTERNAL MODULE: ./build/inputs/roles.js
var roles = __webpack_require__(5457);
// EXTERNAL MODULE: ./build/inputs/scan-inputs.js
var scan_inputs = __webpack_require__(6405);
// EXTERNAL MODULE: ./build/inputs/sides.js
var inputs_sides = __webpack_require__(9492);
;// CONCATENATED MODULE: ./build/inputs/verify-inputs.js












const CHECK_LEVELS = ['manifests', 'data'];
const MAX_AGE_ALLOWED = 'an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT26H or P1DT2H';
/**
 * Reads and validates the inputs of the verify Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
function readVerifyInputs(env) {
    const problems = new inputs_problems/* InputProblems */.N();
    const reader = new input_reader/* InputReader */.i(env, problems);
    const bucketOwner = (0,bucket_inputs/* readBucketOwner */.Ac)(reader);
    const forcePathStyle = reader.boolean('s3-force-path-style', false);
    const chosen = (0,choose_copy/* readCopyInputs */.H)(reader, forcePathStyle);
    const comparison = requestedCheck(reader, 'compare-with');
    const compareWith = readCompareWith(reader, comparison, forcePathStyle);
    const table = compareWith?.kind === 'table' ? compareWith.table : undefined;
    const sides = namesTable(comparison) ? inputs_sides/* COMPARE_SIDES */.D2 : inputs_sides/* VERIFY_SIDES */.D_;
    const regions = (0,inputs_regions/* readRegions */.e)(reader, env, table, sides);
    const sample = reader.parsed('sample', undefined, SAMPLE_ALLOWED, parseSample);
    const maxAgeMs = requestedCheck(reader, 'max-age') === ''
        ? undefined
        : reader.parsed('max-age', undefined, MAX_AGE_ALLOWED, parseMaxAge);
    const inputs = {
        ...chosen,
        ...(bucketOwner !== undefined && { bucketOwner }),
        forcePathStyle,
        check: reader.choice('check', CHECK_LEVELS, 'data'),
        ...(sample && { sample }),
        ...(compareWith && { compareWith }),
        ...(maxAgeMs !== undefined && { maxAgeMs }),
        readCapacity: reader.parsed('read-capacity', { kind: 'auto' }, scan_inputs/* READ_CAPACITY_ALLOWED */.Xd, scan_inputs/* parseReadCapacity */.uC),
        table: namedTable(table) ??
            namedTable('template' in chosen.copy ? chosen.copy.sourceTable : undefined) ?? { name: '' },
        sourceRegion: regions.source,
        ...(regions.dest !== undefined && { destRegion: regions.dest }),
        roles: (0,roles/* readRoles */.i)(reader, env, regions, sides),
        dryRun: reader.boolean('dry-run', false),
    };
    checkCombinations(reader, comparison, inputs);
    if (problems.lines.length > 0)
        throw (0,inputs_inputs/* invalidInputs */.R)(problems.lines);
    return inputs;
}
/** Returns the value of an input for an additional check; '' for `no`. */
function requestedCheck(reader, name) {
    const value = reader.notEmpty(name, 'no');
    return value === 'no' ? '' : value;
}
/** Returns whether compare-with names a table, valid or not. */
function namesTable(text) {
    return text !== '' && !text.startsWith('s3://');
}
function namedTable(table) {
    return table && { name: table.name, ...(table.arn !== undefined && { arn: table.arn }) };
}
/** @returns milliseconds; undefined if the text is not a duration of at least one second */
function parseMaxAge(text) {
    const ms = (0,parse_input_time/* parseDuration */.E9)(text) ?? 0;
    return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}
function checkCombinations(reader, comparison, inputs) {
    const { bucket, check, sample, compareWith, copy, readCapacity } = inputs;
    const problems = (name) => reader.problems.at(name);
    const compares = comparison !== '';
    if (check === 'manifests' && sample) {
        problems('sample').add('has an effect only with check: data. Leave one of them out');
    }
    if (check === 'manifests' && compares) {
        problems('check').add('is manifests, but compare-with reads all data objects. Leave one of them out');
    }
    if (sample && compares) {
        problems('sample').add('cannot be set with compare-with, which reads all data objects. Leave one of them out');
    }
    if (compareWith?.kind === 'copy' && 'exportId' in copy) {
        const isSame = compareWith.bucket === bucket && compareWith.copy.layout.root === copy.layout.root;
        if (isSame)
            problems('compare-with').add('is the copy in the input copy. Use another copy or a table');
    }
    if (!namesTable(comparison) && readCapacity.kind !== 'auto') {
        problems('read-capacity').add('has an effect only if compare-with is a table. Leave it out');
    }
}

// EXTERNAL MODULE: ./build/message-text.js
var message_text = __webpack_require__(2211);
// EXTERNAL MODULE: ./build/preflight/checks/checks.js
var checks_checks = __webpack_require__(2523);
// EXTERNAL MODULE: ./build/aws/client-middleware.js
var client_middleware = __webpack_require__(4000);
// EXTERNAL MODULE: ./build/aws/clients.js + 1 modules
var clients = __webpack_require__(7243);
// EXTERNAL MODULE: ./build/aws/credentials/identities.js + 7 modules
var credentials_identities = __webpack_require__(2322);
// EXTERNAL MODULE: ./build/export/describe-export-scope.js
var describe_export_scope = __webpack_require__(9188);
// EXTERNAL MODULE: ./build/preflight/assume-roles.js
var assume_roles = __webpack_require__(2712);
// EXTERNAL MODULE: ./build/inputs/action-terms.js
var action_terms = __webpack_require__(5558);
// EXTERNAL MODULE: ./build/scan/pacing/read-limit.js
var read_limit = __webpack_require__(2623);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./build/remedies.js
var remedies = __webpack_require__(3442);
;// CONCATENATED MODULE: ./build/verify/compare/require-comparable.js



/**
 * Checks that a copy can be compared with another copy or with a table: both contain a whole table in a format that keeps
 * the types, and have the same keys. If a copy has no manifest-table.json, its items are checked for the keys of the other
 * when they are read.
 *
 * @returns the key attributes: partition key, then sort key if there is one
 * @throws {CopyError} NOT_COMPARABLE, with the reason
 */
function requireComparable(copy, other) {
    requireWhole(copy);
    if (isCopy(other))
        requireWhole(other);
    const [ours, theirs] = [keysOfSide(copy), keysOfSide(other)];
    const keys = ours ?? theirs;
    if (!keys) {
        throw notComparable('Neither copy contains manifest-table.json, so the key attributes of the tables are unknown.', remedies/* remedies */.J.compareWithKnownKeys);
    }
    if (ours && theirs && !(0,external_node_util_.isDeepStrictEqual)(ours, theirs)) {
        throw notComparable(`The key attributes have different names or types: ${formatKeys(ours)} in the copy, ${formatKeys(theirs)} in ${isCopy(other) ? 'the other copy' : 'the table'}.`, remedies/* remedies */.J.compareSameKeys);
    }
    return keys;
}
function requireWhole({ exportId, exportType, outputFormat, scope }) {
    const problem = exportType === 'INCREMENTAL_EXPORT'
        ? 'is an incremental export. It contains changes, not all items of the table'
        : outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION'
            ? `has the format ${outputFormat}. Only DYNAMODB_JSON and ION keep the types of DynamoDB`
            : NOT_WHOLE[scope];
    if (problem === undefined)
        return;
    throw notComparable(`The copy ${exportId} ${problem}.`, remedies/* remedies */.J.compareWholeCopies(scope === 'unknown'));
}
const NOT_WHOLE = {
    table: undefined,
    subset: 'contains a part of the table',
    transformed: 'contains items that were changed while they were copied',
    unknown: 'may contain a part of the table. Nothing shows whether the export was filtered',
};
function isCopy(side) {
    return 'exportId' in side;
}
/** @returns undefined for a copy without manifest-table.json */
function keysOfSide(side) {
    if (!isCopy(side))
        return keysOf(side);
    return side.table && keysOf(side.table.CreateTable);
}
function keysOf({ KeySchema = [], AttributeDefinitions = [], }) {
    return KeySchema.toSorted((a, b) => Number(a.KeyType === 'RANGE') - Number(b.KeyType === 'RANGE')).map(({ AttributeName }) => {
        const definition = AttributeDefinitions.find((defined) => defined.AttributeName === AttributeName);
        const { AttributeType } = definition ?? {};
        if (AttributeName === undefined || AttributeType === undefined) {
            throw notComparable('The definition of a table has no types of its key attributes.', remedies/* remedies */.J.compareSameKeys);
        }
        return { name: AttributeName, type: AttributeType };
    });
}
/** Returns text such as `pk (S), sk (N)`. */
function formatKeys(keys) {
    return keys.map(({ name, type }) => `${name} (${type})`).join(', ');
}
function notComparable(message, remedy) {
    return new errors/* CopyError */.k('NOT_COMPARABLE', message, remedy);
}

// EXTERNAL MODULE: ./build/format/dynamodb-json.js + 1 modules
var dynamodb_json = __webpack_require__(9500);
// EXTERNAL MODULE: ./build/scan/byte-thread.js
var byte_thread = __webpack_require__(8613);
// EXTERNAL MODULE: ./build/scan/follow-capacity.js
var follow_capacity = __webpack_require__(3416);
// EXTERNAL MODULE: ./build/scan/pacing/pacing.js + 2 modules
var pacing = __webpack_require__(9969);
// EXTERNAL MODULE: ./build/scan/pacing/read-capacity.js
var read_capacity = __webpack_require__(2582);
// EXTERNAL MODULE: ./build/scan/page-reader.js
var page_reader = __webpack_require__(4077);
// EXTERNAL MODULE: ./build/scan/scan-progress.js
var scan_progress = __webpack_require__(4807);
// EXTERNAL MODULE: ./build/scan/segments.js
var scan_segments = __webpack_require__(8404);
// EXTERNAL MODULE: ./build/scan/table.js
var table = __webpack_require__(6900);
;// CONCATENATED MODULE: ./build/verify/compare/table-side.js











/** Reads a table with a parallel Scan and consistent reads, within a read limit. Writes nothing. */
class TableSide {
    name;
    /** Description of the table when this object was created. */
    table;
    /** Limit of the readings, with its reason. */
    readLimit;
    options;
    progress = new scan_progress/* ScanProgress */.f();
    constructor(options, table) {
        this.options = options;
        this.table = table;
        this.name = `The table ${table.TableName ?? options.tableName}`;
        this.readLimit = (0,read_limit/* readLimitFor */.Lk)(options.readCapacity, (0,read_capacity/* readCapacityOf */.I)(table));
        this.progress.setReadLimit(this.readLimit.unitsPerSecond);
    }
    /**
     * Describes the table.
     *
     * @throws {CopyError} TABLE_NOT_READY if it cannot be read; INVALID_INPUT if the read limit is a percentage and the
     *   table has no read capacity of which to take it
     * @throws errors of the SDK, also if the table does not exist
     */
    static async open(options) {
        return new TableSide(options, await (0,table/* describeTable */.uq)(options.client, options.tableName, options.signal));
    }
    get figures() {
        return this.progress.figures;
    }
    /**
     * Reads all items.
     *
     * @throws {CopyError} TABLE_RECREATED if the table was deleted and created again since `open`; PAGE_CORRUPT
     * @throws errors of the SDK; the first error, after all requests have ended
     */
    async read(onItems, signal = this.options.signal) {
        const { cores, logger } = this.options;
        const pacing = this.newPacing();
        const { segments, workers } = (0,scan_segments/* planSegments */.Ns)({
            requested: 'auto',
            hasStartKey: false,
            ...this.size(),
            fileSize: Number.POSITIVE_INFINITY,
            cores,
        });
        const workerCount = pacing.workers(workers);
        this.progress.planSegments(segments.length, workerCount);
        const stop = new AbortController();
        const stoppable = AbortSignal.any([signal, stop.signal]);
        const queue = (0,scan_segments/* scatterSegments */.lr)(segments).values();
        // Not kept between readings, during which the copy is read.
        const buffers = new page_reader/* PageBuffers */.Hh();
        let failure;
        const work = async () => {
            const reader = new page_reader/* PageReader */.Xh(this.options.client, (0,byte_thread/* convertWith */.A5)(dynamodb_json/* transcodeDynamoDbJson */.YM), buffers);
            try {
                for (const segment of queue)
                    await this.readSegment(segment, { reader, pacing, onItems, signal: stoppable });
            }
            catch (error) {
                failure ??= { error };
                stop.abort();
            }
        };
        const stopFollowing = (0,follow_capacity/* followCapacity */.o)({ ...this.options, scan: { request: {} } }, pacing, this.progress, logger);
        await Promise.all(Array.from({ length: workerCount }, work));
        stopFollowing();
        if (failure)
            throw failure.error;
        await this.requireSameTable(signal);
    }
    size() {
        const { expectedBytes = 0 } = this.options;
        const target = (0,table/* scanTarget */.rt)(this.table);
        return {
            sizeBytes: Math.max(target.sizeBytes ?? 0, expectedBytes),
            sizeMayBeStale: (0,table/* sizeMayBeStale */.Dd)(target, this.table, 0),
        };
    }
    newPacing() {
        const { table, progress, options } = this;
        const { TableSizeBytes, ItemCount } = table;
        return new pacing/* Pacing */.P({
            unitsPerSecond: progress.figures.readLimit,
            consistentRead: true,
            bytesPerItem: TableSizeBytes && ItemCount ? TableSizeBytes / ItemCount : undefined,
            onThrottle: () => progress.throttled(),
            waits: options.waits,
        });
    }
    async readSegment(segment, { reader, pacing, onItems, signal }) {
        const { waits, tableName } = this.options;
        const pace = pacing.startSegment();
        try {
            let page;
            do {
                const startKey = page?.lastEvaluatedKey;
                const input = {
                    TableName: tableName,
                    ConsistentRead: true,
                    ...(0,scan_segments/* segmentParameters */.CH)(segment),
                    ...(startKey && { ExclusiveStartKey: startKey }),
                };
                page = await waits.during('DynamoDB to respond to Scan', reader.read(input, pace, signal));
                (0,page_reader/* requireAdvance */.UQ)(page, startKey, segment.index);
                const { scannedCount, consumedCapacity } = page;
                this.progress.count({ scannedCount, consumedReadCapacity: consumedCapacity });
                onItems(page.lines);
            } while (page.lastEvaluatedKey);
        }
        finally {
            pace.end();
        }
        this.progress.segmentDone(segment.index);
    }
    async requireSameTable(signal) {
        const { client, tableName } = this.options;
        if ((0,table/* isUnchangedTable */.yT)(await (0,table/* describeTable */.uq)(client, tableName, signal), this.table))
            return;
        throw new errors/* CopyError */.k('TABLE_RECREATED', `${this.name} was deleted and re-created while it was read, so nothing was proved.`, 'Re-run the job.');
    }
}

// EXTERNAL MODULE: ./build/preflight/open-copy-bucket.js
var open_copy_bucket = __webpack_require__(5473);
// EXTERNAL MODULE: ./build/preflight/require-copy.js + 4 modules
var require_copy = __webpack_require__(8594);
;// CONCATENATED MODULE: ./build/preflight/compared-with.js











/**
 * Finds what the copy is compared with, and checks that the two can be compared.
 *
 * @returns undefined if nothing is to be compared
 * @throws {CopyError} the failure of a check
 */
function requireComparedWith(preflight, found, resources) {
    const { compareWith } = preflight.inputs;
    if (!compareWith)
        return undefined;
    return compareWith.kind === 'table'
        ? requireComparedTable(preflight, found, resources)
        : requireComparedCopy(preflight, compareWith, found, resources);
}
async function requireComparedTable({ inputs, checks, logger, signal, waits }, found, { identities, opened, concurrency }) {
    const { sourceRegion: region, readCapacity, table } = inputs;
    const client = (0,clients/* dynamoDbClient */.iD)({ region, concurrency, identity: identities.source });
    opened.push({ close: () => client.destroy() });
    const tableName = table.arn ?? table.name;
    const cores = (0,external_node_os_.availableParallelism)();
    const expectedBytes = found.copy.uncompressedBytes;
    const side = await checks.require('Table', () => TableSide.open({ client, tableName, readCapacity, expectedBytes, cores, waits, logger, signal }), ({ readLimit }) => `${table.name} in ${region} can be read. ${(0,read_limit/* describeReadLimit */.hX)(readLimit)}`);
    const keyAttributes = await checks.require('Comparison', async () => requireComparable(found.copy, side.table), describeKeys);
    return { kind: 'table', side, keyAttributes };
}
async function requireComparedCopy({ inputs, checks: all, logger, signal }, { bucket: location, owner: stated, copy: identity }, found, { identities, opened, concurrency }) {
    const { destRegion: _, bucketOwner, ...subject } = inputs;
    const owner = stated ?? (location === found.bucket.name ? bucketOwner : undefined);
    const explain = (error) => (0,action_terms/* inComparedCopyTerms */.p6)((0,explain_error/* explainError */.U)(error, { ...subject, bucket: location, ...(owner !== undefined && { bucketOwner: owner }) }));
    const checks = all.explainedBy(explain);
    if (location === found.bucket.name && identity.layout.root === found.copy.layout.root) {
        throw new errors/* CopyError */.k('INVALID_INPUT', 'compare-with: is the copy that is verified. A copy always equals itself.', 'Set compare-with to another copy or to a table. Nothing was compared.');
    }
    const where = { ...subject, name: location, owner, sourceRegion: await found.bucket.region(), concurrency };
    const bucket = await (0,open_copy_bucket/* openCopyBucket */.K)(where, identities.dest, { checks, logger, signal }, 'Other bucket');
    opened.push(bucket);
    const client = (0,clients/* dynamoDbClient */.iD)({ region: inputs.sourceRegion, concurrency: 1, identity: identities.source });
    opened.push({ close: () => client.destroy() });
    const access = {
        bucket,
        describeExportScope: (exportArn) => (0,describe_export_scope/* describeExportScope */.Q)(client, exportArn, signal),
        signal,
    };
    const copy = await (0,require_copy/* requireStoredCopy */.k)(identity, access, { checks, logger }, () => { }, 'Other copy');
    const keyAttributes = await all.require('Comparison', async () => requireComparable(found.copy, copy), describeKeys);
    return { kind: 'copy', bucket, copy, keyAttributes, explain };
}
function describeKeys(keys) {
    return `both have the key ${formatKeys(keys)}`;
}

;// CONCATENATED MODULE: ./build/preflight/require-max-age.js


/**
 * Maximum time in milliseconds for which a snapshot time can be in the future. The snapshot time of a scan comes from
 * the clock of its runner, and AWS rejects requests if that clock differs from its own by more than 15 minutes.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const MAX_CLOCK_DIFFERENCE = 15 * 60_000;
/**
 * Checks that the snapshot of a copy is not older than a maximum age.
 *
 * @param maxAgeMs milliseconds; undefined for any age
 * @throws {CopyError} COPY_STALE if it is older, or if its age is unknown because its snapshot time is in the future
 *   or S3 sends no time
 */
async function requireMaxAge(found, maxAgeMs, checks) {
    if (maxAgeMs === undefined)
        return;
    await checks.require('Age', async () => rejectStaleCopy(found, maxAgeMs), () => `${(0,message_text/* formatDuration */.a3)(found.ageMs)}, at most ${(0,message_text/* formatDuration */.a3)(maxAgeMs)}`);
}
function rejectStaleCopy({ copy, ageMs, isClockKnown }, maxAgeMs) {
    const snapshot = `The snapshot time of the copy ${copy.exportId} of table ${copy.tableName} is ${copy.snapshotTime.toISOString()}`;
    if (!isClockKnown) {
        throw new errors/* CopyError */.k('COPY_STALE', `${snapshot}. Its age is unknown, because the responses of the S3-compatible store have no Date header.`, 'Use a store that sends it, or leave out max-age and compare the output snapshot-time with a clock that you trust.');
    }
    if (ageMs < -MAX_CLOCK_DIFFERENCE) {
        throw new errors/* CopyError */.k('COPY_STALE', `${snapshot}, which is ${(0,message_text/* formatDuration */.a3)(-ageMs)} in the future by the clock of S3. Its age is unknown.`, 'Check the clock of the runner that wrote the copy, and whether something else wrote its manifests. To use an older copy, set before to the current time.');
    }
    if (ageMs <= maxAgeMs)
        return;
    throw new errors/* CopyError */.k('COPY_STALE', `${snapshot}. The copy is older than max-age (${(0,message_text/* formatDuration */.a3)(maxAgeMs)}): its age is ${(0,message_text/* formatDuration */.a3)(ageMs)}.`, 'If copy is an s3-uri, use a newer copy or latest. Otherwise find out why no newer copy exists: check the latest runs of the workflow that writes the copies, and whether its schedule is enabled. Then create a copy.');
}

;// CONCATENATED MODULE: ./build/preflight/prepare-verify.js









/**
 * Maximum number of concurrent requests to a bucket and to DynamoDB. Node opens a connection only if a request needs
 * one.
 */
const CONCURRENCY = 64;
/**
 * Finds the copy, verifies its manifests and its age, and finds the table or the copy to compare with. Reads no data
 * object and no item.
 *
 * @param credentials sources of credentials to assume roles
 */
async function prepareVerify(preflight, credentials) {
    const { inputs, logger, signal } = preflight;
    const { sourceRegion: source, destRegion: dest, roles } = inputs;
    const identities = (0,credentials_identities/* createIdentities */.T)(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
    const opened = [identities];
    const close = () => {
        for (const each of opened)
            each.close();
    };
    try {
        await (0,assume_roles/* assumeRoles */.w)(identities, roles, logger);
        const found = await findAndCheck(preflight, identities, opened);
        const comparedWith = await requireComparedWith(preflight, found, { identities, opened, concurrency: CONCURRENCY });
        return { comparedWith, close };
    }
    catch (error) {
        close();
        throw error;
    }
}
async function findAndCheck({ inputs, checks, logger, signal, onCopy }, identities, opened) {
    const bucket = await (0,open_copy_bucket/* openCopyBucket */.K)({ ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: CONCURRENCY }, identities.dest, { checks, logger, signal });
    opened.push(bucket);
    const clock = new client_middleware/* ServerClock */.iY(bucket.client);
    const access = { bucket, signal, ...scopeLookup(inputs, identities, opened, signal) };
    const copy = await (0,require_copy/* requireStoredCopy */.k)(inputs.copy, access, { checks, logger }, () => { });
    const found = { bucket, copy, ageMs: clock.now().getTime() - copy.snapshotTime.getTime() };
    onCopy(found);
    await requireMaxAge({ ...found, isClockKnown: clock.isKnown }, inputs.maxAgeMs, checks);
    if (inputs.check === 'manifests')
        await (0,require_copy/* requireDataObjects */.y)(copy, access, checks);
    return found;
}
/**
 * Returns how to find out whether an export contains the whole table. A copy that the inputs name needs this only for a
 * comparison.
 */
function scopeLookup({ copy, compareWith, sourceRegion: region }, { source: identity }, opened, signal) {
    if ('exportId' in copy && !compareWith)
        return {};
    const client = (0,clients/* dynamoDbClient */.iD)({ region, concurrency: 1, identity });
    opened.push({ close: () => client.destroy() });
    return { describeExportScope: (exportArn) => (0,describe_export_scope/* describeExportScope */.Q)(client, exportArn, signal) };
}

;// CONCATENATED MODULE: ./build/report/differences-found.js


/**
 * Returns the error of a comparison that found differences.
 *
 * @param other name of what the copy was compared with, which begins a sentence
 */
function differencesFound(comparison, other, kind) {
    const { differencesFile } = comparison;
    const keys = differencesFile === undefined
        ? ''
        : `The file in the output differences-file contains the keys of the items: ${differencesFile}. `;
    const remedy = kind === 'table'
        ? 'Writes to the table since the snapshot time of the copy are differences too. Compare the copy with a table that was restored from it, or with another copy.'
        : 'If writes between the two copies explain the differences, this is expected. Otherwise, find out what changed the items.';
    return new errors/* CopyError */.k('DIFFERENCES_FOUND', describeDifferences(comparison, other), `${keys}${remedy}`);
}
/** Returns sentences with the number of differences of each kind. */
function describeDifferences(comparison, other) {
    const { onlyInCopy, onlyInOther, different, isComplete } = comparison;
    const name = lowerFirst(other);
    const kinds = [
        different > 0 && `${(0,message_text/* formatCountOf */.gL)(different, 'item')} ${different === 1 ? 'has' : 'have'} other values`,
        onlyInCopy > 0 && `${(0,message_text/* formatCountOf */.gL)(onlyInCopy, 'item')} ${onlyInCopy === 1 ? 'exists' : 'exist'} only in the copy`,
        onlyInOther > 0 &&
            `${(0,message_text/* formatCountOf */.gL)(onlyInOther, 'item')} ${onlyInOther === 1 ? 'exists' : 'exist'} only in ${name}`,
    ].filter((each) => each !== false);
    const start = `The copy and ${name} differ`;
    if (kinds.length === 0) {
        return `${start}, but the differences no longer existed when both were read again to find the keys.`;
    }
    const more = isComplete ? '' : ' There can be more differences than these counts.';
    return `${start}: ${kinds.join(', ')}.${more}`;
}
function lowerFirst(text) {
    return text.charAt(0).toLowerCase() + text.slice(1);
}

// EXTERNAL MODULE: ./build/report/dry-run.js
var dry_run = __webpack_require__(3438);
;// CONCATENATED MODULE: ./build/report/verify-log.js

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;
/**
 * Returns the figures of the reading that a comparison is at.
 *
 * @param names names of the copy and of what it is compared with, which begin a sentence
 * @param objects figures of reading the copy
 */
function comparedReading({ pass, side, lineBytes }, names, objects) {
    const again = pass === 2 ? ', again to find the differences' : '';
    return { ...(side === 'copy' && objects), what: `${names[side]}${again}: `, uncompressedBytes: lineBytes };
}
/**
 * Logs the progress of a verification, after 5 seconds and then every 30 seconds. The timer does not keep the process
 * running.
 *
 * @param figures returns the current figures
 * @returns function that stops the log
 */
function startVerifyLog(figures, logger, times = { first: FIRST_LINE_MS, interval: INTERVAL_MS }) {
    let previous = { at: Date.now(), ...figures() };
    const logLine = () => {
        const now = { at: Date.now(), ...figures() };
        const isSameReading = now.what === previous.what && now.uncompressedBytes >= previous.uncompressedBytes;
        const bytes = now.uncompressedBytes - (isSameReading ? previous.uncompressedBytes : 0);
        const seconds = Math.max(1, now.at - previous.at) / 1000;
        const parts = [...objectParts(now), (0,message_text/* formatBytes */.z3)(now.uncompressedBytes), `${(0,message_text/* formatBytes */.z3)(bytes / seconds)}/s`];
        logger.info(`${now.what}${parts.join(', ')}`);
        previous = now;
        timer = setTimeout(logLine, times.interval).unref();
    };
    let timer = setTimeout(logLine, times.first).unref();
    return () => clearTimeout(timer);
}
function objectParts({ checkedObjectCount, plannedObjectCount, failedObjectCount = 0 }) {
    if (checkedObjectCount === undefined || plannedObjectCount === undefined)
        return [];
    return [
        `${(0,message_text/* formatCount */.B4)(checkedObjectCount)} of ${(0,message_text/* formatCount */.B4)(plannedObjectCount)} objects`,
        ...(failedObjectCount > 0 ? [`problems with ${(0,message_text/* formatCountOf */.gL)(failedObjectCount, 'object')}`] : []),
    ];
}

;// CONCATENATED MODULE: ./build/report/verify-preview.js


/** Returns what a run with these inputs reads, in the order of reading. */
function plannedReads({ check, sample }, { copy }, comparedWith) {
    if (check === 'manifests')
        return [['A run reads', 'nothing else']];
    const again = comparedWith ? '. If differences exist, a run reads everything twice' : '';
    return [
        ['A run reads', `${sample ? `${formatSample(sample)} of ` : ''}${describeObjects(copy)}`],
        ...(comparedWith ? [['And compares it with', `${describeOther(comparedWith)}${again}`]] : []),
    ];
}
/** Returns text such as `part 1 of 7`. */
function formatSample(sample) {
    return sample.kind === 'part' ? `part ${sample.part} of ${sample.parts}` : `${sample.percent}%`;
}
/** Returns the log line for a sample. It contains the seed, which selects the same objects again. */
function describeSample(sample) {
    const seed = sample.kind === 'part' ? '' : ` (seed ${sample.seed})`;
    return `Sample: ${formatSample(sample)} of the data objects${seed}`;
}
function describeObjects({ files, sizeBytes }) {
    const size = sizeBytes === undefined ? '' : `, ${(0,message_text/* formatBytes */.z3)(sizeBytes)}`;
    return `${(0,message_text/* formatCountOf */.gL)(files.length, 'data object')}${size}`;
}
function describeOther(comparedWith) {
    if (comparedWith.kind === 'copy')
        return describeObjects(comparedWith.copy);
    const { TableName = '', TableSizeBytes: bytes, ItemCount: items } = comparedWith.side.table;
    const units = bytes
        ? `about ${(0,message_text/* formatCount */.B4)(Math.ceil(bytes / read_capacity/* RCU_BYTES */.L))} read capacity units (DynamoDB updates the size about every 6 hours)`
        : 'the read capacity is unknown, because DynamoDB has not counted the table yet';
    return `table ${TableName}, ${items ? `about ${(0,message_text/* formatCountOf */.gL)(items, 'item')}, ` : ''}${units}`;
}

;// CONCATENATED MODULE: ./build/report/compared-name.js
/** Returns the name of what the copy is compared with, for a sentence: `table orders`, or the URI of a copy. */
function nameOfCompared(comparedWith) {
    if (comparedWith.kind === 'table')
        return `table ${comparedWith.side.table.TableName ?? ''}`;
    return `s3://${comparedWith.bucket.name}/${comparedWith.copy.layout.root}`;
}

// EXTERNAL MODULE: ./build/report/report.js + 3 modules
var report = __webpack_require__(5046);
// EXTERNAL MODULE: ./build/report/failure-markdown.js
var failure_markdown = __webpack_require__(2311);
// EXTERNAL MODULE: ./build/report/markdown.js
var markdown = __webpack_require__(4902);
;// CONCATENATED MODULE: ./build/report/verify-summary.js






/** Returns the job summary of a verification as Markdown: the result, what was checked, and what was not. */
function verifySummaryMarkdown(summary) {
    const { status, failure, secrets, help } = summary;
    const { inputs, checkResults = [], found, comparedWith } = status;
    const clean = (0,markdown/* markdownEscaper */.bM)(secrets);
    const lines = [headline(summary, clean), ''];
    if (failure)
        lines.push(...(0,failure_markdown/* failureMarkdown */.A)(failure, help, clean));
    if (found)
        lines.push(...(0,markdown/* nameValueTable */.dC)(rows(summary, found), clean));
    if (inputs?.dryRun) {
        lines.push(...(0,dry_run/* dryRunMarkdown */.w8)(checkResults, undefined, clean));
        if (found && !failure)
            lines.push(...(0,markdown/* nameValueTable */.dC)(plannedReads(inputs, found, comparedWith), clean));
    }
    else if (found && !failure) {
        lines.push(...notCheckedMarkdown(status, found, clean));
    }
    return `${lines.join('\n')}\n`;
}
function headline({ status, failure }, clean) {
    if (failure)
        return `### ❌ Verification failed: \`${failure.code}\``;
    const { inputs, found, comparedWith, data, isVerified } = status;
    if (inputs?.dryRun && found)
        return `### 🔎 Dry run passed for a copy of ${clean(found.copy.tableName)}. Nothing was verified`;
    if (!isVerified || !found)
        throw new Error('a verification cannot succeed without a verified copy');
    const copy = `the copy of ${clean(found.copy.tableName)}`;
    if (data && data.checkedObjectCount < data.objectCount) {
        return `### ✅ Verified ${(0,message_text/* formatCount */.B4)(data.checkedObjectCount)} of ${(0,message_text/* formatCountOf */.gL)(data.objectCount, 'data object')} of ${copy}`;
    }
    const part = inputs?.check === 'manifests' ? 'the manifests of ' : '';
    const equal = comparedWith && ` It equals ${clean(nameOfCompared(comparedWith))}`;
    return `### ✅ Verified ${part}${copy}: ${(0,message_text/* formatCountOf */.gL)(found.copy.itemCount, 'item')}${equal ? `.${equal}` : ''}`;
}
function rows({ status, durationSeconds }, { copy, bucket, ageMs }) {
    const { inputs, progress, data, comparedWith, comparison } = status;
    const read = data ?? progress?.();
    const age = ageMs < 0 ? `${(0,message_text/* formatDuration */.a3)(-ageMs)} in the future` : `${(0,message_text/* formatDuration */.a3)(ageMs)} old`;
    const other = comparedWith?.kind === 'copy' ? 'the other copy' : 'the table';
    const maximum = inputs?.maxAgeMs === undefined ? '' : `, at most ${(0,message_text/* formatDuration */.a3)(inputs.maxAgeMs)}`;
    return [
        ['Copy', `s3://${bucket.name}/${copy.layout.root}`],
        ['Snapshot', `${copy.snapshotTime.toISOString()} of table ${copy.tableName}, ${age}${maximum}`],
        ['Checked', checkedLevel(status)],
        ['Items', (0,message_text/* formatCount */.B4)(copy.itemCount)],
        ['Format', `${copy.outputFormat}, ${copy.compression}`],
        ...(read
            ? [
                [
                    'Objects',
                    `${(0,message_text/* formatCount */.B4)(read.checkedObjectCount)} of ${(0,message_text/* formatCount */.B4)(copy.files.length)}, ${(0,message_text/* formatBytes */.z3)(read.bytesRead)} read`,
                ],
            ]
            : [['Objects', (0,message_text/* formatCount */.B4)(copy.files.length)]]),
        ...(comparedWith ? [['Compared with', nameOfCompared(comparedWith)]] : []),
        ...(comparison
            ? [
                [`Items in ${other}`, (0,message_text/* formatCount */.B4)(comparison.otherItemCount)],
                ['Only in the copy', (0,message_text/* formatCount */.B4)(comparison.onlyInCopy)],
                [`Only in ${other}`, (0,message_text/* formatCount */.B4)(comparison.onlyInOther)],
                ['Other values', (0,message_text/* formatCount */.B4)(comparison.different)],
                ...(comparison.isComplete ? [] : [['Counts', 'lower bounds: there can be more differences']]),
            ]
            : []),
        ['Time', (0,message_text/* formatSeconds */.Xo)(durationSeconds)],
    ];
}
function checkedLevel({ inputs, isVerified, found, data, progress }) {
    if (inputs?.dryRun)
        return 'manifests';
    const end = isVerified || data ? '' : ', until the step failed';
    if (inputs?.check === 'manifests')
        return `manifests, list of data objects${end}`;
    if (!data && !progress)
        return `manifests${end}`;
    const lines = found?.copy.outputFormat === 'CUSTOM' ? 'bytes' : 'bytes, lines';
    return `manifests, data (${lines}, counts)${end}`;
}
/** Returns what this verification cannot have found. */
function notCheckedMarkdown(status, found, clean) {
    const missing = notChecked(status, found);
    if (missing.length === 0)
        return [];
    return ['Not checked:', '', ...missing.map((line) => `- ${clean(line)}`), ''];
}
function notChecked({ inputs, data, comparedWith }, { copy }) {
    const missing = [];
    if (copy.scope === 'subset')
        missing.push('the rest of the table: the copy contains only a part of it');
    if (copy.scope === 'transformed') {
        missing.push('whether process-func changed the items as intended, and left out none that it should keep');
    }
    if (copy.scope === 'unknown')
        missing.push('whether the export contains the whole table');
    if (inputs?.check === 'manifests')
        missing.push('the content of the data objects (check: manifests)');
    if (!data)
        return missing;
    if (data.checkedObjectCount < data.objectCount) {
        const part = inputs?.sample ? formatSample(inputs.sample) : '';
        missing.push(`${(0,message_text/* formatCountOf */.gL)(data.objectCount - data.checkedObjectCount, 'data object')}, because of sample (${part})`);
    }
    if (!data.isLineChecked)
        missing.push('the lines: the format is CUSTOM, so only the bytes were verified');
    if (!data.hasChecksums)
        missing.push('SHA-256: the copy has no manifest-sha256.txt, so MD5 was verified');
    if (!data.areKeysChecked && data.isLineChecked) {
        missing.push('that each item has the key attributes of the table, which the copy does not state');
    }
    if (!comparedWith && copy.scope !== 'transformed')
        missing.push('whether the items are those of the table (compare-with)');
    return missing;
}

// EXTERNAL MODULE: ./build/report/write-report.js + 1 modules
var write_report = __webpack_require__(4323);
;// CONCATENATED MODULE: ./build/report/verify-report.js






/** Reports the result of a verify step in summary, outputs and log. Fails the step if there is a failure. */
function reportVerification({ env, log, status, failure, durationSeconds }) {
    const translated = failure && (0,action_terms/* inVerifyTerms */.SF)(failure);
    const help = translated && (0,report/* helpUrl */.xR)(translated.code, env);
    const content = {
        summary: () => verifySummaryMarkdown({ status, failure: translated, durationSeconds, secrets: log.secrets, help }),
        outputs: () => verifyOutputs(status, translated, durationSeconds),
        result: 'The copy was checked',
        remedy: 'Check the free disk space of the runner, then re-run the job.',
    };
    const reported = (0,write_report/* writeReport */.u)(content, translated, { env, log });
    if (reported) {
        log.failure(reported, (0,report/* helpUrl */.xR)(reported.code, env));
        // Not process.exit, which would lose output that has not been written to stdout yet.
        process.exitCode = 1;
        return;
    }
    log.info(closingLine(status, durationSeconds));
}
/** Returns the outputs that are known, even if the step failed. `verified` comes last, and only if it is true. */
function verifyOutputs(status, failure, durationSeconds) {
    const { found, comparison, isVerified } = status;
    return {
        'duration-seconds': durationSeconds.toFixed(1),
        ...(found && {
            's3-uri': `s3://${found.bucket.name}/${found.copy.layout.root}`,
            'manifest-key': found.copy.layout.manifestSummary,
            'snapshot-time': found.copy.snapshotTime.toISOString(),
            'age-seconds': String(Math.floor(found.ageMs / 1000)),
            'item-count': String(found.copy.itemCount),
        }),
        ...readCounts(status),
        ...(comparison && {
            'only-in-copy-count': String(comparison.onlyInCopy),
            'only-in-other-count': String(comparison.onlyInOther),
            'different-count': String(comparison.different),
            'differences-complete': String(comparison.isComplete),
        }),
        ...(comparison?.differencesFile !== undefined && { 'differences-file': comparison.differencesFile }),
        ...(isVerified && !failure && { verified: 'true' }),
    };
}
function readCounts({ inputs, found, progress, data, isVerified }) {
    const figures = data ?? progress?.();
    if (figures) {
        return {
            'checked-object-count': String(figures.checkedObjectCount),
            'bytes-read': String(figures.bytesRead),
        };
    }
    if (!found || !isVerified || inputs?.check !== 'manifests')
        return {};
    return { 'checked-object-count': String(found.copy.files.length), 'bytes-read': '0' };
}
function closingLine({ inputs, found, comparedWith, data, isVerified }, seconds) {
    if (inputs?.dryRun)
        return 'Dry run passed. No data objects were read.';
    if (!isVerified || !found)
        throw new Error('a verification cannot succeed without a verified copy');
    const { copy, bucket } = found;
    const equal = comparedWith ? `verified, and equal to ${nameOfCompared(comparedWith)}` : 'verified';
    const what = inputs?.check === 'manifests' ? 'manifests verified' : equal;
    const items = (0,message_text/* formatCountOf */.gL)(copy.itemCount, 'item');
    return `Done: ${what}: ${items}, ${objectsOf(copy.files.length, data)}, in ${(0,message_text/* formatSeconds */.Xo)(seconds)}: s3://${bucket.name}/${copy.layout.root}`;
}
function objectsOf(count, data) {
    const objects = (0,message_text/* formatCountOf */.gL)(count, 'object');
    if (!data)
        return `${objects} listed`;
    const part = data.checkedObjectCount < count ? `${(0,message_text/* formatCount */.B4)(data.checkedObjectCount)} of ` : '';
    return `${part}${objects} checked, ${(0,message_text/* formatBytes */.z3)(data.bytesRead)} read`;
}

// EXTERNAL MODULE: ./build/stall-watchdog.js
var stall_watchdog = __webpack_require__(9596);
// EXTERNAL MODULE: ./build/format/malformed-page.js
var malformed_page = __webpack_require__(4667);
;// CONCATENATED MODULE: ./build/verify/compare/bucket-sums.js
/** Number of buckets. Pass 2 lists the keys of those that differ, so each must be a small part of a table. */
const BUCKET_COUNT = 65_536;
/** Number of characters of a digest: one for each of its 16 bytes. */
const DIGEST_LENGTH = 16;
const WORDS = DIGEST_LENGTH / 4;
/**
 * Count and sum of the digests of items, for each bucket of key hashes. The order of the items does not matter, and an
 * item that occurs twice counts twice. A sum is modulo 2^128, in words of 32 bits, the least significant first.
 *
 * If the sums of two sets of items are equal, the items are equal, except with a probability of about 2^-128: whoever
 * chooses the items does not know the secret of the digests.
 */
class BucketSums {
    /** Number of all items. */
    itemCount = 0;
    counts = new Uint32Array(BUCKET_COUNT);
    sums = new Uint32Array(WORDS * BUCKET_COUNT);
    /** @param digest DIGEST_LENGTH characters below 256 */
    add(bucket, digest) {
        const { counts, sums } = this;
        this.itemCount += 1;
        counts[bucket] = counts[bucket] + 1;
        let carry = 0;
        for (let i = 0; i < WORDS; i += 1) {
            const sum = sums[WORDS * bucket + i] + wordAt(digest, 4 * i) + carry;
            sums[WORDS * bucket + i] = sum;
            carry = sum > 0xffff_ffff ? 1 : 0;
        }
    }
    /** Returns the number of items in a bucket. */
    countIn(bucket) {
        return this.counts[bucket];
    }
    /** Returns true if the bucket has the same items in both. */
    isEqualIn(bucket, other) {
        if (this.counts[bucket] !== other.counts[bucket])
            return false;
        for (let i = WORDS * bucket; i < WORDS * (bucket + 1); i += 1)
            if (this.sums[i] !== other.sums[i])
                return false;
        return true;
    }
    /** Returns the buckets that do not have the same items in both. */
    differingFrom(other) {
        const buckets = [];
        for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
            if (!this.isEqualIn(bucket, other))
                buckets.push(bucket);
        }
        return buckets;
    }
}
/** Returns four characters of a digest as an unsigned number. */
function wordAt(digest, at) {
    return ((digest.charCodeAt(at) |
        (digest.charCodeAt(at + 1) << 8) |
        (digest.charCodeAt(at + 2) << 16) |
        (digest.charCodeAt(at + 3) << 24)) >>>
        0);
}

// EXTERNAL MODULE: ./build/format/ascii.js
var ascii = __webpack_require__(6793);
// EXTERNAL MODULE: ./build/format/cursor.js
var cursor = __webpack_require__(470);
// EXTERNAL MODULE: ./build/format/lines.js
var lines = __webpack_require__(9077);
// EXTERNAL MODULE: ./build/format/json-string.js
var json_string = __webpack_require__(2098);
// EXTERNAL MODULE: ./build/format/number.js
var number = __webpack_require__(5953);
;// CONCATENATED MODULE: ./build/verify/compare/canonical-scalars.js



/** Bytes of the length before the content of a field. */
const LENGTH_BYTES = 4;
/** Writes the length of the content between `start` and the current position into the field that begins at `start`. */
function endField(cursor, start) {
    cursor.outView.setUint32(start, cursor.to - start - LENGTH_BYTES, true);
}
/**
 * Reads a string and writes a field with its UTF-16 code units, encoded as WTF-8: UTF-8 in which half of a surrogate
 * pair takes three bytes. The field is the same for every notation of the string.
 * https://wtf-8.codeberg.page/#the-wtf-8-encoding
 */
function writeString(cursor) {
    const start = cursor.to;
    // The length overwrites the quotation mark that copyString writes.
    cursor.to = start + LENGTH_BYTES - 1;
    (0,json_string/* copyString */.j5)(cursor, decodeEscape);
    cursor.to -= 1;
    endField(cursor, start);
}
/** Reads an escape sequence, or two if they are a surrogate pair, and writes the character. */
function decodeEscape(cursor) {
    const { view, at } = cursor;
    const kind = view.getUint8(at + 1);
    cursor.at = at + (0,json_string/* lengthOfEscape */.vA)(cursor, at);
    if (kind !== ascii/* LOWER_U */.UQ)
        cursor.put(UNESCAPED[kind]);
    else
        putCodePoint(cursor, codePoint(cursor, (0,json_string/* codeUnit */.Qo)(cursor, at)));
}
const UNESCAPED = new Uint8Array(256);
for (const [kind, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
    UNESCAPED[kind.charCodeAt(0)] = character.charCodeAt(0);
}
/** Combines `unit` with the escape sequence that follows if they are a surrogate pair. */
function codePoint(cursor, unit) {
    if (unit >> 10 !== HIGH_SURROGATES || cursor.view.getInt16(cursor.at, true) !== UNICODE_ESCAPE)
        return unit;
    const low = (0,json_string/* codeUnit */.Qo)(cursor, cursor.at);
    if (low >> 10 !== LOW_SURROGATES)
        return unit;
    cursor.at += 6;
    return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}
const HIGH_SURROGATES = 0xd800 >> 10;
const LOW_SURROGATES = 0xdc00 >> 10;
const UNICODE_ESCAPE = Buffer.from('\\u').readInt16LE();
function putCodePoint(cursor, code) {
    if (code < 0x80) {
        cursor.put(code);
        return;
    }
    if (code < 0x800)
        cursor.put(0xc0 | (code >> 6));
    else {
        if (code < 0x10000)
            cursor.put(0xe0 | (code >> 12));
        else {
            cursor.put(0xf0 | (code >> 18));
            cursor.put(0x80 | ((code >> 12) & 0x3f));
        }
        cursor.put(0x80 | ((code >> 6) & 0x3f));
    }
    cursor.put(0x80 | (code & 0x3f));
}
/** Reads a base64 string and writes a field with its bytes. */
function writeBinary(cursor) {
    const start = cursor.to;
    writeString(cursor);
    const { outView: bytes, to: end } = cursor;
    let to = start + LENGTH_BYTES;
    let padding = 0;
    while (padding < 2 && end - padding > to && bytes.getUint8(end - 1 - padding) === ascii/* EQUALS */.UT) {
        padding += 1;
        bytes.setUint8(end - padding, ZERO_SEXTET);
    }
    if ((end - to) % 4 !== 0)
        throw cursor.malformed('base64');
    // Decodes in place: three bytes replace four.
    for (let at = to; at < end; at += 4) {
        const three = (sextet(bytes.getUint8(at)) << 18) |
            (sextet(bytes.getUint8(at + 1)) << 12) |
            (sextet(bytes.getUint8(at + 2)) << 6) |
            sextet(bytes.getUint8(at + 3));
        if (three < 0)
            throw cursor.malformed('base64');
        bytes.setUint16(to, three >> 8);
        bytes.setUint8(to + 2, three & 0xff);
        to += 3;
    }
    cursor.to = to - padding;
    endField(cursor, start);
}
/** @returns a negative number if the byte is not valid in base64, which stays negative when shifted and combined */
function sextet(byte) {
    return SEXTETS[byte];
}
const SEXTETS = new Int32Array(256).fill(-1);
for (const [value, byte] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) {
    SEXTETS[byte] = value;
}
/** `A`, which is zero in base64. */
const ZERO_SEXTET = 0x41;
/** Sign and exponent. */
const NUMBER_HEAD = 5;
/** Maximum magnitude of an exponent that is read. DynamoDB stores up to 130. */
const MAX_EXPONENT = 1_000_000;
/**
 * Reads a number, which is a string in DynamoDB JSON, and writes a field with its sign, its exponent and its digits
 * without leading and trailing zeros. Zero is one byte. Accepts the same notations as `parseDecimal`.
 */
function writeNumber(cursor) {
    const start = cursor.to;
    const head = start + LENGTH_BYTES;
    // Decodes the text behind the place of the result, which is not longer than the text and its head together.
    cursor.to = head + NUMBER_HEAD;
    writeString(cursor);
    const { outView: bytes, to: end } = cursor;
    let at = head + NUMBER_HEAD + LENGTH_BYTES;
    let to = head + NUMBER_HEAD;
    const sign = at < end ? bytes.getUint8(at) : 0;
    if (sign === ascii/* MINUS */.N5 || sign === ascii/* PLUS */.b9)
        at += 1;
    const digits = to;
    let digitsEnd = to;
    /** Exponent of the number if its digits are written as 0.123. */
    let exponent = 0;
    let hasPoint = false;
    let hasDigit = false;
    for (; at < end; at += 1) {
        const byte = bytes.getUint8(at);
        if (byte === ascii/* POINT */.zh && !hasPoint) {
            hasPoint = true;
            continue;
        }
        if (byte < ascii/* ZERO */.f2 || byte > ascii/* NINE */.bn)
            break;
        hasDigit = true;
        if (byte === ascii/* ZERO */.f2 && to === digits) {
            if (hasPoint)
                exponent -= 1;
            continue;
        }
        bytes.setUint8(to, byte);
        to += 1;
        if (byte !== ascii/* ZERO */.f2)
            digitsEnd = to;
        if (!hasPoint)
            exponent += 1;
    }
    if (!hasDigit)
        throw cursor.malformed('a number');
    if (at < end)
        exponent += readExponent(cursor, at, end);
    if (digitsEnd === digits) {
        bytes.setUint8(head, ascii/* ZERO */.f2);
        cursor.to = head + 1;
    }
    else {
        bytes.setUint8(head, sign === ascii/* MINUS */.N5 ? ascii/* MINUS */.N5 : ascii/* PLUS */.b9);
        bytes.setInt32(head + 1, exponent, true);
        cursor.to = digitsEnd;
    }
    endField(cursor, start);
}
/** Reads an exponent, from its `e` through the end of the number, in the output. */
function readExponent(cursor, start, end) {
    const { outView: bytes } = cursor;
    if ((bytes.getUint8(start) | number/* LOWERCASE */.gQ) !== ascii/* LOWER_E */.Us || start + 1 === end)
        throw cursor.malformed('a number');
    const sign = bytes.getUint8(start + 1);
    const digits = sign === ascii/* MINUS */.N5 || sign === ascii/* PLUS */.b9 ? start + 2 : start + 1;
    if (digits === end)
        throw cursor.malformed('a number');
    let exponent = 0;
    for (let at = digits; at < end; at += 1) {
        const byte = bytes.getUint8(at);
        if (byte < ascii/* ZERO */.f2 || byte > ascii/* NINE */.bn)
            throw cursor.malformed('a number');
        exponent = exponent * 10 + (byte - ascii/* ZERO */.f2);
        if (exponent > MAX_EXPONENT)
            throw cursor.malformed('a smaller exponent');
    }
    return sign === ascii/* MINUS */.N5 ? -exponent : exponent;
}

;// CONCATENATED MODULE: ./build/verify/compare/canonical-key.js



/** Finds the key of an item while its canonical form is written. */
class ItemKey {
    /** Canonical form of the key after the prefix: the value of the partition key, then that of the sort key. */
    fields;
    prefixLength;
    places;
    input = Buffer.alloc(0);
    constructor(keyAttributes, prefix) {
        this.fields = new lines/* LineBuffer */.F0(Buffer.allocUnsafeSlow(16 * 1024));
        this.fields.length = prefix.copy(this.fields.bytes);
        this.prefixLength = prefix.length;
        this.places = keyAttributes.map(({ name, type }, index) => ({
            name: Buffer.from(name),
            tag: type.charCodeAt(0),
            jsonStart: Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
            jsonAt: -1,
            jsonEnd: -1,
            valueAt: -1,
            valueEnd: -1,
        }));
    }
    /** Forgets the key of the previous item. */
    clear() {
        for (const place of this.places)
            place.jsonAt = -1;
    }
    /**
     * Notes an attribute whose value was just read if it is a key attribute.
     *
     * @param nameAt index of the field with the name in the output
     * @param jsonAt index of the value in the input
     * @param valueAt index of the value in the output
     * @throws {MalformedPage} if a key attribute does not have the type in the definition of the table
     */
    note(cursor, nameAt, jsonAt, valueAt) {
        const { places } = this;
        const length = cursor.outView.getUint32(nameAt, true);
        for (let i = 0; i < places.length; i += 1) {
            const place = places[i];
            if (place.name.length !== length || !isEqual(place.name, cursor.out, nameAt + LENGTH_BYTES))
                continue;
            if (cursor.out[valueAt] !== place.tag)
                throw cursor.malformed('a key attribute of the type that the table defines');
            place.jsonAt = jsonAt;
            place.jsonEnd = cursor.at;
            place.valueAt = valueAt;
            place.valueEnd = cursor.to;
        }
    }
    /**
     * Copies the noted values from the output, before they are moved.
     *
     * @throws {MalformedPage} if a key attribute is missing
     */
    copy(cursor) {
        const { fields, places } = this;
        fields.length = this.prefixLength;
        for (let i = 0; i < places.length; i += 1) {
            const { jsonAt, valueAt, valueEnd } = places[i];
            if (jsonAt < 0)
                throw cursor.malformed('the key attributes of the table');
            fields.ensure(valueEnd - valueAt);
            fields.length += cursor.out.copy(fields.bytes, fields.length, valueAt, valueEnd);
        }
        this.input = cursor.bytes;
    }
    /** Length in bytes of what `copyJson` writes. */
    get jsonLength() {
        let length = 1;
        for (const { jsonStart, jsonAt, jsonEnd } of this.places)
            length += jsonStart.length + jsonEnd - jsonAt;
        return length;
    }
    /** Writes the key in DynamoDB JSON to `target`, starting at `start`, with the values as they are written in the line. */
    copyJson(target, start) {
        let at = start;
        for (const { jsonStart, jsonAt, jsonEnd } of this.places) {
            at += jsonStart.copy(target, at);
            at += this.input.copy(target, at, jsonAt, jsonEnd);
        }
        target[at] = ascii/* CLOSE_BRACE */.rc;
    }
}
function isEqual(name, bytes, at) {
    for (let i = 0; i < name.length; i += 1)
        if (name[i] !== bytes[at + i])
            return false;
    return true;
}

// EXTERNAL MODULE: ./build/format/typed-item.js
var typed_item = __webpack_require__(9416);
;// CONCATENATED MODULE: ./build/verify/compare/sorted-entries.js


/** Number of entries up to which a simple sort is faster than the general one. */
const FEW = 24;
/**
 * Sorts the entries of maps and the elements of sets in the output of a cursor. An entry is a field whose content begins
 * with another field, by which the entries are sorted.
 *
 * Maps can contain maps: the entries of an inner map are added and sorted before the next entry of the outer one.
 */
class SortedEntries {
    /** Start of each entry of the maps and sets that are being read, the innermost last. */
    starts = new Int32Array(1024);
    /** Number of these entries. */
    count = 0;
    sorted = new lines/* LineBuffer */.F0(Buffer.allocUnsafeSlow(64 * 1024));
    /** Adds an entry that begins at `start`. */
    add(start) {
        if (this.count === this.starts.length) {
            const larger = new Int32Array(2 * this.count);
            larger.set(this.starts);
            this.starts = larger;
        }
        this.starts[this.count] = start;
        this.count += 1;
    }
    /**
     * Sorts the entries that were added since `count` was `first`, and removes them from the list.
     *
     * @returns false if two entries begin with equal fields
     */
    sort(cursor, first) {
        const { outView: view } = cursor;
        const starts = this.starts.subarray(first, this.count);
        this.count = first;
        if (areAscending(view, starts))
            return true;
        const begin = starts[0];
        sortStarts(view, starts);
        this.move(cursor, starts, begin);
        return areDistinct(view, starts.length, begin);
    }
    /** Moves the entries, which begin at `begin`, to their places. */
    move(cursor, starts, begin) {
        const { sorted } = this;
        const { out, outView: view } = cursor;
        sorted.clear();
        sorted.ensure(cursor.to - begin);
        for (let i = 0; i < starts.length; i += 1) {
            const start = starts[i];
            const end = start + LENGTH_BYTES + view.getUint32(start, true);
            sorted.length += out.copy(sorted.bytes, sorted.length, start, end);
        }
        sorted.bytes.copy(out, begin, 0, sorted.length);
    }
}
function areAscending(view, starts) {
    for (let i = 1; i < starts.length; i += 1) {
        if (compareEntries(view, starts[i - 1], starts[i]) >= 0)
            return false;
    }
    return true;
}
/** @param begin start of the first of `count` sorted entries */
function areDistinct(view, count, begin) {
    let start = begin;
    for (let i = 1; i < count; i += 1) {
        const next = start + LENGTH_BYTES + view.getUint32(start, true);
        if (compareEntries(view, start, next) === 0)
            return false;
        start = next;
    }
    return true;
}
function sortStarts(view, starts) {
    if (starts.length > FEW) {
        starts.sort((a, b) => compareEntries(view, a, b));
        return;
    }
    for (let i = 1; i < starts.length; i += 1) {
        const start = starts[i];
        let to = i;
        for (; to > 0; to -= 1) {
            const before = starts[to - 1];
            if (compareEntries(view, before, start) <= 0)
                break;
            starts[to] = before;
        }
        starts[to] = start;
    }
}
/** Compares the first fields of two entries: by their bytes, then by their length. */
function compareEntries(view, a, b) {
    const lengthA = view.getUint32(a + LENGTH_BYTES, true);
    const lengthB = view.getUint32(b + LENGTH_BYTES, true);
    const common = Math.min(lengthA, lengthB);
    const [textA, textB] = [a + 2 * LENGTH_BYTES, b + 2 * LENGTH_BYTES];
    for (let i = 0; i < common; i += 1) {
        const difference = view.getUint8(textA + i) - view.getUint8(textB + i);
        if (difference !== 0)
            return difference;
    }
    return lengthA - lengthB;
}

;// CONCATENATED MODULE: ./build/verify/compare/canonical-values.js





/** Reads attribute values in DynamoDB JSON and writes their canonical form. */
class CanonicalValues {
    cursor;
    entries = new SortedEntries();
    constructor(cursor) {
        this.cursor = cursor;
    }
    /**
     * Reads an item and writes its attributes, sorted by name.
     *
     * @param key receives the key of the item
     * @throws {MalformedPage} if the item is invalid or has no key
     */
    readItem(key) {
        this.entries.count = 0;
        this.readEntries(0, key);
        key.copy(this.cursor);
        this.sortNames(0);
    }
    readMap(depth) {
        const first = this.entries.count;
        this.readEntries(depth, undefined);
        this.sortNames(first);
    }
    /** @param key notes the key attributes */
    readEntries(depth, key) {
        const { cursor, entries } = this;
        if (depth > typed_item/* MAX_NESTING */.M)
            throw cursor.malformed('fewer nesting levels');
        cursor.expect(ascii/* OPEN_BRACE */.Hv, 'a map');
        if (this.closes(ascii/* CLOSE_BRACE */.rc))
            return;
        do {
            const entry = cursor.to;
            entries.add(entry);
            cursor.to += LENGTH_BYTES;
            writeString(cursor);
            cursor.expect(ascii/* COLON */.oH, '":"');
            const { at, to } = cursor;
            this.readValue(depth);
            endField(cursor, entry);
            key?.note(cursor, entry + LENGTH_BYTES, at, to);
        } while (this.hasNext(ascii/* CLOSE_BRACE */.rc));
    }
    sortNames(first) {
        if (!this.entries.sort(this.cursor, first))
            throw this.cursor.malformed('each attribute once');
    }
    readList(depth) {
        const { cursor } = this;
        if (depth > typed_item/* MAX_NESTING */.M)
            throw cursor.malformed('fewer nesting levels');
        cursor.expect(ascii/* OPEN_BRACKET */.WL, 'a list');
        if (this.closes(ascii/* CLOSE_BRACKET */.wt))
            return;
        do
            this.readValue(depth);
        while (this.hasNext(ascii/* CLOSE_BRACKET */.wt));
    }
    /** Sets are never empty. DynamoDB stores no element twice; if a line has one twice, both count. */
    readSet(write) {
        const { cursor, entries } = this;
        cursor.expect(ascii/* OPEN_BRACKET */.WL, 'a set');
        const first = entries.count;
        do {
            const entry = cursor.to;
            entries.add(entry);
            cursor.to += LENGTH_BYTES;
            write(cursor);
            endField(cursor, entry);
        } while (this.hasNext(ascii/* CLOSE_BRACKET */.wt));
        entries.sort(cursor, first);
    }
    /** Reads a value with its type descriptor, `{"S":...}`, and writes its tag and content. */
    readValue(depth) {
        const { cursor } = this;
        switch (cursor.view.getInt32(cursor.at, true)) {
            case S:
                this.begin(1, TAGS.S);
                writeString(cursor);
                break;
            case N:
                this.begin(1, TAGS.N);
                writeNumber(cursor);
                break;
            case B:
                this.begin(1, TAGS.B);
                writeBinary(cursor);
                break;
            case M:
            case L:
                this.readNested(depth + 1);
                break;
            case BO:
                this.readConstant(BOOL);
                break;
            case NU:
                this.readConstant(NULL);
                break;
            case SS:
                this.begin(2, TAGS.SS);
                this.readSet(writeString);
                break;
            case NS:
                this.begin(2, TAGS.NS);
                this.readSet(writeNumber);
                break;
            case BS:
                this.begin(2, TAGS.BS);
                this.readSet(writeBinary);
                break;
            default:
                throw cursor.malformed('an attribute value of a known type');
        }
        cursor.expect(ascii/* CLOSE_BRACE */.rc, 'the end of an attribute value');
    }
    /** Writes a map or a list with its tag and length. */
    readNested(depth) {
        const { cursor } = this;
        const isMap = cursor.view.getInt32(cursor.at, true) === M;
        this.begin(1, isMap ? TAGS.M : TAGS.L);
        const start = cursor.to;
        cursor.to += LENGTH_BYTES;
        if (isMap)
            this.readMap(depth);
        else
            this.readList(depth);
        endField(cursor, start);
    }
    /** Skips `{"`, a type name of `length` letters, and `":`, and writes the tag. */
    begin(length, tag) {
        const { cursor } = this;
        const closing = cursor.at + 2 + length;
        if (cursor.view.getInt16(closing, true) !== QUOTE_COLON)
            throw cursor.malformed('a type descriptor', closing);
        cursor.at = closing + 2;
        cursor.put(tag);
    }
    /** @param type BOOL or NULL. DynamoDB knows only `"NULL":true`. */
    readConstant(type) {
        const { cursor } = this;
        const { view } = cursor;
        if (view.getInt32(cursor.at + 2, true) !== type)
            throw cursor.malformed('a type descriptor');
        this.begin(4, type === BOOL ? TAGS.TRUE : TAGS.NULL);
        const literal = view.getInt32(cursor.at, true);
        if (literal !== TRUE && (literal !== FALS || type !== BOOL))
            throw cursor.malformed('true or false');
        cursor.at += 4;
        if (literal === TRUE)
            return;
        cursor.expect(ascii/* LOWER_E */.Us, 'true or false');
        cursor.out[cursor.to - 1] = TAGS.FALSE;
    }
    closes(close) {
        const { cursor } = this;
        if (cursor.view.getUint8(cursor.at) !== close)
            return false;
        cursor.at += 1;
        return true;
    }
    /** Skips a `,` or the closing bracket. Returns true after a `,`. */
    hasNext(close) {
        const { cursor } = this;
        const byte = cursor.view.getUint8(cursor.at);
        if (byte !== ascii/* COMMA */.KE && byte !== close)
            throw cursor.malformed('"," or a closing bracket');
        cursor.at += 1;
        return byte === ascii/* COMMA */.KE;
    }
}
const S = (0,cursor/* fourBytes */.kR)('{"S"');
const N = (0,cursor/* fourBytes */.kR)('{"N"');
const B = (0,cursor/* fourBytes */.kR)('{"B"');
const M = (0,cursor/* fourBytes */.kR)('{"M"');
const L = (0,cursor/* fourBytes */.kR)('{"L"');
const SS = (0,cursor/* fourBytes */.kR)('{"SS');
const NS = (0,cursor/* fourBytes */.kR)('{"NS');
const BS = (0,cursor/* fourBytes */.kR)('{"BS');
const BO = (0,cursor/* fourBytes */.kR)('{"BO');
const NU = (0,cursor/* fourBytes */.kR)('{"NU');
const BOOL = (0,cursor/* fourBytes */.kR)('BOOL');
const NULL = (0,cursor/* fourBytes */.kR)('NULL');
const QUOTE_COLON = (0,cursor/* twoBytes */.yu)('":');
const TRUE = (0,cursor/* fourBytes */.kR)('true');
const FALS = (0,cursor/* fourBytes */.kR)('fals');
/** First byte of each value in the canonical form. Those of S, N and B are also in `KeyPlace`. */
const TAGS = { S: 0x53, N: 0x4e, B: 0x42, M: 0x4d, L: 0x4c, SS: 0x73, NS: 0x6e, BS: 0x62, TRUE: 1, FALSE: 2, NULL: 3 };

;// CONCATENATED MODULE: ./build/verify/compare/canonical-items.js





/**
 * Maximum ratio of output to input: a set element `"1",` becomes its entry length, its length, sign, exponent and digit.
 */
const MAX_GROWTH = 4;
/** Room for the text of a number behind its result, and for writes of several bytes at once. */
const OUTPUT_OVERHEAD = 128;
/**
 * Reads lines in DYNAMODB_JSON and writes the canonical form of each item, without creating objects. It is the same for
 * items that are equal in DynamoDB, and for no others: every value with a type tag and a length, attributes sorted by
 * name, sets sorted by element, strings as their code units, binaries as bytes, and numbers as sign, exponent and digits.
 */
class CanonicalItems {
    /** Canonical form of the current item, from `start` to `end`. The bytes before `start` are the given ones. */
    item;
    start;
    end;
    /** Key of the current item. */
    key;
    cursor = new cursor/* Cursor */.bs();
    values = new CanonicalValues(this.cursor);
    lines = Buffer.alloc(0);
    /** Index of the next line. */
    at = 0;
    /** @param prefix bytes to keep before the canonical form of each item and of each key */
    constructor(keyAttributes, prefix) {
        this.item = new lines/* LineBuffer */.F0(Buffer.allocUnsafeSlow(256 * 1024));
        this.item.length = prefix.copy(this.item.bytes);
        this.start = prefix.length;
        this.end = prefix.length;
        this.key = new ItemKey(keyAttributes, prefix);
    }
    /** Sets the lines to read: compact JSON, each with a line feed at its end. They must not change until `next` returns false. */
    load(lines) {
        if (lines.length > 0 && lines.at(-1) !== ascii/* NEWLINE */.Xy)
            throw new Error('the last line is not complete');
        this.lines = this.readable(lines);
        this.at = 0;
        this.item.ensure(lines.length * MAX_GROWTH + OUTPUT_OVERHEAD);
    }
    /**
     * Moves to the next item.
     *
     * @returns false if all lines are read
     * @throws {MalformedPage} if the line is not a valid item with the key attributes; the message contains no data
     */
    next() {
        const { cursor, lines } = this;
        if (this.at >= lines.length)
            return false;
        cursor.readInPlace(lines, lines.length);
        this.at = this.readLine(this.at);
        return true;
    }
    /** Returns the lines in a buffer from which the cursor can read in place. */
    readable(lines) {
        const { buffer, byteOffset, length } = lines;
        if (buffer.byteLength - byteOffset - length >= cursor/* PADDING */.Kv)
            return lines;
        const copied = this.cursor.reserve(length);
        lines.copy(copied);
        return copied.subarray(0, length);
    }
    /** @returns index after the line */
    readLine(start) {
        const { cursor, item, values, key } = this;
        const { view } = cursor;
        if (view.getInt32(start, true) !== LINE_START || view.getInt32(start + 4, true) !== LINE_START_2) {
            throw cursor.malformed('{"Item":', start);
        }
        cursor.at = start + 8;
        cursor.writeTo(item);
        key.clear();
        values.readItem(key);
        cursor.expect(ascii/* CLOSE_BRACE */.rc, 'the end of the line');
        cursor.expect(ascii/* NEWLINE */.Xy, 'the end of the line');
        this.end = cursor.to;
        return cursor.at;
    }
}
const LINE_START = (0,cursor/* fourBytes */.kR)('{"It');
const LINE_START_2 = (0,cursor/* fourBytes */.kR)('em":');

;// CONCATENATED MODULE: ./build/verify/compare/digested-items.js



/** Returns the secret for all digests of one comparison. */
function newDigestSecret() {
    return (0,external_node_crypto_.randomBytes)(32);
}
/**
 * Reads lines in DYNAMODB_JSON and returns, for each item, the hash of its key and its digest: the first 128 bits of the
 * SHA-256 of the secret and the canonical form. The secret is as long as a key of HMAC and unknown to whoever wrote the
 * items, and no digest leaves the process.
 */
class DigestedItems {
    /** Bucket of the current item, from 0 to BUCKET_COUNT - 1: the first 16 bits of its key hash. */
    bucket = 0;
    items;
    currentKeyHash = '';
    constructor(keyAttributes, secret) {
        this.items = new CanonicalItems(keyAttributes, secret);
    }
    /** Sets the lines to read, as `CanonicalItems` does. */
    load(lines) {
        this.items.load(lines);
    }
    /** Moves to the next item. @returns false if all lines are read @throws {MalformedPage} if a line is invalid */
    next() {
        const { items } = this;
        if (!items.next())
            return false;
        const { bytes, length } = items.key.fields;
        this.currentKeyHash = digestOf(bytes, length);
        this.bucket = (this.currentKeyHash.charCodeAt(0) << 8) | this.currentKeyHash.charCodeAt(1);
        return true;
    }
    /** Hash of the key of the current item: DIGEST_LENGTH characters below 256. */
    get keyHash() {
        return this.currentKeyHash;
    }
    /** Returns the digest of the current item: DIGEST_LENGTH characters below 256. */
    digest() {
        return digestOf(this.items.item.bytes, this.items.end);
    }
    /** Length in bytes of the key of the current item in DynamoDB JSON. */
    get keyJsonLength() {
        return this.items.key.jsonLength;
    }
    /** Writes the key of the current item in DynamoDB JSON to `target`, starting at `start`. */
    copyKeyJson(target, start) {
        this.items.key.copyJson(target, start);
    }
}
/** Text takes half the time of a Buffer. */
function digestOf(bytes, length) {
    return (0,external_node_crypto_.hash)('sha256', bytes.subarray(0, length), 'binary').slice(0, DIGEST_LENGTH);
}

;// CONCATENATED MODULE: ./build/verify/compare/difference-search.js


/** Index of the next entry, the digest, the key hash and the length of the key. */
const ENTRY_HEAD = 4 + 2 * DIGEST_LENGTH + 4;
const SLACK_BYTES = 64 * 1024;
/** Bytes that are not used, so that 0 can end a list of entries. */
const FIRST_ENTRY = 8;
/**
 * Finds the differences in the buckets whose digests differ, by reading all items again (pass 2). Collects the items of
 * these buckets as key hash, digest and key, in one buffer of limited size. Buckets that do not fit are left out.
 */
class DifferenceSearch {
    items;
    first;
    /** Digests of the collected buckets in this pass. */
    sums = { copy: new BucketSums(), other: new BucketSums() };
    /** Index of the last entry of each bucket; 0 if it has none. */
    lists = {
        copy: new Uint32Array(BUCKET_COUNT),
        other: new Uint32Array(BUCKET_COUNT),
    };
    isCollected = new Uint8Array(BUCKET_COUNT);
    entries;
    length = FIRST_ENTRY;
    /**
     * @param first digests of pass 1
     * @param buckets buckets that differ
     * @param maxBytes maximum memory of the entries in bytes, below 4 GiB
     */
    constructor(keyAttributes, secret, first, buckets, maxBytes) {
        this.items = new DigestedItems(keyAttributes, secret);
        this.first = first;
        let needed = FIRST_ENTRY;
        for (const bucket of buckets) {
            const bytes = bytesIn(first.copy, bucket) + bytesIn(first.other, bucket);
            if (needed + bytes > maxBytes)
                continue;
            needed += bytes;
            this.isCollected[bucket] = 1;
        }
        // A side can have more items in pass 2. Memory that is not written to is not committed.
        this.entries = Buffer.allocUnsafeSlow(Math.min(maxBytes, 2 * needed + SLACK_BYTES));
    }
    /** Collects items of one side. @throws {MalformedPage} if a line is not a valid item with the key attributes */
    addLines(side, lines) {
        const { items, isCollected, sums } = this;
        items.load(lines);
        while (items.next()) {
            const { bucket } = items;
            if (isCollected[bucket] !== 1)
                continue;
            const digest = items.digest();
            sums[side].add(bucket, digest);
            if (!this.store(this.lists[side], digest))
                isCollected[bucket] = 0;
        }
    }
    /**
     * Returns the differences in a bucket after all items are read.
     *
     * Counts are exact if `isComplete` is true. For a bucket that was not collected, they are the difference between the
     * numbers of items in pass 1.
     *
     * @param report called with each difference and its key in DynamoDB JSON
     */
    differencesIn(bucket, report) {
        const { first, sums } = this;
        if (this.isCollected[bucket] !== 1)
            return { isComplete: false, counts: excess(first, bucket) };
        const counts = { 'only-in-copy': 0, 'only-in-other': 0, different: 0 };
        for (const { digests, key } of this.itemsByKey(bucket).values()) {
            const common = commonIn(digests.copy, digests.other);
            const [copy, other] = [digests.copy.length - common, digests.other.length - common];
            const pairs = Math.min(copy, other);
            const kinds = [
                ['different', pairs],
                ['only-in-copy', copy - pairs],
                ['only-in-other', other - pairs],
            ];
            for (const [kind, count] of kinds) {
                counts[kind] += count;
                for (let i = 0; i < count; i += 1)
                    report(kind, key);
            }
        }
        const isUnchanged = (side) => sums[side].isEqualIn(bucket, first[side].sums);
        return { isComplete: isUnchanged('copy') && isUnchanged('other'), counts };
    }
    /** @returns false if a side has more items than in pass 1, and the entries are full */
    store(list, digest) {
        const { entries, items, length } = this;
        const { keyJsonLength, bucket, keyHash } = items;
        if (length + ENTRY_HEAD + keyJsonLength > entries.length)
            return false;
        entries.writeUInt32LE(list[bucket], length);
        entries.write(digest, length + 4, 'latin1');
        entries.write(keyHash, length + 4 + DIGEST_LENGTH, 'latin1');
        entries.writeUInt32LE(keyJsonLength, length + 4 + 2 * DIGEST_LENGTH);
        items.copyKeyJson(entries, length + ENTRY_HEAD);
        list[bucket] = length;
        this.length += ENTRY_HEAD + keyJsonLength;
        return true;
    }
    itemsByKey(bucket) {
        const { entries } = this;
        const byKey = new Map();
        for (const side of ['copy', 'other']) {
            for (let at = this.lists[side][bucket]; at !== 0; at = entries.readUInt32LE(at)) {
                const keyHash = entries.toString('latin1', at + 4 + DIGEST_LENGTH, at + 4 + 2 * DIGEST_LENGTH);
                const keyLength = entries.readUInt32LE(at + 4 + 2 * DIGEST_LENGTH);
                const key = entries.subarray(at + ENTRY_HEAD, at + ENTRY_HEAD + keyLength);
                const found = byKey.get(keyHash) ?? { key, digests: { copy: [], other: [] } };
                found.digests[side].push(entries.toString('latin1', at + 4, at + 4 + DIGEST_LENGTH));
                byKey.set(keyHash, found);
            }
        }
        return byKey;
    }
}
function bytesIn(digests, bucket) {
    return ENTRY_HEAD * digests.sums.countIn(bucket) + digests.keyBytesIn(bucket);
}
/** Returns how many digests two lists have in common. Anyone can have written a copy with one key a million times. */
function commonIn(a, b) {
    if (a.length === 1 && b.length === 1)
        return a[0] === b[0] ? 1 : 0;
    const left = new Map();
    for (const digest of b)
        left.set(digest, (left.get(digest) ?? 0) + 1);
    let common = 0;
    for (const digest of a) {
        const count = left.get(digest) ?? 0;
        if (count === 0)
            continue;
        left.set(digest, count - 1);
        common += 1;
    }
    return common;
}
/** Returns the number of items that one side has more than the other: at least so many have no counterpart. */
function excess(first, bucket) {
    const more = first.copy.sums.countIn(bucket) - first.other.sums.countIn(bucket);
    return { 'only-in-copy': Math.max(0, more), 'only-in-other': Math.max(0, -more), different: 0 };
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./build/verify/compare/differences-file.js

/** Readable and writable by the owner only, because keys can be personal data. */
const MODE = 0o600;
/** Number of bytes that are written at once. */
const WRITE_BYTES = 64 * 1024;
/** Writes the keys of differences to a file: JSON Lines `{"kind":"only-in-copy","key":{...}}`. */
class DifferencesFile {
    path;
    /** Undefined until the first difference. */
    file;
    pending = [];
    pendingBytes = 0;
    /** @param path created with the first difference; a file of that name is replaced */
    constructor(path) {
        this.path = path;
    }
    /** Path of the file; undefined if it has no difference. */
    get pathIfWritten() {
        return this.file === undefined ? undefined : this.path;
    }
    /** @param key in DynamoDB JSON; not used after the call */
    add(kind, key) {
        if (this.file === undefined) {
            // The permissions of an existing file would stay as they are.
            (0,external_node_fs_.rmSync)(this.path, { force: true });
            this.file = (0,external_node_fs_.openSync)(this.path, 'wx', MODE);
        }
        const line = Buffer.concat([Buffer.from(`{"kind":"${kind}","key":`), key, LINE_END]);
        this.pending.push(line);
        this.pendingBytes += line.length;
        if (this.pendingBytes >= WRITE_BYTES)
            this.flush();
    }
    /** Writes the remaining lines and closes the file. */
    [Symbol.dispose]() {
        if (this.file === undefined)
            return;
        try {
            this.flush();
        }
        finally {
            (0,external_node_fs_.closeSync)(this.file);
        }
    }
    flush() {
        const all = Buffer.concat(this.pending);
        this.pending = [];
        this.pendingBytes = 0;
        for (let at = 0; at < all.length;)
            at += (0,external_node_fs_.writeSync)(this.file, all, at);
    }
}
const LINE_END = Buffer.from('}\n');

;// CONCATENATED MODULE: ./build/verify/compare/item-digests.js


/** Digests of all items of one side: a few megabytes, whatever the number of items. */
class ItemDigests {
    sums = new BucketSums();
    items;
    /** Total length in bytes of the keys of each bucket, in DynamoDB JSON. */
    keyBytes = new Float64Array(BUCKET_COUNT);
    /** @param secret from `newDigestSecret` */
    constructor(keyAttributes, secret) {
        this.items = new DigestedItems(keyAttributes, secret);
    }
    /**
     * Adds items.
     *
     * @param lines complete lines in DYNAMODB_JSON
     * @throws {MalformedPage} if a line is not a valid item with the key attributes
     */
    addLines(lines) {
        const { items, sums, keyBytes } = this;
        items.load(lines);
        while (items.next()) {
            sums.add(items.bucket, items.digest());
            keyBytes[items.bucket] = keyBytes[items.bucket] + items.keyJsonLength;
        }
    }
    /** Returns the total length in bytes of the keys of a bucket, in DynamoDB JSON. */
    keyBytesIn(bucket) {
        return this.keyBytes[bucket];
    }
}

;// CONCATENATED MODULE: ./build/verify/compare/compare-sides.js
var __addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});







/** Maximum memory in bytes for the items of pass 2. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;
/**
 * Compares all items of two sides. Reads the copy, then the other. If they differ, reads both again to find the keys of
 * the differences.
 *
 * @throws {CopyError} NOT_COMPARABLE if an item is not valid or does not have the key attributes
 * @throws the error of a side, or of the file system
 */
async function compareSides(copy, other, request) {
    const { keyAttributes } = request;
    const sides = { copy, other };
    const secret = newDigestSecret();
    const digests = {
        copy: new ItemDigests(keyAttributes, secret),
        other: new ItemDigests(keyAttributes, secret),
    };
    await readBoth(sides, 1, request, (side, lines) => digests[side].addLines(lines));
    const itemCounts = { copyItemCount: digests.copy.sums.itemCount, otherItemCount: digests.other.sums.itemCount };
    const buckets = digests.copy.sums.differingFrom(digests.other.sums);
    if (buckets.length === 0)
        return { ...EQUAL, ...itemCounts };
    const { maxBytes = MAX_ENTRY_BYTES } = request;
    const search = new DifferenceSearch(keyAttributes, secret, digests, buckets, maxBytes);
    await readBoth(sides, 2, request, (side, lines) => search.addLines(side, lines));
    return { ...EQUAL, ...itemCounts, ...findDifferences(search, buckets, request), isEqual: false };
}
const EQUAL = {
    isEqual: true,
    onlyInCopy: 0,
    onlyInOther: 0,
    different: 0,
    isComplete: true,
    differencesFile: undefined,
};
async function readBoth(sides, pass, { progress, signal }, addLines) {
    for (const name of ['copy', 'other']) {
        const side = sides[name];
        progress.startReading(pass, name);
        await side.read((lines) => {
            try {
                addLines(name, lines);
            }
            catch (error) {
                throw error instanceof malformed_page/* MalformedPage */.P ? compare_sides_notComparable(side, error) : error;
            }
            progress.linesRead(lines.length);
        }, signal);
    }
}
function compare_sides_notComparable(side, problem) {
    return new errors/* CopyError */.k('NOT_COMPARABLE', `${side.name} contains an item that cannot be compared: expected ${problem.expected}.`, remedies/* remedies */.J.compareSameKeys, { cause: problem });
}
function findDifferences(search, buckets, { differencesFile }) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const file = __addDisposableResource(env_1, new DifferencesFile(differencesFile), false);
        const sum = { 'only-in-copy': 0, 'only-in-other': 0, different: 0 };
        let isComplete = true;
        for (const bucket of buckets) {
            const found = search.differencesIn(bucket, (kind, key) => file.add(kind, key));
            isComplete &&= found.isComplete;
            for (const kind of ['only-in-copy', 'only-in-other', 'different'])
                sum[kind] += found.counts[kind];
        }
        return {
            onlyInCopy: sum['only-in-copy'],
            onlyInOther: sum['only-in-other'],
            different: sum.different,
            isComplete,
            differencesFile: file.pathIfWritten,
        };
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        __disposeResources(env_1);
    }
}

;// CONCATENATED MODULE: ./build/verify/compare/comparison-progress.js
/** Progress of a comparison. Only the engine updates it. */
class ComparisonProgress {
    current = { pass: 0, side: 'copy', lineBytes: 0 };
    get figures() {
        return this.current;
    }
    startReading(pass, side) {
        this.current = { pass, side, lineBytes: 0 };
    }
    linesRead(bytes) {
        this.current = { ...this.current, lineBytes: this.current.lineBytes + bytes };
    }
}

// EXTERNAL MODULE: ./build/data-objects/damaged-object.js
var damaged_object = __webpack_require__(3403);
;// CONCATENATED MODULE: ./build/format/converted-lines.js
/** Checks lines of another format: first by converting them, then by checking the result. */
class ConvertedLines {
    converter;
    checker;
    constructor(converter, checker) {
        this.converter = converter;
        this.checker = checker;
    }
    get count() {
        return this.checker.count;
    }
    append(chunk) {
        this.checker.append(this.converter.append(chunk));
    }
    finish() {
        this.checker.append(this.converter.finish());
        this.checker.finish();
    }
}

// EXTERNAL MODULE: ./build/format/ion-lines.js + 1 modules
var ion_lines = __webpack_require__(7893);
// EXTERNAL MODULE: ./build/format/ion-field-name.js
var ion_field_name = __webpack_require__(9837);
;// CONCATENATED MODULE: ./build/format/ion-records.js



/**
 * Reads a line of an incremental export in ION, `$ion_1_0 {Record:{Keys:{...},Metadata:{...},...}}`, and writes it as in
 * DYNAMODB_JSON. Some writers leave `Record` out.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 *
 * @throws {MalformedPage} if the line is invalid
 */
function readIonRecord(input) {
    input.expect(ion_records_LINE_START, '$ion_1_0 {');
    const isWrapped = input.skip(RECORD);
    input.put('{');
    do {
        (0,ion_field_name/* readFieldName */.Q)(input);
        input.expect(COLON, '":"');
        input.put(':');
        (0,ion_lines/* readStruct */.cL)(input, 0);
    } while ((0,ion_lines/* hasNext */.oy)(input, ascii/* CLOSE_BRACE */.rc, '}'));
    input.expect(isWrapped ? WRAPPED_END : ion_records_LINE_END, 'the end of the line');
    input.put('\n');
}
const ion_records_LINE_START = Buffer.from('$ion_1_0 {');
const RECORD = Buffer.from('Record:{');
const COLON = Buffer.from(':');
const WRAPPED_END = Buffer.from('}\n');
const ion_records_LINE_END = Buffer.from('\n');

;// CONCATENATED MODULE: ./build/format/check-lines.wasm.js
/** assembly/check-lines.ts, compiled by `npm run build`; not to be edited. */
const CHECK_LINES = 'AGFzbQEAAAABEwNgAX8Bf2ACf38Bf2ADf39/AX8DCAcAAQEAAAECBQMBAAAGBgF/AUEACwciAwhsaW5lc0VuZAMACmNoZWNrTGluZXMABgZtZW1vcnkCAAquEgfQAgIEfwF7A0AgAP0ABAAiBf0MIiIiIiIiIiIiIiIiIiIiIv0jIAX9DFxcXFxcXFxcXFxcXFxcXFz9I/1QIAX9DB8fHx8fHx8fHx8fHx8fHx/9dyAF/SP9UP1kIgFFBEAgAEEQaiEADAELIAAgAWhqIgQtAAAiAEEiRgRAIARBAWoPCyAAQdwARwRAQQAPCwJAAkACQAJAIAQtAAEiAEEiRg0AIABB3ABGDQAgAEEvRg0AIABB4gBGDQAgAEHmAEYNACAAQe4ARg0AIABB8gBGDQAgAEH0AEYNACAAQfUARg0BDAILIARBAmohAAwCC0ECIQEDQCABQQZJBEAgASAEai0AACICQSByIQNBACEAIAJBOU0gAkEwT3EEf0EBBSADQeYATSADQeEAT3ELRQ0DIAFBAWohAQwBCwsgBEEGaiEADAELQQAhAAsgAA0AC0EAC+wEAgF+An8gACkDACICQv//g/j//z+DQvvEgJCixwhRBH8gAC0AAiIBQdMARgR/IABBBmoQAAUgAUHOAEYEfyAAQQZqEAMFIAFBwgBGBH8gAEEGahAEBUEACwsLBSACQv///////z+DQvvEtJKi5x5RBH8gAEEGaiEAIAFBAWohBEEAIQECQCAEQeQASg0AIABBAWohASAALQAAQf0ARg0AA0BBACEBIAAtAABBIkcNASAAQQFqEAAiAAR/IAAtAABBOkcFQQELDQEgAEEBaiAEEAEiA0UNASADQQFqIQAgAy0AACIBQSxGDQALIABBACABQf0ARhshAQsgAQUgAkL///////8/g0L7xLCSoucWUQR/IABBBmohAAJ/QQAgAUEBaiIBQeQASg0AGiAAQQFqIAAtAABB3QBGDQAaA0BBACAAIAEQASIDRQ0BGiADQQFqIQAgAy0AACIDQSxGDQALIABBACADQd0ARhsLBSACQv//////////AINC+8TMmqXEzi1RBH8gAEEHakHTABACBSACQv//////////AINC+8S4mqXEzi1RBH8gAEEHakHOABACBSACQv//////////AINC+8SImqXEzi1RBH8gAEEHakHCABACBSACQvvEiPr0iZOROlEEfyAAQQhqIgAoAgAiAUH05NWrBkYEfyAAQQRqBSAAQQVqQQAgAUHmwrGbB0YEfyAALQAEQeUARgVBAAsbCwUgAEEMakEAIAJC+8S4qsWJk5E6UQR/IAAoAghB9OTVqwZGBUEACxsLCwsLCwsLIgBBAWpBACAABH8gAC0AAEH9AEYFQQALGwttAQF/A0AgAC0AAEEiRwRAQQAPCyABQf8BcUHTAEYEfyAAQQFqEAAFIAFB/wFxQc4ARgR/IABBAWoQAwUgAEEBahAECwsiAkUEQEEADwsgAkEBaiEAIAItAAAiAkEsRg0ACyAAQQAgAkHdAEYbC4ACAQF/IABBAWogACAALQAAQS1GGyIBIQADQCAALQAAQTBrQf8BcUEKSQRAIABBAWohAAwBCwsgACABRgR/QQEFIAEtAABBMEYgACABQQFqS3ELBEBBAA8LIAAtAABBLkYEQCAAQQFqIgEhAANAIAAtAABBMGtB/wFxQQpJBEAgAEEBaiEADAELCyAAIAFGBEBBAA8LCyAALQAAQSByQeUARgRAIABBAWoiAC0AACIBQS1GIAFBK0ZyBEAgAEEBaiEACyAAIQEDQCAALQAAQTBrQf8BcUEKSQRAIABBAWohAAwBCwsgACABRgRAQQAPCwsgAEEBakEAIAAtAABBIkYbC4kCAgN/AnsgACEBA0AgAf0ABAAiBP0MICAgICAgICAgICAgICAgIP1Q/QxhYWFhYWFhYWFhYWFhYWFh/XEiBf0MGRkZGRkZGRkZGRkZGRkZGf13IAX9IyAE/QwvLy8vLy8vLy8vLy8vLy8v/XEiBf0MCgoKCgoKCgoKCgoKCgoKCv13IAX9I/1QIAT9DCsrKysrKysrKysrKysrKyv9I/1Q/WRBf3NB//8DcSIDRQRAIAFBEGohAQwBCwsgASADaGohAQNAIAJBAkgEfyABLQAAQT1GBUEACwRAIAFBAWohASACQQFqIQIMAQsLIAFBAWpBACABIABrQQNxBH9BAAUgAS0AAEEiRgsbC5kFAgp/AXsCQCAALQAAQfsARw0AIABBAWoiAC0AAEH9AEYEQEEAIABBAWogARsPCwNAIAAtAABBIkcNASAAQQFqIQMDQCAD/QAEACIM/QwiIiIiIiIiIiIiIiIiIiIi/SMgDP0MXFxcXFxcXFxcXFxcXFxcXP0j/VAgDP0MHx8fHx8fHx8fHx8fHx8fH/13IAz9I/1Q/WQiBEUEQCADQRBqIQMMAQsLIAMgBGhqIgNBAWpBACADLQAAQSJGGyIDBH8gAy0AAEE6RwVBAQsNASADQQFqIQkgAEEBaiEFIAMgAGtBAmshBEEAIQcCfwNAIAEgB0oEQCAHQQR0QYAIaiIDKAIEIARGBEAgBCEAQQAhBgJAIAMoAgAiCCAFIgNGDQAgCEEHcSADQQdxRgRAA0AgCEEHcQRAQQAhBiAARQ0DIAgtAAAiCiADLQAAIgtrIQYgCiALRw0DIABBAWshACAIQQFqIQggA0EBaiEDDAELCwNAIABBCE8EQCAIKQMAIAMpAwBRBEAgCEEIaiEIIANBCGohAyAAQQhrIQAMAgsLCwsDQCAAIgZBAWshACAGBEAgCC0AACIKIAMtAAAiC2shBiAKIAtHDQIgCEEBaiEIIANBAWohAwwBCwtBACEGCwVBASEGCyAHIAZFDQIaIAdBAWohBwwBCwtBfwsiAEEATgRAIAJBASAAdHEEf0EABSAJKQMAQv//g/j//z+DQvvEgJCixwhSBH9BAAUgCS0AAiAAQQR0QYgIai0AAEYEfyAJLQAGQSJHBUEACwsLRQ0CIAJBASAAdHIhAgsgCUEAEAEiA0UNASADQQFqIQAgAy0AACIDQSxGDQALIANB/QBHBH9BAQUgAkEBIAF0QQFrRwsNACAADwtBAAtWAQJ/A0AgACABSQRAAkAgACkDAEL7xKSi16ybkTpSDQAgAEEIaiACEAUiAwR/IAMvAQBB/RRHBUEBCw0AIANBAmohACAEQQFqIQQMAgsLCyAAJAAgBAs=';

// EXTERNAL MODULE: ./build/format/web-assembly.js
var web_assembly = __webpack_require__(6369);
;// CONCATENATED MODULE: ./build/format/check-lines.js



/** Addresses in the WebAssembly memory. assembly/check-lines.ts has the same. */
const KEYS_AT = 1024;
const KEY_BYTES = 16;
const MAX_KEYS = 8;
const NAMES_AT = KEYS_AT + MAX_KEYS * KEY_BYTES;
const LINES_AT = 4096;
/** Shared by all readers, since checking lines is synchronous. */
const wasm = (0,web_assembly/* instantiate */.Fl)(CHECK_LINES);
/**
 * Checks lines in DYNAMODB_JSON 16 bytes at a time (assembly/check-lines.ts). Accepts only lines in the form that
 * DynamoDB and this Action write, with valid items, and no line that `ItemChecker` would reject.
 */
class FastLines {
    keys;
    /** False for keys that no table has. */
    hasRoom;
    length = 0;
    /** @param keys key attributes, of which each item must have each exactly once */
    constructor(keys) {
        this.keys = keys.map(({ name, type }) => ({ name: Buffer.from(name), type }));
        const nameBytes = this.keys.reduce((sum, { name }) => sum + name.length, 0);
        this.hasRoom = keys.length <= MAX_KEYS && NAMES_AT + nameBytes <= LINES_AT;
    }
    /** Copies complete lines into the WebAssembly memory. */
    load(lines) {
        if (!wasm || !this.hasRoom)
            return;
        const end = LINES_AT + lines.length;
        const memory = (0,web_assembly/* reserve */.vY)(wasm.memory, end + cursor/* PADDING */.Kv);
        lines.copy(memory, LINES_AT);
        memory.fill(0, end, end + cursor/* PADDING */.Kv);
        let nameAt = NAMES_AT;
        for (const [index, { name, type }] of this.keys.entries()) {
            const entry = KEYS_AT + index * KEY_BYTES;
            memory.writeUInt32LE(nameAt, entry);
            memory.writeUInt32LE(name.length, entry + 4);
            memory.writeUInt32LE(type.charCodeAt(0), entry + 8);
            nameAt += name.copy(memory, nameAt);
        }
        this.length = lines.length;
    }
    /**
     * Checks the loaded lines, starting at index `start`.
     *
     * @returns the lines before the first one that is not accepted; none without WebAssembly SIMD
     */
    accepted(start) {
        if (!wasm || !this.hasRoom)
            return { count: 0, length: 0 };
        const count = wasm.checkLines(LINES_AT + start, LINES_AT + this.length, this.keys.length);
        return { count, length: wasm.linesEnd.value - LINES_AT - start };
    }
}

// EXTERNAL MODULE: ./build/format/ion-blob.js
var ion_blob = __webpack_require__(6146);
// EXTERNAL MODULE: ./build/format/item-lines.js
var item_lines = __webpack_require__(4957);
// EXTERNAL MODULE: ./build/format/json.js
var json = __webpack_require__(8233);
// EXTERNAL MODULE: ./build/format/line-input.js
var line_input = __webpack_require__(5531);
// EXTERNAL MODULE: ./build/format/transcoder.js
var transcoder = __webpack_require__(5655);
;// CONCATENATED MODULE: ./build/format/item-checker.js










/**
 * Checks lines in DYNAMODB_JSON: each is `{"Item":{...}}` with an item whose values have known types and valid contents,
 * and with each key attribute once. What it accepts can be loaded into a table with these keys, except for values that
 * exceed limits of DynamoDB, duplicate elements of a set, and attributes of an item or map with the same name.
 */
class ItemChecker {
    count = 0;
    input = new line_input/* LineInput */.l();
    fast;
    keys;
    onItems;
    slow;
    /**
     * @param keys key attributes; empty if they are unknown
     * @param onItems receives the lines
     * @param fast accepts lines in the usual form. All others are checked in JavaScript.
     */
    constructor(keys, onItems, fast = new FastLines(keys)) {
        this.keys = keys;
        this.fast = fast;
        this.onItems = onItems;
    }
    append(chunk) {
        this.input.append(chunk);
        this.check();
    }
    finish() {
        this.input.finish();
        this.check();
    }
    check() {
        const { input, fast } = this;
        if (input.at >= input.complete)
            return;
        const lines = input.bytes.subarray(input.at, input.complete);
        fast.load(lines);
        for (let at = 0; at < lines.length;) {
            const { count, length } = fast.accepted(at);
            if (count > 0)
                this.accept(lines.subarray(at, at + length), count);
            at += length;
            if (at === lines.length)
                break;
            const end = lines.indexOf(ascii/* NEWLINE */.Xy, at) + 1;
            this.accept(this.checkLine(lines.subarray(at, end)), 1);
            at = end;
        }
        input.at = input.complete;
    }
    /**
     * Checks any line. Slower than FastLines.
     *
     * @param line with its line feed
     * @returns the line without whitespace between tokens
     * @throws {MalformedPage} if it is invalid
     */
    checkLine(line) {
        this.slow ??= new item_lines/* ItemLines */.V(this.keys.map(({ name }) => name), true);
        this.slow.append(line);
        this.slow.next();
        const { bytes, start, end, keys } = this.slow;
        const item = Buffer.concat([bytes.subarray(start, end), Buffer.of(ascii/* CLOSE_BRACKET */.wt)]);
        scratch.clear();
        readItem(item, 0, scratch);
        for (const [index, { type }] of this.keys.entries()) {
            const value = keys[2 * index];
            if (value < 0)
                throw new malformed_page/* MalformedPage */.P('each key attribute');
            const hasType = bytes.toString('latin1', value, value + 6) === `{"${type}":"`;
            if (!hasType || bytes[value + 6] === ascii/* QUOTE */.jA)
                throw new malformed_page/* MalformedPage */.P('a value of the type of the key attribute');
        }
        return Buffer.concat([item_checker_LINE_START, bytes.subarray(start, end), item_checker_LINE_END]);
    }
    accept(lines, count) {
        this.count += count;
        this.onItems?.(lines);
    }
}
const scratch = new lines/* LineBuffer */.F0(Buffer.allocUnsafeSlow(64 * 1024));
const NOTHING = Buffer.alloc(0);
/** Reads base64 in every notation of JSON. */
function readBase64(cursor) {
    try {
        (0,ion_blob/* writeBlob */.Z)(cursor);
    }
    catch (error) {
        if (error instanceof malformed_page/* InvalidIonText */.b)
            throw cursor.malformed('base64');
        throw error;
    }
}
/** Reads an item of known types. What it writes is not used. */
const readItem = (0,transcoder/* transcoder */.G)((0,typed_item/* typedItem */.A)({
    lineStart: NOTHING,
    lineEnd: NOTHING,
    sets: { SS: NOTHING, NS: NOTHING, BS: NOTHING },
    name: json/* copyText */.Dk,
    S: json/* copyText */.Dk,
    N: json/* copyNumber */.Fq,
    B: readBase64,
}), 2);
const item_checker_LINE_START = Buffer.from('{"Item":');
const item_checker_LINE_END = Buffer.from('}\n');

// EXTERNAL MODULE: ./build/format/json-value.js
var json_value = __webpack_require__(6938);
;// CONCATENATED MODULE: ./build/format/json-checker.js





/** Checks lines in the format JSON: each is one JSON object. */
class JsonChecker {
    count = 0;
    input = new line_input/* LineInput */.l();
    cursor = new cursor/* Cursor */.bs();
    append(chunk) {
        this.input.append(chunk);
        this.check();
    }
    finish() {
        this.input.finish();
        this.check();
    }
    check() {
        const { input, cursor } = this;
        cursor.readInPlace(input.bytes, input.complete);
        while (input.at < input.complete) {
            input.at = this.endOfCompact(input.at) ?? this.endOfAny(input.at);
            this.count += 1;
        }
    }
    /** Returns the index after a line without whitespace; undefined for any other line. */
    endOfCompact(start) {
        const { cursor, input } = this;
        if (input.bytes[start] !== ascii/* OPEN_BRACE */.Hv)
            return undefined;
        try {
            const end = (0,json_value/* endOfObject */.u)(cursor, start, 0);
            return input.bytes[end] === ascii/* NEWLINE */.Xy ? end + 1 : undefined;
        }
        catch (error) {
            if (!(error instanceof malformed_page/* MalformedPage */.P))
                throw error;
            return undefined;
        }
    }
    endOfAny(start) {
        const end = this.input.bytes.indexOf(ascii/* NEWLINE */.Xy, start) + 1;
        if (!isObject(this.input.bytes.toString('utf8', start, end)))
            throw new malformed_page/* MalformedPage */.P('a JSON object');
        return end;
    }
}
function isObject(json) {
    try {
        const value = JSON.parse(json);
        return typeof value === 'object' && value !== null && !Array.isArray(value);
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ./build/format/check-response.js
var check_response = __webpack_require__(2720);
;// CONCATENATED MODULE: ./build/format/record-checker.js




/**
 * Checks the lines of an incremental export in DYNAMODB_JSON: `{"Metadata":{...},"Keys":{...},"OldImage":{...},
 * "NewImage":{...}}`, where the images are optional.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
class RecordChecker {
    count = 0;
    input = new line_input/* LineInput */.l();
    keys;
    /** @param keys key attributes; empty if they are unknown */
    constructor(keys) {
        this.keys = keys;
    }
    append(chunk) {
        this.input.append(chunk);
        this.check();
    }
    finish() {
        this.input.finish();
        this.check();
    }
    check() {
        const { input, keys } = this;
        while (input.at < input.complete) {
            const end = input.bytes.indexOf(ascii/* NEWLINE */.Xy, input.at) + 1;
            checkRecord(parse(input.bytes.toString('utf8', input.at, end)), keys);
            this.count += 1;
            input.at = end;
        }
    }
}
/** The message of the parser quotes the text, which is data of the user. */
function parse(json) {
    try {
        return JSON.parse(json);
    }
    catch {
        throw new malformed_page/* MalformedPage */.P('a line of JSON');
    }
}
const MEMBERS = ['Metadata', 'Keys', 'OldImage', 'NewImage'];
/** @throws {MalformedPage} */
function checkRecord(record, keys) {
    if (!record_checker_isObject(record))
        throw new malformed_page/* MalformedPage */.P('a record');
    for (const [name, value] of Object.entries(record)) {
        if (!MEMBERS.some((known) => known === name))
            throw new malformed_page/* MalformedPage */.P('only members of a record');
        if (name === 'Metadata')
            continue;
        const problem = (0,check_response/* problemOfItem */.Wh)(value);
        if (problem !== undefined)
            throw new malformed_page/* MalformedPage */.P(problem);
    }
    const { Metadata, Keys, ...images } = record;
    if (!record_checker_isObject(Metadata) || !isTime(Metadata['WriteTimestampMicros']))
        throw new malformed_page/* MalformedPage */.P('the time of the write');
    if (!record_checker_isObject(Keys) || Object.keys(Keys).length === 0)
        throw new malformed_page/* MalformedPage */.P('"Keys"');
    if (keys.length > 0 && Object.keys(Keys).length !== keys.length)
        throw new malformed_page/* MalformedPage */.P('the key attributes');
    for (const item of [Keys, ...Object.values(images)]) {
        for (const { name, type } of keys) {
            const value = Object.hasOwn(item, name) ? item[name] : {};
            if (!value[type])
                throw new malformed_page/* MalformedPage */.P('each key attribute');
        }
    }
}
/** Exports have an attribute value of type N. An example in the documentation has a string. */
function isTime(value) {
    const text = record_checker_isObject(value) ? value['N'] : value;
    return typeof text === 'string' && /^\d{1,20}$/.test(text);
}
function record_checker_isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// EXTERNAL MODULE: ./build/manifest/key-definitions.js
var key_definitions = __webpack_require__(5520);
;// CONCATENATED MODULE: ./build/data-objects/lines-of-copy.js







/**
 * Returns the checker for the lines of one data object of a copy. It is stricter than the loader of a restore: the values
 * of attributes must be valid too.
 *
 * @param keys attributes that each item must have; empty if they are unknown
 * @param onItems receives the items of a full copy in DYNAMODB_JSON or ION
 * @returns undefined for the format CUSTOM, of which only the module that wrote it knows what is valid
 */
function createLineChecker({ outputFormat, exportType }, keys, onItems) {
    if (onItems && !(exportType === 'FULL_EXPORT' && hasTypedValues({ outputFormat })))
        throw new Error('only full copies in DYNAMODB_JSON or ION have items');
    if (outputFormat === 'CUSTOM')
        return undefined;
    if (outputFormat === 'JSON')
        return new JsonChecker();
    const isFull = exportType === 'FULL_EXPORT';
    const checker = isFull ? new ItemChecker(keys, onItems) : new RecordChecker(keys);
    if (outputFormat === 'DYNAMODB_JSON')
        return checker;
    return new ConvertedLines(isFull ? new ion_lines/* IonLines */._S() : new ion_lines/* IonLines */._S(readIonRecord), checker);
}
/** Returns whether the values of a copy have the types of DynamoDB. */
function hasTypedValues({ outputFormat }) {
    return outputFormat === 'DYNAMODB_JSON' || outputFormat === 'ION';
}
/**
 * Returns the key attributes of the copied table, partition key first.
 *
 * @returns undefined if they cannot be checked: the copy has no definition of the table, has a format without types, or
 *   its items can lack attributes
 */
function keyAttributesOf(copy) {
    const { scope, table, exportType } = copy;
    // A module that changes the items of a full copy in these formats must keep the keys.
    const hasKeys = scope === 'table' || scope === 'transformed' || exportType !== 'FULL_EXPORT';
    return table && hasTypedValues(copy) && hasKeys ? (0,key_definitions/* keyDefinitions */.U)(table.CreateTable) : undefined;
}

// EXTERNAL MODULE: ./build/in-parallel.js
var in_parallel = __webpack_require__(1737);
// EXTERNAL MODULE: ./build/manifest/data-objects.js
var data_objects = __webpack_require__(4551);
// EXTERNAL MODULE: ./build/s3/error-status.js
var error_status = __webpack_require__(1620);
;// CONCATENATED MODULE: ./build/verify/damage-report.js



/** Texts that complete a sentence such as `2 objects are missing`, in the order of the report. */
const TEXTS = {
    missing: ['is missing', 'are missing'],
    unexpected: ['is not in the manifest', 'are not in the manifest'],
    changed: ['was changed', 'were changed'],
    replaced: ['was replaced during the verification', 'were replaced during the verification'],
    compression: ['cannot be decompressed', 'cannot be decompressed'],
    'trailing bytes': ['has bytes after its content', 'have bytes after their content'],
    md5: ['does not match its MD5 in manifest-files.json', 'do not match their MD5s in manifest-files.json'],
    sha256: ['does not match its SHA-256 in manifest-sha256.txt', 'do not match their SHA-256s in manifest-sha256.txt'],
    line: ['has an invalid line', 'have invalid lines'],
    count: [
        'has a different number of lines than manifest-files.json lists',
        'have different numbers of lines than manifest-files.json lists',
    ],
    denied: ['cannot be read, because S3 denies access', 'cannot be read, because S3 denies access'],
    archived: ['is in an archive storage class', 'are in an archive storage class'],
};
/** Maximum number of objects that the error names per kind of problem. */
const MAX_NAMES = 3;
/** Collects the problems of a copy by kind and number, in bounded memory. */
class DamageReport {
    found = new Map();
    contradictions = [];
    cause;
    /** Number of data objects that could not be verified. */
    get objectCount() {
        return [...this.found.values()].reduce((sum, { count }) => sum + count, 0);
    }
    get isEmpty() {
        return this.found.size === 0 && this.contradictions.length === 0;
    }
    /** @param detail text after the name of the object, such as `near line 5` */
    add(problem, key, detail) {
        const found = this.found.get(problem) ?? { count: 0, names: [] };
        found.count += 1;
        const name = (0,message_text/* quote */.hD)(key.slice(key.lastIndexOf('/') + 1));
        found.names.push(detail === undefined ? name : `${name} ${detail}`);
        // The first names in order, whatever the order in which the objects were read.
        found.names.sort().splice(MAX_NAMES);
        this.found.set(problem, found);
    }
    addDamaged(key, error) {
        this.add(error.kind, key, error.line === undefined ? undefined : `near line ${error.line}`);
    }
    /** Adds an object that cannot be read. */
    addUnreadable(problem, key, error) {
        this.cause ??= error;
        this.add(problem, key);
    }
    /** Adds a sentence about figures of the copy that contradict each other. */
    addContradiction(sentence) {
        this.contradictions.push(sentence);
    }
    /**
     * Returns the error to report.
     *
     * @param place URI of the folder of the data objects
     * @param total number of data objects in the manifest
     */
    error(place, total) {
        const sentences = Object.keys(TEXTS).flatMap((problem) => this.describe(problem) ?? []);
        const count = `The manifest lists ${(0,message_text/* formatCountOf */.gL)(total, 'data object')}.`;
        const [code, remedy] = this.codeAndRemedy();
        return new errors/* CopyError */.k(code, `${place}: ${[...sentences, ...this.contradictions, count].join(' ')}`, remedy, {
            cause: this.cause,
        });
    }
    describe(problem) {
        const found = this.found.get(problem);
        if (!found)
            return undefined;
        const { count, names } = found;
        const [one, several] = TEXTS[problem];
        const more = count > names.length ? ', ...' : '';
        return `${(0,message_text/* formatCountOf */.gL)(count, 'object')} ${count === 1 ? one : several} (${names.join(', ')}${more}).`;
    }
    /** Objects that cannot be read do not hide damage of others. */
    codeAndRemedy() {
        const kinds = [...this.found.keys()];
        const isDamaged = this.contradictions.length > 0 || kinds.some((kind) => kind !== 'denied' && kind !== 'archived');
        if (!isDamaged) {
            return this.found.has('denied')
                ? ['ACCESS_DENIED', remedies/* remedies */.J.grantReadOfObjects]
                : ['OBJECT_ARCHIVED', remedies/* remedies */.J.restoreArchivedObjects];
        }
        const isOnlyChanged = this.contradictions.length === 0 && kinds.every((kind) => kind === 'changed');
        return ['COPY_DAMAGED', isOnlyChanged ? remedies/* remedies */.J.verifyChangedObjects : remedies/* remedies */.J.restoreDataObjects];
    }
}

// EXTERNAL MODULE: ./build/data-objects/data-object-reader.js
var data_object_reader = __webpack_require__(3318);
;// CONCATENATED MODULE: ./build/verify/read-object.js


/**
 * Reads one data object from start to end, and verifies its bytes, its lines and their number.
 *
 * @param onRead receives what was read since the last call, also if the object is damaged
 * @throws {DamagedObject}
 * @throws {CopyError} NETWORK; errors of the SDK
 */
async function readObject({ file, source, listed, lines }, onRead) {
    const reader = new data_object_reader/* DataObjectReader */.V(file, source, listed);
    let before = { bytesRead: 0, itemCount: 0 };
    const note = (uncompressedBytes) => {
        const now = { bytesRead: reader.received, itemCount: lines?.count ?? 0 };
        const bytesRead = now.bytesRead - before.bytesRead;
        onRead({ bytesRead, itemCount: now.itemCount - before.itemCount, uncompressedBytes });
        before = now;
    };
    try {
        for await (const chunk of reader.content()) {
            lines?.append(chunk);
            note(chunk.length);
        }
        lines?.finish();
        if (lines && lines.count !== file.itemCount) {
            throw new damaged_object/* DamagedObject */.F(file.key, 'count', 'has a different number of lines');
        }
    }
    catch (error) {
        throw (0,damaged_object/* readFailure */.f)(error, file.key, (lines?.count ?? 0) + 1);
    }
    finally {
        note(0);
    }
}

;// CONCATENATED MODULE: ./build/verify/sample.js

/**
 * Returns the data objects of a sample. It depends only on their names, so a copy that was moved has the same samples.
 *
 * @returns at least one data object for `percent`; for `part`, none if there are fewer data objects than parts
 */
function chooseSample(files, sample) {
    const seed = sample.kind === 'percent' ? sample.seed : '';
    const byHash = files
        .map((file) => ({ file, hash: hashOf(`${seed}${file.key.slice(file.key.lastIndexOf('/') + 1)}`) }))
        .sort((a, b) => (a.hash < b.hash ? -1 : 1))
        .map(({ file }) => file);
    if (sample.kind === 'percent')
        return byHash.slice(0, Math.ceil((files.length * sample.percent) / 100));
    return byHash.filter((_, index) => index % sample.parts === sample.part - 1);
}
function hashOf(text) {
    return (0,external_node_crypto_.createHash)('sha256').update(text).digest('hex');
}

;// CONCATENATED MODULE: ./build/verify/verify-progress.js
/** Progress of one or more verifications. Only the engine updates it. */
class VerifyProgress {
    counters = {
        checkedObjectCount: 0,
        plannedObjectCount: 0,
        failedObjectCount: 0,
        itemCount: 0,
        bytesRead: 0,
        uncompressedBytes: 0,
    };
    get figures() {
        return { ...this.counters };
    }
    plan(objects) {
        this.counters.plannedObjectCount += objects;
    }
    /** Adds what was read since the last call. */
    read(more) {
        this.counters.itemCount += more.itemCount;
        this.counters.bytesRead += more.bytesRead;
        this.counters.uncompressedBytes += more.uncompressedBytes;
    }
    objectChecked() {
        this.counters.checkedObjectCount += 1;
    }
    objectsFailed(count) {
        this.counters.failedObjectCount += count;
    }
}

;// CONCATENATED MODULE: ./build/verify/verify-data.js










/**
 * Reads the data objects of a copy, or a sample of them, and verifies each completely: size, MD5, SHA-256 if the copy has
 * it, compression, every line and the number of lines. Verifies with a listing that all data objects exist and that their
 * folder contains nothing else. Continues after a problem, to report all of them.
 *
 * Memory: 16 * (buffers of S3 and of the decompressor, and 256 KiB of lines). Memory does not depend on the size of the
 * copy, except for 200 bytes per data object.
 *
 * @param copy a copy whose manifests are verified
 * @throws {CopyError} COPY_DAMAGED; ACCESS_DENIED or OBJECT_ARCHIVED if nothing is damaged but objects cannot be read
 * @throws {CopyError} NETWORK; errors of the SDK
 */
async function verifyData(copy, context, options) {
    return await new DataVerification(copy, context, options).run();
}
class DataVerification {
    copy;
    context;
    options;
    report = new DamageReport();
    keys;
    listed = new Map();
    /** What this verification has read. The caller's progress can contain other verifications too. */
    total = new VerifyProgress();
    constructor(copy, context, options) {
        this.copy = copy;
        this.context = context;
        this.options = options;
        this.keys = hasTypedValues(copy) ? (options.keyAttributes ?? keyAttributesOf(copy)) : undefined;
    }
    async run() {
        const { copy, report } = this;
        const { sample, progress } = this.options;
        const chosen = sample ? chooseSample(copy.files, sample) : copy.files;
        const changed = await this.compareListing(new Set(chosen.map(({ key }) => key)));
        progress.plan(chosen.length);
        await this.readAll(chosen);
        const { checkedObjectCount, bytesRead, uncompressedBytes, itemCount } = this.total.figures;
        const isLineChecked = copy.outputFormat !== 'CUSTOM';
        const expected = copy.uncompressedBytes;
        if (!sample && report.isEmpty && expected !== undefined && expected !== uncompressedBytes) {
            report.addContradiction('The uncompressedBytes in manifest-copy.json are not those of the data objects.');
        }
        const { bucket, logger } = this.context;
        if (!report.isEmpty)
            throw report.error(`s3://${bucket.name}/${copy.dataFolder}`, copy.files.length);
        if (changed > 0) {
            const objects = (0,message_text/* formatCountOf */.gL)(changed, 'data object');
            logger.notice(`The ETags of ${objects} are not those of the manifest, but the MD5s are. Replication and KMS keys can change ETags.`);
        }
        return {
            ...{ objectCount: copy.files.length, checkedObjectCount, bytesRead, uncompressedBytes, isLineChecked },
            itemCount: isLineChecked ? itemCount : chosen.reduce((sum, file) => sum + file.itemCount, 0),
            areKeysChecked: this.keys !== undefined,
            hasChecksums: copy.checksums !== undefined,
            changedEtagCount: changed,
        };
    }
    /**
     * Compares the listing of the data objects with the manifest. An ETag that differs is a problem only if the object is
     * not read: otherwise, its MD5 decides.
     *
     * @returns number of objects to read whose ETag differs
     */
    async compareListing(toRead) {
        const { copy, report, listed } = this;
        const { bucket, signal } = this.context;
        const isSame = (file, object) => {
            listed.set(file.key, object);
            return (0,data_objects/* isSameObject */.Gy)(file, object);
        };
        const difference = await (0,data_objects/* compareStoredObjects */.$1)(copy, bucket, signal, isSame);
        for (const key of difference.missing)
            report.add('missing', key);
        for (const key of difference.unexpected)
            report.add('unexpected', key);
        for (const key of difference.denied)
            report.add('denied', key);
        const unread = difference.changed.filter((key) => !toRead.has(key));
        for (const key of unread)
            report.add('changed', key);
        if (difference.missing.length === 0 && (copy.sizeBytes ?? difference.sizeBytes) !== difference.sizeBytes) {
            report.addContradiction('The sizeBytes in manifest-copy.json are not those of the data objects.');
        }
        this.options.progress.objectsFailed(report.objectCount);
        return difference.changed.length - unread.length;
    }
    async readAll(chosen) {
        const { copy, context, listed } = this;
        const { bucket, waits } = context;
        const stop = new AbortController();
        const signal = AbortSignal.any([context.signal, stop.signal]);
        const { compression, checksums, engine } = copy;
        const source = {
            ...{ bucket, compression, checksums, waits, signal },
            hasOneMember: engine === 'scan',
        };
        const existing = chosen.filter(({ key }) => listed.has(key));
        await (0,in_parallel/* inParallel */.H)(existing, (file) => this.verifyObject(file, source)).catch((error) => {
            stop.abort(error);
            throw error;
        });
    }
    /** Reads one data object, and adds its problem to the report. */
    async verifyObject(file, source) {
        const { report } = this;
        const { progress } = this.options;
        try {
            const lines = createLineChecker(this.copy, this.keys ?? [], this.options.onItems);
            await readObject({ file, source, listed: this.listed.get(file.key), lines }, (more) => {
                this.total.read(more);
                progress.read(more);
            });
            this.total.objectChecked();
            progress.objectChecked();
        }
        catch (error) {
            source.signal.throwIfAborted();
            if (error instanceof damaged_object/* DamagedObject */.F)
                report.addDamaged(file.key, error);
            else if ((0,error_status/* isDenied */.GZ)(error))
                report.addUnreadable('denied', file.key, error);
            else if (error.name === 'InvalidObjectState')
                report.addUnreadable('archived', file.key, error);
            else
                throw error;
            progress.objectsFailed(1);
        }
    }
}

;// CONCATENATED MODULE: ./build/verify/compare/copy-side.js


/** Reads a stored copy. Each reading verifies the whole copy, so a comparison never uses items of a damaged one. */
class CopySide {
    name;
    /** Progress of the current or the last reading. */
    progress = new VerifyProgress();
    /** What the last complete reading has verified; undefined before it. */
    verified;
    copy;
    context;
    /** @param copy a copy of which `requireComparable` is true */
    constructor(copy, context) {
        this.copy = copy;
        this.context = context;
        this.name = `The copy ${copy.exportId}`;
    }
    /** Reads all items. @throws the errors of `verifyData` */
    async read(onItems, signal = this.context.signal) {
        this.progress = new VerifyProgress();
        const { progress, copy, context } = this;
        this.verified = await verifyData(copy, { ...context, signal }, { progress, onItems });
    }
}

// EXTERNAL MODULE: ./build/version.js
var version = __webpack_require__(8508);
;// CONCATENATED MODULE: ./build/verify-main.js


























/**
 * Runs the verify step: reads the inputs, finds and checks the copy, compares it, and reports the result. Only the
 * report fails the step, and it comes last.
 */
async function verifyMain(env = process.env) {
    const started = performance.now();
    const log = new github_log/* Log */.t(env);
    let status = {};
    let isReported = false;
    const reportOnce = (failure) => {
        if (isReported)
            return;
        isReported = true;
        reportVerification({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
    };
    const signal = (0,cancellation/* cancellationSignal */.w)(log, undefined, () => reportOnce(cancelled()));
    const addStatus = (more) => {
        status = { ...status, ...more };
    };
    let failure;
    try {
        await verifyCopy({ env, log, signal, addStatus });
    }
    catch (error) {
        failure = signal.aborted ? cancelled() : (0,explain_error/* explainError */.U)(error, status.inputs);
    }
    reportOnce(failure);
}
function cancelled() {
    return new errors/* CopyError */.k('CANCELLED', 'The step was cancelled. The copy is not verified.', 'Re-run the job.');
}
async function verifyCopy({ env, log, signal, addStatus }) {
    log.info(`${version/* ACTION */.h.name} ${version/* ACTION */.h.version}`);
    const ignoredProxy = (0,proxy_warning/* proxyWarning */.t)(env, process.versions.node);
    if (ignoredProxy !== undefined)
        log.warning(ignoredProxy);
    const inputs = readVerifyInputs(env);
    const checks = new checks_checks/* PreflightChecks */.R((error) => (0,explain_error/* explainError */.U)(error, inputs), signal);
    addStatus({ inputs, checkResults: checks.results });
    const waits = new stall_watchdog/* PendingWaits */.c();
    let found;
    const onCopy = (copy) => {
        found = copy;
        addStatus({ found });
    };
    const preflight = { inputs, checks, logger: log, signal, waits, onCopy };
    const prepared = await log.group('Check copy', () => prepareVerify(preflight, (0,credential_context/* credentialContext */.P)(env, (0,run_context/* runContext */.p)(env), inputs.roles, log)));
    try {
        if (!found)
            throw new Error('the copy is missing although no check failed');
        addStatus({ comparedWith: prepared.comparedWith });
        for (const line of (0,dry_run/* dryRunLines */.Qs)(checks.results, undefined))
            log.info(line);
        if (inputs.dryRun) {
            for (const [name, value] of plannedReads(inputs, found, prepared.comparedWith))
                log.info(`${name}: ${value}`);
            return;
        }
        const checkedCopy = found;
        const step = { env, log, signal, addStatus };
        if (inputs.check === 'data') {
            const title = prepared.comparedWith ? 'Compare' : 'Read data objects';
            await log.group(title, () => (0,stall_watchdog/* watchForStall */.d)(waits, signal, (stop) => checkContent(inputs, checkedCopy, prepared.comparedWith, waits, { ...step, signal: stop })));
        }
        addStatus({ isVerified: true });
    }
    finally {
        prepared.close();
    }
}
/** Reads the data objects of the copy, and what it is compared with. */
async function checkContent({ sample }, { copy, bucket }, comparedWith, waits, { env, log, signal, addStatus }) {
    const context = { bucket, logger: log, signal, waits };
    if (comparedWith) {
        await compareContent(new CopySide(copy, context), comparedWith, context, { env, log, signal, addStatus });
        return;
    }
    if (sample)
        log.info(describeSample(sample));
    const progress = new VerifyProgress();
    addStatus({ progress: () => progress.figures });
    const stopLog = startVerifyLog(() => ({ what: '', ...progress.figures }), log);
    try {
        const data = await verifyData(copy, context, { sample, progress });
        addStatus({ data });
        if (data.checkedObjectCount === 0 && data.objectCount > 0) {
            log.notice(`No data object was read, because the copy has only ${(0,message_text/* formatCountOf */.gL)(data.objectCount, 'data object')}.`);
        }
    }
    finally {
        stopLog();
    }
}
async function compareContent(copySide, comparedWith, context, { env, log, signal, addStatus }) {
    const { keyAttributes, kind } = comparedWith;
    const other = kind === 'table' ? comparedWith.side : otherCopy(comparedWith, context);
    const progress = new ComparisonProgress();
    addStatus({ progress: () => copySide.progress.figures });
    const names = { copy: copySide.name, other: other.name };
    const stopLog = startVerifyLog(() => comparedReading(progress.figures, names, copySide.progress.figures), log);
    try {
        const folder = env['RUNNER_TEMP'] || (0,external_node_os_.tmpdir)();
        const file = `dynamodb-to-s3-differences-${(0,external_node_crypto_.randomBytes)(8).toString('hex')}.jsonl`;
        const request = { keyAttributes, progress, signal, differencesFile: (0,external_node_path_.join)(folder, file) };
        const comparison = await compareSides(copySide, other, request);
        addStatus({ comparison });
        if (!comparison.isEqual)
            throw differencesFound(comparison, other.name, kind);
    }
    finally {
        stopLog();
        if (copySide.verified)
            addStatus({ data: copySide.verified });
    }
}
/** Returns the copy to compare with. Its errors name its own bucket. */
function otherCopy({ copy, bucket, explain }, context) {
    const side = new CopySide(copy, { ...context, bucket });
    return {
        name: `The other copy ${copy.exportId}`,
        async read(onItems, signal) {
            try {
                await side.read(onItems, signal);
            }
            catch (error) {
                throw signal.aborted ? error : explain(error);
            }
        },
    };
}


/***/ })

};

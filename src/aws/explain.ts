import { CopyError, type ErrorCode } from '../errors.ts';
import { type FailedCall, failedCall } from './failed-call.ts';

/** What the run is about, for the errors' text. */
export interface Subject {
  readonly table: { readonly name: string };
  readonly bucket: string;
  readonly sourceRegion: string;
  readonly destRegion?: string;
  readonly bucketOwner?: string;
}

/** What of an SDK error is looked at. Its message may quote keys, expressions or a body, and is never passed on whole. */
interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

type Explain = (
  error: AwsError,
  call: FailedCall,
  subject: Subject,
) => readonly [code: ErrorCode, message: string, remedy: string];

/**
 * Turns whatever a run failed with into an error that names the cause, as far as it can be known, and the next step.
 *
 * @param subject undefined where the inputs could not be read
 */
export function explain(error: unknown, subject: Subject | undefined): CopyError {
  if (error instanceof CopyError) return error;
  const call = error instanceof Error ? failedCall(error) : undefined;
  if (!(error instanceof Error) || !call || !subject) return unexpected(error);
  const [, known] = EXPLANATIONS.find(([names]) => names.test(nameOf(error))) ?? [undefined, other];
  const [code, message, remedy] = known(error, call, subject);
  return new CopyError(code, message, remedy, { cause: error });
}

/** S3 answers a HEAD without a body, so its errors have a status and no name of their own. */
function nameOf(error: AwsError): string {
  const status = error.$metadata?.httpStatusCode;
  if (status === 403 && /^(Unknown|UnknownError|403|Forbidden)$/.test(error.name)) return 'AccessDenied';
  if (status === 301) return 'PermanentRedirect';
  return error.code ?? error.name;
}

/** The first that matches counts: names of the API models, of the SDK, and of Node for what fails below HTTP. */
const EXPLANATIONS: readonly (readonly [names: RegExp, explain: Explain])[] = [
  [/^DamagedResponse$/, damaged],
  [/^ResourceNotFoundException$/, tableNotFound],
  [/^(NoSuchBucket|NotFound)$/, bucketNotFound],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/, otherRegion],
  [/^CredentialsProviderError$/, noCredentials],
  [/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/, expired],
  [/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/, skewed],
  [/^(SignatureDoesNotMatch|InvalidSignatureException)$/, badSignature],
  [
    /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|IncompleteSignature\w*|MissingAuthenticationToken\w*)$/,
    badCredentials,
  ],
  [/^(AccessDenied|AccessDeniedException|AllAccessDisabled|AccountProblem)$/, denied],
  [/^KMS/, kmsKey],
  [/^ValidationException$/, invalidScan],
  [
    /^(ProvisionedThroughputExceededException|Throttling\w*|RequestLimitExceeded|SlowDown|LimitExceededException)$/,
    throttled,
  ],
  [/^(E[A-Z_]+|TimeoutError|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, network],
  [/^(Invalid\w*|NotImplemented|AccessControlListNotSupported|MethodNotAllowed|BadDigest|MalformedACL\w*)$/, refused],
];

function damaged(error: AwsError): ReturnType<Explain> {
  return [
    'PAGE_CORRUPT',
    `DynamoDB's answer arrived damaged every time it was asked for: ${error.message}.`,
    'Run the step again. If it happens again, look for a proxy between runner and DynamoDB that changes responses.',
  ];
}

function tableNotFound(_: AwsError, __: FailedCall, { table, sourceRegion }: Subject): ReturnType<Explain> {
  return [
    'TABLE_NOT_FOUND',
    `There is no table ${table.name} in ${sourceRegion}, in the account that the credentials belong to.`,
    'Check dynamodb-table-name, aws-region (or source-aws-region) and the account of the role. A table of another account is named by its ARN.',
  ];
}

function bucketNotFound(_: AwsError, __: FailedCall, { bucket }: Subject): ReturnType<Explain> {
  return [
    'BUCKET_NOT_FOUND',
    `There is no bucket ${bucket}.`,
    'Check s3-bucket-name; the bucket must exist before the step runs. With an S3-compatible store, check AWS_ENDPOINT_URL_S3 and s3-force-path-style too.',
  ];
}

function otherRegion(_: AwsError, __: FailedCall, { bucket, destRegion }: Subject): ReturnType<Explain> {
  return [
    'BUCKET_IN_ANOTHER_REGION',
    `The bucket ${bucket} is not in ${destRegion ?? 'the region of the table'}.`,
    "Set dest-aws-region to the bucket's region, or leave it and aws-region unset: the Action then asks S3 for it.",
  ];
}

function noCredentials(): ReturnType<Explain> {
  return [
    'CREDENTIALS_MISSING',
    'There are no AWS credentials in this step.',
    'Add a step with aws-actions/configure-aws-credentials before this one, and `permissions: id-token: write` to the job.',
  ];
}

function expired(): ReturnType<Explain> {
  return [
    'CREDENTIALS_EXPIRED',
    'The AWS credentials expired while they were in use.',
    "Raise role-duration-seconds of aws-actions/configure-aws-credentials, and the role's maximum session duration, beyond the time that the copy takes.",
  ];
}

function skewed(): ReturnType<Explain> {
  return [
    'CLOCK_SKEW',
    "AWS refuses the request because the runner's clock is wrong.",
    'Set the clock of the self-hosted runner (NTP), then run the step again.',
  ];
}

function badSignature(error: AwsError, call: FailedCall, subject: Subject): ReturnType<Explain> {
  return /Signature (expired|not yet current)/i.test(error.message) ? skewed() : badCredentials(error, call, subject);
}

function badCredentials(_: AwsError, { service }: FailedCall, __: Subject): ReturnType<Explain> {
  return [
    'CREDENTIALS_INVALID',
    `${service} does not know the AWS credentials of this step, or their secret does not belong to them.`,
    'Check the step that sets the credentials. Keys that an earlier step or the job left in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN may be mixed with new ones.',
  ];
}

/** The rights that a call needs where its name is not the right's. */
const RIGHTS: Readonly<Record<string, string>> = {
  HeadBucket: 's3:ListBucket',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
};

function denied(error: AwsError, { service, operation }: FailedCall, subject: Subject): ReturnType<Explain> {
  // "User: ARN is not authorized to perform: ACTION on resource: ARN because ...": the action may be KMS's, not ours.
  const right =
    /is not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1] ??
    RIGHTS[operation] ??
    `${service === 'S3' ? 's3' : 'dynamodb'}:${operation}`;
  const who = /User: (arn:[\w:/+=,.@-]+) is not/.exec(error.message)?.[1];
  const on = service === 'S3' ? `the bucket ${subject.bucket}` : `the table ${subject.table.name}`;
  const what = right.startsWith('kms:') ? `the KMS key of ${on}` : on;
  const explicitly = /explicit deny/.test(error.message)
    ? ' A policy denies it explicitly, which no other can allow.'
    : '';
  return [
    'ACCESS_DENIED',
    `${who ?? 'The role of this step'} may not use ${right} on ${what}.${explicitly}`,
    service === 'S3'
      ? s3Remedy(right, subject)
      : `Add ${right} to the policy of the role, for this table${operation === 'Scan' ? ' (and for table/NAME/index/* to scan an index)' : ''}.`,
  ];
}

function s3Remedy(right: string, { bucket, bucketOwner }: Subject): string {
  if (right.startsWith('kms:')) {
    return `Allow ${right} on the key to the role, in the role's policy and in the key's; a multipart upload needs kms:GenerateDataKey and kms:Decrypt.`;
  }
  const owner = bucketOwner ? `, and that the bucket belongs to account ${bucketOwner} (s3-bucket-owner)` : '';
  return `Add ${right} on arn:aws:s3:::${bucket}/* to the policy of the role, and in another account to the bucket's policy too. Check that no bucket policy wants another encryption or ACL${owner}.`;
}

function kmsKey(error: AwsError, _: FailedCall, { bucket }: Subject): ReturnType<Explain> {
  return [
    'KMS_KEY_UNUSABLE',
    `The KMS key for the bucket ${bucket} cannot be used (${word(error.name)}).`,
    "Check that the key of s3-sse-kms-key-id, or the bucket's default key, exists, is enabled, and lies in the bucket's region.",
  ];
}

/**
 * "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #x":
 * up to the semicolon the text is DynamoDB's own, after it the user's.
 */
const SCAN_REASON =
  /^(Invalid (?:Filter|Projection)Expression|ExpressionAttribute(?:Names|Values) contains invalid \w+|Value provided in ExpressionAttribute(?:Names|Values) unused in expressions)(?:: ([A-Za-z ,'-]+))?/;

function invalidScan(error: AwsError, call: FailedCall, subject: Subject): ReturnType<Explain> {
  // Of DescribeTable it says nothing about the parameters of the scan.
  if (call.operation !== 'Scan') return other(error, call, subject);
  const [, what, why] = SCAN_REASON.exec(error.message) ?? [];
  const reason = what ? `: ${what}${why ? ` (${why.trim()})` : ''}` : '';
  const index = /index/i.test(error.message) ? ' Check IndexName, ConsistentRead and Select against the index.' : '';
  const key = /start(ing)? key|exclusive/i.test(error.message)
    ? ' Check ExclusiveStartKey: it needs exactly the key attributes, and belongs to one Segment.'
    : '';
  return [
    'INVALID_SCAN',
    `DynamoDB refuses the Scan${reason}.`,
    `Correct dynamodb-scan-kwargs.${index}${key} A name that is a reserved word needs ExpressionAttributeNames.`,
  ];
}

function throttled(_: AwsError, { service, operation }: FailedCall): ReturnType<Explain> {
  return [
    'THROTTLED',
    `${service} throttled ${operation} for ten minutes without one success.`,
    service === 'S3'
      ? 'Run the step again later; write to a prefix of its own where other jobs load the same bucket.'
      : "Run the step again when the table is less busy, raise the table's read capacity, or set total-segments lower.",
  ];
}

function network(error: AwsError, { service, operation }: FailedCall, subject: Subject): ReturnType<Explain> {
  const region = service === 'S3' ? (subject.destRegion ?? subject.sourceRegion) : subject.sourceRegion;
  const variable = service === 'S3' ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL_DYNAMODB';
  return [
    'NETWORK',
    `${operation} could not reach ${service} in ${region} (${word(nameOf(error))}).`,
    `Check the region's name, ${variable}, HTTPS_PROXY and NO_PROXY, and that the runner may open connections to AWS.`,
  ];
}

function refused(error: AwsError, { service, operation }: FailedCall, subject: Subject): ReturnType<Explain> {
  if (service !== 'S3') return other(error, { service, operation }, subject);
  return [
    'BUCKET_REFUSED_REQUEST',
    `S3 refused ${operation} on the bucket ${subject.bucket} (${word(error.name)}${details(error)}).`,
    error.name === 'AccessControlListNotSupported'
      ? 'The bucket has ACLs disabled: leave ACL out of s3-put-object-kwargs.'
      : 'Check s3-put-object-kwargs and s3-sse-algorithm against what the bucket or the store supports. A store that knows no checksums needs AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.',
  ];
}

function other(error: AwsError, { service, operation }: FailedCall, _: Subject): ReturnType<Explain> {
  return [
    'AWS_ERROR',
    `${service} failed ${operation} with ${word(nameOf(error))}${details(error)}.`,
    'Run the step again. If it fails again, look the error up under that name.',
  ];
}

function details({ $metadata }: AwsError): string {
  const status = $metadata?.httpStatusCode ? `, HTTP ${$metadata.httpStatusCode}` : '';
  const id = $metadata?.requestId ? `, request ${word($metadata.requestId)}` : '';
  return `${status}${id}`;
}

/** A server chooses these words: whatever is not a plain name is not shown. */
function word(text: string): string {
  return /^[\w.-]{1,80}$/.test(text) ? text : 'an unnamed error';
}

/** A fault of the Action itself. Its message is not shown, as messages of JSON.parse and others quote what they read. */
function unexpected(error: unknown): CopyError {
  const name = error instanceof Error ? word(error.name) : 'something that is no error';
  return new CopyError('UNEXPECTED', `${name} ${placeOf(error)}`, 'Please report this with the version of the Action.', {
    cause: error,
  });
}

/** The top frame of the stack, which starts with the message: that may hold lines that look like frames. */
function placeOf(error: unknown): string {
  const { stack = '', message } = error instanceof Error ? error : { message: '' };
  const frames = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return /^ +at .*$/m.exec(frames)?.[0].trim() ?? 'at an unknown place';
}

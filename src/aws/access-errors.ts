import { remedies } from '../remedies.ts';
import type { AwsError, ErrorContext, Explanation, ExplanationRow } from './aws-error.ts';
import type { FailedCall } from './client-middleware.ts';
import { partitionOfRegion } from './partition.ts';

/** Errors about credentials, signatures and permissions. DynamoDB and S3 share them. */
export const ACCESS_ERRORS: readonly ExplanationRow[] = [
  [/^CredentialsProviderError$/, noCredentials],
  [/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/, expired],
  [/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/, clockSkew],
  [/^(SignatureDoesNotMatch|InvalidSignatureException)$/, badSignature],
  [
    /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|IncompleteSignature\w*|MissingAuthenticationToken\w*)$/,
    badCredentials,
  ],
  [/^(AccessDenied|AccessDeniedException|AllAccessDisabled|AccountProblem)$/, denied],
];

function noCredentials(): Explanation {
  return ['CREDENTIALS_MISSING', 'This step has no AWS credentials.', remedies.assumeRoleWithOidc];
}

function expired(): Explanation {
  return ['CREDENTIALS_EXPIRED', 'The AWS credentials of this step have expired.', remedies.continueWithOidc];
}

export function clockSkew(): Explanation {
  return [
    'CLOCK_SKEW',
    "AWS rejected the request because the runner's clock is wrong.",
    'Synchronize the clock of the self-hosted runner (NTP), then re-run the job.',
  ];
}

export function badSignature(error: AwsError, call: Pick<FailedCall, 'service'>): Explanation {
  return /Signature (expired|not yet current)/i.test(error.message) ? clockSkew() : badCredentials(error, call);
}

export function badCredentials(_: AwsError, { service }: Pick<FailedCall, 'service'>): Explanation {
  return [
    'CREDENTIALS_INVALID',
    `${service} rejected the AWS credentials of this step: the access key does not exist, or the secret key or session token does not belong to it.`,
    'Check the step that sets the credentials. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN must come from the same source. An earlier step or the job may have set some of them.',
  ];
}

/** Permissions whose name differs from the name of the operation. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  HeadBucket: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  HeadObject: 's3:GetObject',
  DeleteObjects: 's3:DeleteObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
};

function denied(error: AwsError, { service, operation }: FailedCall, subject: ErrorContext): Explanation {
  // "User: ARN is not authorized to perform: ACTION on resource: ARN because ...". The action can be one of KMS.
  const permission =
    /is not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1] ??
    PERMISSIONS[operation] ??
    `${service === 'S3' ? 's3' : 'dynamodb'}:${operation}`;
  const who = /User: (arn:[\w:/+=,.@-]+) is not/.exec(error.message)?.[1];
  const table = subject.table.name || tableIn(error.message);
  const resource = service === 'S3' ? bucketResource(permission, who, subject) : tableResource(permission, table);
  const explicitly = /explicit deny/.test(error.message)
    ? ' A policy denies it explicitly, which overrides every Allow.'
    : '';
  return [
    'ACCESS_DENIED',
    `${who ?? 'The role of this step'} is not authorized to perform ${permission} on ${resource}.${explicitly}`,
    service === 'S3' ? s3Remedy(permission, resource, subject) : tableRemedy(permission, resource, table),
  ];
}

/** Returns the name of the table in an AWS message, for a step that reads several tables; '' if there is none. */
function tableIn(message: string): string {
  return / on resource: arn:[\w-]+:dynamodb:[\w-]*:\d*:table\/([\w.-]+)/.exec(message)?.[1] ?? '';
}

function tableResource(permission: string, name: string): string {
  if (permission === LIST_TABLES) return 'all tables';
  return permission.startsWith('kms:') ? `the KMS key of the table ${name}` : `the table ${name}`;
}

/** Returns an ARN if the partition is known; otherwise the name of the bucket. */
function bucketResource(permission: string, who: string | undefined, subject: ErrorContext): string {
  const { bucket, destRegion, sourceRegion } = subject;
  if (permission.startsWith('kms:')) return `the KMS key of the bucket ${bucket}`;
  const partition = who?.split(':')[1] ?? partitionOfRegion(destRegion ?? sourceRegion)?.name;
  if (partition === undefined) return `the bucket ${bucket}`;
  // Permissions such as s3:ListBucket apply to the bucket, all others to its objects.
  return `arn:${partition}:s3:::${bucket}${/^s3:\w*Bucket/.test(permission) ? '' : '/*'}`;
}

/**
 * This permission cannot be limited to tables.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
const LIST_TABLES = 'dynamodb:ListTables';

function tableRemedy(permission: string, resource: string, name: string): string {
  if (permission === LIST_TABLES) return `Grant ${permission} on the resource * to the role.`;
  const index = permission === 'dynamodb:Scan' ? ` To scan an index, grant it on table/${name}/index/* too.` : '';
  return `Grant ${permission} on ${resource} to the role.${index}`;
}

function s3Remedy(permission: string, resource: string, { bucketOwner }: ErrorContext): string {
  if (permission.startsWith('kms:')) {
    return `Grant ${permission} on ${resource} to the role, both in the role's policy and in the key policy. A multipart upload needs kms:GenerateDataKey and kms:Decrypt.`;
  }
  const owner = bucketOwner ? `, and ${remedies.bucketOwnerClause(bucketOwner)}` : '';
  return `Grant ${permission} on ${resource} to the role. If the bucket belongs to another account, grant it in the bucket policy too. Check that the bucket policy does not require another encryption, another ACL or signed payloads${owner}.`;
}

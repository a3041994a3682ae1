import type { AwsError, Explanation, ExplanationRow, Subject } from './aws-error.ts';
import type { FailedCall } from './failed-call.ts';

/** Who asks, and whether they may: the errors that both services share. */
export const ACCESS_ERRORS: readonly ExplanationRow[] = [
  [/^CredentialsProviderError$/, noCredentials],
  [/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/, expired],
  [/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/, skewed],
  [/^(SignatureDoesNotMatch|InvalidSignatureException)$/, badSignature],
  [
    /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|IncompleteSignature\w*|MissingAuthenticationToken\w*)$/,
    badCredentials,
  ],
  [/^(AccessDenied|AccessDeniedException|AllAccessDisabled|AccountProblem)$/, denied],
];

function noCredentials(): Explanation {
  return [
    'CREDENTIALS_MISSING',
    'There are no AWS credentials in this step.',
    'Set role-to-assume, and `permissions: id-token: write` in the job, or add a step with aws-actions/configure-aws-credentials before this one.',
  ];
}

function expired(): Explanation {
  return [
    'CREDENTIALS_EXPIRED',
    'The AWS credentials of this step have expired.',
    'Set role-to-assume, and `permissions: id-token: write` in the job: this Action then renews its credentials for as long as the copy takes. Those that an earlier step left in the environment cannot be renewed; they can only be made to last longer (its role-duration-seconds).',
  ];
}

export function skewed(): Explanation {
  return [
    'CLOCK_SKEW',
    "AWS refuses the request because the runner's clock is wrong.",
    'Set the clock of the self-hosted runner (NTP), then run the step again.',
  ];
}

export function badSignature(error: AwsError, call: Pick<FailedCall, 'service'>): Explanation {
  return /Signature (expired|not yet current)/i.test(error.message) ? skewed() : badCredentials(error, call);
}

export function badCredentials(_: AwsError, { service }: Pick<FailedCall, 'service'>): Explanation {
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

function denied(error: AwsError, { service, operation }: FailedCall, subject: Subject): Explanation {
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

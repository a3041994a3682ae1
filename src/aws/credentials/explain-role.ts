import { CopyError } from '../../errors.ts';
import { remedies } from '../../remedies.ts';
import { badCredentials, badSignature, clockSkew } from '../access-errors.ts';
import {
  type AwsError,
  type ErrorMatcher,
  type Explanation,
  errorName,
  matchesError,
  safeName,
  statusAndRequestId,
} from '../aws-error.ts';
import { accountOf } from '../partition.ts';
import { isThrottle } from '../throttle.ts';
import { type IdTokenClaims, IdTokenError } from './id-token-claims.ts';
import { AUDIENCE_REJECTED, PROVIDER_MISSING } from './retryable.ts';
import type { RoleRequest } from './sts.ts';

interface ByOidc {
  readonly role: RoleRequest;
  readonly audience: string;
  readonly claims: IdTokenClaims;
}

interface FromParent {
  readonly role: RoleRequest;
  /** Description of the identity that sent the request. */
  readonly parent: string;
}

type Row<How> = readonly [matcher: ErrorMatcher, explain: (error: AwsError, how: How) => Explanation];

/** Returns the reason why a role could not be assumed with the job's ID token. */
export function explainWebIdentity(error: unknown, how: ByOidc): CopyError {
  return explainBy([...OIDC_ERRORS, ...SHARED_ERRORS], error, how);
}

/** Returns the reason why a role could not be assumed with other credentials. */
export function explainAssumedRole(error: unknown, how: FromParent): CopyError {
  return explainBy([...PARENT_ERRORS, ...SHARED_ERRORS], error, how);
}

function explainBy<How extends { readonly role: RoleRequest }>(
  rows: readonly Row<How>[],
  error: unknown,
  how: How,
): CopyError {
  if (error instanceof CopyError) return error;
  const known: AwsError = error instanceof Error ? error : new Error('not an error');
  const [, explain] = rows.find(([matcher]) => matchesError(matcher, known)) ?? [undefined, other];
  const [code, message, remedy] = explain(known, how);
  return new CopyError(code, message, remedy, { cause: error });
}

const OIDC_ERRORS: readonly Row<ByOidc>[] = [
  [/^IdTokenError$/, noIdToken],
  [/^AccessDenied(Exception)?$/, trustPolicy],
  [/^(InvalidIdentityToken|IDPCommunicationError|ExpiredToken)(Exception)?$/, idTokenRejected],
];

const PARENT_ERRORS: readonly Row<FromParent>[] = [
  [/^AccessDenied(Exception)?$/, notTrusted],
  [/^ExpiredToken(Exception)?$/, parentExpired],
  [/^SignatureDoesNotMatch$/, (error) => badSignature(error, { service: 'STS' })],
  [/^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture)$/, clockSkew],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|MissingAuthenticationToken\w*)$/,
    (error) => badCredentials(error, { service: 'STS' }),
  ],
];

const SHARED_ERRORS: readonly Row<{ readonly role: RoleRequest }>[] = [
  [/^ValidationError(Exception)?$/, invalid],
  [isThrottle, throttled],
  [/^(E[A-Z_]+|TimeoutError|AbortError|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, network],
];

function noIdToken(error: AwsError, { role }: ByOidc): Explanation {
  const { message } = error;
  if (error instanceof IdTokenError && error.status === 401) {
    return [
      'ID_TOKEN_MISSING',
      `GitHub rejected the request for an ID token (${message}). The Action needs it to assume ${role.arn}. The token that authorizes these requests expires 6 hours and 20 minutes after GitHub created it for the job and is not renewed.`,
      remedies.renewIdToken,
    ];
  }
  return [
    'ID_TOKEN_MISSING',
    `GitHub did not issue an ID token for this job (${message}).`,
    remedies.addOidcPermission,
  ];
}

/**
 * STS returns only "not authorized", both if the role does not exist and if its trust policy does not match the token.
 */
function trustPolicy(_: AwsError, { role, audience, claims }: ByOidc): Explanation {
  const { issuer = 'https://token.actions.githubusercontent.com', subject = '(none)', otherSubject } = claims;
  const provider = issuer.replace(/^https?:\/\//, '');
  const other = otherSubject
    ? ` A trust policy with the other form of sub, "${otherSubject}", does not match: repositories created, renamed or transferred since 15 July 2026 have IDs in sub.`
    : '';
  return [
    'ASSUME_ROLE_FAILED',
    `This job is not authorized to assume ${role.arn}: the trust policy of the role does not match the job, or the role does not exist. The job's ID token has sub "${subject}" and aud "${audience}".${other}`,
    `Check the name of the role. Check that its trust policy allows sts:AssumeRoleWithWebIdentity for arn:${partitionName(role)}:iam::${accountOf(role.arn)}:oidc-provider/${provider} if ${provider}:sub is exactly this sub (case-sensitive) and ${provider}:aud is ${audience}.`,
  ];
}

function idTokenRejected(error: AwsError, { role, audience, claims }: ByOidc): Explanation {
  const { issuer = 'https://token.actions.githubusercontent.com' } = claims;
  const account = accountOf(role.arn);
  if (AUDIENCE_REJECTED.test(error.message)) {
    return [
      'ID_TOKEN_REJECTED',
      `The identity provider ${issuer} in account ${account} does not accept the audience ${audience} of the job's ID token.`,
      remedies.changeAudience(audience),
    ];
  }
  if (PROVIDER_MISSING.test(error.message)) {
    return [
      'ID_TOKEN_REJECTED',
      `Account ${account} has no identity provider for ${issuer}.`,
      `Create an OpenID Connect identity provider with this URL and the audience ${audience} in IAM. Check that the role is in the intended account.`,
    ];
  }
  return [
    'ID_TOKEN_REJECTED',
    `AWS could not verify the job's ID token (${safeName(errorName(error))}${statusAndRequestId(error)}). Each attempt used a new token.`,
    `Re-run the job. AWS sometimes cannot get the keys of ${issuer}. If it fails again, check the status pages of GitHub and AWS. A GitHub Enterprise Server must be reachable from the internet and must have the correct time.`,
  ];
}

function notTrusted(error: AwsError, { role, parent }: FromParent): Explanation {
  const who = /User: (arn:[\w:/+=,.@-]+) is not/.exec(error.message)?.[1];
  return [
    'ASSUME_ROLE_FAILED',
    `${who ?? `The identity of this step (${parent})`} is not authorized to perform sts:AssumeRole on ${role.arn}, or the role does not exist.`,
    remedies.assumeRoleFrom(role.externalId !== undefined),
  ];
}

function parentExpired(_: AwsError, { role, parent }: FromParent): Explanation {
  return [
    'CREDENTIALS_EXPIRED',
    `Cannot assume ${role.arn}: the AWS credentials for this request have expired (${parent}).`,
    remedies.continueWithoutChaining,
  ];
}

/**
 * "The requested DurationSeconds exceeds the MaxSessionDuration set for this role", or "... the 1 hour session limit".
 */
function invalid(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  if (/DurationSeconds/i.test(error.message)) {
    const chained = /1 hour session limit/i.test(error.message);
    return [
      'ROLE_SESSION_TOO_LONG',
      chained
        ? `A session of ${role.durationSeconds} seconds was requested, but ${role.arn} is assumed from another role. AWS limits such sessions to one hour.`
        : `A session of ${role.durationSeconds} seconds was requested, which exceeds the maximum session duration of ${role.arn}.`,
      remedies.shortenRoleSession(chained),
    ];
  }
  return [
    'ASSUME_ROLE_FAILED',
    `STS rejected the request to assume ${role.arn} as invalid (${safeName(errorName(error))}${statusAndRequestId(error)}).`,
    remedies.changeRoleInputs,
  ];
}

function throttled(_: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return ['THROTTLED', `STS throttled every request to assume ${role.arn}.`, remedies.reduceMatrix];
}

function network(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return [
    'NETWORK',
    `Network error: cannot reach STS in ${role.region} (${safeName(errorName(error))}).`,
    'Check the name of the Region, AWS_ENDPOINT_URL_STS, HTTPS_PROXY and NO_PROXY, and that the runner can connect to this endpoint.',
  ];
}

function other(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return [
    'AWS_ERROR',
    `Cannot assume ${role.arn}: STS failed with ${safeName(errorName(error))}${statusAndRequestId(error)}.`,
    'Re-run the job. If it fails again, look up the name of the error in the AWS documentation.',
  ];
}

function partitionName({ arn }: RoleRequest): string {
  return arn.split(':')[1] ?? 'aws';
}

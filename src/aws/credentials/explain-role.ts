import { CopyError } from '../../errors.ts';
import { badCredentials, badSignature, skewed } from '../access-errors.ts';
import { type AwsError, details, type Explanation, nameOf, word } from '../aws-error.ts';
import { type Claims, IdTokenError } from './id-token.ts';
import { accountOf } from './partition.ts';
import { AUDIENCE_REFUSED, PROVIDER_MISSING } from './passes.ts';
import type { RoleRequest } from './sts.ts';

interface ByOidc {
  readonly role: RoleRequest;
  readonly audience: string;
  readonly claims: Claims;
}

interface FromParent {
  readonly role: RoleRequest;
  /** Who asked. */
  readonly parent: string;
}

type Row<How> = readonly [names: RegExp, explain: (error: AwsError, how: How) => Explanation];

/** Why a role could not be assumed with the job's ID token. */
export function explainWebIdentity(error: unknown, how: ByOidc): CopyError {
  return explainBy([...OIDC_ERRORS, ...SHARED_ERRORS], error, how);
}

/** Why a role could not be assumed from other credentials. */
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
  const [, explain] = rows.find(([names]) => names.test(nameOf(known))) ?? [undefined, other];
  const [code, message, remedy] = explain(known, how);
  return new CopyError(code, message, remedy, { cause: error });
}

const OIDC_ERRORS: readonly Row<ByOidc>[] = [
  [/^IdTokenError$/, noIdToken],
  [/^AccessDenied(Exception)?$/, trustPolicy],
  [/^(InvalidIdentityToken|IDPCommunicationError|ExpiredToken)(Exception)?$/, idTokenRefused],
];

const PARENT_ERRORS: readonly Row<FromParent>[] = [
  [/^AccessDenied(Exception)?$/, notTrusted],
  [/^ExpiredToken(Exception)?$/, parentExpired],
  [/^SignatureDoesNotMatch$/, (error) => badSignature(error, { service: 'STS' })],
  [/^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture)$/, skewed],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|MissingAuthenticationToken\w*)$/,
    (error) => badCredentials(error, { service: 'STS' }),
  ],
];

const SHARED_ERRORS: readonly Row<{ readonly role: RoleRequest }>[] = [
  [/^ValidationError(Exception)?$/, invalid],
  [/^(Throttl\w+|RequestLimitExceeded|RequestThrottled\w*|TooManyRequests\w*|SlowDown)$/, throttled],
  [/^(E[A-Z_]+|TimeoutError|AbortError|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, network],
];

function noIdToken(error: AwsError, { role }: ByOidc): Explanation {
  const { message } = error;
  if (error instanceof IdTokenError && error.status === 401) {
    return [
      'ID_TOKEN_MISSING',
      `GitHub rejected the request for an ID token (${message}), which is needed to assume ${role.arn}. The token that authorizes these requests expires 6 hours and 20 minutes after GitHub created it for the job, and is not renewed.`,
      'Re-run the failed job: it gets a new token. If the job needs longer than 6 hours, set role-duration-seconds so that the last session lasts to its end, or divide the table among several jobs (Segment and TotalSegments in dynamodb-scan-kwargs).',
    ];
  }
  return [
    'ID_TOKEN_MISSING',
    `GitHub gave this job no ID token (${message}).`,
    'Run the job again. If it fails again, check that the job still has `permissions: id-token: write`, and on a self-hosted runner that it may open connections to GitHub.',
  ];
}

/** STS says no more than "not authorized": neither that there is no such role, nor what of its policy did not match. */
function trustPolicy(_: AwsError, { role, audience, claims }: ByOidc): Explanation {
  const { issuer = 'https://token.actions.githubusercontent.com', subject = '(none)', otherSubject } = claims;
  const provider = issuer.replace(/^https?:\/\//, '');
  const other = otherSubject
    ? ` A policy written for the other form, "${otherSubject}", does not match it: repositories made, renamed or transferred since 15 July 2026 have their ids in it.`
    : '';
  return [
    'ROLE_REFUSED',
    `AWS does not let this job assume ${role.arn}: its trust policy does not match the job, or there is no such role. The job's ID token says sub "${subject}" and aud "${audience}".${other}`,
    `Check the name of the role, and that its trust policy allows sts:AssumeRoleWithWebIdentity to arn:${partitionName(role)}:iam::${accountOf(role.arn)}:oidc-provider/${provider} where ${provider}:sub is exactly that (upper and lower case count) and ${provider}:aud is ${audience}.`,
  ];
}

function idTokenRefused(error: AwsError, { role, audience, claims }: ByOidc): Explanation {
  const { issuer = 'https://token.actions.githubusercontent.com' } = claims;
  const account = accountOf(role.arn);
  if (AUDIENCE_REFUSED.test(error.message)) {
    return [
      'ID_TOKEN_REFUSED',
      `The identity provider ${issuer} in account ${account} does not know the audience ${audience} of the job's ID token.`,
      `Add ${audience} to the provider's audiences, or set audience to one that it has.`,
    ];
  }
  if (PROVIDER_MISSING.test(error.message)) {
    return [
      'ID_TOKEN_REFUSED',
      `Account ${account} has no identity provider for ${issuer}.`,
      `Add one in IAM, of type OpenID Connect, with that URL and the audience ${audience}; and check that the role is in the account that you mean.`,
    ];
  }
  return [
    'ID_TOKEN_REFUSED',
    `AWS could not check the job's ID token (${word(nameOf(error))}${details(error)}), however often it got a new one.`,
    `Run the job again: now and then AWS does not reach the keys of ${issuer}. If it fails again, look at the status of GitHub and AWS; a GitHub Enterprise Server must be reachable from the internet, and its clock must be right.`,
  ];
}

function notTrusted(error: AwsError, { role, parent }: FromParent): Explanation {
  const who = /User: (arn:[\w:/+=,.@-]+) is not/.exec(error.message)?.[1];
  const externalId = role.externalId === undefined ? ', which may ask for role-external-id' : ', and role-external-id';
  return [
    'ROLE_REFUSED',
    `${who ?? `Who has ${parent}`} may not assume ${role.arn}, or there is no such role.`,
    `Check the name of the role, that ${who ? 'that identity' : 'the identity'} has sts:AssumeRole on it, and the role's trust policy${externalId}. For OIDC instead, leave role-chaining out and give the job \`permissions: id-token: write\`.`,
  ];
}

function parentExpired(_: AwsError, { role, parent }: FromParent): Explanation {
  return [
    'CREDENTIALS_EXPIRED',
    `${role.arn} cannot be assumed anew: ${parent} have expired.`,
    'Give the job `permissions: id-token: write` and leave role-chaining out: the Action then renews its credentials for as long as the copy takes. Those of the environment cannot be renewed; they can only be made to last longer.',
  ];
}

/** "The requested DurationSeconds exceeds the MaxSessionDuration set for this role", or "... the 1 hour session limit". */
function invalid(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  if (/DurationSeconds/i.test(error.message)) {
    const chained = /1 hour session limit/i.test(error.message);
    return [
      'ROLE_SESSION_TOO_LONG',
      chained
        ? `AWS gives sessions of ${role.arn} for one hour at most, as it is assumed from another role, and role-duration-seconds is ${role.durationSeconds}.`
        : `role-duration-seconds is ${role.durationSeconds}, which is longer than the maximum session duration of ${role.arn}.`,
      "Leave role-duration-seconds out: sessions are renewed for as long as the copy takes. Or raise the role's maximum.",
    ];
  }
  return [
    'ROLE_REFUSED',
    `AWS takes ${role.arn} for no role that can be assumed, or its session for no valid one (${word(nameOf(error))}${details(error)}).`,
    'Check the ARN of the role, role-session-name and role-external-id.',
  ];
}

function throttled(_: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return [
    'THROTTLED',
    `STS throttled the requests for ${role.arn}, however long they were repeated.`,
    'Run the job again later; a matrix with fewer jobs at a time (max-parallel) asks less often.',
  ];
}

function network(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return [
    'NETWORK',
    `STS could not be reached in ${role.region} (${word(nameOf(error))}).`,
    "Check the region's name, AWS_ENDPOINT_URL_STS, HTTPS_PROXY and NO_PROXY, and that the runner may open connections to AWS.",
  ];
}

function other(error: AwsError, { role }: { readonly role: RoleRequest }): Explanation {
  return [
    'AWS_ERROR',
    `${role.arn} could not be assumed: STS failed with ${word(nameOf(error))}${details(error)}.`,
    'Run the job again. If it fails again, look the error up under that name.',
  ];
}

function partitionName({ arn }: RoleRequest): string {
  return arn.split(':')[1] ?? 'aws';
}

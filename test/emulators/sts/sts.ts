import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CREDENTIALS } from '../../fixtures/credentials.ts';
import { dynamoDbError, type Fault, type HttpResponse, s3Error } from '../faults.ts';
import { type FaultHook, type RecordedRequest, startRecordingProxy } from '../recording-proxy.ts';
import { type VerifiedClaims, verifyToken } from './verify-token.ts';

/** Trust policy and maximum session duration of a role. */
export interface Trust {
  /** Exact `sub` claim of the ID token. */
  readonly subject?: string;
  /** ARNs of roles, or 'environment' for the credentials in environment variables. */
  readonly principals?: readonly string[];
  readonly externalId?: string;
  /** Default: 3600. */
  readonly maximumSeconds?: number;
}

export interface StsOptions {
  /** Existing roles by ARN. */
  readonly roles: Readonly<Record<string, Trust>>;
  /** Audiences of the identity provider in every account; undefined if there is no identity provider. */
  readonly audiences?: readonly string[] | undefined;
  /** Seconds until the returned expiration. Default: the requested duration. */
  readonly expiresAfterSeconds?: number;
  /** Age in milliseconds at which a session is rejected, regardless of its expiration. Default: never. */
  readonly refusedAfterMs?: number;
  /** URL of a server, such as moto (which accepts every caller), that receives all requests. */
  readonly target?: string | undefined;
  /** Milliseconds by which the clock of the service is ahead of the clock of this machine. */
  readonly clockOffsetMs?: number;
}

interface StsDetails {
  readonly parameters: Readonly<Record<string, string>>;
}

export type StsRequest = RecordedRequest<StsDetails>;

/** Credentials that STS issued. */
export interface IssuedSession {
  readonly role: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Value of `performance.now()` when the request arrived. */
  readonly at: number;
}

/** AWS Security Token Service behind a recording proxy: emulated, or another server. */
export interface StsService extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly StsRequest[];
  readonly sessions: readonly IssuedSession[];
  readonly inject: (hook?: FaultHook<StsDetails>) => void;
  /** Returns the role whose credentials signed a request to another service, or 'environment'. */
  readonly roleOf: (headers: IncomingHttpHeaders) => string | undefined;
  /** Returns the error of another service for the credentials of a request; undefined if they are valid. */
  readonly refusal: (headers: IncomingHttpHeaders, service: 'dynamodb' | 's3') => Fault | undefined;
  /** Revokes all sessions issued so far. */
  readonly revoke: () => void;
}

export async function openStsService(options: StsOptions): Promise<StsService> {
  const sessions: IssuedSession[] = [];
  const now = () => Date.now() + (options.clockOffsetMs ?? 0);
  let revokedBefore = 0;
  const roleOf = (headers: IncomingHttpHeaders): string | undefined => {
    const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
    if (key === CREDENTIALS.accessKeyId) return 'environment';
    const session = sessions.find(({ accessKeyId }) => accessKeyId === key);
    return session?.sessionToken === headers['x-amz-security-token'] ? session?.role : undefined;
  };
  const isExpired = (headers: IncomingHttpHeaders): boolean => {
    const session = sessions.find(({ sessionToken }) => sessionToken === headers['x-amz-security-token']);
    if (session === undefined) return false;
    const age = performance.now() - session.at;
    return age > (options.refusedAfterMs ?? Number.POSITIVE_INFINITY) || session.at < revokedBefore;
  };
  const proxy = await startRecordingProxy<StsDetails>({
    target: new URL(options.target ?? 'http://127.0.0.1:9'),
    describe({ body }) {
      const parameters = Object.fromEntries(new URLSearchParams(body.toString()));
      return { operation: parameters['Action'] ?? '', parameters };
    },
    async serve(request, raw, pass) {
      if (options.target !== undefined) return await pass(raw);
      const httpResponse = isExpired(request.headers)
        ? stsError('ExpiredToken', 'The security token included in the request is expired', 403)
        : await responseOf(request, options, roleOf(request.headers), now());
      return { ...httpResponse, headers: { ...httpResponse.headers, date: new Date(now()).toUTCString() } };
    },
    observe({ parameters, at }, { body }) {
      const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(
        (name) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(body.toString())?.[1],
      );
      if (!accessKeyId || !secretAccessKey || !sessionToken) return;
      sessions.push({ role: parameters['RoleArn'] ?? '', accessKeyId, secretAccessKey, sessionToken, at });
    },
  });
  return {
    env: { AWS_ENDPOINT_URL_STS: proxy.endpoint },
    requests: proxy.requests,
    sessions,
    inject: proxy.inject,
    roleOf,
    refusal(headers, service) {
      if (roleOf(headers) === undefined) {
        return service === 's3'
          ? s3Error('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.')
          : dynamoDbError('UnrecognizedClientException', 'The security token included in the request is invalid.');
      }
      if (!isExpired(headers)) return undefined;
      return service === 's3'
        ? s3Error('ExpiredToken', 400, 'The provided token has expired.')
        : dynamoDbError('ExpiredTokenException', 'The security token included in the request is expired');
    },
    revoke() {
      revokedBefore = performance.now();
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** Returns the response of the real service, as far as a caller can observe it. */
async function responseOf(
  { operation, parameters, headers }: StsRequest,
  options: StsOptions,
  caller: string | undefined,
  now: number,
): Promise<HttpResponse> {
  const { RoleArn = '', WebIdentityToken = '', ExternalId, DurationSeconds = '3600' } = parameters;
  const role = options.roles[RoleArn];
  if (operation === 'GetCallerIdentity') return callerIdentity(caller);
  if (operation === 'AssumeRoleWithWebIdentity') {
    let claims: VerifiedClaims;
    try {
      claims = await verifyToken(WebIdentityToken);
    } catch (error) {
      return stsError('InvalidIdentityToken', (error as Error).message);
    }
    const { audiences = ['sts.amazonaws.com'] } = 'audiences' in options ? options : {};
    if ('audiences' in options && options.audiences === undefined) {
      return stsError('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${claims.iss}`);
    }
    if (!audiences.includes(claims.aud)) return stsError('InvalidIdentityToken', 'Incorrect token audience');
    if (role?.subject !== claims.sub) {
      return stsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
    }
  } else {
    const signedAt = dateOf(headers);
    if (Math.abs(signedAt - now) > SKEW_MS) {
      const [signed, current] = [signedAt, now].map((time) => new Date(time).toISOString());
      return stsError(
        'SignatureDoesNotMatch',
        `Signature expired: ${signed} is now earlier than ${current} - 15 min.`,
        403,
      );
    }
    if (caller === undefined)
      return stsError('InvalidClientTokenId', 'The security token included in the request is invalid', 403);
    if (!role?.principals?.includes(caller) || role.externalId !== ExternalId) {
      return stsError(
        'AccessDenied',
        `User: ${arnOf(caller)} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
        403,
      );
    }
    if (caller !== 'environment' && Number(DurationSeconds) > 3600) {
      return stsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      );
    }
  }
  if (Number(DurationSeconds) > (role.maximumSeconds ?? 3600)) {
    return stsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  return issued(operation, RoleArn, now + 1000 * (options.expiresAfterSeconds ?? Number(DurationSeconds)));
}

const SKEW_MS = 15 * 60_000;

/** `20261122T201700Z` */
function dateOf(headers: IncomingHttpHeaders): number {
  const date = String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(date);
}

/** Returns an STS error: `stsError("IDPCommunicationError", "...", 400)`. */
export function stsError(code: string, message = code, status = 400): HttpResponse {
  return xml(
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>REQUEST-ID</RequestId></ErrorResponse>`,
    status,
  );
}

function issued(operation: string, role: string, until: number): HttpResponse {
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  return xml(`<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>
<Credentials><AccessKeyId>ASIA${secret(8).toUpperCase()}</AccessKeyId><SecretAccessKey>${secret(20)}</SecretAccessKey><SessionToken>session-${secret(64)}</SessionToken><Expiration>${new Date(until).toISOString()}</Expiration></Credentials>
<AssumedRoleUser><Arn>${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/GitHubActions</Arn><AssumedRoleId>AROA:GitHubActions</AssumedRoleId></AssumedRoleUser>
</${operation}Result><ResponseMetadata><RequestId>REQUEST-ID</RequestId></ResponseMetadata></${operation}Response>`);
}

function callerIdentity(caller: string | undefined): HttpResponse {
  const account = caller?.startsWith('arn:') ? caller.split(':')[4] : '123456789012';
  return xml(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arnOf(caller ?? '')}</Arn><UserId>U</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
}

function arnOf(caller: string): string {
  return caller.startsWith('arn:') ? caller : 'arn:aws:iam::123456789012:user/of-the-environment';
}

function xml(text: string, status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) };
}

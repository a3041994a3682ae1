import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CREDENTIALS } from '../../fixtures/credentials.ts';
import { type Answer, dynamoDbError, type Fault, s3Error } from '../faults.ts';
import { type FaultHook, type RecordedRequest, startRecordingProxy } from '../recording-proxy.ts';
import { type VerifiedClaims, verifyToken } from './verify-token.ts';

/** Whom a role trusts, and for how long. */
export interface Trust {
  /** Of an ID token, exactly. */
  readonly subject?: string;
  /** ARNs of roles, or 'environment'. */
  readonly principals?: readonly string[];
  readonly externalId?: string;
  /** An hour unless set. */
  readonly maximumSeconds?: number;
}

export interface StsOptions {
  /** By ARN. One that is not here does not exist. */
  readonly roles: Readonly<Record<string, Trust>>;
  /** Of the identity provider in every account; undefined: there is none. */
  readonly audiences?: readonly string[] | undefined;
  /** How far ahead the expiry is that it answers, where it is not what was asked for. */
  readonly expiresAfterSeconds?: number;
  /** From what age on a session is refused, where it is not its expiry. */
  readonly refusedAfterMs?: number;
  /** Asks this server, such as moto, which believes everybody, instead of answering itself. */
  readonly target?: string | undefined;
  /** How far the service's clock is ahead of this machine's. */
  readonly clockOffsetMs?: number;
}

interface StsDetails {
  readonly parameters: Readonly<Record<string, string>>;
}

export type StsRequest = RecordedRequest<StsDetails>;

/** Credentials that it issued. */
export interface IssuedSession {
  readonly role: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** By `performance.now()`. */
  readonly at: number;
}

/** The Security Token Service behind a recording proxy: a double, or a real server that is asked. */
export interface StsService extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly requests: readonly StsRequest[];
  readonly sessions: readonly IssuedSession[];
  readonly inject: (hook?: FaultHook<StsDetails>) => void;
  /** The role that a request to another service was signed for, or 'environment'. */
  readonly roleOf: (headers: IncomingHttpHeaders) => string | undefined;
  /** What another service says to a request by its credentials: nothing where they hold. */
  readonly refusal: (headers: IncomingHttpHeaders, service: 'dynamodb' | 's3') => Fault | undefined;
  /** Forgets all sessions so far: they are refused from now on. */
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
  const isOver = (headers: IncomingHttpHeaders): boolean => {
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
      const answer = isOver(request.headers)
        ? stsError('ExpiredToken', 'The security token included in the request is expired', 403)
        : await answerOf(request, options, roleOf(request.headers), now());
      return { ...answer, headers: { ...answer.headers, date: new Date(now()).toUTCString() } };
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
      if (!isOver(headers)) return undefined;
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

/** What the real service says, as far as a caller can tell. */
async function answerOf(
  { operation, parameters, headers }: StsRequest,
  options: StsOptions,
  caller: string | undefined,
  now: number,
): Promise<Answer> {
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
      const [signed, its] = [signedAt, now].map((time) => new Date(time).toISOString());
      return stsError(
        'SignatureDoesNotMatch',
        `Signature expired: ${signed} is now earlier than ${its} - 15 min.`,
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

/** An STS error: `stsError("IDPCommunicationError", "...", 400)`. */
export function stsError(code: string, message = code, status = 400): Answer {
  return xml(
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>REQUEST-ID</RequestId></ErrorResponse>`,
    status,
  );
}

function issued(operation: string, role: string, until: number): Answer {
  const secret = (bytes: number) => randomBytes(bytes).toString('hex');
  return xml(`<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>
<Credentials><AccessKeyId>ASIA${secret(8).toUpperCase()}</AccessKeyId><SecretAccessKey>${secret(20)}</SecretAccessKey><SessionToken>session-${secret(64)}</SessionToken><Expiration>${new Date(until).toISOString()}</Expiration></Credentials>
<AssumedRoleUser><Arn>${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/GitHubActions</Arn><AssumedRoleId>AROA:GitHubActions</AssumedRoleId></AssumedRoleUser>
</${operation}Result><ResponseMetadata><RequestId>REQUEST-ID</RequestId></ResponseMetadata></${operation}Response>`);
}

function callerIdentity(caller: string | undefined): Answer {
  const account = caller?.startsWith('arn:') ? caller.split(':')[4] : '123456789012';
  return xml(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arnOf(caller ?? '')}</Arn><UserId>U</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
}

function arnOf(caller: string): string {
  return caller.startsWith('arn:') ? caller : 'arn:aws:iam::123456789012:user/of-the-environment';
}

function xml(text: string, status = 200): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) };
}

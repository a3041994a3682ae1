import { generateKeyPair, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { startScriptedServer } from '../../aws/scripted-server.ts';

/** Emulates the OIDC provider of GitHub and the request URL for ID tokens in a job. */
export interface OidcIssuer extends AsyncDisposable {
  readonly url: string;
  /** Variables that the runner sets in a job with `permissions: id-token: write`. */
  readonly env: Readonly<Record<string, string>>;
  /** Issued tokens, in order. */
  readonly tokens: readonly string[];
  /** Sets a function that returns the error status of the nth token request; undefined issues a token. */
  readonly refuse: (status?: (nth: number) => number | undefined) => void;
}

export interface IssuerOptions {
  /** Default: `repo:octo-org/shop:ref:refs/heads/main`. */
  readonly subject?: string;
}

export const SUBJECT = 'repo:octo-org/shop:ref:refs/heads/main';
export const NUMBERED_SUBJECT = 'repo:octo-org@987654321/shop@123456789:ref:refs/heads/main';

const LIFETIME_SECONDS = 300;

/** Issues tokens that are signed with RS256, valid for 5 minutes, and verifiable with the published keys. */
export async function startOidcIssuer({ subject = SUBJECT }: IssuerOptions = {}): Promise<OidcIssuer> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const bearer = `request-token-${randomUUID()}`;
  const tokens: string[] = [];
  let tokenRequests = 0;
  let refusal: (nth: number) => number | undefined = () => undefined;

  const issue = (audience: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const token = signed({
      iss: server.endpoint,
      sub: subject,
      aud: audience,
      iat: now,
      nbf: now - 5,
      exp: now + LIFETIME_SECONDS,
      jti: randomUUID(),
      repository: 'octo-org/shop',
      repository_id: '123456789',
      repository_owner: 'octo-org',
      repository_owner_id: '987654321',
      ref: 'refs/heads/main',
    });
    tokens.push(token);
    return token;
  };
  const signed = (claims: object): string => {
    const text = [{ alg: 'RS256', kid: 'key-1', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };

  const server = await startScriptedServer(({ url, headers }) => {
    const { pathname, searchParams } = new URL(url, 'http://issuer');
    if (pathname === '/.well-known/jwks') {
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' }] });
    }
    if (pathname === '/.well-known/openid-configuration') {
      return json({ issuer: server.endpoint, jwks_uri: `${server.endpoint}/.well-known/jwks` });
    }
    if (pathname !== '/token') return { status: 404 };
    tokenRequests += 1;
    const status = headers.authorization === `Bearer ${bearer}` ? refusal(tokenRequests) : 401;
    if (status !== undefined) return json({ message: `refused, for the holder of ${headers.authorization}` }, status);
    return json({ value: issue(searchParams.get('audience') ?? 'https://github.com/octo-org') });
  });
  return {
    url: server.endpoint,
    env: {
      // Like the URL of the runner, it has a query string, so the audience is appended with an ampersand.
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.endpoint}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    },
    tokens,
    refuse(status = () => undefined) {
      refusal = status;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function json(body: object, status = 200) {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

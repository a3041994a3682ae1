import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';

/** Claims of an ID token that a trust policy can check. */
export interface VerifiedClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
}

/**
 * Verifies an ID token like AWS: its signature with the published keys of the issuer, and its validity period.
 *
 * @throws an error with the message of STS if the token is invalid
 */
export async function verifyToken(token: string): Promise<VerifiedClaims> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid } = decoded(header) as { alg: string; kid: string };
  const claims = decoded(payload) as VerifiedClaims & { nbf: number; exp: number };
  const { keys } = (await (await fetch(`${claims.iss}/.well-known/jwks`)).json()) as { keys: JsonWebKey[] };
  const key = keys.find((known) => known['kid'] === kid);
  if (alg !== 'RS256' || !key) throw new Error("Couldn't retrieve verification key from your identity provider");
  const publicKey = createPublicKey({ key, format: 'jwk' });
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))) {
    throw new Error('Provided Token is not a Login With Amazon token');
  }
  const now = Date.now() / 1000;
  if (now < claims.nbf || now >= claims.exp) throw new Error('Token expired');
  return claims;
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

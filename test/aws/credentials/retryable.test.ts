import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdTokenError } from '../../../src/aws/credentials/id-token-claims.ts';
import { isRetryable } from '../../../src/aws/credentials/retryable.ts';
import { CopyError } from '../../../src/errors.ts';

function failure(name: string, message = name, httpStatusCode = 400, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, ...more } });
}

const CASES: readonly (readonly [what: string, error: unknown, expected: boolean])[] = [
  [
    'the keys of the issuer cannot be retrieved',
    failure('InvalidIdentityToken', "Couldn't retrieve verification key"),
    true,
  ],
  [
    'the keys of the issuer cannot be retrieved (long error name)',
    failure('InvalidIdentityTokenException', "Couldn't retrieve verification key"),
    true,
  ],
  ['the issuer cannot be reached', failure('IDPCommunicationError'), true],
  ['the ID token has expired', failure('ExpiredTokenException', 'Token expired: current date/time'), true],
  ['STS has an internal error', failure('InternalFailure', 'x', 500), true],
  ['STS is unavailable', failure('ServiceUnavailable', 'x', 503), true],
  ['the connection is reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
  ['the request times out', Object.assign(new Error('x'), { name: 'AbortError' }), true],
  ['STS throttles the request', failure('Throttling', 'Rate exceeded'), true],
  ['STS throttles the request with HTTP 429', failure('Whatever', 'x', 429), true],
  ['the SDK has corrected its clock', failure('SignatureDoesNotMatch', 'x', 403, { clockSkewCorrected: true }), true],
  ['access is denied', failure('AccessDenied', 'x', 403), false],
  ['access is denied while the clock is wrong', failure('AccessDenied', 'x', 403, { clockSkewCorrected: true }), false],
  ['the audience is wrong', failure('InvalidIdentityToken', 'Incorrect token audience'), false],
  [
    'the identity provider does not exist',
    failure('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for x'),
    false,
  ],
  ['the session is too long', failure('ValidationError'), false],
  [
    'the session of the parent has expired',
    failure('ExpiredToken', 'The security token included in the request is expired', 403),
    false,
  ],
  ['the error of the parent is already explained', new CopyError('NETWORK', 'x', 'y'), false],
  ['GitHub rejects the ID token request', new IdTokenError(403), false],
  ['GitHub rejects the ID token request with HTTP 400', new IdTokenError(400), false],
  ['the ID token request times out (HTTP 408)', new IdTokenError(408), true],
  ['GitHub throttles the ID token request', new IdTokenError(429), true],
  ['GitHub has an internal error', new IdTokenError(500), true],
  ['GitHub does not respond', new IdTokenError(undefined), true],
];

for (const [what, error, expected] of CASES) {
  test(`a request for a session is ${expected ? '' : 'not '}retried if ${what}`, () =>
    assert.equal(isRetryable(error), expected));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdTokenError } from '../../../src/aws/credentials/id-token-claims.ts';
import { passes } from '../../../src/aws/credentials/retryable.ts';
import { CopyError } from '../../../src/errors.ts';

function failure(name: string, message = name, httpStatusCode = 400, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, ...more } });
}

const CASES: readonly (readonly [what: string, error: unknown, expected: ReturnType<typeof passes>])[] = [
  [
    'the keys of the issuer cannot be retrieved',
    failure('InvalidIdentityToken', "Couldn't retrieve verification key"),
    'soon',
  ],
  [
    'the keys of the issuer cannot be retrieved (long error name)',
    failure('InvalidIdentityTokenException', "Couldn't retrieve verification key"),
    'soon',
  ],
  ['the issuer cannot be reached', failure('IDPCommunicationError'), 'soon'],
  ['the ID token has expired', failure('ExpiredTokenException', 'Token expired: current date/time'), 'soon'],
  ['STS has an internal error', failure('InternalFailure', 'x', 500), 'soon'],
  ['STS is unavailable', failure('ServiceUnavailable', 'x', 503), 'soon'],
  ['the connection is reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'soon'],
  ['the request times out', Object.assign(new Error('x'), { name: 'AbortError' }), 'soon'],
  ['STS throttles the request', failure('Throttling', 'Rate exceeded'), 'later'],
  ['STS throttles the request with HTTP 429', failure('Whatever', 'x', 429), 'later'],
  ['the SDK has corrected its clock', failure('SignatureDoesNotMatch', 'x', 403, { clockSkewCorrected: true }), 'soon'],
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
  ['GitHub throttles the ID token request', new IdTokenError(429), 'soon'],
  ['GitHub has an internal error', new IdTokenError(500), 'soon'],
  ['GitHub does not respond', new IdTokenError(undefined), 'soon'],
];

for (const [what, error, expected] of CASES) {
  test(`a request for a session is retried ${expected || 'never'} if ${what}`, () =>
    assert.equal(passes(error), expected));
}

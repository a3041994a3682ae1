import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdTokenError } from '../../../src/aws/credentials/id-token-claims.ts';
import { isRetryable } from '../../../src/aws/credentials/retryable.ts';
import { CopyError } from '../../../src/errors.ts';

function failure(name: string, message = name, httpStatusCode = 400, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, ...more } });
}

const CASES: readonly (readonly [what: string, error: unknown, expected: boolean])[] = [
  ['keys of the issuer out of reach', failure('InvalidIdentityToken', "Couldn't retrieve verification key"), true],
  ['the same by its long name', failure('InvalidIdentityTokenException', "Couldn't retrieve verification key"), true],
  ['the issuer out of reach', failure('IDPCommunicationError'), true],
  ['a token that was too old', failure('ExpiredTokenException', 'Token expired: current date/time'), true],
  ['a fault of STS', failure('InternalFailure', 'x', 500), true],
  ['STS busy', failure('ServiceUnavailable', 'x', 503), true],
  ['a connection reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
  ['no answer in time', Object.assign(new Error('x'), { name: 'AbortError' }), true],
  ['a throttle', failure('Throttling', 'Rate exceeded'), true],
  ['a throttle by its status', failure('Whatever', 'x', 429), true],
  [
    'a clock that the client has corrected',
    failure('SignatureDoesNotMatch', 'x', 403, { clockSkewCorrected: true }),
    true,
  ],
  ['a denial', failure('AccessDenied', 'x', 403), false],
  ['a denial while the clock is off', failure('AccessDenied', 'x', 403, { clockSkewCorrected: true }), false],
  ['a wrong audience', failure('InvalidIdentityToken', 'Incorrect token audience'), false],
  [
    'no identity provider',
    failure('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for x'),
    false,
  ],
  ['a session that is too long', failure('ValidationError'), false],
  [
    'credentials of the parent that ended',
    failure('ExpiredToken', 'The security token included in the request is expired', 403),
    false,
  ],
  ['what a parent has explained', new CopyError('NETWORK', 'x', 'y'), false],
  ['GitHub refusing a token', new IdTokenError(403), false],
  ['GitHub busy', new IdTokenError(429), true],
  ['GitHub failing', new IdTokenError(500), true],
  ['GitHub silent', new IdTokenError(undefined), true],
];

for (const [what, error, expected] of CASES) {
  test(`${what}: ${expected ? 'is retryable' : 'is not retryable'}`, () => assert.equal(isRetryable(error), expected));
}

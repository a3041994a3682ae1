import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isThrottle } from '../../src/aws/throttle.ts';

function failure(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error('x'), { name, $metadata: { httpStatusCode } });
}

for (const name of [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottledException',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'SlowDown',
]) {
  test(`${name} is a throttle`, () => assert.equal(isThrottle(failure(name)), true));
}

test('every error with status 429 is a throttle', () => assert.equal(isThrottle(failure('Unknown', 429)), true));

for (const [what, error] of [
  ['a denial', failure('AccessDenied', 403)],
  ['an unavailable service', failure('ServiceUnavailable', 503)],
  ['an invalid request', failure('ValidationException')],
  ['a closed connection', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
  ['a value that is not an Error', { name: 'Throttling' }],
] as const) {
  test(`${what} is not a throttle`, () => assert.equal(isThrottle(error), false));
}

import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { explainError } from '../../src/aws/explain-error.ts';
import { CopyError } from '../../src/errors.ts';
import { failureAt, SUBJECT, testCases } from './explained.ts';
import { dynamoDbFailure, startScriptedServer } from './scripted-server.ts';

testCases({
  'a closed connection to DynamoDB': {
    operation: 'Scan',
    reply: (response) => response.destroy(),
    code: 'NETWORK',
    mentions: [/Network error in Scan: cannot reach DynamoDB in eu-west-1 \(ECONNRESET\)/, /AWS_ENDPOINT_URL_DYNAMODB/],
  },
  'a closed connection to S3': {
    operation: 'PutObject',
    reply: (response) => response.destroy(),
    code: 'NETWORK',
    mentions: [/Network error in PutObject: cannot reach S3 in eu-west-3/, /AWS_ENDPOINT_URL_S3/],
  },
  'a request without a response': {
    operation: 'DescribeTable',
    reply: () => {},
    code: 'NETWORK',
    mentions: [/TimeoutError/],
  },
});

test('NETWORK is reported for a closed port and an unknown host', async () => {
  const { endpoint } = await (async () => {
    await using server = await startScriptedServer(() => ({ status: 200 }));
    return { endpoint: server.endpoint };
  })();
  for (const [address, code] of [
    [endpoint, /ECONNREFUSED/],
    ['https://dynamodb.eu-wets-1.invalid', /ENOTFOUND|EAI_AGAIN/],
  ] as const) {
    const error = explainError(await failureAt(address, 'DescribeTable'), SUBJECT);
    assert.equal(error.code, 'NETWORK');
    assert.match(error.message, code);
  }
});

test('NETWORK is reported for a server without TLS', async () => {
  await using server = await startScriptedServer(() => ({ status: 200 }));
  const error = explainError(await failureAt(server.endpoint.replace('http:', 'https:'), 'PutObject'), SUBJECT);
  assert.equal(error.code, 'NETWORK');
});

test('CREDENTIALS_MISSING is reported with the id-token permission if no credentials exist', async () => {
  const saved = { ...process.env };
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_') && !name.startsWith('AWS_EC2')) delete process.env[name];
  process.env['AWS_CONFIG_FILE'] = '/nonexistent/config';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent/credentials';
  try {
    for (const operation of ['DescribeTable', 'HeadBucket'] as const) {
      const error = explainError(await failureAt('http://127.0.0.1:9', operation), SUBJECT);
      assert.equal(error.code, 'CREDENTIALS_MISSING');
      assert.match(error.remedy, /id-token: write/);
    }
  } finally {
    Object.assign(process.env, saved);
  }
});

test('explainError returns a CopyError unchanged', () => {
  const error = new CopyError('EMPTY_COPY', 'empty', 'fill it');
  assert.equal(explainError(error, SUBJECT), error);
});

test('UNEXPECTED names the type and the location of any thrown value, never its message', () => {
  const secret = 'PRIVATE\n    at PRIVATE (PRIVATE:1:1)';
  const thrown = [new TypeError(secret), Object.assign(new Error(secret), { name: 'PRIVATE\nname' })];
  for (const error of thrown) {
    for (const subject of [SUBJECT, undefined]) {
      const { code, message, cause } = explainError(error, subject);
      assert.equal(code, 'UNEXPECTED');
      assert.equal(cause, error);
      assert.match(
        message,
        /^The Action failed unexpectedly: (TypeError|an unnamed error) at .*explain-error\.test\.ts:\d+:\d+\)?\.$/,
      );
      assert.doesNotMatch(message, /PRIVATE/);
    }
  }
  const changed = new TypeError(secret);
  // From here on, the stack contains the original message.
  assert.ok(changed.stack?.includes('PRIVATE'));
  changed.message += ', and more';
  assert.match(explainError(changed, SUBJECT).message, /: TypeError at an unknown location\.$/);
  for (const thing of ['PRIVATE', { PRIVATE: 1 }, null, undefined, 7]) {
    assert.match(explainError(thing, SUBJECT).message, /: a value that is not an Error at an unknown location\.$/);
  }
});

test('UNEXPECTED is reported for an AWS error before the inputs are read, without its message', async () => {
  const reply = dynamoDbFailure('ResourceNotFoundException', 'PRIVATE');
  await using server = await startScriptedServer(() => reply);
  const { code, message } = explainError(await failureAt(server.endpoint, 'DescribeTable'), undefined);
  assert.equal(code, 'UNEXPECTED');
  assert.doesNotMatch(message, /PRIVATE/);
});

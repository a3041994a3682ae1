import assert from 'node:assert/strict';
import test from 'node:test';
import { escapeForLog, redact, secretsIn } from '../../src/github/redact.ts';

test('secretsIn returns the secrets in the environment, longest first', () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret-key',
    AWS_SESSION_TOKEN: 'session-token-is-longer',
    GITHUB_TOKEN: '',
    ACTIONS_RUNTIME_TOKEN: 'short',
    OTHER: 'something else that is long',
  };
  assert.deepEqual(secretsIn(env), ['session-token-is-longer', 'AKIAIOSFODNN7EXAMPLE', 'secret-key']);
  assert.deepEqual(secretsIn({}), []);
});

test('redact replaces every occurrence of a secret, including special characters', () => {
  const secrets = ['a.b*c$&$1(', 'secret'];
  assert.equal(redact('xsecretsecret a.b*c$&$1( a-b', secrets), 'x****** *** a-b');
  assert.equal(redact('nothing', secrets), 'nothing');
});

test('escapeForLog escapes control characters and line breaks', () => {
  assert.equal(
    escapeForLog('a\nb\r\tc\u0000\u001b[31m\u007f\u0085\u2028\u2029d'),
    String.raw`a\u000ab\u000d\u0009c\u0000\u001b[31m\u007f\u0085\u2028\u2029d`,
  );
  assert.equal(escapeForLog('é😀 “x”'), 'é😀 “x”');
});

test('escapeForLog keeps text that is not a workflow command', () => {
  for (const text of ['a::b', '# [x]', '#[x]', '## x', 'arn:aws:dynamodb:::table', '[x]##'])
    assert.equal(escapeForLog(text), text);
});

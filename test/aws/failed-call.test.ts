import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedCall, recordFailedCall } from '../../src/aws/client-middleware.ts';

test('an error of a client names the operation that failed', async () => {
  for (const [commandName, operation] of [
    ['PutObjectCommand', 'PutObject'],
    [undefined, 'a request'],
  ] as const) {
    const error = new Error('failed');
    const fail = async () => {
      throw error;
    };
    const handler = recordFailedCall('S3')(fail, { ...(commandName !== undefined && { commandName }) });
    await assert.rejects(handler({ input: {} }), error);
    assert.deepEqual(failedCall(error), { service: 'S3', operation });
  }
});

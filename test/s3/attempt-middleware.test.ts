import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireResult } from '../../src/s3/attempt-middleware.ts';

test('a response without its result fails, so that the SDK sends the request again', async () => {
  let handler: ((args: object) => Promise<unknown>) | undefined;
  const middlewareStack = {
    add(middleware: (next: () => Promise<object>) => (args: object) => Promise<unknown>) {
      handler = middleware(async () => ({ output: {} }));
    },
  };
  requireResult({ middlewareStack } as unknown as Parameters<typeof requireResult>[0], () => false);
  await assert.rejects(handler?.({}) ?? assert.fail(), {
    message: 'S3 returned 200 without the result of the request',
    $retryable: { throttling: false },
  });
});

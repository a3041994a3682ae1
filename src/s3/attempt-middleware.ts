import type { DeserializeMiddleware, MiddlewareStack } from '@smithy/types';

/**
 * The SDK retries and signs in earlier steps. A middleware in this step runs once per attempt, with the signed request.
 */
export const PER_ATTEMPT = { step: 'deserialize', priority: 'low' } as const;

/**
 * Runs `check` after each attempt of a request is signed and before it is sent, including retries. If `check` throws,
 * the attempt is not sent, and the request fails with that error.
 */
export function runBeforeEachAttempt<Input extends object, Output extends object>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<Input, Output> },
  check: () => Promise<void>,
): void {
  middlewareStack.add(
    (next) => async (args) => {
      await check();
      return next(args);
    },
    { name: 'checkEachAttempt', ...PER_ATTEMPT },
  );
}

/** Error for a 200 response without the result of the request. */
class MissingResult extends Error {
  override readonly name = 'MissingResult';
  /** Read by the SDK, which retries an error with this trait as a transient one. */
  readonly $retryable = { throttling: false };
}

/**
 * Makes a command retry a 200 response that lacks its result. S3 may send this status before it has processed the
 * request, and then send an error or nothing. The SDK recognizes neither if a line break follows.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function requireResult<Input extends object, Output extends object>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<Input, Output> },
  hasResult: (output: Output) => boolean,
): void {
  const middleware: DeserializeMiddleware<Input, Output> = (next) => async (args) => {
    const result = await next(args);
    if (!result.output || !hasResult(result.output))
      throw new MissingResult('S3 returned 200 without the result of the request');
    return result;
  };
  middlewareStack.add(middleware, { name: 'requireResult', step: 'deserialize', priority: 'high' });
}

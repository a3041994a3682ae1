import type { InitializeMiddleware } from '@smithy/types';

/** Service and operation that failed. */
export interface FailedCall {
  readonly service: 'DynamoDB' | 'S3' | 'STS';
  /** Name of the operation in the AWS API, such as `PutObject`. */
  readonly operation: string;
}

const calls = new WeakMap<object, FailedCall>();

/** Returns a client middleware that records the failed call of each error. Network errors do not contain it. */
export function recordFailedCall<Input extends object, Output extends object>(
  service: FailedCall['service'],
): InitializeMiddleware<Input, Output> {
  return (next, context) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (typeof error === 'object' && error !== null) {
        calls.set(error, { service, operation: (context.commandName ?? 'a request').replace(/Command$/, '') });
      }
      throw error;
    }
  };
}

/** @returns undefined for errors that no client threw */
export function failedCall(error: object): FailedCall | undefined {
  return calls.get(error);
}

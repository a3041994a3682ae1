import type { InitializeMiddleware } from '@smithy/types';

/** Which call of which service an error came from. */
export interface FailedCall {
  readonly service: 'DynamoDB' | 'S3' | 'STS';
  /** The API's own name, such as `PutObject`. */
  readonly operation: string;
}

const calls = new WeakMap<object, FailedCall>();

/** A client middleware that notes, for each error that leaves the client, the call that failed: network errors do not say. */
export function rememberCall<Input extends object, Output extends object>(
  service: FailedCall['service'],
): InitializeMiddleware<Input, Output> {
  return (next, context) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (typeof error === 'object' && error !== null) {
        calls.set(error, { service, operation: (context.commandName ?? 'a call').replace(/Command$/, '') });
      }
      throw error;
    }
  };
}

/** @returns undefined for errors that did not come out of one of the clients */
export function failedCall(error: object): FailedCall | undefined {
  return calls.get(error);
}

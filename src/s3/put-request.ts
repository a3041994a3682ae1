import type { ObjectParameters } from './object-options.ts';

/** Object that a conditional write must replace: none, or the one with this ETag (without quotes). */
export type WriteCondition = 'none' | { readonly etag: string };

/** Object to write from memory. */
export interface PutRequest {
  readonly key: string;
  readonly body: Buffer;
  readonly parameters: ObjectParameters;
  /** CRC-32 of the body, if the caller has already computed it. */
  readonly crc?: number | undefined;
  /** Makes the write conditional. `isPreconditionFailed` recognizes the error for an unmet condition. */
  readonly replaces?: WriteCondition | undefined;
  /**
   * Runs after each attempt is signed and before it is sent, including retries. If it throws, the attempt is not sent.
   * S3 rejects a request that arrives more than 15 minutes after it was signed.
   */
  readonly beforeEachAttempt?: Confirm;
}

/** Throws if a request must not be sent any more. */
export type Confirm = (() => Promise<void>) | undefined;

/** Returns the request parameters for a condition. */
export function conditionOf(replaces: WriteCondition) {
  // IfNoneMatch is unset explicitly, since the object parameters may contain it.
  return replaces === 'none' ? { IfNoneMatch: '*' } : { IfNoneMatch: undefined, IfMatch: `"${replaces.etag}"` };
}

import type { ErrorCode } from '../errors.ts';
import type { FailedCall } from './client-middleware.ts';

/** Values of the inputs that error messages name. */
export interface ErrorContext {
  readonly table: { readonly name: string };
  readonly bucket: string;
  readonly sourceRegion: string;
  readonly destRegion?: string;
  readonly bucketOwner?: string;
}

/**
 * Parts of an SDK error that the Action reads. The message can quote keys, expressions or a body and is never shown
 * whole.
 */
export interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    /** True if the client found the runner's clock wrong. From then on it uses AWS's clock. */
    readonly clockSkewCorrected?: true;
  };
}

export type Explanation = readonly [code: ErrorCode, message: string, remedy: string];

export type Explain = (error: AwsError, call: FailedCall, subject: ErrorContext) => Explanation;

/** Selects errors by their names (see `errorName`) or with a function. */
export type ErrorMatcher = RegExp | ((error: AwsError) => boolean);

/** Errors, and the function that explains them. */
export type ExplanationRow = readonly [matcher: ErrorMatcher, explain: Explain];

export function matchesError(matcher: ErrorMatcher, error: AwsError): boolean {
  return matcher instanceof RegExp ? matcher.test(errorName(error)) : matcher(error);
}

/** Returns the name of an error. S3 responds to HEAD without a body, so the name then comes from the HTTP status. */
export function errorName(error: AwsError): string {
  const status = error.$metadata?.httpStatusCode;
  if (status === 403 && /^(Unknown|UnknownError|403|Forbidden)$/.test(error.name)) return 'AccessDenied';
  if (status === 301) return 'PermanentRedirect';
  return error.code ?? error.name;
}

/** Explains errors without a row. */
export function unknownError(error: AwsError, { service, operation }: FailedCall, _: ErrorContext): Explanation {
  return [
    'AWS_ERROR',
    `${service} ${operation} failed with ${safeName(errorName(error))}${statusAndRequestId(error)}.`,
    'Re-run the job. If it fails again, look up the name of the error in the AWS documentation.',
  ];
}

/** Returns `, HTTP 400, request ID ...` without the parts that are unknown. */
export function statusAndRequestId({ $metadata }: AwsError): string {
  const status = $metadata?.httpStatusCode ? `, HTTP ${$metadata.httpStatusCode}` : '';
  const id = $metadata?.requestId ? `, request ID ${safeName($metadata.requestId)}` : '';
  return `${status}${id}`;
}

/** Returns a text that a server chose if it is a plain name. Other texts are not shown. */
export function safeName(text: string): string {
  return /^[\w.-]{1,80}$/.test(text) ? text : 'an unnamed error';
}

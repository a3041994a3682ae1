import type { ErrorCode } from '../errors.ts';
import type { FailedCall } from './failed-call.ts';

/** What the run is about, for the errors' text. */
export interface Subject {
  readonly table: { readonly name: string };
  readonly bucket: string;
  readonly sourceRegion: string;
  readonly destRegion?: string;
  readonly bucketOwner?: string;
}

/** What of an SDK error is looked at. Its message may quote keys, expressions or a body, and is never passed on whole. */
export interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    /** The client has found its clock wrong, and goes by AWS's from now on. */
    readonly clockSkewCorrected?: true;
  };
}

export type Explanation = readonly [code: ErrorCode, message: string, remedy: string];

export type Explain = (error: AwsError, call: FailedCall, subject: Subject) => Explanation;

/** For errors with one of these names. */
export type ExplanationRow = readonly [names: RegExp, explain: Explain];

/** S3 answers a HEAD without a body, so its errors have a status and no name of their own. */
export function nameOf(error: AwsError): string {
  const status = error.$metadata?.httpStatusCode;
  if (status === 403 && /^(Unknown|UnknownError|403|Forbidden)$/.test(error.name)) return 'AccessDenied';
  if (status === 301) return 'PermanentRedirect';
  return error.code ?? error.name;
}

/** For errors without a row of their own. */
export function other(error: AwsError, { service, operation }: FailedCall, _: Subject): Explanation {
  return [
    'AWS_ERROR',
    `${service} failed ${operation} with ${word(nameOf(error))}${details(error)}.`,
    'Run the step again. If it fails again, look the error up under that name.',
  ];
}

/** `, HTTP 400, request ID`, as far as it is known. */
export function details({ $metadata }: AwsError): string {
  const status = $metadata?.httpStatusCode ? `, HTTP ${$metadata.httpStatusCode}` : '';
  const id = $metadata?.requestId ? `, request ${word($metadata.requestId)}` : '';
  return `${status}${id}`;
}

/** A server chooses these words: whatever is not a plain name is not shown. */
export function word(text: string): string {
  return /^[\w.-]{1,80}$/.test(text) ? text : 'an unnamed error';
}

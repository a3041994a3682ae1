import type { RequestPayer, S3Client } from '@aws-sdk/client-s3';
import type { UploadJournal } from './upload-journal.ts';

/** Where a copy is written, with what every single call to S3 must carry. */
export interface Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly onEveryCall: {
    /** S3 refuses the call where the bucket belongs to another account. */
    readonly ExpectedBucketOwner?: string;
    readonly RequestPayer?: RequestPayer;
  };
  /** Where its open multipart uploads are noted, for whoever cleans up after a killed process. */
  readonly journal?: UploadJournal | undefined;
}

/** True for an error that says that the role may not do what it asked for. */
export function isDenied(error: unknown): boolean {
  return (error as { name?: string }).name === 'AccessDenied' || statusOf(error) === 403;
}

/** Stores say in several ways that they do not know a request, or a header of it. */
export function isUnsupported(error: unknown): boolean {
  return [400, 405, 501].includes(statusOf(error));
}

/** The HTTP status of an answer; 0 where there was none. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}

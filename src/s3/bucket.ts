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

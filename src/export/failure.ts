import { CopyError } from '../errors.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';

/** What a re-run of the job will do after a failure. */
export interface AfterFailure {
  readonly resume: boolean;
  /** The ClientToken is the user's, and gives the same export back for hours. */
  readonly ownToken: boolean;
}

/** What DynamoDB gave up for, with the next step. Its own message is not shown: it may quote a bucket policy's text. */
export function exportFailed(
  { FailureCode = 'no code', S3Bucket, ExportArn }: DescribedExport,
  { ownToken }: AfterFailure,
): CopyError {
  const code = /^[\w.]{1,60}$/.test(FailureCode) ? FailureCode : 'an unreadable code';
  return new CopyError(
    'EXPORT_FAILED',
    `DynamoDB's export ${exportIdOf(ExportArn)} failed with ${code}.`,
    `${remedy(code, S3Bucket ?? '')} ${ownToken ? 'Change ClientToken, too: the same one gives this export back.' : 'A re-run starts a new export.'}`,
  );
}

function remedy(code: string, bucket: string): string {
  switch (code) {
    case 'S3NoSuchBucket':
      return `There is no bucket ${bucket}: check s3-bucket-name.`;
    case 'S3AccessDenied':
      return `DynamoDB writes with the rights of this step's source role: it needs s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on ${bucket}/*; in another account the bucket policy must allow them too, and s3-bucket-owner must be that account. Where the bucket policy demands an encryption header, set s3-sse-algorithm.`;
    case 'KmsNotFoundException':
      return 'The KMS key does not exist, or lies in another region than the bucket: check s3-sse-kms-key-id, and that the role may use kms:GenerateDataKey and kms:Decrypt.';
    default:
      return 'The full message is shown by: aws dynamodb describe-export --export-arn ARN.';
  }
}

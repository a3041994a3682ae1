import { randomBytes } from 'node:crypto';

/** Reason for the failure of an accepted export, import or bulk operation. */
export interface JobFailure {
  readonly FailureCode: string;
  readonly FailureMessage: string;
}

/** Returns the failure that the service reports for an error of the store. */
export function failureOfStore(error: unknown): JobFailure {
  const { name, message } = error as Error;
  switch (name) {
    case 'NoSuchBucket':
    case 'InvalidBucketName':
      return failureOfS3('S3NoSuchBucket', 'The specified bucket does not exist', 404, 'NoSuchBucket');
    case 'AccessDenied':
      return failureOfS3('S3AccessDenied', message, 403, 'AccessDenied');
    default:
      return { FailureCode: name, FailureMessage: message };
  }
}

/** Returns a failure with the error message of S3 in the format of the AWS SDK for Java. */
export function failureOfS3(FailureCode: string, message: string, status: number, s3Code: string): JobFailure {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const extendedId = randomBytes(56).toString('base64');
  return {
    FailureCode,
    FailureMessage: `${message} (Service: Amazon S3; Status Code: ${status}; Error Code: ${s3Code}; Request ID: ${requestId}; S3 Extended Request ID: ${extendedId}; Proxy: null)`,
  };
}

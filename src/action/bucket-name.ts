import { isAwsHost } from '../aws/credentials/partition.ts';
import { type Problems, quoted } from '../parameters/problems.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What stores other than S3, and buckets that are older than the rules, may have for a name in the path of a URL. */
const PATH_STYLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** Says what is wrong with the name of a bucket, if anything is. An access point's alias is as good as a bucket. */
export function checkBucketName(value: string, forcePathStyle: boolean, problems: Problems): void {
  if (value.startsWith('arn:')) {
    problems.add(`${quoted(value)} is an ARN. Use ${value.includes(':accesspoint') ? ACCESS_POINT : BUCKET}`);
  } else if (/^[a-z0-9]+:\/\//i.test(value)) {
    problems.add(`${quoted(value)} is a URI. Use ${BUCKET}, and s3-key-prefix for the folder`);
  } else if (value.includes('/')) {
    problems.add(`${quoted(value)} has a folder. Use ${BUCKET}, and s3-key-prefix for the folder`);
  } else if (/\.s3[a-z0-9-]*\./.test(value) && isAwsHost(value)) {
    problems.add(`${quoted(value)} is the host name of a bucket. Use ${BUCKET}, which comes before ".s3"`);
  } else if (/--xa?-s3$/.test(value)) {
    // Its region is part of its endpoint, so that it cannot be asked for; ImportTable reads with s3:GetObject, which
    // such a bucket does not know.
    const what = value.endsWith('--x-s3') ? 'a directory bucket' : 'an access point for a directory bucket';
    problems.add(
      `${quoted(value)} is ${what} (S3 Express One Zone), which DynamoDB cannot import from, ` +
        'and which takes no expected owner, tags or Object Lock. Use a general purpose bucket',
    );
  } else if (!(forcePathStyle ? PATH_STYLE_NAME : NAME).test(value) || /\.\.|^\d+\.\d+\.\d+\.\d+$/.test(value)) {
    problems.add(
      `${quoted(value)} is no bucket name. Use ${BUCKET}: 3 to 63 lower-case letters, digits, dots and hyphens` +
        (forcePathStyle ? '' : '; with s3-force-path-style also the older and longer names that some stores allow'),
    );
  }
}

const BUCKET = 'the name of the bucket alone';
const ACCESS_POINT =
  'the name of the bucket, or the alias of the access point (it ends in -s3alias), which S3 takes for it';

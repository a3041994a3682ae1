import type { RawRequest, RecordedRequest } from './recording-proxy.ts';

/** Fields that are recorded only for requests to S3. */
export interface S3Details {
  /** Empty for ListBuckets. */
  readonly bucket: string;
  /** Empty for a request to the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** Size of the body as sent, including the framing of an aws-chunked body. */
  readonly bodyBytes: number;
}

export type S3Request = RecordedRequest<S3Details>;

/** Returns the S3 operation and the details of a path-style request. */
export function describeS3Request(raw: RawRequest): S3Details & { readonly operation: string } {
  const url = new URL(raw.url, 'http://store');
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const key = rest.map(decodeURIComponent).join('/');
  const operation = bucket === '' ? 'ListBuckets' : operationOf(raw.method, key, url.searchParams, raw.headers);
  return { operation, bucket, key, query: url.searchParams, bodyBytes: raw.body.length };
}

function operationOf(
  method: string,
  key: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string {
  if (key === '') {
    for (const [parameter, usual, name] of BUCKET_PARAMETERS) {
      if (query.has(parameter)) {
        return method === usual ? name : `${method} ?${parameter}`;
      }
    }
    return BUCKET_OPERATIONS[method] ?? method;
  }
  if (query.has('uploads')) {
    return 'CreateMultipartUpload';
  }
  if (query.has('uploadId')) {
    return UPLOAD_OPERATIONS[method] ?? method;
  }
  if (method === 'PUT' && headers['x-amz-copy-source'] !== undefined) {
    return 'CopyObject';
  }
  return OBJECT_OPERATIONS[method] ?? method;
}

const BUCKET_PARAMETERS = [
  ['uploads', 'GET', 'ListMultipartUploads'],
  ['location', 'GET', 'GetBucketLocation'],
  ['versioning', 'GET', 'GetBucketVersioning'],
  ['list-type', 'GET', 'ListObjectsV2'],
  ['delete', 'POST', 'DeleteObjects'],
] as const;

const BUCKET_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'ListObjects',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
};

const UPLOAD_OPERATIONS: Readonly<Record<string, string>> = {
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
  GET: 'ListParts',
};

const OBJECT_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

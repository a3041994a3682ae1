import type { S3Request } from '../../emulators/s3-requests.ts';
import type { DynamoDbRequest } from '../../emulators/source.ts';

/** Request of an attempt to DynamoDB or S3. */
export type StepRequest = S3Request | DynamoDbRequest;

const MANIFEST = /\/manifest-(?:files|copy|summary)\.(?:json|md5)$/;

/** Kinds of requests that a schedule can hold, by name. */
export const REQUEST_KINDS = {
  'any request': () => true,
  Scan: ({ operation }: StepRequest) => operation === 'Scan',
  DescribeTable: ({ operation }: StepRequest) => operation === 'DescribeTable',
  'the marker': ({ operation, key }: S3Request) => operation === 'PutObject' && key.endsWith('/_started'),
  'the PUT of a data object': ({ operation, key }: S3Request) => operation === 'PutObject' && key.includes('/data/'),
  'a request of a multipart upload': ({ operation }: S3Request) =>
    /^(?:UploadPart|\w+MultipartUpload)$/.test(operation),
  'the PUT of a checkpoint': ({ operation, key }: S3Request) => operation === 'PutObject' && key.includes('/segment-'),
  'a read of a checkpoint': ({ operation, key }: S3Request) => operation === 'GetObject' && key.includes('/segment-'),
  'the PUT of run.json': ({ operation, key }: S3Request) => operation === 'PutObject' && key.endsWith('/run.json'),
  'the GET of run.json': ({ operation, key }: S3Request) => operation === 'GetObject' && key.endsWith('/run.json'),
  'the PUT of a manifest': ({ operation, key }: S3Request) => operation === 'PutObject' && MANIFEST.test(key),
  'the PUT of the summary': (request: S3Request) => isSummaryPut(request),
  'a listing': ({ operation }: S3Request) => operation === 'ListObjectsV2' || operation === 'ListMultipartUploads',
  'a deletion': ({ operation }: S3Request) => /^(?:DeleteObjects?|AbortMultipartUpload)$/.test(operation),
} as const;

export type RequestKind = keyof typeof REQUEST_KINDS;

export function isOfKind(request: StepRequest, kind: RequestKind): boolean {
  if (!('key' in request)) return kind === 'any request' || kind === request.operation;
  return REQUEST_KINDS[kind](request);
}

export function isSummaryPut({ operation, key }: S3Request): boolean {
  return operation === 'PutObject' && key.endsWith('/manifest-summary.json');
}

export function isRunPut({ operation, key }: S3Request): boolean {
  return operation === 'PutObject' && key.endsWith('/run.json');
}

/** Returns the environment variable that adds the name of an attempt to the User-Agent of its requests. */
export function namedInRequests(name: string): Readonly<Record<string, string>> {
  return { AWS_SDK_UA_APP_ID: name };
}

/** Returns the name of the attempt that sent the request (see `namedInRequests`); undefined if it has none. */
export function nameIn({ headers }: StepRequest): string | undefined {
  return /\bapp\/(\S+)/.exec(String(headers['user-agent'] ?? ''))?.[1];
}

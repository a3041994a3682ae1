import type { HttpResponse } from './faults.ts';
import type { RawRequest } from './recording-proxy.ts';
import type { S3Request } from './s3-requests.ts';

const CONDITIONAL: ReadonlySet<string> = new Set(['PutObject', 'DeleteObject', 'CompleteMultipartUpload']);

/**
 * Adds the conditional PutObject, CompleteMultipartUpload and DeleteObject of S3 (If-None-Match `*`, and If-Match with
 * an ETag) to a store that ignores these headers.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
 */
export function conditionalWrites(): (
  request: S3Request,
  raw: RawRequest,
  pass: (raw: RawRequest) => Promise<HttpResponse>,
) => Promise<HttpResponse> {
  /** Last conditional write of each key. The next one checks its condition only after this one has ended. */
  const last = new Map<string, Promise<unknown>>();
  return async ({ operation, bucket, key }, raw, pass) => {
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = raw.headers;
    if (!CONDITIONAL.has(operation) || (ifMatch === undefined && ifNoneMatch === undefined)) return pass(raw);
    const path = `${bucket}/${key}`;
    const written = (last.get(path) ?? Promise.resolve()).then(async () => {
      const { pathname } = new URL(raw.url, 'http://store');
      const headers = { host: raw.headers.host };
      const { status, headers: found } = await pass({ method: 'HEAD', url: pathname, headers, body: Buffer.alloc(0) });
      if (ifNoneMatch !== undefined && status === 200) return refusal(412, 'PreconditionFailed');
      if (ifMatch !== undefined && status === 404) return refusal(404, 'NoSuchKey');
      if (ifMatch !== undefined && unquoted(found['etag']) !== unquoted(ifMatch)) {
        return refusal(412, 'PreconditionFailed');
      }
      return pass(raw);
    });
    last.set(
      path,
      written.catch(() => undefined),
    );
    return written;
  };
}

function unquoted(etag: unknown): string {
  return String(etag).replaceAll('"', '');
}

function refusal(status: number, code: string): HttpResponse {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>`,
  );
  return { status, headers: { 'content-type': 'application/xml', 'content-length': String(body.length) }, body };
}

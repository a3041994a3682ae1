import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SwallowingStoreOptions {
  /** Returns the MD5 as the ETag of an object or part. Default: false, a made-up ETag, which costs no CPU time. */
  readonly etags?: boolean;
  /** Maximum rate of all connections together. Default: no maximum. */
  readonly bytesPerSecond?: number;
}

export interface SwallowingStoreStats {
  readonly requests: number;
  /** Total size of the bodies of PUT requests. */
  readonly bytes: number;
  /** Number of multipart uploads that are neither completed nor aborted. */
  readonly openUploads: number;
}

/** Maximum size of an object that is stored, so that the manifests of a copy can be read back. */
const KEPT_BYTES = 256 * 1024;

const REGION = 'us-east-1';

/**
 * Emulates an S3 that accepts any object in any bucket and discards its content, to measure clients. Only small
 * objects, such as manifests, are stored and support conditional writes. For other objects, it stores the key and the
 * size.
 */
export function swallowingStoreServer({ etags = false, bytesPerSecond = Infinity }: SwallowingStoreOptions): {
  readonly listener: RequestListener;
  readonly stats: () => SwallowingStoreStats;
} {
  const kept = new Map<string, { readonly body: Buffer; readonly etag: string }>();
  /** Sizes of the parts of each upload by part number. */
  const uploads = new Map<string, Map<string, number>>();
  const sizes = new Map<string, number>();
  const stats = { requests: 0, bytes: 0 };
  let serial = 0;
  let acceptedUntil = 0;

  const listener: RequestListener = (request, response) => {
    void handle(request, response).catch(() => response.destroy());
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    stats.requests += 1;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
    const [, bucket = '', ...rest] = pathname.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    const body = await drain(request);
    const uploadId = searchParams.get('uploadId');
    const place = `${bucket}/${key}`;
    if (key === '') {
      if (request.method === 'GET') return sendXml(response, listing(bucket, searchParams.get('prefix') ?? '', sizes));
      for (const [, name = ''] of body.content?.toString().matchAll(/<Key>([^<]+)/g) ?? []) {
        kept.delete(`${bucket}/${name}`);
        sizes.delete(`${bucket}/${name}`);
      }
      return request.method === 'POST' ? sendXml(response, '<DeleteResult></DeleteResult>') : send(response, 200);
    }
    switch (request.method) {
      case 'PUT': {
        if (isUnmet(request, kept.get(place)?.etag)) {
          return sendXml(response, '<Error><Code>PreconditionFailed</Code></Error>', 412);
        }
        stats.bytes += body.length;
        if (uploadId === null) sizes.set(place, body.length);
        else uploads.get(uploadId)?.set(searchParams.get('partNumber') ?? '', body.length);
        if (uploadId === null && body.content !== undefined) kept.set(place, { body: body.content, etag: body.etag });
        return send(response, 200, { etag: `"${body.etag}"` });
      }
      case 'POST': {
        if (searchParams.has('uploads')) {
          const id = `upload-${++serial}`;
          uploads.set(id, new Map());
          return sendXml(
            response,
            `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
          );
        }
        const parts = [...(uploads.get(uploadId ?? '')?.values() ?? [])];
        sizes.set(
          place,
          parts.reduce((sum, part) => sum + part, 0),
        );
        uploads.delete(uploadId ?? '');
        return sendXml(
          response,
          `<CompleteMultipartUploadResult><ETag>"${body.etag}-1"</ETag></CompleteMultipartUploadResult>`,
        );
      }
      case 'DELETE':
        uploads.delete(uploadId ?? '');
        kept.delete(place);
        sizes.delete(place);
        return send(response, 204);
      default: {
        const object = kept.get(place);
        if (object === undefined) {
          return sendXml(
            response,
            '<Error><Code>NoSuchKey</Code><Message>It was swallowed, or never was</Message></Error>',
            404,
          );
        }
        const headers = { etag: `"${object.etag}"`, 'content-length': object.body.length };
        return send(response, 200, headers, request.method === 'HEAD' ? undefined : object.body);
      }
    }
  }

  async function drain(
    request: IncomingMessage,
  ): Promise<{ length: number; etag: string; content: Buffer | undefined }> {
    const hash: Hash | undefined = etags ? createHash('md5') : undefined;
    const keep = Number(request.headers['content-length'] ?? Infinity) <= KEPT_BYTES;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (bytesPerSecond !== Infinity) await limitRate(chunk.length);
      hash?.update(chunk);
      if (keep) {
        chunks.push(chunk);
      }
    }
    // Not the length of an MD5, so that a client that verifies MD5 ETags neither accepts nor rejects it.
    const etag = hash?.digest('hex') ?? `swallowed-${++serial}`;
    return { length, etag, content: keep ? Buffer.concat(chunks) : undefined };
  }

  /**
   * Waits until the rate allows this chunk, in order of arrival. While a request is not read, its sender is blocked.
   */
  async function limitRate(bytes: number): Promise<void> {
    acceptedUntil = Math.max(acceptedUntil, performance.now()) + (bytes / bytesPerSecond) * 1_000;
    await sleep(Math.max(0, acceptedUntil - performance.now()));
  }

  return { listener, stats: () => ({ ...stats, openUploads: uploads.size }) };
}

function isUnmet({ headers }: IncomingMessage, etag: string | undefined): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  return (ifNoneMatch !== undefined && etag !== undefined) || (ifMatch !== undefined && ifMatch !== `"${etag}"`);
}

/** Returns all objects in one page, whatever their number. */
function listing(bucket: string, prefix: string, sizes: ReadonlyMap<string, number>): string {
  const contents = [...sizes]
    .filter(([place]) => place.startsWith(`${bucket}/${prefix}`))
    .map(([place, size]) => `<Contents><Key>${place.slice(bucket.length + 1)}</Key><Size>${size}</Size></Contents>`);
  return `<ListBucketResult><Name>${bucket}</Name><KeyCount>${contents.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

function sendXml(response: ServerResponse, xml: string, status = 200): void {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
  send(response, status, { 'content-type': 'application/xml', 'content-length': body.length }, body);
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body?: Buffer,
): void {
  response.writeHead(status, { 'x-amz-bucket-region': REGION, 'x-amz-request-id': 'SWALLOWED', ...headers });
  response.end(body);
}

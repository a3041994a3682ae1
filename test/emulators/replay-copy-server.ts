import { createHash } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { ReplayShape } from './replay-items.ts';
import { PAGE_BYTES, replayPages } from './replay-pages.ts';

export interface ReplayCopyOptions {
  /** Approximate number of bytes of all lines; rounded up to whole objects. */
  readonly totalBytes: number;
  readonly seed?: number;
  /** Default: `mixed`. */
  readonly shape?: ReplayShape;
}

/** The emulated copy. All data objects have the same content, gzip with level 3 like those of the Action. */
export interface ReplayCopy {
  /** Keys are `data/0` to `data/<objects - 1>`, in any bucket. */
  readonly objects: number;
  readonly itemsPerObject: number;
  /** Base64 MD5 of an object. */
  readonly md5: string;
  /** SHA-256 of an object, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the items of all objects, without the text around them in a line. */
  readonly itemBytes: number;
}

export interface ReplayCopyStats {
  readonly requests: number;
  readonly bytes: number;
}

/** Serves the data objects of a copy with ListObjectsV2 and GetObject, with support for Range, to measure clients. */
export function replayCopyServer({ totalBytes, seed = 1, shape = 'mixed' }: ReplayCopyOptions): {
  readonly listener: RequestListener;
  readonly table: ReplayCopy;
  readonly stats: () => ReplayCopyStats;
} {
  const items = replayPages({ tableName: 'replay', seed, shape, pageBytes: PAGE_BYTES }).flatMap(({ head, starts }) =>
    starts.slice(0, -1).map((start, index) => head.subarray(start, (starts[index + 1] as number) - 1)),
  );
  const lines = Buffer.concat(items.flatMap((item) => [Buffer.from('{"Item":'), item, Buffer.from('}\n')]));
  const body = gzipSync(lines, { level: 3 });
  const objects = Math.ceil(totalBytes / lines.length);
  const stats = { requests: 0, bytes: 0 };
  const etag = '"replay"';

  const send = (response: ServerResponse, range: string | undefined): void => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      'content-length': body.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
    });
    stats.bytes += body.length - from;
    response.end(body.subarray(from));
  };

  const list = (response: ServerResponse, bucket: string): void => {
    const object = (index: number) =>
      `<Contents><Key>data/${index}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${etag}</ETag><Size>${body.length}</Size></Contents>`;
    const contents = Array.from({ length: objects }, (_, index) => object(index)).join('');
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<ListBucketResult><Name>${bucket}</Name><KeyCount>${objects}</KeyCount><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
    );
  };

  return {
    listener(request, response) {
      stats.requests += 1;
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
      if (searchParams.get('prefix') === 'data/') return list(response, pathname.split('/')[1] ?? '');
      const index = Number(/\/data\/(\d+)$/.exec(pathname)?.[1] ?? Number.NaN);
      if (request.method === 'GET' && index < objects) return send(response, request.headers.range);
      response.writeHead(404, { 'content-type': 'application/xml' });
      response.end('<Error><Code>NoSuchKey</Code></Error>');
    },
    table: {
      objects,
      itemsPerObject: items.length,
      md5: createHash('md5').update(body).digest('base64'),
      sha256: createHash('sha256').update(body).digest('hex'),
      itemBytes: objects * items.reduce((sum, item) => sum + item.length, 0),
    },
    stats: () => ({ ...stats }),
  };
}

import { createHash } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ReplayShape } from './replay-items.ts';
import { PAGE_BYTES, replayPages } from './replay-pages.ts';

export interface ReplayCopyOptions {
  /** Approximate number of bytes of all lines; rounded up to whole objects. */
  readonly totalBytes: number;
  readonly seed?: number;
  /** Default: `mixed`. */
  readonly shape?: ReplayShape;
  /** Default: `gzip`. */
  readonly compression?: keyof typeof COMPRESS;
}

/** The levels of the Action. */
const COMPRESS = {
  gzip: (lines: Buffer) => gzipSync(lines, { level: 3 }),
  zstd: (lines: Buffer) => zstdCompressSync(lines),
  none: (lines: Buffer) => lines,
} as const;

/** The emulated copy. All data objects have the same content. */
export interface ReplayCopy {
  /** Keys are `data/0` to `data/<objects - 1>`, in any bucket. */
  readonly objects: number;
  readonly itemsPerObject: number;
  /** Base64 MD5 of an object. */
  readonly md5: string;
  /** SHA-256 of an object in hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of an object as stored. */
  readonly objectBytes: number;
  /** Bytes of the lines of all objects. */
  readonly lineBytes: number;
  /** Bytes of the items of all objects, without the text around them in a line. */
  readonly itemBytes: number;
}

export interface ReplayCopyStats {
  readonly requests: number;
  readonly bytes: number;
}

/** Serves the data objects of a copy with ListObjectsV2 and GetObject, with support for Range, to measure their readers. */
export function replayCopyServer({ totalBytes, seed = 1, shape = 'mixed', compression = 'gzip' }: ReplayCopyOptions): {
  readonly listener: RequestListener;
  readonly table: ReplayCopy;
  readonly stats: () => ReplayCopyStats;
} {
  const items = replayPages({ tableName: 'replay', seed, shape, pageBytes: PAGE_BYTES }).flatMap(({ head, starts }) =>
    starts.slice(0, -1).map((start, index) => head.subarray(start, (starts[index + 1] as number) - 1)),
  );
  const lines = Buffer.concat(items.flatMap((item) => [Buffer.from('{"Item":'), item, Buffer.from('}\n')]));
  const body = COMPRESS[compression](lines);
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

  // One page, although S3 lists 1,000 objects per page.
  const list = (response: ServerResponse): void => {
    const contents = Array.from(
      { length: objects },
      (_, i) => `<Contents><Key>data/${i}</Key><Size>${body.length}</Size><ETag>${etag}</ETag></Contents>`,
    );
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<ListBucketResult><KeyCount>${objects}</KeyCount>${contents.join('')}</ListBucketResult>`);
  };

  return {
    listener(request, response) {
      stats.requests += 1;
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
      if (searchParams.has('list-type')) return list(response);
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
      objectBytes: body.length,
      lineBytes: objects * lines.length,
      itemBytes: objects * items.reduce((sum, item) => sum + item.length, 0),
    },
    stats: () => ({ ...stats }),
  };
}

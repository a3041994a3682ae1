import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';

/** A request as the SDK passes it to its request handler. */
interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface SentResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** A bucket whose objects are in a map. The real client reads it, without a connection. */
export class MemoryStore {
  readonly objects: Map<string, Buffer>;
  readonly bucket: Bucket;

  constructor(objects: ReadonlyMap<string, string | Buffer>) {
    this.objects = new Map([...objects].map(([key, content]) => [key, Buffer.from(content)]));
    const client: S3Client = clientOfBucket('http://127.0.0.1:9');
    client.config.requestHandler.destroy?.();
    client.config.requestHandler = {
      ...client.config.requestHandler,
      handle: async (request: unknown) => ({ response: this.respond(request as SentRequest) as never }),
    };
    this.bucket = new Bucket({ client, name: 'memory' });
  }

  private respond({ method, path, query, headers }: SentRequest): SentResponse {
    if (method !== 'GET') throw new Error(`unexpected ${method}`);
    if (query['list-type'] === '2') return xml(200, this.listing(query['prefix'] ?? ''));
    const key = decodeURIComponent(path.slice('/memory/'.length));
    const content = this.objects.get(key);
    if (!content) return xml(404, '<Error><Code>NoSuchKey</Code></Error>');
    const etag = `"${md5(content)}"`;
    if ((headers['if-match'] ?? etag) !== etag) return xml(412, '<Error><Code>PreconditionFailed</Code></Error>');
    const body = Readable.from([content], { objectMode: true });
    return { statusCode: 200, headers: { etag, 'content-length': String(content.length) }, body };
  }

  private listing(prefix: string): string {
    const entries = [...this.objects].filter(([key]) => key.startsWith(prefix));
    const contents = entries.map(
      ([key, content]) =>
        `<Contents><Key>${key}</Key><Size>${content.length}</Size><ETag>"${md5(content)}"</ETag></Contents>`,
    );
    return `<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>${entries.length}</KeyCount>${contents.join('')}</ListBucketResult>`;
  }
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}

function xml(statusCode: number, text: string): SentResponse {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
  const headers = { 'content-type': 'application/xml', 'content-length': String(body.length) };
  return { statusCode, headers, body: Readable.from([body]) };
}

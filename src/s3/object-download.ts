import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { CopyError } from '../errors.ts';
import { FIRST_RETRY_PAUSE, MAX_RETRY_PAUSE, MAX_RETRY_TIME } from '../timeouts.ts';
import { PER_ATTEMPT } from './attempt-middleware.ts';
import type { Bucket } from './bucket.ts';
import { statusOf } from './error-status.ts';
import { type StoredObject, unquoteEtag } from './s3-objects.ts';

/** Records what the run is waiting for, like PendingWaits. */
export interface DownloadWaits {
  during<T>(what: string, wait: Promise<T>): Promise<T>;
}

/** The object does not exist, was replaced while it was read, or is not the one that was listed. */
export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged';
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.isMissing = isMissing;
  }
}

/**
 * Reads an object of any size from start to end. If the connection closes early, the download continues at the byte
 * after the last one received, of the same version of the object.
 */
export class ObjectDownload {
  /** Number of bytes received. */
  received = 0;
  private readonly bucket: Bucket;
  private readonly key: string;
  private readonly signal: AbortSignal;
  private readonly waits: DownloadWaits;
  private readonly hash = createHash('md5');
  private readonly listed: Pick<StoredObject, 'size' | 'etag'> | undefined;
  /** Size in bytes and ETag, from the first response. */
  private version: { readonly size: number | undefined; readonly etag: string } | undefined;

  /**
   * @param listed size and ETag that the object must still have; the ETag is '' if the store does not list it. Undefined
   *   to read whatever version the first response has.
   */
  constructor(
    bucket: Bucket,
    key: string,
    waits: DownloadWaits,
    signal: AbortSignal,
    listed?: Pick<StoredObject, 'size' | 'etag'>,
  ) {
    this.bucket = bucket;
    this.key = key;
    this.waits = waits;
    this.signal = signal;
    this.listed = listed;
  }

  /** Size of the object in bytes; undefined before the first response. */
  get size(): number | undefined {
    return this.version?.size;
  }

  /** Returns the base64 MD5 of the bytes received. Call it once, at the end. */
  md5(): string {
    return this.hash.digest('base64');
  }

  /**
   * Returns the bytes of the object in order.
   *
   * @throws {ObjectChanged} if the object does not exist, was replaced or is not the one that was listed
   * @throws {CopyError} NETWORK if no byte arrives for `MAX_RETRY_TIME`
   * @throws errors of the SDK
   */
  async *chunks(): AsyncGenerator<Buffer, void, void> {
    let failures: { readonly since: number; readonly count: number } | undefined;
    for (;;) {
      const body = await this.open();
      try {
        for (;;) {
          const { value, done } = await this.waits.during('S3 to send data', body.next());
          if (done) break;
          failures = undefined;
          this.received += value.length;
          this.hash.update(value);
          yield value;
        }
        if (this.isComplete()) return;
      } catch (error) {
        if (error instanceof ObjectChanged) throw error;
        // The connection was closed or timed out. If this process read slowly, that is expected.
        this.signal.throwIfAborted();
        if (this.isComplete()) return;
      } finally {
        await body.return(undefined);
      }
      failures = { since: failures?.since ?? performance.now(), count: (failures?.count ?? 0) + 1 };
      if (performance.now() - failures.since > MAX_RETRY_TIME) throw this.broken();
      const ceiling = Math.min(MAX_RETRY_PAUSE, FIRST_RETRY_PAUSE.transient * 2 ** Math.min(failures.count, 16));
      await sleep(ceiling * (0.1 + 0.9 * Math.random()), undefined, { signal: this.signal });
    }
  }

  private isComplete(): boolean {
    return this.received === this.size;
  }

  /** Requests the bytes that have not been received. */
  private async open(): Promise<AsyncGenerator<Buffer, void, void>> {
    const { received } = this;
    const etag = this.version?.etag ?? this.listed?.etag;
    const command = new GetObjectCommand({
      ...this.bucket.address,
      Key: this.key,
      ...(etag && { IfMatch: `"${etag}"` }),
      ...(received > 0 && { Range: `bytes=${received}-` }),
    });
    let response: Response | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const got = result.response as Response;
        if (got.statusCode >= 300) return result;
        response = { statusCode: got.statusCode, headers: got.headers, body: got.body };
        // Otherwise the SDK would compute checksums of the body in JavaScript.
        got.body = Readable.from([]);
        return result;
      },
      { name: 'takeBody', ...PER_ATTEMPT },
    );
    try {
      await this.waits.during(
        'S3 to respond to GetObject',
        this.bucket.client.send(command, { abortSignal: this.signal }),
      );
    } catch (error) {
      const isMissing = statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket';
      if (isMissing) throw new ObjectChanged('the object is missing', true, { cause: error });
      if (statusOf(error) === 412) throw new ObjectChanged('the object was replaced', false, { cause: error });
      throw error;
    }
    if (!response) throw new Error('the SDK returned no response');
    return this.restOf(response);
  }

  /** Returns the body of a response without the bytes that were received before. */
  private async *restOf({ statusCode, headers, body }: Response): AsyncGenerator<Buffer, void, void> {
    const etag = unquoteEtag(headers['etag'] ?? '');
    const length = headers['content-length'];
    const [, from = '0', total = length] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
    this.version ??= { size: total === undefined ? undefined : Number(total), etag };
    // A store that does not support Range sends the whole object with status 200.
    let skip = statusCode === 206 ? 0 : this.received;
    if (etag !== this.version.etag || !this.isListed() || (statusCode === 206 && Number(from) !== this.received)) {
      body.destroy();
      throw new ObjectChanged('the object was replaced', false);
    }
    for await (const chunk of addAbortSignal(this.signal, body) as AsyncIterable<Buffer>) {
      if (skip < chunk.length) yield skip > 0 ? chunk.subarray(skip) : chunk;
      skip = Math.max(0, skip - chunk.length);
    }
    // Without a Content-Length, the end of the body is the end of the object.
    if (this.version.size === undefined) this.version = { size: this.received, etag };
  }

  /** Returns true if the object has the size and ETag of the listing, as far as the store reports them. */
  private isListed(): boolean {
    const { listed, version } = this;
    if (!listed || !version) return true;
    if (version.size !== undefined && version.size !== listed.size) return false;
    return listed.etag === '' || version.etag === '' || version.etag === listed.etag;
  }

  private broken(): CopyError {
    return new CopyError(
      'NETWORK',
      'Network error in GetObject: the connection to S3 closed again and again while a data object was read.',
      'Re-run the job. If it fails again, check for a proxy between the runner and S3 that closes connections.',
    );
  }
}

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable;
}

import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { CorruptedResponse } from '../aws/retry.ts';
import { CopyError } from '../errors.ts';
import { LineBuffer } from '../format/lines.ts';
import { newPageMemory } from '../format/page-memory.ts';
import { chargeAttempts } from '../pacing/budget.ts';
import type { PageProblem } from './byte-thread.ts';
import type { SegmentPace } from './pacing/pacing.ts';
import { BodyBuffer, type PageBody, type ResponseWithoutItems } from './scan-response.ts';

/** A Scan response: the items as lines, and the other members as parsed by the SDK. */
export interface Page {
  /** Valid until the next call of `read`. Its ArrayBuffer can contain other pages. */
  readonly lines: Buffer;
  readonly itemCount: number;
  /** Number of items read before the filter is applied. DynamoDB charges for these. */
  readonly scannedCount: number;
  /** Consumed read capacity units; 0 if the server does not report them. */
  readonly consumedCapacity: number;
  /** Undefined on the last page only: a page without items can have one. */
  readonly lastEvaluatedKey: Record<string, AttributeValue> | undefined;
}

/**
 * @param startKey ExclusiveStartKey of the request
 * @param segment index of the segment
 * @throws {CopyError} PAGE_CORRUPT if the LastEvaluatedKey of the page equals it: the scan would read the page forever
 */
export function requireAdvance(page: Page, startKey: Page['lastEvaluatedKey'], segment: number): void {
  if (!startKey || !isDeepStrictEqual(page.lastEvaluatedKey, startKey)) return;
  throw new CopyError(
    'PAGE_CORRUPT',
    `The response to a Scan of segment ${segment} is invalid: LastEvaluatedKey equals ExclusiveStartKey, so the scan would never end.`,
    'Re-run the job. If it fails again, check the endpoint in AWS_ENDPOINT_URL_DYNAMODB.',
  );
}

/** Verifies a page and converts its items to lines, in this thread or in another one. */
export type ConvertPage = (
  page: PageBody,
  lines: LineBuffer,
) => ResponseWithoutItems | PageProblem | Promise<ResponseWithoutItems | PageProblem>;

/** Reads pages one at a time. Each worker has its own reader. */
export class PageReader {
  private readonly client: DynamoDBClient;
  private readonly convert: ConvertPage;
  private readonly buffers: Pick<PageBuffers, 'take' | 'release'>;
  /** Lines of the last page, and the buffer of the pool for them. */
  private lines: LineBuffer | undefined;
  private linesStorage: Buffer | undefined;

  /** @param buffers shared by all workers */
  constructor(client: DynamoDBClient, convert: ConvertPage, buffers: Pick<PageBuffers, 'take' | 'release'>) {
    this.client = client;
    this.convert = convert;
    this.buffers = buffers;
  }

  /**
   * Sends one Scan request. The SDK handles signing, retries, credentials and errors, but it never parses the items: a
   * middleware between its HTTP handler and its deserializer removes them from the response. The middleware runs inside
   * the retry loop, so the SDK retries the request if the page is corrupted.
   *
   * @param pace determines when the request is sent and how many items it requests
   */
  async read(input: ScanCommandInput, pace: Pick<SegmentPace, 'permit'>, signal: AbortSignal): Promise<Page> {
    this.releaseLines();
    let itemCount = 0;
    const permit = await pace.permit(input.Limit, signal);
    const command = new ScanCommand({ ...input, Limit: permit.limit, ReturnConsumedCapacity: 'TOTAL' });
    chargeAttempts(command, permit, signal);
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: IncomingMessage | Buffer };
        // Leave the body of an error response unchanged: the SDK creates its exception from it.
        if (response.statusCode >= 300) return result;
        const extracted = await this.readBody(response.body as IncomingMessage);
        itemCount = extracted.count;
        response.body = extracted.rest;
        return result;
      },
      { name: 'extractItems', step: 'deserialize', priority: 'low' },
    );
    const output = await this.client.send(command, { abortSignal: signal });
    const scannedCount = output.ScannedCount ?? itemCount;
    const consumedCapacity = output.ConsumedCapacity?.CapacityUnits;
    permit.consumed(consumedCapacity, scannedCount);
    return {
      lines: this.lines?.lines() ?? Buffer.alloc(0),
      itemCount,
      scannedCount,
      consumedCapacity: consumedCapacity ?? 0,
      lastEvaluatedKey: output.LastEvaluatedKey,
    };
  }

  private releaseLines(): void {
    if (this.linesStorage) this.buffers.release(this.linesStorage);
    this.lines = undefined;
    this.linesStorage = undefined;
  }

  private async readBody(response: IncomingMessage): Promise<ResponseWithoutItems> {
    const storage = this.buffers.take();
    const body = new BodyBuffer(storage);
    try {
      const page = await body.receive(response);
      this.linesStorage = this.buffers.take();
      this.lines = new LineBuffer(this.linesStorage);
      // If this rejects, the copy ends, and the thread may still write to the lines. They must not return to the pool.
      const converted = await this.convert(page, this.lines);
      if ('rest' in converted) return converted;
      // The next attempt may wait long for a response.
      this.releaseLines();
      if ('corrupted' in converted) throw new CorruptedResponse(converted.corrupted);
      throw new CopyError('ION_VALUE_INVALID', converted.invalid, converted.remedy);
    } finally {
      body.release();
      this.buffers.release(storage);
    }
  }
}

/**
 * First size of a buffer without WebAssembly. DynamoDB ends a page at 1 MB of items. As JSON, most pages have about the
 * same size; as lines, they are slightly larger.
 */
const FIRST_BYTES = 1_536 * 1024;

/**
 * Pool of buffers for pages and their lines, shared by all workers. A worker holds one buffer while it receives a page
 * or writes its lines, two while it converts the page to lines, and usually none while it waits for DynamoDB.
 */
export class PageBuffers {
  readonly pageMemory = newPageMemory();
  private readonly free: Buffer[] = [];

  /** Returns a buffer, preferably the one returned last because it may still be in the CPU cache. */
  take(): Buffer {
    return this.free.pop() ?? this.pageMemory.newRegion() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Returns a buffer to the pool. It must no longer be in use. */
  release(buffer: Buffer): void {
    this.free.push(buffer);
  }
}

import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { CorruptedResponse } from '../aws/retry.ts';
import { CopyError } from '../errors.ts';
import { checkScanResponse } from '../format/check-response.ts';
import { PADDING } from '../format/cursor.ts';
import { LineBuffer } from '../format/line-buffer.ts';
import { InvalidIonText, MalformedPage } from '../format/malformed-page.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';
import { type CutPage, checkResponseMembers, cutPage } from './cut-page.ts';
import { chargeAttempts } from './pacing/charge-attempts.ts';
import type { SegmentPace } from './pacing/pacing.ts';
import type { PageBuffers } from './page-buffers.ts';

/** A Scan response: the items as lines, and the other members as parsed by the SDK. */
export interface Page {
  /** Valid until the next call of `read`. */
  readonly lines: Buffer;
  readonly itemCount: number;
  /** Number of items read before the filter is applied. DynamoDB charges for these. */
  readonly scannedCount: number;
  /** Consumed read capacity units; 0 if the server does not report them. */
  readonly consumedCapacity: number;
  /** Undefined on the last page only: a page without items can have one. */
  readonly lastEvaluatedKey: Record<string, AttributeValue> | undefined;
}

/** Reads pages one at a time. Each worker has its own reader. */
export class PageReader {
  private readonly client: DynamoDBClient;
  private readonly transcode: TranscodeItems;
  private readonly buffers: Pick<PageBuffers, 'take' | 'release'>;
  /** Lines of the last page. */
  private lines: LineBuffer | undefined;

  /** @param buffers shared by all workers */
  constructor(client: DynamoDBClient, transcode: TranscodeItems, buffers: Pick<PageBuffers, 'take' | 'release'>) {
    this.client = client;
    this.transcode = transcode;
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
    this.giveBackLines();
    let itemCount = 0;
    const turn = await pace.permit(input.Limit, signal);
    const command = new ScanCommand({ ...input, Limit: turn.limit, ReturnConsumedCapacity: 'TOTAL' });
    chargeAttempts(command, turn, signal);
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: IncomingMessage | Buffer };
        // Leave the body of an error response unchanged: the SDK creates its exception from it.
        if (response.statusCode >= 300) return result;
        const cut = await this.readBody(response.body as IncomingMessage);
        itemCount = cut.count;
        response.body = cut.rest;
        return result;
      },
      { name: 'cutOutItems', step: 'deserialize', priority: 'low' },
    );
    const output = await this.client.send(command, { abortSignal: signal });
    const scannedCount = output.ScannedCount ?? itemCount;
    const consumedCapacity = output.ConsumedCapacity?.CapacityUnits;
    turn.spent(consumedCapacity, scannedCount);
    return {
      lines: this.lines?.lines() ?? Buffer.alloc(0),
      itemCount,
      scannedCount,
      consumedCapacity: consumedCapacity ?? 0,
      lastEvaluatedKey: output.LastEvaluatedKey,
    };
  }

  private giveBackLines(): void {
    if (this.lines) this.buffers.release(this.lines.bytes);
    this.lines = undefined;
  }

  private async readBody(response: IncomingMessage): Promise<CutPage> {
    const storage = new BodyBuffer(this.buffers.take());
    try {
      const { body, checked } = await storage.receive(response);
      return this.cut(body, checked);
    } finally {
      this.buffers.release(storage.release());
    }
  }

  private cut(body: Buffer, checked: boolean): CutPage {
    // The buffer already exists if an earlier attempt returned a corrupted page.
    this.lines ??= new LineBuffer(this.buffers.take());
    const { lines } = this;
    lines.clear();
    try {
      // The full check costs time. It is necessary only if the server sends no checksum, as some emulators do.
      if (!checked) checkScanResponse(body);
      const cut = cutPage(body, this.transcode, lines);
      if (!checked) checkResponseMembers(cut.rest);
      return cut;
    } catch (error) {
      if (error instanceof MalformedPage) {
        throw new CorruptedResponse(`the response is not a valid Scan page: ${error.message}`, { cause: error });
      }
      if (error instanceof InvalidIonText)
        throw new CopyError('ION_VALUE_INVALID', error.message, error.remedy, { cause: error });
      throw error;
    }
  }
}

/** Receives response bodies into a reused buffer, one at a time. */
export class BodyBuffer {
  /** Replaced by a larger buffer if a body does not fit. */
  private bytes: Buffer;

  /** @param storage used only by this BodyBuffer until `release` */
  constructor(storage: Buffer) {
    this.bytes = storage;
  }

  /**
   * Receives the whole body and verifies it with `x-amz-crc32`, the CRC-32 of the body that DynamoDB sends (the SDK for
   * JavaScript does not check it).
   *
   * @returns the body as a view of the buffer, valid until the next call, and whether its checksum was verified
   * @throws {CorruptedResponse} if the body does not match the checksum; the SDK then retries the request
   * @throws {Error} with code ECONNRESET if the connection closes before the end of the body; the SDK retries that too
   */
  async receive(response: IncomingMessage): Promise<{ readonly body: Buffer; readonly checked: boolean }> {
    const length = Number(response.headers['content-length'] ?? 0);
    if (length + PADDING > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length + PADDING);

    const { end, crc } = await this.fill(response);
    const sent = response.headers['x-amz-crc32'];
    if (sent !== undefined && Number(sent) !== crc) {
      throw new CorruptedResponse('the CRC-32 of the response does not match its x-amz-crc32 header');
    }
    // Pad the body with zeros so the transcoder can read it in place.
    this.bytes.fill(0, end, end + PADDING);
    return { body: this.bytes.subarray(0, end), checked: sent !== undefined };
  }

  /**
   * Detaches the buffer and returns it. A late chunk of an abandoned response can then no longer write to it: by that
   * time the buffer may contain another page whose checksum has already been verified.
   */
  release(): Buffer {
    const { bytes } = this;
    this.bytes = Buffer.alloc(0);
    return bytes;
  }

  private fill(response: IncomingMessage): Promise<{ end: number; crc: number }> {
    return new Promise((resolve, reject) => {
      let end = 0;
      let crc = 0;
      response.on('data', (chunk: Buffer) => {
        if (end + chunk.length + PADDING > this.bytes.length) this.grow(end, chunk.length + PADDING);
        // Copy the chunk now: keeping it would keep the whole read buffer of the socket in memory.
        chunk.copy(this.bytes, end);
        crc = crc32(chunk, crc);
        end += chunk.length;
      });
      response.on('end', () => resolve({ end, crc }));
      response.on('error', () => reject(brokenConnection()));
      // If the connection closes before the last byte, Node may emit only 'close'.
      response.on('close', () => {
        if (!response.complete) reject(brokenConnection());
      });
    });
  }

  private grow(end: number, more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(end + more, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, end);
    this.bytes = larger;
  }
}

/** The code ECONNRESET makes the SDK retry it like any other network error. */
function brokenConnection(): Error {
  return Object.assign(new Error('the connection closed before the end of the response'), { code: 'ECONNRESET' });
}

import type { IncomingMessage } from 'node:http';
import { type AttributeValue, type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { DamagedResponse } from '../aws/retry.ts';
import { CopyError } from '../errors.ts';
import { checkDynamoDbJson } from '../format/check-response.ts';
import { LineBuffer } from '../format/line-buffer.ts';
import { MalformedPage } from '../format/malformed-page.ts';
import { NotIon } from '../format/not-ion.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';
import { BodyBuffer } from './body-buffer.ts';
import { type CutPage, checkEnvelope, cutPage } from './cut-page.ts';
import { payForAttempts } from './pacing/charge-attempts.ts';
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
  private readonly buffers: Pick<PageBuffers, 'take' | 'give'>;
  /** Lines of the last page. */
  private lines: LineBuffer | undefined;

  /** @param buffers shared by all workers */
  constructor(client: DynamoDBClient, transcode: TranscodeItems, buffers: Pick<PageBuffers, 'take' | 'give'>) {
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
  async read(input: ScanCommandInput, pace: Pick<SegmentPace, 'turn'>, signal: AbortSignal): Promise<Page> {
    this.giveBackLines();
    let itemCount = 0;
    const turn = await pace.turn(input.Limit, signal);
    const command = new ScanCommand({ ...input, Limit: turn.limit, ReturnConsumedCapacity: 'TOTAL' });
    payForAttempts(command, turn, signal);
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
    if (this.lines) this.buffers.give(this.lines.bytes);
    this.lines = undefined;
  }

  private async readBody(response: IncomingMessage): Promise<CutPage> {
    const storage = new BodyBuffer(this.buffers.take());
    try {
      const { body, checked } = await storage.receive(response);
      return this.cut(body, checked);
    } finally {
      this.buffers.give(storage.release());
    }
  }

  private cut(body: Buffer, checked: boolean): CutPage {
    // The buffer already exists if an earlier attempt returned a corrupted page.
    this.lines ??= new LineBuffer(this.buffers.take());
    const { lines } = this;
    lines.clear();
    try {
      // The full check costs time. It is necessary only if the server sends no checksum, as some emulators do.
      if (!checked) checkDynamoDbJson(body);
      const cut = cutPage(body, this.transcode, lines);
      if (!checked) checkEnvelope(cut.rest);
      return cut;
    } catch (error) {
      if (error instanceof MalformedPage) {
        throw new DamagedResponse(`the response is not a valid Scan page: ${error.message}`, { cause: error });
      }
      if (error instanceof NotIon) throw new CopyError('NOT_ION', error.message, error.remedy, { cause: error });
      throw error;
    }
  }
}

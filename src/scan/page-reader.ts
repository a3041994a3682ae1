import type { IncomingMessage } from 'node:http';
import { type AttributeValue, type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { DamagedResponse } from '../aws/retry.ts';
import { CopyError } from '../errors.ts';
import type { TranscodeItems } from '../format/format.ts';
import { LineBuffer } from '../format/line-buffer.ts';
import { MalformedPage } from '../format/malformed-page.ts';
import { NotIon } from '../format/not-ion.ts';
import { checkDynamoDbJson } from '../format/strict.ts';
import { payForAttempts } from './pacing/attempts.ts';
import type { SegmentPace } from './pacing/pacing.ts';
import { type CutPage, checkEnvelope, cutPage } from './page.ts';
import type { PageBuffers } from './page-buffers.ts';
import { BodyBuffer } from './receive.ts';

/** One answer to a Scan: its items as lines, and what the SDK read of the rest. */
export interface Page {
  /** Valid until the reader reads again. */
  readonly lines: Buffer;
  readonly itemCount: number;
  /** Items read before a filter, which is what is paid for. */
  readonly scannedCount: number;
  /** Read units spent; 0 where the server reports none. */
  readonly consumedCapacity: number;
  /** Absent on the last page, and only there: a page without items may have one. */
  readonly lastEvaluatedKey: Record<string, AttributeValue> | undefined;
}

/** Reads pages one after the other. A worker has one. */
export class PageReader {
  private readonly client: DynamoDBClient;
  private readonly transcode: TranscodeItems;
  private readonly buffers: Pick<PageBuffers, 'take' | 'give'>;
  /** Of the page that was read last. */
  private lines: LineBuffer | undefined;

  /** @param buffers of all workers */
  constructor(client: DynamoDBClient, transcode: TranscodeItems, buffers: Pick<PageBuffers, 'take' | 'give'>) {
    this.client = client;
    this.transcode = transcode;
    this.buffers = buffers;
  }

  /**
   * Sends one Scan. Signing, retries, credentials and errors stay the SDK's; the items never become objects: a
   * middleware between its HTTP handler and its deserialiser takes them out of the response. Being inside the retry
   * loop, it lets a damaged page be asked for again.
   *
   * @param pace says when the page may be asked for, and how many items of it
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
        // An error's body stays as it is, for the SDK to make its exception of.
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
    // There are some already where a page was damaged and is read again.
    this.lines ??= new LineBuffer(this.buffers.take());
    const { lines } = this;
    lines.clear();
    try {
      // Only a server that sends no checksum (an emulator) pays for the full check.
      if (!checked) checkDynamoDbJson(body);
      const cut = cutPage(body, this.transcode, lines);
      if (!checked) checkEnvelope(cut.rest);
      return cut;
    } catch (error) {
      if (error instanceof MalformedPage) {
        throw new DamagedResponse(`a response is no Scan page: ${error.message}`, { cause: error });
      }
      if (error instanceof NotIon) throw new CopyError('NOT_ION', error.message, error.remedy, { cause: error });
      throw error;
    }
  }
}

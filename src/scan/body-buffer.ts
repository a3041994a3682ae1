import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { DamagedResponse } from '../aws/retry.ts';
import { PADDING } from '../format/cursor.ts';

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
   * @throws {DamagedResponse} if the body does not match the checksum; the SDK then retries the request
   * @throws {Error} with code ECONNRESET if the connection closes before the end of the body; the SDK retries that too
   */
  async receive(response: IncomingMessage): Promise<{ readonly body: Buffer; readonly checked: boolean }> {
    const length = Number(response.headers['content-length'] ?? 0);
    if (length + PADDING > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length + PADDING);

    const { end, crc } = await this.fill(response);
    const sent = response.headers['x-amz-crc32'];
    if (sent !== undefined && Number(sent) !== crc) {
      throw new DamagedResponse('the CRC-32 of the response does not match its x-amz-crc32 header');
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

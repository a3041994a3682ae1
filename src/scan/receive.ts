import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { DamagedResponse } from '../aws/retry.ts';
import { PADDING } from '../format/cursor.ts';

/** Takes in the bodies of responses, one after the other, in the same storage. */
export class BodyBuffer {
  /** A body that needs more puts a larger one in its place. */
  private bytes: Buffer;

  /** @param storage this one's alone until `release` */
  constructor(storage: Buffer) {
    this.bytes = storage;
  }

  /**
   * Takes in the whole body and checks it against `x-amz-crc32`, the CRC-32 that DynamoDB sends of the body's bytes
   * (and that the SDK for JavaScript does not look at).
   *
   * @returns the body as a view into the storage, valid until the next call, and whether a checksum vouched for it
   * @throws {DamagedResponse} where the body is shorter or other than what was sent; the SDK then asks again
   */
  async receive(response: IncomingMessage): Promise<{ readonly body: Buffer; readonly checked: boolean }> {
    const length = Number(response.headers['content-length'] ?? 0);
    if (length + PADDING > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length + PADDING);

    const { end, crc } = await this.fill(response);
    const sent = response.headers['x-amz-crc32'];
    if (sent !== undefined && Number(sent) !== crc) {
      throw new DamagedResponse('the CRC-32 of a response differs from its x-amz-crc32 header');
    }
    // With zeros behind it, the transcoder can read the body where it is.
    this.bytes.fill(0, end, end + PADDING);
    return { body: this.bytes.subarray(0, end), checked: sent !== undefined };
  }

  /**
   * Hands the storage over. Should a chunk come late, of a response that was given up, it finds none: by then the bytes
   * are another page's, whose checksum has been looked at already.
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
        // Copied at once: a chunk kept would pin the socket's whole read buffer.
        chunk.copy(this.bytes, end);
        crc = crc32(chunk, crc);
        end += chunk.length;
      });
      response.on('end', () => resolve({ end, crc }));
      response.on('error', () => reject(brokenConnection()));
      // A body that ends without its last byte is told by 'close' alone.
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

/** The code makes it a network fault to the SDK: worth as much patience as any other. */
function brokenConnection(): Error {
  return Object.assign(new Error('the connection broke in the middle of a response'), { code: 'ECONNRESET' });
}

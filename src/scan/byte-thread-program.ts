// Program of the byte thread; see byte-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { FORMATS } from '../format/formats.ts';
import { LineBuffer } from '../format/lines.ts';
import { LocalContentHash } from '../s3/checksums.ts';
import { type ByteRequest, type ByteResponses, type ByteThreadSettings, convertPage } from './byte-thread.ts';

const { transcode } = FORMATS[(workerData as ByteThreadSettings).format];

/** Hashes of the objects that are being written. */
const hashes = new Map<number, LocalContentHash>();

parentPort?.on('message', (request: ByteRequest) => {
  const [response, moved] = respond(request);
  parentPort?.postMessage(response, moved);
});

// A request is lost. Without an error, its call would get the response to the next request.
parentPort?.on('messageerror', (error) => {
  throw error;
});

/** Returns the response, and the buffers whose memory moves to the main thread with it. */
function respond(request: ByteRequest): [ByteResponses[ByteRequest['kind']], ArrayBuffer[]] {
  switch (request.kind) {
    case 'convert': {
      const lines = new LineBuffer(Buffer.from(request.lines));
      const { body, crc } = request.page;
      const converted = convertPage({ body: sameBytes(body), crc }, transcode, lines);
      const moved = { page: body.buffer as ArrayBuffer, lines: lines.bytes.buffer as ArrayBuffer };
      return [{ converted, ...moved, length: lines.length }, Object.values(moved)];
    }
    case 'append': {
      const { part } = request;
      return [hashOf(request.object).append(sameBytes(part)), [part.buffer as ArrayBuffer]];
    }
    case 'digest': {
      const digest = hashOf(request.object).digest();
      hashes.delete(request.object);
      return [digest, []];
    }
  }
}

function hashOf(object: number): LocalContentHash {
  const hash = hashes.get(object) ?? new LocalContentHash();
  hashes.set(object, hash);
  return hash;
}

/** Returns a Buffer with the same memory: a message contains a Buffer as a Uint8Array. */
function sameBytes({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

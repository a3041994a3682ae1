// Program of the byte thread; see byte-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { FORMATS } from '../format/formats.ts';
import { LineBuffer } from '../format/lines.ts';
import { bufferOf, PageMemory } from '../format/page-memory.ts';
import { LocalContentHash } from '../s3/checksums.ts';
import { type ByteRequest, type ByteResponses, type ByteThreadSettings, convertPage } from './byte-thread.ts';

const settings = workerData as ByteThreadSettings;
const { transcode } = FORMATS[settings.format];
const pageMemory = new PageMemory(settings.wasmMemory);

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
      const { body, crc } = request.page;
      const given = request.lines && pageMemory.adopt(request.lines);
      const lines = new LineBuffer(given ?? Buffer.allocUnsafeSlow(body.length));
      const converted = convertPage({ body: pageMemory.adopt(body), crc }, transcode, lines);
      const { bytes, length } = lines;
      if (bytes === given) return [{ converted, lines: undefined, length }, []];
      return [{ converted, lines: bytes, length }, [bytes.buffer as ArrayBuffer]];
    }
    case 'append': {
      const { part } = request;
      return [hashOf(request.object).append(bufferOf(part)), [part.buffer as ArrayBuffer]];
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

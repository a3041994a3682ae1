import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { errorName, safeName } from '../aws/aws-error.ts';
import { CopyError } from '../errors.ts';
import { checkResponseMembers, checkScanResponse } from '../format/check-response.ts';
import { FORMATS, type FormatName } from '../format/formats.ts';
import type { LineBuffer } from '../format/lines.ts';
import { InvalidIonText, MalformedPage } from '../format/malformed-page.ts';
import { bufferOf, isShared, type PageMemory } from '../format/page-memory.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';
import type { AssemblyMemory } from '../format/web-assembly.ts';
import { type ContentHash, type ContentHashes, type HashedPart, LocalContentHash } from '../s3/checksums.ts';
import type { ConvertPage } from './page-reader.ts';
import { extractItems, type PageBody, type ResponseWithoutItems } from './scan-response.ts';

/** Why a page cannot be used. Contains no data of the page. */
export type PageProblem =
  /** The bytes are not those that DynamoDB sent. The request can be retried. */
  | { readonly corrupted: string }
  /** An item cannot be written in this format. A retry would not help. */
  | { readonly invalid: string; readonly remedy: string };

/**
 * Verifies a page with its CRC-32, which the SDK for JavaScript does not, and converts its items to lines.
 *
 * @param lines receives the lines; invalid if the result is a problem
 */
export function convertPage(
  { body, crc }: PageBody,
  transcode: TranscodeItems,
  lines: LineBuffer,
): ResponseWithoutItems | PageProblem {
  if (crc !== undefined && Number(crc) !== crc32(body)) {
    return { corrupted: 'the CRC-32 of the response does not match its x-amz-crc32 header' };
  }
  lines.clear();
  try {
    // The full check costs time. It is necessary only if the server sends no checksum, as some emulators do.
    if (crc === undefined) checkScanResponse(body);
    const extracted = extractItems(body, transcode, lines);
    if (crc === undefined) checkResponseMembers(extracted.rest);
    return extracted;
  } catch (error) {
    if (error instanceof MalformedPage) return { corrupted: `the response is not a valid Scan page: ${error.message}` };
    if (error instanceof InvalidIonText) return { invalid: error.message, remedy: error.remedy };
    throw error;
  }
}

/** Returns a function that calls `convertPage` with this transcoder. */
export function convertWith(transcode: TranscodeItems) {
  return (page: PageBody, lines: LineBuffer) => convertPage(page, transcode, lines);
}

/**
 * What the main thread requests from the byte thread, which responds in the order of the requests. Both threads share the
 * memory of pages and lines (without WebAssembly, they are copied). The memory of a part moves to the thread and back.
 */
export type ByteRequest =
  /** `lines` is the buffer for the lines; undefined if its memory is not shared. */
  | { readonly kind: 'convert'; readonly page: PageBody; readonly lines: Uint8Array | undefined }
  | { readonly kind: 'append'; readonly object: number; readonly part: Uint8Array }
  | { readonly kind: 'digest'; readonly object: number };

/** Response of the byte thread to each kind of request. */
export interface ByteResponses {
  readonly convert: {
    readonly converted: ResponseWithoutItems | PageProblem;
    /** Another buffer with the lines, if the request has none or they did not fit; otherwise undefined. */
    readonly lines: Uint8Array | undefined;
    /** Number of bytes of the lines. */
    readonly length: number;
  };
  readonly append: HashedPart;
  readonly digest: ContentHashes;
}

/** Settings of the byte thread. */
export interface ByteThreadSettings {
  readonly format: FormatName;
  /** Memory of pages and lines. */
  readonly wasmMemory: AssemblyMemory | undefined;
}

/** The program of the thread: a file next to the bundle, and the source if the sources run without a build. */
const PROGRAM = import.meta.filename.endsWith('.ts') ? 'byte-thread-program.ts' : 'byte-thread.js';

interface Waiting {
  readonly resolve: (response: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Converts pages and hashes parts in a second thread, so that the main thread only receives and sends their bytes. The
 * main thread does both until `start` is called and the thread has started.
 */
export class ByteThread implements AsyncDisposable {
  private readonly format: FormatName;
  private worker: Worker | undefined;
  /** True once the thread does the work, even if it has ended since. */
  hasStarted = false;
  private objects = 0;
  private failure: Error | undefined;
  /** Calls without a response, in the order of their requests. */
  private readonly waiting: Waiting[] = [];

  constructor(format: FormatName) {
    this.format = format;
  }

  /**
   * Starts the thread. If it ends before `signal` is aborted, all calls reject with CopyError UNEXPECTED.
   *
   * @param pageMemory contains the pages and lines
   * @param signal ends the thread, also if the copy hangs, and is the reason of calls that then reject
   */
  start({ wasmMemory }: PageMemory, signal: AbortSignal): void {
    const settings: ByteThreadSettings = { format: this.format, wasmMemory };
    // The thread gets neither credentials nor inputs.
    this.worker = new Worker(join(import.meta.dirname, PROGRAM), { workerData: settings, env: {}, execArgv: [] });
    this.worker.once('online', () => {
      this.hasStarted = true;
    });
    this.worker.on('message', (response) => this.waiting.shift()?.resolve(response as never));
    this.worker.on('error', (error) => this.fail(error));
    // A response is lost. The next one would be returned to the call that waits for it.
    this.worker.on('messageerror', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail());
    signal.addEventListener('abort', () => void this.end(signal.reason), { once: true });
  }

  /** Converts a page; see `convertPage`. */
  readonly convert: ConvertPage = async (page, lines) => {
    if (this.worksHere) return convertPage(page, FORMATS[this.format].transcode, lines);
    const shared = isShared(lines.bytes.buffer) ? lines.bytes : undefined;
    const { converted, lines: other, length } = await this.call({ kind: 'convert', page, lines: shared }, []);
    lines.replace(other ? bufferOf(other) : lines.bytes, length);
    return 'rest' in converted ? { ...converted, rest: bufferOf(converted.rest) } : converted;
  };

  /** Returns a hash of the content of one object. */
  newHash(): ContentHash {
    const object = this.objects;
    this.objects += 1;
    let local: LocalContentHash | undefined;
    return {
      append: (part) => {
        if (this.worksHere) local ??= new LocalContentHash();
        return local ? local.append(part) : this.appendInThread(object, part);
      },
      digest: () => local?.digest() ?? this.call({ kind: 'digest', object }, []),
    };
  }

  /** Ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(new Error('the byte thread has ended'));
  }

  /** @param reason error of all calls that wait for the thread */
  private async end(reason: Error): Promise<void> {
    this.failure ??= reason;
    await this.worker?.terminate();
  }

  /** False as well if the thread has ended before it started: the calls then report its failure. */
  private get worksHere(): boolean {
    return !this.hasStarted && this.failure === undefined;
  }

  private async appendInThread(object: number, part: Buffer): Promise<HashedPart> {
    const { body, crc } = await this.call({ kind: 'append', object, part }, [part.buffer as ArrayBuffer]);
    return { body: bufferOf(body), crc };
  }

  private call<Kind extends ByteRequest['kind']>(
    request: Extract<ByteRequest, { kind: Kind }>,
    moved: readonly ArrayBuffer[],
  ): Promise<ByteResponses[Kind]> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      // This throws if memory cannot be moved. A call without a request must not wait: it would get the next response.
      this.worker?.postMessage(request, moved);
      this.waiting.push({ resolve: resolve as Waiting['resolve'], reject });
    });
  }

  private fail(cause?: unknown): void {
    // The message of the error can contain data of a page.
    const name = cause instanceof Error ? ` (${safeName(errorName(cause))})` : '';
    this.failure ??= new CopyError(
      'UNEXPECTED',
      `The thread that converts pages and hashes parts ended before the copy was complete${name}.`,
      'Re-run the job. If it fails again, please report it.',
      { cause },
    );
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}

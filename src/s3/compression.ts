import type { Transform } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';

export type Compression = 'gzip' | 'zstd' | 'none';

/** Takes bytes in one end and hands the compressed ones to its sink, in order and never two at a time. */
export interface Compressor {
  /** Resolves when `bytes` is no longer read from, so that its buffer can be used again. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when the sink has taken the last byte. */
  end(): Promise<void>;
  /** Frees what it holds; what it has not handed on is lost. */
  destroy(): void;
}

export type Sink = (bytes: Buffer) => Promise<void>;

interface Method {
  /** Added to the names of data objects; readers of native exports go by InputCompressionType instead. */
  readonly extension: string;
  compressor(sink: Sink): Compressor;
}

/** One call of the compressor hands on this much at most: each has a cost of its own beside the bytes. */
const CHUNK_BYTES = 64 * 1024;

/** As fast here as level 4 and smaller: objects are 10% larger than zlib's default level 6 makes them, for half the CPU. */
const GZIP_LEVEL = 3;

/**
 * zstd's own default level, with tables and a window that fit the processor's caches: each of up to 64 objects under way
 * has its own. Faster by a third than the level's 2 MiB window, with less memory, and objects are no larger.
 */
const ZSTD_PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 3,
  [constants.ZSTD_c_windowLog]: 18,
  [constants.ZSTD_c_hashLog]: 16,
  [constants.ZSTD_c_chainLog]: 16,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/** Each writes one gzip member or one zstd frame an object: some readers stop after the first. */
export const COMPRESSIONS = {
  gzip: {
    extension: '.gz',
    compressor: (sink) => new StreamCompressor(createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES }), sink),
  },
  zstd: {
    extension: '.zst',
    compressor: (sink) => {
      const params = ZSTD_PARAMETERS;
      return new StreamCompressor(createZstdCompress({ params, chunkSize: CHUNK_BYTES }), sink);
    },
  },
  none: {
    extension: '',
    compressor: (sink) => ({ write: sink, end: async () => {}, destroy: () => {} }),
  },
} as const satisfies Record<Compression, Method>;

/** Drives one of Node's compressing streams, which works in the thread pool and not on the main thread. */
class StreamCompressor implements Compressor {
  private readonly stream: Transform;
  private readonly drained: Promise<void>;
  private failure: unknown;
  private rejectWrite: (error: unknown) => void = () => {};

  constructor(stream: Transform, sink: Sink) {
    this.stream = stream;
    this.drained = this.drain(sink);
    // Told by the next write or by the end; nobody awaits it in between.
    this.drained.catch((error: unknown) => {
      this.failure = error;
      this.rejectWrite(error);
    });
  }

  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      // A stream that ends in the middle of a write, with its output full, never calls back.
      this.rejectWrite = reject;
      this.stream.write(bytes, () => resolve());
    });
    if (this.failure) throw this.failure;
  }

  async end(): Promise<void> {
    this.stream.end();
    await this.drained;
  }

  destroy(): void {
    this.stream.destroy();
  }

  private async drain(sink: Sink): Promise<void> {
    for await (const chunk of this.stream) await sink(chunk as Buffer);
  }
}

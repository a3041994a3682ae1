import { gzipSync } from 'node:zlib';
import { FORMATS } from '../src/format/formats.ts';
import { LineBuffer } from '../src/format/lines.ts';
import { replayPages } from '../test/emulators/replay-pages.ts';

/** Returns the ratio of compressed to uncompressed size of DYNAMODB_JSON lines at gzip level 6, the default of zlib. */
export function sizeAtLevel6(seed: number): number {
  const lines = new LineBuffer(Buffer.alloc(65_536));
  for (const { head } of replayPages({ tableName: 'replay', seed, shape: 'mixed', pageBytes: 1024 * 1024 })) {
    FORMATS.DYNAMODB_JSON.transcode(head, head.indexOf('"Items":[') + '"Items":['.length, lines);
  }
  return gzipSync(lines.lines(), { level: 6 }).length / lines.length;
}

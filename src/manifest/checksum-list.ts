import { createHash } from 'node:crypto';

/** Returns the SHA-256 of a content in lower-case hexadecimal digits. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Returns the content of manifest-sha256.txt in the format of `sha256sum`: one line per object, sorted by path.
 *
 * https://www.gnu.org/software/coreutils/manual/html_node/cksum-output-modes.html
 *
 * @param checksums path of each object relative to the folder of the copy, and its SHA-256 in lower-case hexadecimal
 *   digits. Each path occurs once. No path has a character that `sha256sum` escapes.
 */
export function formatChecksums(checksums: Iterable<readonly [path: string, sha256: string]>): Buffer {
  const lines = [...checksums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, hash]) => `${hash}  ${path}\n`);
  return Buffer.from(lines.join(''));
}

/** Length of a SHA-256 and two spaces. */
const PATH_START = 66;

/** Maximum length of a line, without its line feed. The names of data objects have at most 255 characters. */
export const MAX_CHECKSUM_LINE = 512;

const LINE = /^[\da-f]{64} {2}(?:data\/)?(?!\.)[\w.+=@-]{1,255}$/;

/**
 * Reads manifest-sha256.txt. Accepts only the bytes that `formatChecksums` returns, so that every change of a byte is
 * found.
 *
 * @returns SHA-256 of each object in lower-case hexadecimal digits, by its path relative to the folder of the copy;
 *   undefined if the content is invalid
 */
export function parseChecksums(content: Buffer): Map<string, string> | undefined {
  const checksums = new Map<string, string>();
  let last = '';
  // Does not split the text: a file of line breaks would become an array of 256 million elements.
  for (let start = 0, end: number; start < content.length; start = end + 1) {
    end = content.indexOf(0x0a, start);
    if (end === -1 || end - start > MAX_CHECKSUM_LINE) return undefined;
    const line = content.toString('latin1', start, end);
    const path = line.slice(PATH_START);
    if (!LINE.test(line) || path <= last) return undefined;
    checksums.set(path, line.slice(0, PATH_START - 2));
    last = path;
  }
  return checksums;
}

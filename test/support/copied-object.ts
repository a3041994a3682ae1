import { createHash } from 'node:crypto';
import type { ManifestFile, Writer } from './manifests.ts';
import { compressionOf, unpackOne } from './one-member.ts';
import type { StoredObject } from './store.ts';

/** A data object of a copy, checked. */
export interface CopiedObject extends ManifestFile {
  readonly size: number;
  /** Decompressed. */
  readonly content: Buffer;
  readonly lines: readonly string[];
}

export interface ObjectExpectations {
  /** Where data objects lie: ends with a slash. */
  readonly dataFolder: string;
  readonly format: string;
  readonly writer: Writer;
}

/** Checks one object, of which `stored` is what the bucket lists and `bytes` what it holds. */
export function checkObject(
  file: ManifestFile,
  stored: StoredObject,
  bytes: Buffer,
  { dataFolder, format, writer }: ObjectExpectations,
  report: (text: string) => void,
): CopiedObject {
  const problem = (text: string): void => report(`${file.dataFileS3Key}: ${text}`);
  if (!file.dataFileS3Key.startsWith(dataFolder)) {
    problem('it does not lie in data/');
  }
  if (!/\/[a-z2-7]{26}(\.[A-Za-z0-9]+){1,2}$/.test(file.dataFileS3Key)) {
    problem('its name is not 26 characters of base32 and an extension');
  }
  if (stored.etag !== file.etag) {
    problem(`its etag is ${file.etag} in manifest-files.json and ${stored.etag} in the bucket`);
  }
  const md5 = createHash('md5').update(bytes).digest('base64');
  if (md5 !== file.md5Checksum) {
    problem(`its md5Checksum is ${file.md5Checksum} in manifest-files.json and ${md5} in truth`);
  }
  let content: Buffer;
  try {
    content = unpackOne(bytes, compressionOf(file.dataFileS3Key));
  } catch (error) {
    problem((error as Error).message);
    content = Buffer.alloc(0);
  }
  // What a process-func wrote is its own business: neither lines nor counts can be told from outside.
  const lines = format === 'CUSTOM' ? [] : linesOf(content, format, writer, problem);
  if (format !== 'CUSTOM' && lines.length !== file.itemCount) {
    problem(`its itemCount is ${file.itemCount}, and it has ${lines.length} lines`);
  }
  return { ...file, size: bytes.length, content, lines };
}

/** What some readers take for the end of a line, besides a newline: none may occur in one. */
const STRAY_LINE_ENDS = ['\r', '\v', '\f', '\u0085', '\u2028', '\u2029'] as const;

function linesOf(content: Buffer, format: string, writer: Writer, problem: (text: string) => void): string[] {
  if (content.length === 0) {
    return [];
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    problem('it is not UTF-8');
    return [];
  }
  if (!text.endsWith('\n')) {
    problem('its last line does not end with a newline');
  }
  // Of DynamoDB's own exports it is not known what they escape.
  for (const character of writer === 'scan' ? STRAY_LINE_ENDS : []) {
    if (text.includes(character)) {
      problem(`a line holds ${JSON.stringify(character)} unescaped, where some readers end it`);
    }
  }
  const lines = text.replace(/\n$/, '').split('\n');
  const wrong = format === 'ION' ? lines.indexOf('') : lines.findIndex((line) => !isJsonObject(line));
  if (wrong >= 0) {
    problem(`line ${wrong + 1} is not one object of JSON: ${lines[wrong]?.slice(0, 200)}`);
  }
  return lines;
}

function isJsonObject(line: string): boolean {
  try {
    return line.startsWith('{') && line.endsWith('}') && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

import { type CopiedChange, changesOf, itemsOf } from './copied-lines.ts';
import { type CopiedObject, checkObject } from './copied-object.ts';
import type { WireItem } from './items.ts';
import {
  checkMd5File,
  type ManifestFile,
  type ManifestSummary,
  readFiles,
  readSummary,
  type Writer,
} from './manifests.ts';
import type { ObjectReader } from './store.ts';

/** A finished copy, every byte of it checked. */
export interface Copy {
  readonly summary: ManifestSummary;
  /** `[prefix/]AWSDynamoDB/<export id>/` */
  readonly folder: string;
  readonly exportId: string;
  /** In the order of manifest-files.json. */
  readonly objects: readonly CopiedObject[];
  /** All lines of all objects, without their newlines. */
  readonly lines: readonly string[];
  /** What manifest-copy.json says, where there is one. */
  readonly record: Readonly<Record<string, unknown>> | undefined;
  /** The items of a full copy in DYNAMODB_JSON or ION, as they were on the wire. */
  readonly items: () => WireItem[];
  /** What an incremental copy tells. */
  readonly changes: () => CopiedChange[];
}

export interface ReadCopyOptions {
  readonly writer?: Writer;
}

/**
 * Reads a finished copy as a stranger would, from its summary down, and checks all that can be checked: names and keys,
 * manifests to the byte, each MD5 and ETag, each count, that each object is one gzip member or zstd frame, and that
 * nothing else lies beside or between. Shares no code with the Action.
 *
 * @throws an error that lists every problem found
 */
export async function readCopy(
  store: ObjectReader,
  bucket: string,
  manifestKey: string,
  { writer = 'scan' }: ReadCopyOptions = {},
): Promise<Copy> {
  const problems: string[] = [];
  const problem = (text: string): number => problems.push(text);
  const where = /^((?:(.*)\/)?AWSDynamoDB\/(\d{14}-[0-9a-f]{8})\/)manifest-summary\.json$/s.exec(manifestKey);
  if (where === null) {
    throw new Error(`${manifestKey} is not the key of a manifest-summary.json in a folder named by an export id`);
  }
  const [, folder = '', prefix = '', exportId = ''] = where;
  const listed = new Map((await store.list(bucket, folder)).map((object) => [object.key, object]));
  const read = async (name: string): Promise<Buffer> => {
    if (!listed.has(folder + name)) {
      problem(`${name} is missing`);
      return Buffer.alloc(0);
    }
    return await store.read(bucket, folder + name);
  };

  const summaryBytes = await read('manifest-summary.json');
  const filesBytes = await read('manifest-files.json');
  if (problems.length > 0) {
    throw new Error(`not a copy: ${problems.join('; ')} in s3://${bucket}/${folder}`);
  }
  checkMd5File('manifest-summary.md5', summaryBytes, await read('manifest-summary.md5'), problem);
  checkMd5File('manifest-files.md5', filesBytes, await read('manifest-files.md5'), problem);
  if ((await read('_started')).length > 0) {
    problem('_started is not empty');
  }
  const summary = readSummary(summaryBytes, writer, problem);
  checkSummary(summary, { bucket, prefix, folder, exportId, writer }, problem);

  const files = readFiles(filesBytes, problem);
  const dataFolder = summary.exportType === 'INCREMENTAL_EXPORT' ? sharedDataFolder(folder) : `${folder}data/`;
  if (!dataFolder.startsWith(folder)) {
    for (const object of await store.list(bucket, dataFolder)) {
      listed.set(object.key, object);
    }
  }
  const objects: CopiedObject[] = [];
  for (const file of files) {
    const stored = listed.get(file.dataFileS3Key);
    if (stored === undefined) {
      problem(`${file.dataFileS3Key} is in manifest-files.json and not in the bucket`);
      continue;
    }
    const bytes = await store.read(bucket, stored.key);
    objects.push(checkObject(file, stored, bytes, { dataFolder, format: summary.outputFormat, writer }, problem));
  }
  const counted = files.reduce((sum, file) => sum + file.itemCount, 0);
  if (counted !== summary.itemCount) {
    problem(`the summary counts ${summary.itemCount} items, manifest-files.json ${counted}`);
  }
  checkNothingElse(
    [...listed.keys()].filter((key) => key.startsWith(folder)),
    files,
    folder,
    problem,
  );
  const recordBytes = listed.has(`${folder}manifest-copy.json`) ? await read('manifest-copy.json') : undefined;
  const record = recordBytes && (JSON.parse(recordBytes.toString()) as Record<string, unknown>);
  if (problems.length > 0) {
    throw new Error(`${problems.length} things are wrong in s3://${bucket}/${folder}\n- ${problems.join('\n- ')}`);
  }
  return {
    summary,
    folder,
    exportId,
    objects,
    lines: objects.flatMap((object) => object.lines),
    record,
    items: () => itemsOf(summary, objects),
    changes: () => changesOf(summary, objects),
  };
}

/** The data of all incremental exports to one prefix, from which only their manifests tell each one's own. */
function sharedDataFolder(folder: string): string {
  return folder.replace(/[^/]+\/$/, 'data/');
}

interface Place {
  readonly bucket: string;
  readonly prefix: string;
  readonly folder: string;
  readonly exportId: string;
  readonly writer: Writer;
}

function checkSummary(summary: ManifestSummary, place: Place, problem: (text: string) => void): void {
  const expect = (name: keyof ManifestSummary, expected: string | null): void => {
    if (summary[name] !== expected) {
      problem(`the summary's ${name} is ${JSON.stringify(summary[name])}, not ${JSON.stringify(expected)}`);
    }
  };
  expect('exportArn', `${summary.tableArn}/export/${place.exportId}`);
  expect('s3Bucket', place.bucket);
  // DynamoDB keeps a slash that the prefix was given with.
  if (summary.s3Prefix !== `${place.prefix}/`) {
    expect('s3Prefix', place.prefix === '' ? null : place.prefix);
  }
  expect('manifestFilesS3Key', `${place.folder}manifest-files.json`);
  const started = new Date(Number(place.exportId.slice(0, 14))).toISOString();
  expect('startTime', started);
  if (place.writer === 'scan') {
    expect('exportTime', started);
  }
  if (summary.exportType === 'INCREMENTAL_EXPORT' && !place.exportId.slice(0, 14).endsWith('000')) {
    problem(`an incremental export starts at a whole second, and not at ${started}`);
  }
  if ((summary.exportFromTime ?? '') > (summary.exportToTime ?? '')) {
    problem(`it goes from ${summary.exportFromTime} back to ${summary.exportToTime}`);
  }
  if (summary.endTime < summary.startTime) {
    problem(`it ended (${summary.endTime}) before it started (${summary.startTime})`);
  }
}

function checkNothingElse(
  keys: readonly string[],
  files: readonly ManifestFile[],
  folder: string,
  problem: (text: string) => void,
): void {
  const expected = new Set(files.map((file) => file.dataFileS3Key));
  if (expected.size < files.length) {
    problem('manifest-files.json names an object twice');
  }
  for (const name of NAMES_IN_FOLDER) {
    expected.add(folder + name);
  }
  for (const key of keys) {
    if (!expected.has(key)) {
      const place = key.startsWith(`${folder}data/`) ? 'under data/' : 'beside the manifests';
      problem(`${key} lies ${place} and is no part of the copy`);
    }
  }
}

const NAMES_IN_FOLDER = [
  '_started',
  'manifest-copy.json',
  'manifest-files.json',
  'manifest-files.md5',
  'manifest-summary.json',
  'manifest-summary.md5',
] as const;

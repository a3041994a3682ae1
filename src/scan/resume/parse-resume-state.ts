import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { MAX_SEGMENTS } from '../../dynamodb-limits.ts';
import { readCounts } from '../../manifest/counts.ts';
import { isDataObjectName, isExportIdOf, startTimeOf } from '../../manifest/export-id.ts';
import { copyLayout } from '../../manifest/layout.ts';
import type { DataFile } from '../../manifest/manifests.ts';
import type { OpenUpload } from '../../s3/open-uploads.ts';
import type { SealedObject } from '../../s3/s3-objects.ts';
import { MalformedJson, StrictJson } from '../../strict-json.ts';
import {
  type PendingObject,
  type Position,
  type RunFile,
  type RunState,
  type SegmentState,
  type StartKey,
  VERSION,
  type VerifiedCopy,
} from './resume-state.ts';

/** The attempt that reads checkpoints, and the copies to which they can belong. */
export interface ResumingStep {
  readonly step: string;
  readonly attempt: number;
  /** Returns true if an attempt that starts at a time (milliseconds since 1970) uses this prefix. */
  readonly isPrefix: (prefix: string, attempt: number, time: number) => boolean;
  /** Set for a shard of a copy that was planned before. Only the objects of this shard can be in its checkpoints. */
  readonly shard?: ResumingShard | undefined;
}

/** The shard that a step copies, in all attempts. */
export interface ResumingShard {
  readonly exportId: string;
  /** Start of the keys of its data objects: see `shardDataPrefix`. */
  readonly dataPrefix: string;
  readonly segments: RunState['segments'];
}

/**
 * Reads run.json. Anyone with write access to the bucket can write it, and its content decides which objects are
 * deleted. It is therefore valid only if it names a copy that an earlier attempt of this step has started.
 *
 * @returns undefined if it is not valid; `run` is not read if the owner is not an earlier attempt
 */
export function parseRunFile(bytes: Buffer, reader: ResumingStep): RunFile | undefined {
  return unlessMalformed(() => {
    const file = version(bytes);
    const attempt = file.member('attempt').integer(1);
    return {
      owner: file.member('owner').text(/^[\da-f]{32}$/),
      attempt,
      writtenAt: file.member('writtenAt').integer(),
      ended: file.member('ended').boolean(),
      lateUntil: file.member('lateUntil').integer(),
      givenUp: file.member('givenUp').list((key) => readDataKey(key, reader.shard?.dataPrefix)),
      consumedReadCapacity: file.member('consumedReadCapacity').amount(),
      run: attempt < reader.attempt ? file.member('run').optional((run) => readRun(run, reader)) : undefined,
    };
  });
}

/**
 * Reads the checkpoint of a segment. Every key in it must be the key of a data object of the copy.
 *
 * @param dataPrefix start of the keys of the data objects of the copy or shard
 * @returns undefined if it is not valid; 'of another copy' if a job with the same identity wrote it
 */
export function parseSegment(
  bytes: Buffer,
  run: RunState,
  dataPrefix = dataFolderOf(run),
): SegmentState | 'of another copy' | undefined {
  return unlessMalformed(() => {
    const file = version(bytes);
    if (file.member('exportId').text() !== run.exportId) return 'of another copy' as const;
    const inCopy = keyReaders(dataPrefix);
    const pending = file.member('pending').optional(inCopy.pending);
    const late = file.member('late').list(inCopy.pending);
    // All of them are candidates for the next object of the segment, so they must have the same key.
    const nextKeys = new Set([...late, ...(pending ? [pending] : [])].map(({ object }) => object.key));
    if (nextKeys.size > 1) throw new MalformedJson();
    const sealed = file.member('sealed').list((of) => ({
      attempt: of.member('attempt').integer(1),
      count: of.member('count').integer(1, MAX_SEALED_FILES),
    }));
    if (!sealed.every(({ attempt }) => run.attempts.includes(attempt))) throw new MalformedJson();
    if (new Set(sealed.map(({ attempt }) => attempt)).size < sealed.length) throw new MalformedJson();
    return {
      position: readPosition(file.member('position')),
      sealed,
      files: file.member('files').list(inCopy.file),
      pending,
      late,
      upload: file.member('upload').optional(inCopy.upload),
    };
  });
}

/**
 * Maximum number of files with entries of a segment. Each has a few dozen entries: more objects than a copy can have.
 */
const MAX_SEALED_FILES = 100_000;

/**
 * Reads a file of entries that were moved out of the checkpoint of a segment.
 *
 * @param dataPrefix as in `parseSegment`
 * @returns undefined if it is not valid or belongs to another copy
 */
export function parseSealedFiles(
  bytes: Buffer,
  run: RunState,
  dataPrefix = dataFolderOf(run),
): Required<DataFile>[] | undefined {
  return unlessMalformed(() => {
    const file = version(bytes);
    if (file.member('exportId').text() !== run.exportId) throw new MalformedJson();
    return file.member('files').list(keyReaders(dataPrefix).file);
  });
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedJson) return undefined;
    throw error;
  }
}

function version(bytes: Buffer): StrictJson {
  const file = StrictJson.parse(bytes);
  file.member('version').integer(VERSION, VERSION);
  return file;
}

function readRun(run: StrictJson, reader: ResumingStep): RunState {
  const attempts = run.member('attempts').list((attempt) => attempt.integer(1, reader.attempt - 1));
  const [first] = attempts;
  const exportId = run.member('exportId').text();
  const startTime = run.member('startTime').integer();
  const prefix = run.member('prefix').text();
  const segments = readSegments(run.member('segments'));
  const { step, shard } = reader;
  const isOwn = shard
    ? exportId === shard.exportId && isDeepStrictEqual(segments, shard.segments)
    : startTime === startTimeOf(exportId) && isExportIdOf(exportId, { step, attempt: first ?? 0 });
  if (first === undefined || !isOwn || !reader.isPrefix(prefix, first, startTime)) throw new MalformedJson();
  return {
    attempts,
    request: run.member('request').text(),
    tableId: run.member('tableId').optional((id) => id.text()) ?? null,
    tableCreated: run.member('tableCreated').optional((time) => time.integer()) ?? null,
    exportId,
    prefix,
    startTime,
    segments,
    fileSize: run.member('fileSize').integer(1),
    broken: run.member('broken').boolean(),
    proved: run.member('proved').optional(readProved),
  };
}

function readSegments(segments: StrictJson): RunState['segments'] {
  const total = segments.member('total').optional((of) => of.integer(1, MAX_SEGMENTS)) ?? null;
  const first = segments.member('first').integer(0, (total ?? 1) - 1);
  const count = segments.member('count').integer(1, (total ?? 1) - first);
  return { first, count, total };
}

function readProved(proved: StrictJson): VerifiedCopy {
  return { endTime: proved.member('endTime').integer(), counts: readCounts(proved.member('counts')) };
}

function readPosition(position: StrictJson): Position {
  return {
    startKey: position.member('startKey').optional(readKey),
    ended: position.member('ended').boolean(),
    counts: readCounts(position.member('counts')),
  };
}

function readKey(json: StrictJson): StartKey {
  const key: Record<string, AttributeValue> = Object.create(null);
  for (const [name, value] of Object.entries(json.members())) key[name] = readAttribute(new StrictJson(value));
  if (Object.keys(key).length === 0) throw new MalformedJson();
  return key;
}

function readAttribute(value: StrictJson): AttributeValue {
  const [type, ...more] = Object.keys(value.members());
  if (more.length > 0) throw new MalformedJson();
  if (type === 'S') return { S: value.member(type).text() };
  if (type === 'N') return { N: value.member(type).text(/^[-+\d.eE]+$/) };
  if (type === 'B') {
    const base64 = value.member(type).text(/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/);
    return { B: new Uint8Array(Buffer.from(base64, 'base64')) };
  }
  throw new MalformedJson();
}

const SHA256 = /^[\da-f]{64}$/;
const MD5 = /^[A-Za-z\d+/]{22}==$/;
const NOT_EMPTY = /./;

function dataFolderOf({ prefix, exportId }: RunState): string {
  return copyLayout(prefix, exportId).data;
}

/**
 * Reads the key of a data object.
 *
 * @param dataPrefix start of the keys of the data objects: a folder, and for a shard the first characters of the names;
 *   undefined if no object is valid
 */
function readDataKey(key: StrictJson, dataPrefix: string | undefined): string {
  const text = key.text();
  const isOwn = dataPrefix !== undefined && text.startsWith(dataPrefix);
  if (!isOwn || !isDataObjectName(text.slice(dataPrefix.lastIndexOf('/') + 1))) throw new MalformedJson();
  return text;
}

/** Returns readers for everything that has a key. The key must be one of the data objects of the copy or shard. */
function keyReaders(dataPrefix: string) {
  const key = (object: StrictJson): string => readDataKey(object.member('key'), dataPrefix);
  const file = (object: StrictJson): Required<DataFile> => ({
    itemCount: object.member('itemCount').integer(),
    md5: object.member('md5').text(MD5),
    sha256: object.member('sha256').text(SHA256),
    etag: object.member('etag').text(NOT_EMPTY),
    key: key(object),
    size: object.member('size').integer(),
  });
  const sealedObject = (object: StrictJson): SealedObject => ({
    key: key(object),
    size: object.member('size').integer(),
    md5: object.member('md5').text(MD5),
    sha256: object.member('sha256').text(SHA256),
    crc32: object.member('crc32').text(NOT_EMPTY),
    etag: object.member('etag').optional((etag) => etag.text(NOT_EMPTY)),
    uploadId: object.member('uploadId').optional((id) => id.text(NOT_EMPTY)),
  });
  const pending = (object: StrictJson): PendingObject => ({
    object: sealedObject(object.member('object')),
    itemCount: object.member('itemCount').integer(),
    after: readPosition(object.member('after')),
  });
  const upload = (open: StrictJson): OpenUpload => ({
    key: key(open),
    uploadId: open.member('uploadId').text(NOT_EMPTY),
  });
  return { file, pending, upload };
}

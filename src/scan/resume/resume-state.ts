import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Counts, zeroCounts } from '../../manifest/counts.ts';
import type { DataFile } from '../../manifest/manifests.ts';
import type { OpenUpload } from '../../s3/open-uploads.ts';
import type { SealedObject } from '../../s3/s3-objects.ts';

/** Key at which a Scan continues: LastEvaluatedKey of the page before, as returned by DynamoDB. */
export type StartKey = Readonly<Record<string, AttributeValue>>;

/** Content of run.json: the attempt that owns the checkpoints in the same folder, and the state of its copy. */
export interface RunFile {
  /** Random ID of one process. A process that finds another ID here has lost the copy to a later attempt. */
  readonly owner: string;
  readonly attempt: number;
  /** Milliseconds since 1970, by the clock with which the owner signs its requests. */
  readonly writtenAt: number;
  /** True once the owner has ended by itself. None of its requests can complete the copy then. */
  readonly ended: boolean;
  /**
   * Time until which S3 may still accept a request of an attempt before the owner that completes the copy or, for a
   * shard, creates an object that does not belong to it; milliseconds since 1970 by the clock of S3, 0 if there is no
   * such request.
   */
  readonly lateUntil: number;
  /**
   * Keys of objects that belong to no copy, sorted. Attempts before the owner may have sent requests for them, which can
   * arrive until `lateUntil`. Only for a shard: it cannot leave its folder to another copy, as other scans can.
   */
  readonly givenUp: readonly string[];
  /** RCU that all attempts at the step so far consume at most. */
  readonly consumedReadCapacity: number;
  /** Undefined while there is nothing to resume. */
  readonly run: RunState | undefined;
}

/** State that all attempts at one copy share. */
export interface RunState {
  /** The attempts that have written segment checkpoints, oldest first. Each has a separate folder. */
  readonly attempts: readonly number[];
  /** Hash of everything that determines the bytes of the copy. */
  readonly request: string;
  readonly tableId: string | null;
  /** Milliseconds since 1970; null if the server does not report it. */
  readonly tableCreated: number | null;
  readonly exportId: string;
  /** Prefix with the placeholders filled in by the first attempt. */
  readonly prefix: string;
  /**
   * Start of the first attempt; milliseconds since 1970. It is the time that the copy represents, except for a shard,
   * whose copy was planned before.
   */
  readonly startTime: number;
  /**
   * The segments of the copy are `first` to `first + count - 1` of `total`. For a Scan without segments `total` is
   * null.
   */
  readonly segments: { readonly first: number; readonly count: number; readonly total: number | null };
  readonly fileSize: number;
  /**
   * True once the copy has failed the final check, or an attempt has begun to delete it. No attempt resumes it then.
   */
  readonly broken: boolean;
  /** Set once everything was read and checked. Every attempt then writes the same manifests, byte for byte. */
  readonly proved: VerifiedCopy | undefined;
}

/** End time and counts of a copy that has passed the final check. */
export interface VerifiedCopy {
  /** Milliseconds since 1970. */
  readonly endTime: number;
  readonly counts: Readonly<Counts>;
}

/** Position that the objects of a segment in S3 have reached, always at a page boundary. */
export interface Position {
  /** Undefined at the start and at the end of a segment. */
  readonly startKey: StartKey | undefined;
  readonly ended: boolean;
  /** Counts of the pages up to here. */
  readonly counts: Readonly<Counts>;
}

/** An object that an attempt was about to create. The attempt has not recorded whether S3 has it. */
export interface PendingObject {
  readonly object: SealedObject;
  readonly itemCount: number;
  /** Position of the segment once the object is stored. */
  readonly after: Position;
}

/** Number of files with entries of the objects of a segment that an attempt has written. */
export interface SealedFiles {
  readonly attempt: number;
  readonly count: number;
}

/** Content of a segment checkpoint. */
export interface SegmentState {
  readonly position: Position;
  /** Files with the entries of older objects. Each file is written once, so the checkpoint stays small. */
  readonly sealed: readonly SealedFiles[];
  /** Entries of the objects that were stored since then. */
  readonly files: readonly Required<DataFile>[];
  readonly pending: PendingObject | undefined;
  /**
   * Objects of earlier attempts that S3 did not have when a later attempt checked, oldest first. The requests for them
   * may still arrive. The next object of the segment therefore uses the same key: the first one to arrive stays, and S3
   * rejects the others.
   */
  readonly late: readonly PendingObject[];
  readonly upload: OpenUpload | undefined;
}

/** A segment checkpoint together with the entries of older objects. */
export interface EarlierSegment extends SegmentState {
  readonly sealedFiles: readonly Required<DataFile>[];
}

export const START: Position = { startKey: undefined, ended: false, counts: zeroCounts() };

/** Version of the JSON format. A file with another version is not valid. */
export const VERSION = 5;

export function runFileJson({ run, ...file }: RunFile): Buffer {
  return json({ version: VERSION, ...file, run: run ? { ...run, proved: run.proved ?? null } : null });
}

/**
 * Returns the JSON of a segment checkpoint.
 *
 * @param exportId ID of the copy. The same folder may contain checkpoints of another copy, if a job has the same
 *   identity.
 */
export function segmentJson(exportId: string, state: SegmentState): Buffer {
  const { position, sealed, files, pending, late, upload } = state;
  return json({
    version: VERSION,
    exportId,
    position: positionJson(position),
    sealed,
    files,
    pending: pending ? pendingJson(pending) : null,
    late: late.map(pendingJson),
    upload: upload ?? null,
  });
}

/** Returns the JSON of a file with entries that were moved out of a segment checkpoint. */
export function sealedFilesJson(exportId: string, files: readonly Required<DataFile>[]): Buffer {
  return json({ version: VERSION, exportId, files });
}

/** Key in the JSON format of DynamoDB, which keeps the types of values and encodes binary values in base64. */
export type KeyJson = Readonly<
  Record<string, { readonly S: string } | { readonly N: string } | { readonly B: string }>
>;

function json(content: object): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function pendingJson({ after, ...pending }: PendingObject): object {
  return { ...pending, after: positionJson(after) };
}

function positionJson({ startKey, ended, counts }: Position): object {
  return { startKey: startKey ? keyJson(startKey) : null, ended, counts };
}

function keyJson(key: StartKey): KeyJson {
  const json: Record<string, KeyJson[string]> = Object.create(null);
  for (const [name, value] of Object.entries(key)) {
    if (value.S !== undefined) json[name] = { S: value.S };
    else if (value.N !== undefined) json[name] = { N: value.N };
    else if (value.B !== undefined) json[name] = { B: Buffer.from(value.B).toString('base64') };
    else throw new Error('A key attribute is not of type S, N or B');
  }
  return json;
}

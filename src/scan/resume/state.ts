import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Counts, noCounts } from '../../backup/counts.ts';
import type { StoredFile } from '../../backup/manifests.ts';
import type { SealedObject } from '../../s3/find-object.ts';
import type { OpenUpload } from '../../s3/objects.ts';

/** Where a Scan goes on, as DynamoDB gave it: LastEvaluatedKey of the page before. */
export type StartKey = Readonly<Record<string, AttributeValue>>;

/** The content of run.json: which attempt of a step the checkpoints beside it are in the hands of, and what it copies. */
export interface RunFile {
  /** Random, of one process. Whoever finds another one here has lost the copy to a later attempt. */
  readonly owner: string;
  readonly attempt: number;
  /** Milliseconds since 1970, by the clock that the owner's requests are signed with. */
  readonly writtenAt: number;
  /** True once the owner has ended by itself, so that none of its requests can complete the copy any more. */
  readonly ended: boolean;
  /**
   * Until when S3 may still accept a request of an attempt before the owner; milliseconds since 1970 by the clock of S3,
   * 0 if there is none.
   */
  readonly lateUntil: number;
  /** Undefined while there is nothing to go on from. */
  readonly run: RunState | undefined;
}

/** What all attempts at one copy have in common. */
export interface RunState {
  /** The attempts that have written checkpoints of segments, oldest first; each has a folder of its own. */
  readonly attempts: readonly number[];
  /** Hash of all that decides what the copy's bytes are. */
  readonly request: string;
  readonly tableId: string | null;
  /** Milliseconds since 1970, or null where the server does not say. */
  readonly tableCreated: number | null;
  readonly exportId: string;
  /** With its placeholders filled in, by the first attempt. */
  readonly prefix: string;
  /** Milliseconds since 1970: the time that the copy stands for. */
  readonly startTime: number;
  /** The segments of the copy are `first` to `first + count - 1` of `total`; null for a Scan without segments. */
  readonly segments: { readonly first: number; readonly count: number; readonly total: number | null };
  readonly fileSize: number;
  /** True once the copy did not pass the last check, or an attempt has begun to delete it: no attempt resumes it then. */
  readonly broken: boolean;
  /** Set once everything was read and checked: any attempt then writes the same manifests, byte for byte. */
  readonly proved: ProvedCopy | undefined;
}

/** What a copy came to when it passed the last check. */
export interface ProvedCopy {
  /** Milliseconds since 1970. */
  readonly endTime: number;
  readonly counts: Readonly<Counts>;
}

/** How far a segment's objects in S3 reach, at a page boundary. */
export interface Position {
  /** Undefined at the start of a segment, and at its end. */
  readonly startKey: StartKey | undefined;
  readonly ended: boolean;
  /** Of the pages up to here. */
  readonly counts: Readonly<Counts>;
}

/** An object of which the attempt did not live to hear whether S3 has it. */
export interface PendingObject {
  readonly object: SealedObject;
  readonly itemCount: number;
  /** The segment's position once the object is stored. */
  readonly after: Position;
}

/** How many files with entries of a segment's objects an attempt has written. */
export interface SealedFiles {
  readonly attempt: number;
  readonly count: number;
}

/** The content of a segment's checkpoint. */
export interface SegmentState {
  readonly position: Position;
  /** Where the entries of older objects are: each is written once, so that a checkpoint stays small. */
  readonly sealed: readonly SealedFiles[];
  /** The objects stored since. */
  readonly files: readonly StoredFile[];
  readonly pending: PendingObject | undefined;
  /**
   * Objects of earlier attempts that S3 did not have when a later one looked, oldest first. A request may still be on its
   * way, so that the segment's next object takes the same key: whichever comes first stays, and S3 rejects the others.
   */
  readonly late: readonly PendingObject[];
  readonly upload: OpenUpload | undefined;
}

/** A segment's checkpoint together with the entries of older objects. */
export interface EarlierSegment extends SegmentState {
  readonly sealedFiles: readonly StoredFile[];
}

export const START: Position = { startKey: undefined, ended: false, counts: noCounts() };

/** Of the JSON alone; a file of another version is as good as none. */
export const VERSION = 2;

export function runFileJson({ run, ...file }: RunFile): Buffer {
  return json({ version: VERSION, ...file, run: run ? { ...run, proved: run.proved ?? null } : null });
}

/** @param exportId of the copy: checkpoints of another one, left by a job that looks the same, may lie beside it */
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

/** A file of entries that were moved out of a segment's checkpoint. */
export function sealedFilesJson(exportId: string, files: readonly StoredFile[]): Buffer {
  return json({ version: VERSION, exportId, files });
}

/** Keys as DynamoDB writes them: their types are kept, and binaries are base64. */
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
    else throw new Error('a key has an attribute that is neither S, N nor B');
  }
  return json;
}

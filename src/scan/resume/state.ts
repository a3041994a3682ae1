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
  /** True once the copy did not pass the last check: then it is no use to go on. */
  readonly broken: boolean;
  readonly writtenAt: number;
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

/** The content of a segment's checkpoint. */
export interface SegmentState {
  readonly position: Position;
  readonly files: readonly StoredFile[];
  readonly pending: PendingObject | undefined;
  readonly upload: OpenUpload | undefined;
  /** Objects that were pending, were not there, and whose pages were read again: S3 may still be told to store them. */
  readonly givenUp: readonly string[];
  readonly writtenAt: number;
}

export const START: Position = { startKey: undefined, ended: false, counts: noCounts() };

/** Of the JSON alone; a file of another version is as good as none. */
const VERSION = 1;

export function runFileJson({ owner, attempt, run }: RunFile): Buffer {
  return Buffer.from(JSON.stringify({ version: VERSION, owner, attempt, run: run ?? null }));
}

/** @param exportId of the copy: checkpoints of another one, left by a job that looks the same, may lie beside it */
export function segmentJson(exportId: string, state: SegmentState): Buffer {
  const { position, files, pending, upload, givenUp, writtenAt } = state;
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      exportId,
      position: positionJson(position),
      files,
      pending: pending ? { ...pending, after: positionJson(pending.after) } : null,
      upload: upload ?? null,
      givenUp,
      writtenAt,
    }),
  );
}

/** @returns undefined where the bytes are no run.json of this version */
export function parseRunFile(json: Buffer): RunFile | undefined {
  const file = parse(json);
  if (!file || typeof file['owner'] !== 'string' || typeof file['attempt'] !== 'number') return undefined;
  return { owner: file['owner'], attempt: file['attempt'], run: (file['run'] as RunState | null) ?? undefined };
}

/** @returns undefined where the bytes are no checkpoint of this version and this copy */
export function parseSegment(exportId: string, json: Buffer): SegmentState | undefined {
  const file = parse(json);
  if (file?.['exportId'] !== exportId) return undefined;
  const { position, files, pending, upload, givenUp, writtenAt } = file as unknown as SegmentFile;
  return {
    position: readPosition(position),
    files,
    pending: pending ? { ...pending, after: readPosition(pending.after) } : undefined,
    upload: upload ?? undefined,
    givenUp,
    writtenAt,
  };
}

/** Keys as DynamoDB writes them: their types are kept, and binaries are base64. */
type KeyJson = Readonly<Record<string, { readonly S: string } | { readonly N: string } | { readonly B: string }>>;

interface PositionJson {
  readonly startKey: KeyJson | null;
  readonly ended: boolean;
  readonly counts: Counts;
}

interface SegmentFile extends Omit<SegmentState, 'position' | 'pending' | 'upload'> {
  readonly position: PositionJson;
  readonly pending: (Omit<PendingObject, 'after'> & { readonly after: PositionJson }) | null;
  readonly upload: OpenUpload | null;
}

/** What lies there was written by this very code and checked by S3, so a version that fits vouches for the rest. */
function parse(json: Buffer): Record<string, unknown> | undefined {
  try {
    const file = JSON.parse(json.toString()) as Record<string, unknown> | null;
    return file?.['version'] === VERSION ? file : undefined;
  } catch {
    return undefined;
  }
}

function positionJson({ startKey, ended, counts }: Position): PositionJson {
  return { startKey: startKey ? keyJson(startKey) : null, ended, counts };
}

function readPosition({ startKey, ended, counts }: PositionJson): Position {
  return { startKey: startKey ? readKey(startKey) : undefined, ended, counts };
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

function readKey(json: KeyJson): StartKey {
  const key: Record<string, AttributeValue> = Object.create(null);
  for (const [name, value] of Object.entries(json)) {
    key[name] = 'B' in value ? { B: new Uint8Array(Buffer.from(value.B, 'base64')) } : value;
  }
  return key;
}

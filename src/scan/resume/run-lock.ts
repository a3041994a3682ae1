import { randomBytes } from 'node:crypto';
import { isDenied } from '../../s3/error-status.ts';
import type { WriteCondition } from '../../s3/put-request.ts';
import { HEARTBEAT } from '../../timeouts.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type RunFile, type RunState, runFileJson } from './resume-state.ts';

/** Fields of run.json that the owner sets according to the state of the copy. */
type Content = Pick<RunFile, 'run' | 'lateUntil' | 'givenUp' | 'ended'>;

/** Objects of earlier attempts that can still arrive; see RunFile. */
export type LateObjects = Pick<RunFile, 'lateUntil' | 'givenUp'>;

/** The state of a copy of which no earlier attempt can send requests any more. */
export const NONE_LATE: LateObjects = { lateUntil: 0, givenUp: [] };

/**
 * Maximum number of tries to replace or delete run.json. A retry is necessary if S3 carried out an earlier write of
 * this process whose response was lost.
 */
const MAX_OWN_WRITES = 5;

/**
 * Run lock: gives one process exclusive control of run.json, and thereby of the copy. Every write of run.json is
 * conditional. If two processes want the lock, only one of them gets it, and a process that has lost it can detect
 * this. Each write is also a heartbeat, dated by the clock of S3. A process cannot write run.json once another
 * process holds the lock.
 *
 * The lock is also lost if run.json was deleted: a later attempt that has completed its copy deletes it, too.
 */
export class RunLock {
  /** RCU that all attempts so far consume at most. Stored with every write of run.json. */
  consumedReadCapacity = 0;
  private readonly store: CheckpointStore;
  private readonly attempt: number;
  /** Random, so two processes never write the same bytes and never get the same ETag. */
  private readonly owner = randomBytes(16).toString('hex');
  private held: { readonly etag: string; readonly content: Content } | undefined;
  private wasTaken = false;
  /** Content of run.json when the loss of the lock was detected; undefined if run.json was deleted. */
  lostTo: Buffer | undefined;
  /** The last write. Writes are sequential, since each one replaces the one before. */
  private writing: Promise<unknown> = Promise.resolve();

  constructor(store: CheckpointStore, attempt: number) {
    this.store = store;
    this.attempt = attempt;
  }

  /** True once this process has held the lock. It may have lost it since. */
  get isTaken(): boolean {
    return this.wasTaken;
  }

  /** State of the copy as this process last wrote it to run.json. */
  get run(): RunState | undefined {
    return this.held?.content.run;
  }

  /**
   * Takes the lock if no process holds it. run.json is read before it is written: a role that is not allowed to read
   * cannot use checkpoints, and must not leave any behind. It is read again after it was written: while run.json does
   * not exist, the first read can succeed without the permission to read objects (s3:GetObject, or kms:Decrypt with a
   * KMS key). The missing permission would then be noticed only at the first data object, and fail the copy.
   *
   * @returns false if another process holds the lock: one that was faster or, if `isTaken`, a later attempt
   */
  async takeFirst(): Promise<boolean> {
    if (await this.store.readRun()) return false;
    if (!(await this.take(undefined, 'none'))) return false;
    try {
      return await this.isStillOurs();
    } catch (error) {
      if (isDenied(error)) await this.release().catch(() => false);
      throw error;
    }
  }

  /**
   * Takes the lock by replacing run.json.
   *
   * @param late for the requests of the attempts before
   * @returns false if another process was faster
   */
  async take(run: RunState | undefined, replaces: WriteCondition, late = NONE_LATE): Promise<boolean> {
    const content = { run, lateUntil: late.lateUntil, givenUp: late.givenUp, ended: false };
    const written = await this.store.writeRun(this.json(content), replaces);
    if (written === 'precondition failed') return false;
    this.held = { etag: written.etag, content };
    this.wasTaken = true;
    return true;
  }

  /** Objects of earlier attempts that can still arrive, as this process last wrote them to run.json. */
  get late(): LateObjects {
    return this.held?.content ?? NONE_LATE;
  }

  /**
   * Writes another state of the copy. Returns false if the lock is lost.
   *
   * @param late if undefined, it stays as it is
   */
  change(run: RunState | undefined, late?: LateObjects): Promise<boolean> {
    return this.write((content) => ({ ...content, ...late, run }));
  }

  /** Writes the same content again, as a heartbeat. Returns false if the lock is lost. */
  confirm(signal?: AbortSignal): Promise<boolean> {
    return this.write((content) => content, signal);
  }

  /** Records that this process has ended by itself. Returns false if the lock is lost. */
  end(signal: AbortSignal): Promise<boolean> {
    return this.write((content) => ({ ...content, ended: true }), signal);
  }

  /**
   * Deletes run.json, unless another process holds the lock by now. The deletion is conditional, so if it arrives late
   * it does not remove the lock of a later attempt. Do not write run.json after this call, unless it throws.
   *
   * @returns false if the lock is lost
   * @throws the error of the SDK, such as AccessDenied if the role lacks s3:DeleteObject
   */
  async release(): Promise<boolean> {
    await this.writing;
    for (let tries = 0; this.held && tries < MAX_OWN_WRITES; tries += 1) {
      if ((await this.store.deleteRun(this.held.etag)) === 'deleted') return true;
      const now = await this.store.readRun();
      // run.json is gone: the response to its deletion was lost.
      if (!now) return true;
      this.held = this.isOwn(now.content) ? { ...this.held, etag: now.etag } : undefined;
    }
    return false;
  }

  /**
   * Checks the lock without writing. Uses a GET request: errors of HEAD requests have no name, so the SDK cannot
   * determine whether a retry is useful.
   */
  async isStillOurs(): Promise<boolean> {
    return this.held !== undefined && this.isOwn((await this.store.readRun())?.content);
  }

  /** Returns true if the store enforces conditions. Without them, the lock has no effect. */
  async isEnforced(): Promise<boolean> {
    return this.held !== undefined && (await this.store.enforcesConditions(this.json(this.held.content)));
  }

  private write(change: (content: Content) => Content, signal?: AbortSignal): Promise<boolean> {
    const written = this.writing.then(() => this.replace(change, signal));
    this.writing = written.catch(() => {});
    return written;
  }

  private async replace(change: (content: Content) => Content, signal?: AbortSignal): Promise<boolean> {
    for (let tries = 0; this.held && tries < MAX_OWN_WRITES; tries += 1) {
      const content = change(this.held.content);
      const written = await this.store.writeRun(this.json(content), this.held, signal);
      if (written !== 'precondition failed') {
        this.held = { etag: written.etag, content };
        return true;
      }
      // An earlier write that failed on this side may still have arrived at S3.
      const now = await this.store.readRun(signal);
      const isOwn = this.isOwn(now?.content);
      this.held = now && isOwn ? { ...this.held, etag: now.etag } : undefined;
      if (!isOwn) this.lostTo = now?.content;
    }
    return false;
  }

  private isOwn(content: Buffer | undefined): boolean {
    return content?.includes(`"owner":"${this.owner}"`) === true;
  }

  private json(content: Content): Buffer {
    const { owner, attempt, consumedReadCapacity } = this;
    return runFileJson({ owner, attempt, writtenAt: Date.now(), consumedReadCapacity, ...content });
  }
}

/**
 * Confirms the run lock every few minutes, even while nothing else is written. As a result, no lifecycle rule expires
 * run.json, and its Last-Modified shows when the attempt was last known to be alive.
 *
 * @param onLost called once if the lock is lost
 * @returns a function that stops the heartbeat and the request in progress
 */
export function startHeartbeat(lock: RunLock, signal: AbortSignal, onLost: () => void): () => void {
  const stopped = new AbortController();
  const stoppable = AbortSignal.any([signal, stopped.signal]);
  let isConfirming = false;
  const confirm = async () => {
    if (isConfirming) return;
    isConfirming = true;
    // The lock is confirmed before anything is completed in any case. An error here can be handled then.
    const isHeld = await lock.confirm(stoppable).catch(() => true);
    isConfirming = false;
    if (isHeld) return;
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(() => void confirm(), HEARTBEAT);
  timer.unref();
  return () => {
    clearInterval(timer);
    stopped.abort();
  };
}

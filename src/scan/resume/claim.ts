import { randomBytes } from 'node:crypto';
import type { Replaces } from '../../s3/bucket.ts';
import { isDenied } from '../../s3/refusals.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type RunFile, type RunState, runFileJson } from './state.ts';

/** What of run.json its owner decides. */
type Content = Pick<RunFile, 'run' | 'lateUntil' | 'ended'>;

/** Writes of the same content whose responses were lost, and that S3 carried out in the meantime. */
const MAX_OWN_WRITES = 5;

/**
 * A process's hold on run.json, and so on the copy: it is written under conditions only, so that of two processes that
 * want it one gets it, and whoever lost it can see that. Each write is a sign of life by the clock of S3, and none is
 * possible once another process has it.
 *
 * A claim whose run.json was deleted is lost as well: a later attempt that has completed its copy deletes it, too.
 */
export class Claim {
  private readonly store: CheckpointStore;
  private readonly attempt: number;
  /** Random, so that no two writers ever write the same bytes and get the same ETag for them. */
  private readonly owner = randomBytes(16).toString('hex');
  private held: { readonly etag: string; readonly content: Content } | undefined;
  private wasTaken = false;
  /** What run.json held when the claim was found lost; undefined if it was gone. */
  lostTo: Buffer | undefined;
  /** The last write; writes follow each other, as each replaces the one before. */
  private writing: Promise<unknown> = Promise.resolve();

  constructor(store: CheckpointStore, attempt: number) {
    this.store = store;
    this.attempt = attempt;
  }

  /** True once it was taken. It may have been lost since. */
  get isTaken(): boolean {
    return this.wasTaken;
  }

  /** What run.json says, as this process last wrote it. */
  get run(): RunState | undefined {
    return this.held?.content.run;
  }

  /**
   * Takes what nobody has. A read comes first: who may not read has no use for checkpoints, and leaves none behind. And
   * another one comes last: whether something is there can be asked without the right to read it (s3:GetObject, or to
   * decrypt with a KMS key), which would then be missed at the first object, and fail the copy.
   *
   * @returns false where another process has it: one that was faster, or, if `isTaken`, a later attempt
   */
  async takeFirst(): Promise<boolean> {
    if (await this.store.readRun()) return false;
    if (!(await this.take(undefined, 'none', 0))) return false;
    try {
      return await this.isStillOurs();
    } catch (error) {
      if (isDenied(error)) await this.release().catch(() => false);
      throw error;
    }
  }

  /**
   * @param lateUntil of the attempts before; see RunFile
   * @returns false where another process was faster
   */
  async take(run: RunState | undefined, replaces: Replaces, lateUntil: number): Promise<boolean> {
    const content = { run, lateUntil, ended: false };
    const written = await this.store.writeRun(this.json(content), replaces);
    if (written === 'refused') return false;
    this.held = { etag: written.etag, content };
    this.wasTaken = true;
    return true;
  }

  /** Writes another content, if it is still this process's to write. */
  change(run: RunState | undefined): Promise<boolean> {
    return this.write((content) => ({ ...content, run }));
  }

  /** Writes the same content again: a sign of life. Returns false if the claim is lost. */
  confirm(signal?: AbortSignal): Promise<boolean> {
    return this.write((content) => content, signal);
  }

  /** Writes down that this process has ended by itself. Returns false if the claim is lost. */
  end(signal: AbortSignal): Promise<boolean> {
    return this.write((content) => ({ ...content, ended: true }), signal);
  }

  /**
   * Deletes run.json, unless it is another process's by now: a deletion that arrives late does not take the claim of a
   * later attempt away. The claim is not to be written any more.
   *
   * @returns false if the claim is lost
   * @throws the SDK's error, such as AccessDenied for a role without s3:DeleteObject
   */
  async release(): Promise<boolean> {
    await this.writing;
    for (let tries = 0; this.held && tries < MAX_OWN_WRITES; tries += 1) {
      if ((await this.store.deleteRun(this.held.etag)) === 'deleted') return true;
      const now = await this.store.readRun();
      // A deletion whose response was lost.
      if (!now) return true;
      this.held = this.isOwn(now.content) ? { ...this.held, etag: now.etag } : undefined;
    }
    return false;
  }

  /** Looks without writing; by a GET, as the errors of a HEAD have no name and so are not known to be worth a retry. */
  async isStillOurs(): Promise<boolean> {
    return this.held !== undefined && this.isOwn((await this.store.readRun())?.content);
  }

  /** Whether the store looks at conditions at all: without them, a claim is none. */
  async isEnforced(): Promise<boolean> {
    return this.held !== undefined && (await this.store.keepsConditions(this.json(this.held.content)));
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
      if (written !== 'refused') {
        this.held = { etag: written.etag, content };
        return true;
      }
      // An earlier write that failed here may have arrived all the same.
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
    return runFileJson({ owner: this.owner, attempt: this.attempt, writtenAt: Date.now(), ...content });
  }
}

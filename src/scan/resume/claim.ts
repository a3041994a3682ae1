import { randomBytes } from 'node:crypto';
import type { Replaces } from '../../s3/bucket.ts';
import { isDenied } from '../../s3/refusals.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type RunFile, type RunState, runFileJson } from './state.ts';

/**
 * A process's hold on run.json, and so on the copy: it is written under conditions only, so that of two processes that
 * want it one gets it, and whoever lost it can see that.
 */
export class Claim {
  private readonly store: CheckpointStore;
  private readonly attempt: number;
  /** Random, so that no two writers ever write the same bytes and get the same ETag for them. */
  private readonly owner = randomBytes(16).toString('hex');
  private held: { readonly etag: string; readonly file: RunFile } | undefined;

  constructor(store: CheckpointStore, attempt: number) {
    this.store = store;
    this.attempt = attempt;
  }

  /** True once it was taken. It may have been lost since. */
  get isTaken(): boolean {
    return this.held !== undefined;
  }

  /** What run.json says, as this process last wrote it. */
  get run(): RunState | undefined {
    return this.held?.file.run;
  }

  /**
   * Takes what nobody has. A read comes first: who may not read has no use for checkpoints, and leaves none behind. And
   * another one comes last: whether something is there can be asked without the right to read it (s3:GetObject, or to
   * decrypt with a KMS key), which would then be missed at the first object, and fail the copy.
   *
   * @returns false where another process has it
   */
  async takeFirst(): Promise<boolean> {
    if (await this.store.readRun()) return false;
    if (!(await this.take(undefined, 'none'))) return false;
    try {
      return await this.isStillOurs();
    } catch (error) {
      if (isDenied(error)) await this.store.delete([this.store.runKey()]);
      throw error;
    }
  }

  /** @returns false where another process was faster */
  async take(run: RunState | undefined, replaces: Replaces): Promise<boolean> {
    const file = { owner: this.owner, attempt: this.attempt, run };
    const written = await this.store.writeRun(runFileJson(file), replaces);
    this.held = written === 'refused' ? undefined : { etag: written.etag, file };
    return this.held !== undefined;
  }

  /** Writes another content, if it is still this process's to write. */
  async change(run: RunState | undefined): Promise<boolean> {
    return this.held !== undefined && (await this.take(run, this.held));
  }

  /** By a GET: what goes wrong with a HEAD has no name, and so is not known to be worth another try. */
  async isStillOurs(): Promise<boolean> {
    return this.held !== undefined && (await this.store.readRun())?.etag === this.held.etag;
  }

  /** Whether the store looks at conditions at all: without them, a claim is none. */
  async isEnforced(): Promise<boolean> {
    return this.held !== undefined && (await this.store.keepsConditions(runFileJson(this.held.file)));
  }
}

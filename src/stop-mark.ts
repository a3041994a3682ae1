import { existsSync, writeFileSync } from 'node:fs';

/**
 * A file beside the step's journal by which `post` stops a step that still runs. The runner sends its signals to the
 * client of the container, not into it, so a cancelled step in a container job runs on while `post` aborts its uploads.
 */
export class StopMark {
  private readonly path: string;

  /** @param uploadsPath path of the step's journal */
  constructor(uploadsPath: string) {
    this.path = `${uploadsPath}.stop`;
  }

  /** Leaves the mark. Does not throw: without it, `post` can still abort the uploads that the journal names. */
  leave(): void {
    try {
      // Never through a link that somebody else left there.
      writeFileSync(this.path, '', { flag: 'wx' });
    } catch {
      // A full disk, or the file exists.
    }
  }

  isThere(): boolean {
    return existsSync(this.path);
  }

  /** @throws {Error} an AbortError if the step is to stop */
  throwIfThere(): void {
    if (this.isThere()) throw new DOMException('The post step stopped this step.', 'AbortError');
  }
}

import { existsSync, writeFileSync } from 'node:fs';

/**
 * File next to the journal of the step. `post` creates it to stop a step that is still running: in a container job, the
 * runner sends its signals to the Docker client and not into the container, so a cancelled step would continue while
 * `post` aborts its uploads.
 */
export class StopMark {
  private readonly path: string;

  /** @param uploadsPath path of the journal of the step */
  constructor(uploadsPath: string) {
    this.path = `${uploadsPath}.stop`;
  }

  /** Creates the file. Does not throw, because `post` can abort the uploads in the journal without it. */
  create(): void {
    try {
      // The flag wx prevents writing through a symbolic link that someone else created there.
      writeFileSync(this.path, '', { flag: 'wx' });
    } catch {
      // The disk is full, or the file exists.
    }
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  /** @throws {Error} AbortError if the file exists */
  throwIfExists(): void {
    if (this.exists()) throw new DOMException('The post step stopped this step.', 'AbortError');
  }
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Collects the files of the module that is about to be loaded and of everything that it imports, directly or
 * indirectly, as ES modules or CommonJS. Node reports each file when it resolves the file, so imports are not guessed
 * from the source text. Imports that a function of the module makes later are not covered.
 */
export class LoadedFiles implements Disposable {
  private readonly urls: Set<string>;
  private readonly hooks: { deregister(): void };

  /** @param url URL of the module's file */
  constructor(url: string) {
    const urls = new Set([url]);
    this.urls = urls;
    this.hooks = registerHooks({
      resolve(specifier, context, nextResolve) {
        const resolved = nextResolve(specifier, context);
        // Imports of other code that runs at the same time, such as the Action itself, are ignored.
        if (context.parentURL !== undefined && urls.has(context.parentURL)) urls.add(resolved.url);
        return resolved;
      },
    });
  }

  [Symbol.dispose](): void {
    this.hooks.deregister();
  }

  /**
   * Returns the SHA-256 of the file if it imports nothing from the workspace; otherwise the SHA-256 of the lines that
   * `sha256sum` prints for all files, sorted by their paths relative to the workspace.
   */
  sha256(workspace: string): string {
    const lines = new Map<string, string>();
    for (const url of this.urls) {
      if (!url.startsWith('file:')) continue;
      const file = fileURLToPath(url);
      const path = pathInside(workspace, file);
      const content = path === undefined ? undefined : contentOf(file);
      if (path !== undefined && content) lines.set(path.replaceAll(sep, '/'), sha256(content));
    }
    const [only] = lines.values();
    if (only !== undefined && lines.size === 1) return only;
    const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
    return sha256(sorted.map(([path, hash]) => `${hash}  ${path}\n`).join(''));
  }
}

/** Returns undefined for a file that was deleted after it was imported, as may happen to generated code. */
function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Returns the path relative to the folder; undefined if the file is not in the folder. */
export function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  return isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`) ? undefined : path;
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

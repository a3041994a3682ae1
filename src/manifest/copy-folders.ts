import { inParallel } from '../in-parallel.ts';
import type { Bucket } from '../s3/bucket.ts';
import { listFolders } from '../s3/listings.ts';
import { type CopyIdentity, copyInFolder } from './layout.ts';

/**
 * Folders of a key prefix with placeholders. Each is the list of the literal texts around its placeholders: `a-{date}`
 * is `['a-', '']`, and a folder without placeholders has one text. Empty for no prefix.
 */
export type PrefixTemplate = readonly (readonly string[])[];

/** Returns true if a folder name has the literal texts, with at least one character for each placeholder. */
export function matchesFolder(name: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  // The first match of each text leaves the most characters for the next ones, so the search never has to go back.
  let at = first.length;
  for (const text of others) {
    const found = name.indexOf(text, at + 1);
    if (found === -1) return false;
    at = found + text.length;
  }
  return at + 1 <= name.length - last.length;
}

/**
 * Finds the folders of copies under a prefix, complete or not. Lists folders only, and only those of the template:
 * neither data objects nor checkpoints are listed.
 *
 * @returns the copies in no particular order
 * @throws errors of the SDK if the bucket cannot be listed
 */
export async function listCopies(
  bucket: Bucket,
  template: PrefixTemplate,
  signal: AbortSignal,
): Promise<CopyIdentity[]> {
  let folders = [''];
  for (const texts of template) {
    // Folders without placeholders are not listed: their keys are known.
    if (texts.length === 1) folders = folders.map((folder) => `${folder}${texts[0]}/`);
    else folders = await matchingFolders(bucket, folders, texts, signal);
  }
  const copies: CopyIdentity[] = [];
  await inParallel(folders, async (folder) => {
    for await (const found of listFolders(bucket, `${folder}AWSDynamoDB/`, signal)) {
      // Incremental exports store data in `data/`, and scans checkpoints in `_resume/`.
      const copy = copyInFolder(found);
      if (copy) copies.push(copy);
    }
  });
  return copies;
}

async function matchingFolders(
  bucket: Bucket,
  parents: readonly string[],
  texts: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const matching: string[] = [];
  await inParallel(parents, async (parent) => {
    for await (const folder of listFolders(bucket, `${parent}${texts[0] ?? ''}`, signal)) {
      const name = folder.slice(parent.length, -1);
      if (matchesFolder(name, texts) && !UNPRINTABLE.test(name)) matching.push(folder);
    }
  });
  return matching;
}

/** Characters that a prefix of the Action cannot contain. The names of folders appear in messages. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u;

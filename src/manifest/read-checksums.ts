import { MAX_CHECKSUM_LINE, parseChecksums } from './checksum-list.ts';
import { CHECKSUMS_NAME, type CopyIdentity, pathInCopy } from './layout.ts';
import { MAX_FILES_BYTES, type ManifestSource, readWithoutMd5 } from './manifest-content.ts';
import type { DataFile } from './manifests.ts';

/** What manifest-sha256.txt must contain. */
export interface ChecksummedCopy extends CopyIdentity {
  /** True if manifest-copy.json names manifest-sha256.txt, which must exist then. */
  readonly isExpected: boolean;
  /** SHA-256 of each manifest that the copy has, by its key. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Data objects, with the keys that they have in the bucket. */
  readonly files: readonly DataFile[];
}

/**
 * Reads manifest-sha256.txt. It is requested even if no manifest names it: otherwise a change of that manifest, or its
 * deletion, would disable the check.
 *
 * @returns SHA-256 of each data object in lower-case hexadecimal digits, by its key in the bucket; undefined if the copy
 *   has no manifest-sha256.txt
 * @throws {CopyError} of `source.invalid` if it does not list exactly the data objects and manifests of the copy, or if
 *   the SHA-256 of a manifest differs
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readChecksums(
  source: ManifestSource,
  { layout, isExpected, manifests, files }: ChecksummedCopy,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { invalid } = source;
  const key = layout.manifestChecksums;
  // Twice the longest list of these objects. A much longer file would become a list of millions of names.
  const maxBytes = Math.min(MAX_FILES_BYTES, (manifests.size + files.length) * MAX_CHECKSUM_LINE);
  const content = await readWithoutMd5(source, key, maxBytes);
  if (!content) {
    if (isExpected) throw invalid(key, 'does not exist in the bucket');
    return undefined;
  }
  const listed = parseChecksums(content);
  if (!listed) throw invalid(key, 'is not a valid list of SHA-256 checksums');
  for (const [manifest, hash] of manifests) {
    const expected = listed.get(pathInCopy(layout, manifest));
    if (expected === undefined) throw invalid(key, OTHER_OBJECTS);
    if (expected !== hash) throw invalid(manifest, `does not match its SHA-256 in ${CHECKSUMS_NAME}`);
  }
  if (listed.size !== manifests.size + files.length) throw invalid(key, OTHER_OBJECTS);
  const checksums = new Map<string, string>();
  for (const file of files) {
    const hash = file.key.startsWith(layout.data) ? listed.get(pathInCopy(layout, file.key)) : undefined;
    if (hash === undefined) throw invalid(key, OTHER_OBJECTS);
    checksums.set(file.key, hash);
  }
  return checksums;
}

const OTHER_OBJECTS = 'does not list exactly the data objects and manifests of the copy';

import { createHash } from 'node:crypto';
import { CopyError } from '../errors.ts';
import { type CopyEncryption, copyEncryption } from '../manifest/scan-manifests.ts';
import { remedies } from '../remedies.ts';
import { isPreconditionFailed } from '../s3/error-status.ts';
import { MalformedJson, StrictJson } from '../strict-json.ts';
import type { ScanRequest } from './scan-request.ts';

/**
 * Short hashes of everything that determines the bytes of a copy, by the names under which the user knows it. They show
 * whether two shards are of the same copy, and in what they differ.
 */
export type SharedSettings = Readonly<Record<string, string>>;

/** Maximum size in bytes of request.json, which has about 500. */
const MAX_BYTES = 64 * 1024;

/** Maximum number of tries. Each one after the first means that request.json was deleted in the meantime. */
const MAX_TRIES = 3;

/** Returns the content of request.json. The order of the members is stable. */
export function sharedSettingsJson(settings: SharedSettings): Buffer {
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(Object.fromEntries(sorted)));
}

/** Returns the hash of all settings, in 64 hexadecimal digits. */
export function hashOfSettings(settings: SharedSettings): string {
  return createHash('sha256').update(sharedSettingsJson(settings)).digest('hex');
}

/**
 * Stores the settings of the copy, or compares them if another shard has stored them. A plan is made before the settings
 * of its shards are known: the first shard decides, and the others must have the same.
 *
 * @param key key of request.json
 * @returns the encryption of the objects that the shards write: S3 encrypts request.json like them
 * @throws {CopyError} PLAN_MISMATCH, which names the settings that differ
 */
export async function shareSettings(
  { bucket, parametersOf }: Pick<ScanRequest, 'bucket' | 'parametersOf'>,
  key: string,
  settings: SharedSettings,
  signal: AbortSignal,
): Promise<CopyEncryption> {
  const body = sharedSettingsJson(settings);
  const parameters = parametersOf('checkpoint');
  for (let tries = 1; ; tries += 1) {
    try {
      await bucket.put({ key, body, parameters, replaces: 'none' }, signal);
    } catch (error) {
      if (!isPreconditionFailed(error) || tries === MAX_TRIES) throw error;
      const found = await bucket.get(key, signal, MAX_BYTES);
      if (!found) continue;
      requireSameSettings(settings, found.content);
    }
    // Every shard reads the encryption of the same object, so that the manifests of all of them state the same.
    const stored = await bucket.head(key, signal);
    if (stored) return copyEncryption(stored);
    if (tries === MAX_TRIES) throw differentSettings(['request.json, which was deleted']);
  }
}

function requireSameSettings(settings: SharedSettings, content: Buffer): void {
  if (content.equals(sharedSettingsJson(settings))) return;
  const stored = readMembers(content);
  const names = Object.keys(settings).filter((name) => stored[name] !== settings[name]);
  throw differentSettings(names.length > 0 ? names : ['settings that this version of the Action does not know']);
}

function readMembers(content: Buffer): Readonly<Record<string, unknown>> {
  try {
    return StrictJson.parse(content).members();
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    return {};
  }
}

/** @param names in the words of the user */
export function differentSettings(names: readonly string[]): CopyError {
  return new CopyError(
    'PLAN_MISMATCH',
    `All shards of a copy must have the same settings, but this one differs from another in: ${names.join(', ')}.`,
    remedies.useSameSettings,
  );
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKSUMS_NAME } from '../manifest/layout.ts';

/**
 * Writes the manifest-sha256.txt of a copy to the runner, so that a later step of the job can attest it. The file has
 * the name that it has in the bucket, because an attestation contains the name, and therefore a folder of its own.
 *
 * @returns path of the file; undefined without RUNNER_TEMP
 * @throws the error of the file system
 */
export function writeChecksumsFile(content: Buffer, exportId: string, env: NodeJS.ProcessEnv): string | undefined {
  const { RUNNER_TEMP: temp } = env;
  if (!temp) return undefined;
  const folder = join(temp, `dynamodb-to-s3-checksums-${exportId}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, CHECKSUMS_NAME);
  writeFileSync(path, content);
  return path;
}

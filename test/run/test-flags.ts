import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Returns the flags of Node for each process of tests.
 *
 * @param minutes time after which a process ends with an error if no test starts or ends in it
 */
export function testFlags(minutes: number): string[] {
  const limit = pathToFileURL(join(import.meta.dirname, 'progress-limit.ts'));
  // A test removes types with stripTypeScriptTypes.
  return ['--disable-warning=ExperimentalWarning', `--import=${limit.href}?minutes=${minutes}`];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepFolder } from './runner-files.ts';

/** Variables of a step that hold secrets, by their name. */
const SECRET_VARIABLE = /^(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|ACTIONS_\w*_TOKEN|GITHUB_TOKEN)$/;

/** Shorter values are none, and turn up by chance. */
const SHORTEST = 8;

/** @returns the secrets that a step is given in its environment */
export function secretsIn(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name]) => SECRET_VARIABLE.test(name))
    .map(([, value]) => value);
}

/**
 * Fails where a secret is to be found in what a step left behind: in what it printed, whether or not the runner would
 * have masked it there, but for the commands that tell the runner to; and in every file that it wrote for the runner,
 * or into the runner's temporary folder. Secrets are looked for as they are, and as they are encoded on the way.
 *
 * @throws an error that says where, and never what
 */
export function assertNoLeak(secrets: Iterable<string>, printed: string, folder: StepFolder): void {
  const written = { 'the log': withoutMasks(printed), ...filesOf(folder.path) };
  for (const secret of new Set(secrets)) {
    if (secret.length < SHORTEST) continue;
    for (const [place, text] of Object.entries(written)) {
      if (formsOf(secret).some((form) => text.includes(form))) {
        throw new Error(`a secret of ${secret.length} characters leaked into ${place}`);
      }
    }
  }
}

function withoutMasks(printed: string): string {
  return printed.replace(/^::add-mask::.*$/gm, '');
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64, base64.replace(/=+$/, '')];
}

/** Outputs, state, summary, variables and paths for later steps, and what lies in the temporary folder. */
function filesOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    // What the step was given is not what it wrote.
    .filter((entry) => entry.isFile() && entry.name !== 'event.json')
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(root, 'workspace')));
  return Object.fromEntries(names.map((path) => [path.slice(root.length + 1), readFileSync(path, 'latin1')]));
}

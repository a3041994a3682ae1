import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');

/** Ways in which a control breaks the Action: a unique text in its bundle, and code to insert after it. */
const BREAKS = {
  'never retries': ['async refreshRetryTokenForRetry(token, failure) {', "throw new Error('broken');"],
  'accepts corrupted pages': ['receive(response) {', 'delete response.headers["x-amz-crc32"];'],
  'does not check the run lock after the summary': [
    'async function confirmCompletion({ request, identity, progress, resumption }, { key, etag, dataPrefix }) {',
    'return;',
  ],
  'deletes objects that a late summary can refer to': ['areOver: () =>', 'true ||'],
} as const;

export type Break = keyof typeof BREAKS;
export const ALL_BREAKS = Object.keys(BREAKS) as readonly Break[];

/** Creates a copy of dist/ that is broken in one way. `using` deletes it. */
export function breakAction(how: Break): { readonly entry: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'broken-action-'));
  cpSync(DIST, folder, { recursive: true });
  const bundle = join(folder, 'program.js');
  const [place, instead] = BREAKS[how];
  const parts = readFileSync(bundle, 'utf8').split(place);
  if (parts.length !== 2) {
    throw new Error(`The bundle contains this text ${parts.length - 1} times instead of once: ${place}`);
  }
  writeFileSync(bundle, parts.join(`${place} ${instead}`));
  return { entry: join(folder, 'index.js'), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

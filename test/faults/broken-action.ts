import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');

/** What a control breaks in the Action: a place in its bundle, and the code that is inserted after it. */
const BREAKS = {
  'never tries again': ['async refreshRetryTokenForRetry(token, failure) {', "throw new Error('broken');"],
  'takes a damaged page for a whole one': ['receive(response) {', 'delete response.headers["x-amz-crc32"];'],
  'does not check its claim after the summary': [
    'async function confirmCompletion({ request, identity, progress, resumption }, summaryEtag) {',
    'return;',
  ],
  'deletes objects that a late summary can name': ['areOver: () =>', 'true ||'],
} as const;

export type Break = keyof typeof BREAKS;
export const ALL_BREAKS = Object.keys(BREAKS) as readonly Break[];

/** A copy of dist/ that is broken in one way, gone with `using`. */
export function breakAction(how: Break): { readonly entry: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'broken-action-'));
  cpSync(DIST, folder, { recursive: true });
  const bundle = join(folder, 'program.js');
  const [place, instead] = BREAKS[how];
  const parts = readFileSync(bundle, 'utf8').split(place);
  if (parts.length !== 2) {
    throw new Error(`the bundle has ${parts.length - 1} places that read ${place}, and not one`);
  }
  writeFileSync(bundle, parts.join(`${place} ${instead}`));
  return { entry: join(folder, 'index.js'), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

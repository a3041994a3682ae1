import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../errors.ts';
import type { PlainItem } from './plain-item.ts';

/** What a process-func is told beside the item. */
export interface ProcessContext {
  readonly table: string;
  readonly segment: number;
  readonly runId: string;
  /** The class of numbers that JavaScript would round, for `instanceof`. */
  readonly NumberValue: typeof NumberValue;
}

export type ProcessFunction = (item: PlainItem, context: ProcessContext) => unknown;

/** The user's module, checked. */
export interface ProcessModule {
  /** The path as the input gives it, for messages. */
  readonly path: string;
  readonly process: ProcessFunction;
  /** Of the names of data objects, without a dot in front. */
  readonly extension: string;
  /** Written first in every object. */
  readonly header: Buffer | undefined;
  /** Hexadecimal, of the module's file as it was loaded. */
  readonly sha256: string;
}

const EXTENSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/;

/**
 * Loads the module that `process-func` names.
 *
 * @param path relative to the workspace
 * @throws {CopyError} PROCESS_FUNC_INVALID where it leaves the workspace, cannot be loaded, or is not of the right shape
 */
export async function loadProcessModule(path: string, workspace: string): Promise<ProcessModule> {
  const file = fileInside(path, workspace);
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const { default: process, extension = 'txt', header } = await load(path, file);
  if (typeof process !== 'function') {
    throw invalid(path, 'has no default export that is a function', 'Write `export default (item, context) => ...`');
  }
  if (typeof extension !== 'string' || !EXTENSION.test(extension)) {
    throw invalid(path, 'exports an extension that is none', "Write it as text without a dot, such as 'csv'");
  }
  if (header !== undefined && typeof header !== 'string' && !(header instanceof Uint8Array)) {
    throw invalid(path, 'exports a header that is neither a string nor a Uint8Array', 'Export one of the two');
  }
  return {
    path,
    process: process as ProcessFunction,
    extension,
    header: header === undefined ? undefined : Buffer.from(header as string),
    sha256,
  };
}

/** Links are followed before the check: one that points out of the workspace leaves it as much as `..` does. */
function fileInside(path: string, workspace: string): string {
  let file: string;
  const root = realpathSync(workspace);
  try {
    file = realpathSync(resolve(root, path));
  } catch {
    throw invalid(path, 'does not exist', 'Name a file of the checkout, relative to its root, and check it out first');
  }
  const inside = relative(root, file);
  if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
    throw invalid(path, 'lies outside the workspace', 'Name a file of the checkout');
  }
  if (!statSync(file).isFile()) throw invalid(path, 'is not a file', 'Name a .mjs, .js or .ts file');
  return file;
}

async function load(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    // The comment keeps the bundler from replacing the import by a look-up in the bundle.
    return (await import(/* webpackIgnore: true */ pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new CopyError(
      'PROCESS_FUNC_INVALID',
      `process-func: ${JSON.stringify(path)} could not be loaded (${errorName(error)}).`,
      'Run it with Node 24 on its own to see the error. It must be an ES module; TypeScript may use only syntax that can be stripped, and packages it imports must be installed in the workspace.',
      { cause: error },
    );
  }
}

function invalid(path: string, what: string, remedy: string): CopyError {
  return new CopyError('PROCESS_FUNC_INVALID', `process-func: ${JSON.stringify(path)} ${what}.`, `${remedy}.`);
}

/** The kind of an error without its message, which may quote an item. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no Error';
  const { code } = error as { code?: unknown };
  const name = /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? `${name}, ${code}` : name;
}

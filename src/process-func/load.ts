import { realpathSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { PROCESS_LOAD } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import { quoted } from '../parameters/problems.ts';
import { describeError, loaderMessage } from './describe-error.ts';
import { LoadedFiles, pathInside } from './loaded-files.ts';
import type { PlainItem } from './plain-item.ts';
import { watchStrayErrors } from './user-code.ts';

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
  readonly url: string;
  readonly process: ProcessFunction;
  /** Of the names of data objects, without a dot in front. */
  readonly extension: string;
  /** Written first in every object. */
  readonly header: Buffer | undefined;
  /** Hexadecimal, of the module's file and of those of the workspace that it imports. */
  readonly sha256: string;
  /** Fires, with a CopyError as its reason, at an error that the module's code leaves to nobody. */
  readonly strayErrors: AbortSignal;
}

const EXTENSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/;

/** Files that Node reads as ES modules; a .js file that is CommonJS shows by what it exports. */
const MODULE_FILE = new Set(['.mjs', '.js', '.ts', '.mts']);

/**
 * Loads the module that `process-func` names.
 *
 * @param path relative to the workspace
 * @throws {CopyError} PROCESS_FUNC_INVALID where it leaves the workspace, cannot be loaded, or is not of the right shape
 */
export async function loadProcessModule(path: string, workspace: string): Promise<ProcessModule> {
  const root = realPath(workspace) ?? workspace;
  const file = fileInside(path, root);
  const url = pathToFileURL(file).href;
  using files = new LoadedFiles(url);
  const strayErrors = watchStrayErrors(path, url);
  const { default: process, extension = 'txt', header } = await load(path, url, strayErrors);
  if (typeof process !== 'function') {
    throw invalid(
      path,
      'has no default export that is a function',
      'Write `export default (item, context) => ...`, in an ES module',
    );
  }
  if (typeof extension !== 'string' || !EXTENSION.test(extension)) {
    throw invalid(path, 'exports an extension that is none', "Write it as text without a dot, such as 'csv'");
  }
  return {
    path,
    url,
    process: process as ProcessFunction,
    extension,
    header: bytesOf(header, path),
    sha256: files.sha256(root),
    strayErrors,
  };
}

/** Links are followed before the check: one that points out of the workspace leaves it as much as `..` does. */
function fileInside(path: string, root: string): string {
  const file = realPath(resolve(root, path));
  if (file === undefined) {
    throw invalid(path, 'does not exist', 'Name a file of the checkout, relative to its root, and check it out first');
  }
  if (pathInside(root, file) === undefined) {
    throw invalid(path, 'lies outside the workspace', 'Name a file of the checkout');
  }
  if (!statSync(file).isFile() || !MODULE_FILE.has(extname(file))) {
    throw invalid(path, 'is no file of an ES module', 'Name a .mjs, .js or .ts file');
  }
  return file;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

async function load(path: string, url: string, strayErrors: AbortSignal): Promise<Record<string, unknown>> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const late = () => reject(invalid(path, 'did not load within 30 seconds', 'Check what it awaits at its top level'));
  const timer = setTimeout(late, PROCESS_LOAD);
  const stray = () => reject(strayErrors.reason);
  strayErrors.addEventListener('abort', stray);
  try {
    return await Promise.race([importModule(path, url), interrupted]);
  } finally {
    clearTimeout(timer);
    strayErrors.removeEventListener('abort', stray);
  }
}

async function importModule(path: string, url: string): Promise<Record<string, unknown>> {
  try {
    // The comment keeps the bundler from replacing the import by a look-up in the bundle.
    return (await import(/* webpackIgnore: true */ url)) as Record<string, unknown>;
  } catch (error) {
    const message = loaderMessage(error);
    const why = message === undefined ? describeError(error, url) : quoted(message);
    throw new CopyError(
      'PROCESS_FUNC_INVALID',
      `process-func: ${quoted(path)} could not be loaded (${why}).`,
      'Run it with Node 24 on its own to see the whole error. It must be an ES module; TypeScript may use only syntax that can be stripped, and an earlier step must install the packages that it imports.',
      { cause: error },
    );
  }
}

function bytesOf(header: unknown, path: string): Buffer | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && header.isWellFormed()) return Buffer.from(header);
  if (types.isUint8Array(header)) return Buffer.from(header);
  throw invalid(path, 'exports a header that is neither well-formed text nor a Uint8Array', 'Export one of the two');
}

function invalid(path: string, what: string, remedy: string): CopyError {
  return new CopyError('PROCESS_FUNC_INVALID', `process-func: ${quoted(path)} ${what}.`, `${remedy}.`);
}

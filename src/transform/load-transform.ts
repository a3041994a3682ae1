import { realpathSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../errors.ts';
import { quote } from '../message-text.ts';
import { TRANSFORM_LOAD } from '../timeouts.ts';
import { describeError, moduleLoaderMessage } from './describe-error.ts';
import { LoadedFiles, pathInside } from './loaded-files.ts';
import type { PlainItem } from './plain-item.ts';
import { watchUnhandledErrors } from './unhandled-errors.ts';

/** Second argument of the transform, after the item. */
export interface TransformContext {
  readonly table: string;
  readonly segment: number;
  readonly runId: string;
  /** Class of the numbers that JavaScript would round, for `instanceof`. */
  readonly NumberValue: typeof NumberValue;
}

export type TransformFunction = (item: PlainItem, context: TransformContext) => unknown;

/** Validated module of the user. */
export interface TransformModule {
  /** Path as in the input, for messages. */
  readonly path: string;
  readonly url: string;
  readonly process: TransformFunction;
  /** What the function returns: the exact bytes to write, or items that a format writes. */
  readonly output: 'text' | 'item';
  /** File name extension of data objects, without a leading dot; undefined for items, whose format determines it. */
  readonly extension: string | undefined;
  /** Bytes at the start of each data object. Undefined for items. */
  readonly header: Buffer | undefined;
  /** Hexadecimal SHA-256 of the module's file and of the files in the workspace that it imports. */
  readonly sha256: string;
  /** Aborted, with a CopyError as its reason, when the module's code leaves an error unhandled. */
  readonly unhandledErrors: AbortSignal;
}

const EXTENSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/;

/** Extensions of files that Node loads as ES modules. A CommonJS .js file is detected by its exports. */
const MODULE_FILE = new Set(['.mjs', '.js', '.ts', '.mts']);

/**
 * Loads and validates the module in the input `process-func`.
 *
 * @param path relative to the workspace
 * @throws {CopyError} PROCESS_FUNC_INVALID if it is outside the workspace, cannot be loaded, or has invalid exports
 */
export async function loadTransform(path: string, workspace: string): Promise<TransformModule> {
  const root = realPath(workspace) ?? workspace;
  const file = fileInside(path, root);
  const url = pathToFileURL(file).href;
  using files = new LoadedFiles(url);
  const unhandledErrors = watchUnhandledErrors(path, url);
  const { default: process, output, extension, header } = await load(path, url, unhandledErrors);
  if (typeof process !== 'function') {
    throw invalid(
      path,
      'does not have a function as its default export',
      'Use an ES module with `export default (item, context) => ...`',
    );
  }
  return {
    path,
    url,
    process: process as TransformFunction,
    ...(output === undefined
      ? { output: 'text', extension: extensionOf(extension, path), header: bytesOf(header, path) }
      : itemOutput({ output, extension, header }, path)),
    sha256: files.sha256(root),
    unhandledErrors,
  };
}

type Exported = Readonly<Record<'output' | 'extension' | 'header', unknown>>;

/** Lines of items have the extension of their format, and nothing may precede them. */
function itemOutput(exported: Exported, path: string): Pick<TransformModule, 'output' | 'extension' | 'header'> {
  if (exported.output !== 'item') {
    throw invalid(
      path,
      "exports an output other than 'item'",
      "Use `export const output = 'item'` to return items as objects, or remove it to return text",
    );
  }
  const unused = (['extension', 'header'] as const).find((name) => exported[name] !== undefined);
  if (unused !== undefined) {
    throw invalid(
      path,
      `exports both output and ${unused}`,
      `Remove ${unused}: the format of the copy determines how items are written`,
    );
  }
  return { output: 'item', extension: undefined, header: undefined };
}

function extensionOf(extension: unknown, path: string): string {
  if (extension === undefined) return 'txt';
  if (typeof extension === 'string' && EXTENSION.test(extension)) return extension;
  throw invalid(path, 'exports an invalid extension', "Export a string without a leading dot, such as 'csv'");
}

/** Resolves symbolic links before the check, because a link can leave the workspace just as `..` can. */
function fileInside(path: string, root: string): string {
  const file = realPath(resolve(root, path));
  if (file === undefined) {
    throw invalid(
      path,
      'does not exist',
      'Use a path relative to the workspace, and check out the repository in an earlier step',
    );
  }
  if (pathInside(root, file) === undefined) {
    throw invalid(path, 'is outside the workspace', 'Use a file in the workspace');
  }
  if (!statSync(file).isFile() || !MODULE_FILE.has(extname(file))) {
    throw invalid(path, 'is not an ES module file', 'Use a .mjs, .js, .ts or .mts file');
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

async function load(path: string, url: string, unhandledErrors: AbortSignal): Promise<Record<string, unknown>> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const late = () => reject(invalid(path, 'did not load within 30 seconds', 'Check its top-level await expressions'));
  const timer = setTimeout(late, TRANSFORM_LOAD);
  const unhandled = () => reject(unhandledErrors.reason);
  unhandledErrors.addEventListener('abort', unhandled);
  try {
    return await Promise.race([importModule(path, url), interrupted]);
  } finally {
    clearTimeout(timer);
    unhandledErrors.removeEventListener('abort', unhandled);
  }
}

async function importModule(path: string, url: string): Promise<Record<string, unknown>> {
  try {
    // The comment prevents the bundler from replacing the import with a lookup in the bundle.
    return (await import(/* webpackIgnore: true */ url)) as Record<string, unknown>;
  } catch (error) {
    const message = moduleLoaderMessage(error);
    const why = message === undefined ? describeError(error, url) : quote(message);
    throw new CopyError(
      'PROCESS_FUNC_INVALID',
      `The module ${quote(path)} could not be loaded (${why}).`,
      'Run the file with Node 24 to see the full error. It must be an ES module. TypeScript can contain only erasable syntax. Install the packages that it imports in an earlier step.',
      { cause: error },
    );
  }
}

function bytesOf(header: unknown, path: string): Buffer | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && header.isWellFormed()) return Buffer.from(header);
  if (types.isUint8Array(header)) return Buffer.from(header);
  throw invalid(
    path,
    'exports a header that is neither a well-formed string nor a Uint8Array',
    'Export a string or a Uint8Array',
  );
}

function invalid(path: string, what: string, remedy: string): CopyError {
  return new CopyError('PROCESS_FUNC_INVALID', `The module ${quote(path)} ${what}.`, `${remedy}.`);
}

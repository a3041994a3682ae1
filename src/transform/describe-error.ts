import { getSystemErrorMap } from 'node:util';

const NAMES_OF_SYSTEM_ERRORS = new Set(['ENOTFOUND', ...[...getSystemErrorMap().values()].map(([name]) => name)]);

/**
 * Describes an error from the user's code without quoting data: its class, its code if Node defines it, and the line in
 * the module. The message, the name and everything else may quote an item.
 *
 * @param url URL of the user's module
 */
export function describeError(error: unknown, url: string): string {
  try {
    if (!(error instanceof Error)) return 'a value that is not an Error';
    return [classNameOf(error) ?? 'Error', knownCode(error), placeIn(error, url)]
      .filter((fact) => fact !== undefined)
      .join(', ');
  } catch {
    // The thrown value may be a proxy or have getters that throw.
    return 'a value that cannot be inspected';
  }
}

/**
 * Returns the message of an error that Node itself throws when it cannot load a module. It contains only names of files
 * and packages, and syntax.
 *
 * @returns undefined if code of the module threw the error, because such a message may quote anything
 */
export function moduleLoaderMessage(error: unknown): string | undefined {
  try {
    if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
    const [firstFrame = ''] = framesOf(error);
    return /[ (]node:internal\/modules\//.test(firstFrame) ? error.message : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the name of the class of an object, which is in the author's source code. The `name` of an error may contain
 * anything.
 *
 * @returns undefined if the object has no class, or one without such a name
 */
export function classNameOf(value: object): string | undefined {
  const owner: unknown = Object.getPrototypeOf(value)?.constructor;
  // An item can be a prototype, and have an attribute with this name.
  if (typeof owner !== 'function') return undefined;
  const { name }: { readonly name: unknown } = owner;
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : undefined;
}

function knownCode(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  return NAMES_OF_SYSTEM_ERRORS.has(code) || /^(?:UND_)?ERR_[A-Z_]{1,60}$/.test(code) ? code : undefined;
}

/**
 * Returns `line 12` if the stack contains it. Types are stripped in place, so this is the line of a .ts file as well.
 */
function placeIn(error: Error, url: string): string | undefined {
  const frame = framesOf(error).find((line) => line.includes(`${url}:`));
  const line = /:(\d{1,7}):\d{1,7}\)?$/.exec(frame ?? '')?.[1];
  return line === undefined ? undefined : `line ${line}`;
}

function framesOf(error: Error): string[] {
  const { stack } = error;
  if (typeof stack !== 'string') return [];
  // The stack begins with the message, which may have lines that look like frames.
  const message = stack.indexOf(error.message);
  const frames = message < 0 ? stack : stack.slice(message + error.message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}

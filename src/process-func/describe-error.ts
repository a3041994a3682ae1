import { getSystemErrorMap } from 'node:util';

const NAMES_OF_SYSTEM_ERRORS = new Set(['ENOTFOUND', ...[...getSystemErrorMap().values()].map(([name]) => name)]);

/**
 * What may be told of an error that the user's code left: its class, a code of Node's own, and the line of the module.
 * Message, name and everything else may quote an item.
 *
 * @param url of the user's module
 */
export function describeError(error: unknown, url: string): string {
  try {
    if (!(error instanceof Error)) return 'something that is no Error';
    return [className(error), knownCode(error), placeIn(error, url)].filter((fact) => fact !== undefined).join(', ');
  } catch {
    // What was thrown may be a proxy, or have getters that throw.
    return 'something that is no plain Error';
  }
}

/**
 * The message of an error with which Node itself refuses to load a module: it names files, packages and syntax.
 * undefined where code of the module was running, which may quote anything.
 */
export function loaderMessage(error: unknown): string | undefined {
  try {
    if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
    const [firstFrame = ''] = framesOf(error);
    return /[ (]node:internal\/modules\//.test(firstFrame) ? error.message : undefined;
  } catch {
    return undefined;
  }
}

/** The class is the author's word, `error.name` may be anybody's. */
function className(error: Error): string {
  const name: unknown = Object.getPrototypeOf(error)?.constructor?.name;
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : 'Error';
}

function knownCode(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  return NAMES_OF_SYSTEM_ERRORS.has(code) || /^(?:UND_)?ERR_[A-Z_]{1,60}$/.test(code) ? code : undefined;
}

/** `line 12`, where the stack tells; types are stripped in place, so that it is the line of a .ts file too. */
function placeIn(error: Error, url: string): string | undefined {
  const frame = framesOf(error).find((line) => line.includes(`${url}:`));
  const line = /:(\d{1,7}):\d{1,7}\)?$/.exec(frame ?? '')?.[1];
  return line === undefined ? undefined : `line ${line}`;
}

function framesOf(error: Error): string[] {
  const { stack } = error;
  if (typeof stack !== 'string') return [];
  // The message comes first in it, and may have lines that look like frames.
  const message = stack.indexOf(error.message);
  const frames = message < 0 ? stack : stack.slice(message + error.message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}

import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../errors.ts';
import { NEWLINE } from '../format/ascii.ts';
import { quote } from '../message-text.ts';
import { TRANSFORM_ITEM } from '../timeouts.ts';
import { describeError } from './describe-error.ts';
import type { TransformContext, TransformModule } from './load-transform.ts';
import { type PlainItem, plainItem } from './plain-item.ts';
import { InvalidResult, NOT_SHOWN, type ResultEncoder } from './result-encoder.ts';

/** A module, and how its results become bytes. */
export interface Transform {
  readonly module: TransformModule;
  readonly results: ResultEncoder;
}

/** Output of a transform for the lines of a page. */
export interface TransformedLines {
  /** Valid until the next call with the same encoder of results. */
  readonly bytes: Buffer;
  readonly itemCount: number;
  /** Number of items for which the transform returned null. */
  readonly droppedCount: number;
}

/** Maximum number of unsettled promises per segment. */
const MAX_IN_FLIGHT = 64;

/**
 * Milliseconds after which the event loop gets a turn, because responses of other segments wait while the function
 * runs.
 */
const MAX_RUN_MS = 50;

/** Format of a line, DYNAMODB_JSON: `{"Item":` ITEM `}` */
const BEFORE_ITEM = '{"Item":'.length;
const AFTER_ITEM = '}'.length;

/** Encoded result for an item; null to write nothing. */
type Output = Buffer | null;

/** An output that a promise resolves to. */
interface Pending {
  readonly promise: Promise<Output>;
  readonly since: number;
  /** Set once the promise has resolved. */
  output?: Output;
}

/**
 * Calls the user's function for each item of a page and joins the outputs in the order of the items.
 *
 * @param lines items in DYNAMODB_JSON, one per line; must not change until the returned promise settles
 * @throws {CopyError} PROCESS_FUNC_FAILED if the function throws, returns an invalid value or does not settle. The
 *   error does not contain the item. ION_VALUE_INVALID if an item cannot be written as Ion
 * @throws the reason of the signal if it is aborted
 */
export async function transformLines(
  lines: Buffer,
  transform: Transform,
  context: Omit<TransformContext, 'NumberValue'>,
  signal: AbortSignal,
): Promise<TransformedLines> {
  const given = Object.freeze({ ...context, NumberValue });
  const pending: Pending[] = [];
  const outputs: Buffer[] = [];
  let droppedCount = 0;
  const take = (output: Output) => {
    if (output) outputs.push(output);
    else droppedCount += 1;
  };
  const takeOldest = async () => {
    const [oldest] = pending as [Pending];
    take(oldest.output === undefined ? await settled(oldest, transform.module, signal) : oldest.output);
    pending.shift();
  };

  let turnAt = performance.now();
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start);
    const item = plainItem(lines.toString('utf8', start + BEFORE_ITEM, end - AFTER_ITEM));
    start = end + 1;
    const output = call(transform, item, given);
    if (output instanceof Promise) pending.push(await promised(output));
    else if (pending.length > 0) pending.push({ promise: Promise.resolve(output), since: 0, output });
    else take(output);
    if (performance.now() - turnAt > MAX_RUN_MS) {
      await turnOfEventLoop();
      turnAt = performance.now();
    }
    signal.throwIfAborted();
    while (pending.length >= MAX_IN_FLIGHT || pending[0]?.output !== undefined) await takeOldest();
  }
  while (pending.length > 0) await takeOldest();
  return { bytes: transform.results.join(outputs), itemCount: outputs.length, droppedCount };
}

/**
 * Calls the function for an item. Copies the output at once, because the function may reuse its buffer for the next
 * item.
 */
function call(transform: Transform, item: PlainItem, context: TransformContext): Output | Promise<Output> {
  const { module } = transform;
  let output: unknown;
  let isPromise: boolean;
  try {
    output = module.process(item, context);
    isPromise = typeof (output as PromiseLike<unknown> | null | undefined)?.then === 'function';
  } catch (error) {
    throw threw(module, error);
  }
  return isPromise ? awaited(output, transform) : checked(output, transform);
}

async function awaited(promise: unknown, transform: Transform): Promise<Output> {
  let output: unknown;
  try {
    output = await promise;
  } catch (error) {
    throw threw(transform.module, error);
  }
  return checked(output, transform);
}

/** Waits two microtasks, after which an output that was already available has been copied and is in the result. */
async function promised(promise: Promise<Output>): Promise<Pending> {
  const pending: Pending = { promise, since: performance.now() };
  promise.then(
    (output) => {
      pending.output = output;
    },
    // Reported when it is this item's turn. Without a handler, it would be an unhandled rejection until then.
    () => {},
  );
  await undefined;
  await undefined;
  return pending;
}

async function settled({ promise, since }: Pending, module: TransformModule, signal: AbortSignal): Promise<Output> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const late = () => reject(failed(module, 'did not return a result for an item within 30 seconds', RETURN_RESULT));
  const timer = setTimeout(late, Math.max(0, since + TRANSFORM_ITEM - performance.now()));
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, interrupted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function checked(output: unknown, { module, results }: Transform): Output {
  if (output === null) return null;
  try {
    return results.encode(output);
  } catch (error) {
    throw error instanceof InvalidResult ? failed(module, error.message, error.remedy) : threw(module, error);
  }
}

function threw(module: TransformModule, error: unknown): CopyError {
  return failed(module, `threw an exception (${describeError(error, module.url)})`, FIX_ERROR, error);
}

const FIX_ERROR =
  'Fix the error in the module. The item and the error message are not shown because they may contain data.';
const RETURN_RESULT = `Return a result for each item, or null to leave it out. ${NOT_SHOWN}`;

function failed(module: TransformModule, what: string, remedy: string, cause?: unknown): CopyError {
  return new CopyError('PROCESS_FUNC_FAILED', `The module ${quote(module.path)} ${what}.`, remedy, { cause });
}

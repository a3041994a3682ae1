import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { types } from 'node:util';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { PROCESS_ITEM } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import { quoted } from '../parameters/problems.ts';
import { describeError } from './describe-error.ts';
import type { ProcessContext, ProcessModule } from './load.ts';
import { type PlainItem, plainItem } from './plain-item.ts';

/** What a process-func made of a page's lines. */
export interface ProcessedLines {
  readonly bytes: Buffer;
  readonly itemCount: number;
  /** Items it answered null for. */
  readonly droppedCount: number;
}

/** Promises of one segment that may be unsettled at once. */
const IN_FLIGHT = 64;

/** Other segments' responses wait while the function runs: after so many milliseconds it is their turn. */
const LONGEST_RUN = 50;

/** Lines come in DYNAMODB_JSON: `{"Item":` ITEM `}` */
const BEFORE_ITEM = '{"Item":'.length;
const AFTER_ITEM = '}'.length;

/** What is to be written for an item; null for nothing at all. */
type Answer = Buffer | null;

/** A promised answer. */
interface Pending {
  readonly promise: Promise<Answer>;
  readonly since: number;
  /** The answer, from the moment it is there. */
  answer?: Answer;
}

/**
 * Gives each item of a page to the user's function and puts the answers together in the items' order.
 *
 * @param lines in DYNAMODB_JSON, a line an item; not changed until this has settled
 * @throws {CopyError} PROCESS_FUNC_FAILED where it throws, answers nonsense or does not settle; the item is not told
 * @throws the signal's reason, when it fires
 */
export async function processLines(
  lines: Buffer,
  module: ProcessModule,
  context: Omit<ProcessContext, 'NumberValue'>,
  signal: AbortSignal,
): Promise<ProcessedLines> {
  const given = Object.freeze({ ...context, NumberValue });
  const pending: Pending[] = [];
  const made: Buffer[] = [];
  let droppedCount = 0;
  const take = (answer: Answer) => {
    if (answer) made.push(answer);
    else droppedCount += 1;
  };
  const takeOldest = async () => {
    const [oldest] = pending as [Pending];
    take(oldest.answer === undefined ? await settled(oldest, module, signal) : oldest.answer);
    pending.shift();
  };

  let turnAt = performance.now();
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(0x0a, start);
    const item = plainItem(lines.toString('utf8', start + BEFORE_ITEM, end - AFTER_ITEM));
    start = end + 1;
    const answer = call(module, item, given);
    if (answer instanceof Promise) pending.push(await promised(answer));
    else if (pending.length > 0) pending.push({ promise: Promise.resolve(answer), since: 0, answer });
    else take(answer);
    if (performance.now() - turnAt > LONGEST_RUN) {
      await turnOfEventLoop();
      turnAt = performance.now();
    }
    signal.throwIfAborted();
    while (pending.length >= IN_FLIGHT || pending[0]?.answer !== undefined) await takeOldest();
  }
  while (pending.length > 0) await takeOldest();
  return { bytes: Buffer.concat(made), itemCount: made.length, droppedCount };
}

/** Answers are copied as soon as they are there: the function may use its buffer again for the next item. */
function call(module: ProcessModule, item: PlainItem, context: ProcessContext): Answer | Promise<Answer> {
  let answer: unknown;
  let isPromise: boolean;
  try {
    answer = module.process(item, context);
    isPromise = typeof (answer as PromiseLike<unknown> | null | undefined)?.then === 'function';
  } catch (error) {
    throw threw(module, error);
  }
  return isPromise ? awaited(answer, module) : checked(answer, module);
}

async function awaited(promise: unknown, module: ProcessModule): Promise<Answer> {
  let answer: unknown;
  try {
    answer = await promise;
  } catch (error) {
    throw threw(module, error);
  }
  return checked(answer, module);
}

/** Resolves when an answer that was there from the start has been copied, and arrived here: in two steps. */
async function promised(promise: Promise<Answer>): Promise<Pending> {
  const pending: Pending = { promise, since: performance.now() };
  promise.then(
    (answer) => {
      pending.answer = answer;
    },
    // Told when its turn comes; without a handler it would be an error that nothing handles until then.
    () => {},
  );
  await undefined;
  await undefined;
  return pending;
}

async function settled({ promise, since }: Pending, module: ProcessModule, signal: AbortSignal): Promise<Answer> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const late = () => reject(failed(module, 'did not answer for an item within 30 seconds'));
  const timer = setTimeout(late, Math.max(0, since + PROCESS_ITEM - performance.now()));
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

function checked(answer: unknown, module: ProcessModule): Answer {
  if (answer === null) return null;
  if (typeof answer === 'string') {
    // In UTF-8 half a surrogate pair would become another character.
    if (answer.isWellFormed()) return Buffer.from(answer);
    throw failed(module, 'answered a string with half of a surrogate pair, which is no Unicode text', WELL_FORMED);
  }
  if (types.isUint8Array(answer)) return Buffer.from(answer);
  throw failed(module, `answered ${answer === undefined ? 'undefined' : `a value of type ${typeof answer}`}`);
}

function threw(module: ProcessModule, error: unknown): CopyError {
  return failed(module, `threw (${describeError(error, module.url)})`, NOT_SHOWN, error);
}

const NOT_SHOWN =
  'It must answer a string, a Uint8Array, or null to leave the item out, or a promise of one. Neither the item nor the text of an error is shown, as both may be data.';
const WELL_FORMED = 'Call toWellFormed() on the string, or write such text with JSON.stringify, which escapes it.';

function failed(module: ProcessModule, what: string, remedy = NOT_SHOWN, cause?: unknown): CopyError {
  return new CopyError('PROCESS_FUNC_FAILED', `process-func: ${quoted(module.path)} ${what}.`, remedy, { cause });
}

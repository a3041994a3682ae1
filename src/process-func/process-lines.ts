import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { PROCESS_ITEM } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import { errorName, type ProcessContext, type ProcessModule } from './load.ts';
import { plainItem } from './plain-item.ts';

/** What a process-func made of a page's lines. */
export interface ProcessedLines {
  readonly bytes: Buffer;
  readonly itemCount: number;
  /** Items it answered null for. */
  readonly droppedCount: number;
}

/** Promises of one segment that may be unsettled at once. */
const IN_FLIGHT = 64;

/** Lines come in DYNAMODB_JSON: `{"Item":` ITEM `}` */
const BEFORE_ITEM = '{"Item":'.length;
const AFTER_ITEM = '}'.length;

interface Pending {
  readonly answer: unknown;
  readonly since: number;
}

/**
 * Gives each item of a page to the user's function and puts the answers together in the items' order.
 *
 * @param lines in DYNAMODB_JSON, a line an item
 * @throws {CopyError} PROCESS_FUNC_FAILED where it throws, answers nonsense or does not settle; the item is not told
 */
export async function processLines(
  lines: Buffer,
  module: ProcessModule,
  context: Omit<ProcessContext, 'NumberValue'>,
): Promise<ProcessedLines> {
  const given = Object.freeze({ ...context, NumberValue });
  const pending: Pending[] = [];
  const made: Buffer[] = [];
  let itemCount = 0;
  let droppedCount = 0;
  const settleOldest = async () => {
    const { answer, since } = pending.shift() as Pending;
    const bytes = checked(isThenable(answer) ? await settled(answer, since, module) : answer, module);
    if (bytes === null) {
      droppedCount += 1;
      return;
    }
    itemCount += 1;
    made.push(bytes);
  };

  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(0x0a, start);
    const item = plainItem(lines.toString('utf8', start + BEFORE_ITEM, end - AFTER_ITEM));
    pending.push({ answer: call(module, item, given), since: Date.now() });
    start = end + 1;
    while (pending.length >= IN_FLIGHT) await settleOldest();
  }
  while (pending.length > 0) await settleOldest();
  return { bytes: Buffer.concat(made), itemCount, droppedCount };
}

function call(module: ProcessModule, item: Parameters<ProcessModule['process']>[0], context: ProcessContext): unknown {
  try {
    const answer = module.process(item, context);
    // Told when its turn comes; without a handler Node would end the process before that.
    if (isThenable(answer)) answer.then(undefined, () => {});
    return answer;
  } catch (error) {
    throw threw(module, error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}

async function settled(answer: PromiseLike<unknown>, since: number, module: ProcessModule): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(failed(module, 'did not answer for an item within 30 seconds'));
    timer = setTimeout(fail, Math.max(0, since + PROCESS_ITEM - Date.now()));
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    throw error instanceof CopyError ? error : threw(module, error);
  } finally {
    clearTimeout(timer);
  }
}

function checked(answer: unknown, module: ProcessModule): Buffer | null {
  if (answer === null) return null;
  if (typeof answer === 'string') return Buffer.from(answer);
  // A copy: the function may use its own buffer again for the next item.
  if (answer instanceof Uint8Array) return Buffer.from(answer);
  throw failed(module, `answered ${answer === undefined ? 'undefined' : `a value of type ${typeof answer}`}`);
}

function threw(module: ProcessModule, error: unknown): CopyError {
  const place = placeIn(module, error);
  return failed(module, `threw (${errorName(error)}${place})`, error);
}

function failed(module: ProcessModule, what: string, cause?: unknown): CopyError {
  return new CopyError(
    'PROCESS_FUNC_FAILED',
    `process-func: ${JSON.stringify(module.path)} ${what}.`,
    'It must answer a string, a Uint8Array, or null to leave the item out, or a promise of one. The item and the error text are not shown, as both may be data.',
    { cause },
  );
}

/** `, line 12` of the user's module, where the stack tells. */
function placeIn(module: ProcessModule, error: unknown): string {
  const file = module.path.split(/[\\/]/).at(-1) ?? '';
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && line.includes(file));
  const line = /:(\d+):\d+\)?$/.exec(frame ?? '')?.[1];
  return line === undefined ? '' : `, line ${line}`;
}

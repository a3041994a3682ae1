import type { ScanCommand, ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import { noteOwnWait } from '../../aws/own-waits.ts';
import type { Turn } from './pacing.ts';
import { isThrottle } from './throttle.ts';

/**
 * Has every attempt at a Scan pay for itself, those that the SDK makes by itself too, and tells of throttles that nobody
 * outside of its retry loop would see. It stands before the signature, which would grow old while an attempt waits.
 */
export function payForAttempts(command: ScanCommand, turn: Turn, signal: AbortSignal): void {
  let isFirst = true;
  const middleware: FinalizeRequestMiddleware<ScanCommandInput, ScanCommandOutput> = (next) => async (args) => {
    const waited = isFirst ? 0 : await turn.charge(signal, true);
    isFirst = false;
    try {
      return await next(args);
    } catch (error) {
      if (isThrottle(error)) turn.throttled(error);
      else turn.unanswered();
      noteOwnWait(error, waited);
      throw error;
    }
  };
  command.middlewareStack.addRelativeTo(middleware, {
    name: 'payForAttempts',
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
}

import type { ScanCommand, ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import { recordOwnWait } from '../../aws/retry.ts';
import { isThrottle } from '../../aws/throttle.ts';
import type { ReadPermit } from './pacing.ts';

/**
 * Charges every attempt of a Scan request to the budget, including the retries of the SDK, and reports throttled
 * attempts, which are not visible outside of the retry loop. The middleware runs before the request is signed:
 * otherwise the signature could expire while the attempt waits.
 */
export function chargeAttempts(command: ScanCommand, turn: ReadPermit, signal: AbortSignal): void {
  let isFirst = true;
  const middleware: FinalizeRequestMiddleware<ScanCommandInput, ScanCommandOutput> = (next) => async (args) => {
    const waited = isFirst ? 0 : await turn.charge(signal, true);
    isFirst = false;
    try {
      return await next(args);
    } catch (error) {
      if (isThrottle(error)) turn.throttled(error);
      else turn.unanswered();
      recordOwnWait(error, waited);
      throw error;
    }
  };
  command.middlewareStack.addRelativeTo(middleware, {
    name: 'payForAttempts',
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
}

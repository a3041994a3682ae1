import { CopyError } from '../../errors.ts';
import { formatCount } from '../../message-text.ts';
import { remedies } from '../../remedies.ts';
import { type Check, ok } from './check.ts';

/**
 * Returns a check of whether the read budget is enough for the estimate of a scan.
 *
 * @param max RCU that the copy may consume
 * @param estimate RCU of a scan of the table; undefined if DynamoDB reports no size
 */
export function readBudgetCheck(max: number, estimate: number | undefined): Check {
  return {
    name: 'Read budget',
    async run() {
      if (estimate === undefined) {
        return ok(`${formatCount(max)} RCU. The table is empty, or DynamoDB has not counted it yet`);
      }
      if (estimate <= max) return ok(`about ${formatCount(estimate)} of at most ${formatCount(max)} RCU`);
      throw new CopyError(
        'READ_BUDGET_TOO_SMALL',
        `A scan would consume about ${formatCount(estimate)} read capacity units (RCU), but the copy may consume at most ${formatCount(max)} (max-consumed-read-capacity).`,
        remedies.raiseReadBudgetForTable,
      );
    },
  };
}

import { type CopyPlan, parsePlan } from '../shards/copy-plan.ts';
import type { InputReader } from './input-reader.ts';
import { checkKeys } from './key-prefix.ts';
import { InputProblems } from './problems.ts';

/**
 * Reads the required input `plan`.
 *
 * @returns undefined if a problem was reported
 */
export function readPlanInput(reader: InputReader): CopyPlan | undefined {
  const text = reader.text('plan');
  const problems = reader.problems.at('plan');
  if (text === '') {
    problems.add(
      `is empty. ${HOW_TO_PASS}. That job must declare it in \`outputs:\`, and this job must name that job in \`needs:\`. ` +
        'GitHub also drops an output that contains a masked value, so s3-key-prefix and IndexName must not contain a secret',
    );
    return undefined;
  }
  const plan = parsePlan(text);
  const keyProblems = new InputProblems();
  checkKeys(plan?.prefix ?? '', keyProblems);
  if (plan && keyProblems.lines.length === 0) return plan;
  problems.add(`is not a plan. ${HOW_TO_PASS}. All jobs must use the same version of the Action`);
  return undefined;
}

const HOW_TO_PASS =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  'Use the output plan of the job that makes the plan, such as ${{ needs.plan.outputs.plan }}';

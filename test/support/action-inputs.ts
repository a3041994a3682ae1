import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the expressions among the defaults of action.yml may ask for. */
export interface JobContext {
  /** The leg of the job's matrix; null without a matrix, as in GitHub's own context. */
  readonly matrix: Readonly<Record<string, unknown>> | null;
  readonly jobIndex: number;
}

/**
 * The `INPUT_*` variables of one step: every input of action.yml, with its default unless `given` has it.
 *
 * @throws where `given` names an input that action.yml lacks: a runner only warns, but here it is a slip in a test.
 */
export function inputVariables(
  actionFile: string,
  given: Readonly<Record<string, string>>,
  job: JobContext,
): Record<string, string> {
  const declared = declaredInputs(actionFile);
  const unknown = Object.keys(given).filter((name) => !declared.has(name));
  if (unknown.length > 0) {
    throw new Error(`action.yml has no input ${unknown.join(', ')}; it has ${[...declared.keys()].join(', ')}`);
  }
  const variables: Record<string, string> = {};
  for (const [name, defaultValue] of declared) {
    variables[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = given[name] ?? evaluate(defaultValue, job);
  }
  return variables;
}

function declaredInputs(actionFile: string): Map<string, string> {
  const action: unknown = parse(readFileSync(actionFile, 'utf8'));
  const inputs = isRecord(action) && isRecord(action['inputs']) ? action['inputs'] : {};
  return new Map(
    Object.entries(inputs).map(([name, input]) => {
      const value = isRecord(input) ? input['default'] : undefined;
      // An input without a default reaches the Action as an empty string, not as an absent variable.
      return [name, value === undefined || value === null ? '' : String(value)];
    }),
  );
}

function evaluate(text: string, job: JobContext): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    switch (expression.replaceAll(' ', '').toLowerCase()) {
      case 'tojson(matrix)':
        return JSON.stringify(job.matrix, null, 2);
      case 'strategy.job-index':
        return String(job.jobIndex);
      default:
        throw new Error(`the double of the runner cannot evaluate \${{ ${expression} }}`);
    }
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

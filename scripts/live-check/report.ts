import { type CostRow, totalCost } from './cost.ts';
import { compareFact, type Fact } from './facts.ts';

/** Results of the jobs by name, such as `success`. */
export type JobResults = Readonly<Record<string, string>>;

/** Returns whether every job succeeded and every fact was seen and is equal. */
export function hasPassed(results: JobResults, facts: readonly Fact[]): boolean {
  const succeeded = Object.values(results).every((result) => result === 'success');
  return succeeded && Object.keys(results).length > 0 && facts.every((fact) => compareFact(fact) === 'equal');
}

/** Returns the report in Markdown. */
export function reportMarkdown(results: JobResults, facts: readonly Fact[], costs: readonly CostRow[]): string {
  const passed = hasPassed(results, facts);
  return [
    `### Live check ${passed ? 'passed' : 'failed'}`,
    table(['Job', 'Result'], Object.entries(results)),
    table(
      ['Fact', 'Expected', 'Seen', 'Comparison'],
      facts.map((fact) => [fact.name, code(fact.expected), code(fact.seen ?? ''), compareFact(fact)]),
    ),
    table(
      ['Cost', 'Quantity', 'Price in us-east-1'],
      [
        ...costs.map(({ what, quantity, cost }) => [what, quantity, cost === undefined ? 'unknown' : dollars(cost)]),
        ['Total of the known prices', '', dollars(totalCost(costs))],
      ],
    ),
    'Storage and point-in-time recovery for the time of the run are not included.',
    '',
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

function dollars(amount: number): string {
  return `$${amount.toFixed(6)}`;
}

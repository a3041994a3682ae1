// `npm run bench:pacing`: whether caps on read capacity hold, and whether another client of the table is left in peace.
// Real time, about four minutes; exits 1 where a figure is below what is promised.
import { type PacedRun, type PacedRunOptions, pacedRun } from '../test/support/paced-run.ts';
import { say } from './say.ts';

const CAPS: readonly PacedRunOptions[] = [
  { unitsPerSecond: 200, seconds: 40 },
  { unitsPerSecond: 1_000, seconds: 40 },
  { unitsPerSecond: 10_000, seconds: 30, consistentRead: true, compression: 'none' },
];
const SHARED = { unitsPerSecond: 1_000, provisionedUnits: 2_000, otherShare: 0.45 } as const;

let isMet = true;

say('| cap | most over any 10 s | least | held |\n|---|---|---|---|');
for (const options of CAPS) {
  const { unitsPerSecond: cap, consistentRead } = options;
  const { most = Number.NaN, least = Number.NaN } = checked(await pacedRun(options));
  const holds = most <= 1.05 * cap && least >= 0.9 * cap;
  const reads = consistentRead ? ', ConsistentRead' : '';
  say(`| ${cap} units/s${reads} | ${share(most, cap)} | ${share(least, cap)} | ${verdict(holds)} |`);
}

say('\n| table of 2,000 units/s, another client takes 45% | its requests | throttled | scan | as promised |');
say('|---|---|---|---|---|');
for (const [readCapacity, seconds] of [
  ['50%', 40],
  ['none', 10],
] as const) {
  const { other, average } = checked(await pacedRun({ ...SHARED, readCapacity, seconds }));
  // The second is the control: without a cap, the other client does notice.
  const holds = readCapacity === 'none' ? other.throttled > 0 : other.throttled === 0;
  const name = readCapacity === 'none' ? 'none, as a control' : readCapacity;
  say(
    `| read-capacity ${name} | ${other.answered} | ${other.throttled} | ${Math.round(average)} units/s | ${verdict(holds)} |`,
  );
}
if (!isMet) process.exitCode = 1;

function checked(paced: PacedRun): PacedRun {
  if (paced.run.exitCode !== 0) throw new Error(`the step failed:\n${paced.run.log}`);
  return paced;
}

function share(units: number, cap: number): string {
  return `${Math.round(units)} (${((100 * units) / cap).toFixed(1)}%)`;
}

function verdict(holds: boolean): string {
  isMet &&= holds;
  return holds ? 'yes' : '**no**';
}

// `npm run bench:pacing`: checks that read capacity limits hold, and that a scan does not get other clients of the table
// throttled. Runs in real time, about five minutes. Exits with 1 if a target is missed.
import { type PacedRun, type PacedRunOptions, pacedRun } from '../test/fixtures/paced-run.ts';
import { pacedShards } from '../test/fixtures/paced-shards.ts';
import { say } from './say.ts';

const CAPS: readonly PacedRunOptions[] = [
  { unitsPerSecond: 200, seconds: 40 },
  { unitsPerSecond: 1_000, seconds: 40 },
  { unitsPerSecond: 10_000, seconds: 30, consistentRead: true, compression: 'none' },
];
const SHARED = { unitsPerSecond: 1_000, provisionedUnits: 2_000, otherShare: 0.45 } as const;

let isMet = true;

say('| limit | maximum over any 10 s | minimum | within target |\n|---|---|---|---|');
for (const options of CAPS) {
  const { unitsPerSecond: cap, consistentRead } = options;
  const { most = Number.NaN, least = Number.NaN } = checked(await pacedRun(options));
  const holds = most <= 1.05 * cap && least >= 0.9 * cap;
  const reads = consistentRead ? ', ConsistentRead' : '';
  say(`| ${cap} RCU${reads} | ${share(most, cap)} | ${share(least, cap)} | ${verdict(holds)} |`);
}

say('\n| table with 2,000 RCU, other client uses 45% | requests of other client | throttled | scan | within target |');
say('|---|---|---|---|---|');
for (const [readCapacity, seconds] of [
  ['50%', 40],
  ['none', 10],
] as const) {
  const { other, average } = checked(await pacedRun({ ...SHARED, readCapacity, seconds }));
  // "none" is the control: without a limit, the other client is throttled.
  const holds = readCapacity === 'none' ? other.throttled > 0 : other.throttled === 0;
  const name = readCapacity === 'none' ? 'none (control)' : readCapacity;
  say(
    `| read-capacity ${name} | ${other.served} | ${other.throttled} | ${Math.round(average)} RCU | ${verdict(holds)} |`,
  );
}

const SHARDS = { shards: 8, unitsPerSecond: 1_000, seconds: 40 } as const;
say(
  '\n| limit of a copy in 8 shards | maximum over any 10 s | minimum | average | within target |\n|---|---|---|---|---|',
);
const sum = await pacedShards(SHARDS);
const isWithin = sum.most <= 1.05 * SHARDS.unitsPerSecond && sum.least >= 0.85 * SHARDS.unitsPerSecond;
const [most, least, average] = [sum.most, sum.least, sum.average].map((units) => share(units, SHARDS.unitsPerSecond));
say(`| ${SHARDS.unitsPerSecond} RCU | ${most} | ${least} | ${average} | ${verdict(isWithin)} |`);
if (!isMet) process.exitCode = 1;

function checked(paced: PacedRun): PacedRun {
  if (paced.run.exitCode !== 0) throw new Error(`The step failed:\n${paced.run.log}`);
  return paced;
}

function share(units: number, cap: number): string {
  return `${Math.round(units)} (${((100 * units) / cap).toFixed(1)}%)`;
}

function verdict(holds: boolean): string {
  isMet &&= holds;
  return holds ? 'yes' : '**no**';
}

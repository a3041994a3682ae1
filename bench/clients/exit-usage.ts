// Loaded into every client with --import: as the process ends, it writes what it cost to the file that
// BENCH_USAGE_FILE names. Measured from inside, since a parent is told nothing of a single child's cost.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { user: userCPUTime / 1e6, system: systemCPUTime / 1e6, peakBytes: peakBytes() ?? maxRSS * 1024 };
  writeFileSync(process.env['BENCH_USAGE_FILE'] ?? '', JSON.stringify(usage));
});

/** The high-water mark of this program alone: where there is none, maxRSS may be that of the process it was forked from. */
function peakBytes(): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

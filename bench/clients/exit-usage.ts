// Loaded into every client with --import. Writes the resource usage of the process to BENCH_USAGE_FILE at exit.
// Measured inside the process because Node does not report the usage of a single child process to its parent.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { user: userCPUTime / 1e6, system: systemCPUTime / 1e6, peakBytes: peakBytes() ?? maxRSS * 1024 };
  writeFileSync(process.env['BENCH_USAGE_FILE'] ?? '', JSON.stringify(usage));
});

/**
 * Returns the peak memory of this program (VmHWM); undefined if the system does not report it. The fallback, maxRSS,
 * can be the value of the process that this one was forked from.
 */
function peakBytes(): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

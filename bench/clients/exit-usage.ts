// Loaded into every client with --import. Writes the resource usage of the process to BENCH_USAGE_FILE at exit.
// Measured inside the process because Node does not report the usage of a single child process to its parent.
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';

/** Length of a clock tick of /proc in seconds: USER_HZ is 100 on every architecture that Node supports. */
const TICK_SECONDS = 0.01;

/** User plus system time in seconds of each thread, by its ID in Linux. */
type ThreadSeconds = Map<string, number>;

const usageFile = process.env['BENCH_USAGE_FILE'] ?? '';

/** Threads as they were when a worker thread was terminated. */
const terminated: ThreadSeconds = new Map();

const { terminate } = Worker.prototype;
Worker.prototype.terminate = function (this: Worker) {
  // A terminated worker thread runs no exit handler, so this is the last time that its CPU time can be read.
  merge(terminated, livingThreads());
  return terminate.call(this);
};

// Node loads this module into worker threads too. A worker thread that ends before the process saves its CPU time.
process.on('exit', isMainThread ? writeUsage : writeThread);

function writeUsage(): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const [user, system] = [userCPUTime / 1e6, systemCPUTime / 1e6];
  const usage = {
    user,
    system,
    busiestThread: busiestThread(user + system),
    peakBytes: peakBytes() ?? maxRSS * 1024,
  };
  writeFileSync(usageFile, JSON.stringify(usage));
}

function writeThread(): void {
  if (!existsSync('/proc/thread-self')) return;
  const { user, system } = process.threadCpuUsage();
  writeFileSync(`${usageFile}.${basename(readlinkSync('/proc/thread-self'))}`, String((user + system) / 1e6));
}

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

/**
 * Returns the CPU time in seconds of the thread that used most, also if it has ended; undefined if the system does not
 * report it. Threads that ended unnoticed count as one thread, which used the rest of `processSeconds`. The result is
 * therefore never too small.
 */
function busiestThread(processSeconds: number): number | undefined {
  const threads = livingThreads();
  if (threads.size === 0) return undefined;
  merge(threads, terminated);
  merge(threads, endedThreads());
  const seconds = [...threads.values()];
  const unnoticed = processSeconds - seconds.reduce((sum, one) => sum + one, 0);
  return Math.max(unnoticed, ...seconds);
}

/** Returns the threads of this process; none if the system has no /proc. */
function livingThreads(): ThreadSeconds {
  const threads: ThreadSeconds = new Map();
  for (const thread of existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : []) {
    const stat = statOf(thread);
    // The name of the thread, in parentheses, can contain spaces. `utime` and `stime` are fields 14 and 15 of
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat !== '') threads.set(thread, (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS);
  }
  return threads;
}

/** Returns an empty string if the thread has ended. */
function statOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Returns the worker threads that have saved their CPU time. */
function endedThreads(): ThreadSeconds {
  const [folder, prefix] = [dirname(usageFile), `${basename(usageFile)}.`];
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix));
  return new Map(files.map((file) => [file.slice(prefix.length), Number(readFileSync(join(folder, file), 'utf8'))]));
}

function merge(threads: ThreadSeconds, others: ThreadSeconds): void {
  for (const [thread, seconds] of others) threads.set(thread, Math.max(seconds, threads.get(thread) ?? 0));
}

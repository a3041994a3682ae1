// Runs a command and ends with it, or ends it, with all it started, as soon as standard input closes. That happens when
// the process that started this one is gone, however it went: so no server outlives a test that was killed.
//
//     node guard.ts <command> [argument...]      as the leader of a process group of its own
import { spawn } from 'node:child_process';

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

function endAll(): void {
  if (process.platform === 'win32') {
    child.kill();
    process.exit(1);
  }
  // The whole group, this process included.
  process.kill(-process.pid, 'SIGKILL');
}

process.stdin.on('close', endAll).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, endAll);
}
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));

// Runs a command and exits when the command exits. When standard input closes, kills the command and every process that
// it started. Standard input closes when the parent process ends for any reason, so no server outlives a killed test.
//
//     node guard.ts <command> [argument...]      must be the leader of its own process group
import { spawn } from 'node:child_process';

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

function endAll(): void {
  if (process.platform === 'win32') {
    child.kill();
    process.exit(1);
  }
  // Kills the whole process group, including this process.
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

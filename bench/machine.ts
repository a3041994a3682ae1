import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';

/** Returns the hardware and software versions, without which results cannot be compared. */
export function machine(python: string | undefined): Record<string, string> {
  return {
    CPU: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    Memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    System: `${distribution()}, ${type()} ${release()}`,
    Node: process.versions.node,
    Packages: packages(),
    ...(python !== undefined && { Airflow: airflow(python) }),
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

function packages(): string {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const { name, version } = JSON.parse(
    readFileSync(join(dirname(import.meta.dirname), 'package.json'), 'utf8'),
  ) as Readonly<Record<'name' | 'version', string>>;
  return [`${name} ${version}`, ...Object.entries(dependencies).map(([other, its]) => `${other} ${its}`)].join(', ');
}

function airflow(python: string): string {
  const { stdout } = spawnSync(python, ['--version'], { encoding: 'utf8' });
  const requirements = readFileSync(join(import.meta.dirname, 'airflow-requirements.txt'), 'utf8');
  return [
    stdout.trim(),
    ...requirements
      .trim()
      .split('\n')
      .map((line) => line.replace('==', ' ')),
  ].join(', ');
}

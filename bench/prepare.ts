import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Baseline, type BaselineProgram, buildBaseline } from './baseline.ts';
import { say } from './say.ts';

const BENCH = import.meta.dirname;
const PROJECT = dirname(BENCH);
const BUILD = join(BENCH, 'build');
const CLIENTS = [
  ...(['reading', 'floor', 'sdk-objects', 'shelf'] as const),
  ...(['restore-loader', 'restore-floor', 'restore-sdk', 'restore-bodies', 'verify-data'] as const),
  ...(['compare-table', 'compare-copy', 'compare-sides'] as const),
];

/** Paths of the programs to measure. */
export interface Programs {
  /** Script of each client, by name. */
  readonly clients: Readonly<Record<(typeof CLIENTS)[number], string>>;
  /** Entry of a copy of dist/. A build during a run would otherwise change the program. */
  readonly action: string;
  /** The other version of the Action; undefined if it is not measured. */
  readonly baseline: BaselineProgram | undefined;
  /** Module loaded into each client to report its resource usage. */
  readonly exitUsage: string;
  /** Python with Airflow; undefined if Airflow is not measured. */
  readonly python: string | undefined;
}

/** Installs the packages of bench/ and bundles each client like the Action, because startup time counts too. */
export function prepare(options: { readonly airflow: boolean }, baseline: Baseline | undefined): Programs {
  installPackages();
  buildClients();
  cpSync(join(PROJECT, 'dist'), join(BUILD, 'action'), { recursive: true });
  const script = (name: string): string => join(BUILD, 'bundles', name, 'index.js');
  return {
    clients: Object.fromEntries(CLIENTS.map((name) => [name, script(name)])) as Programs['clients'],
    action: join(BUILD, 'action', 'index.js'),
    baseline: baseline && buildBaseline(baseline, join(BUILD, 'baseline')),
    exitUsage: join(BUILD, 'bench', 'clients', 'exit-usage.js'),
    python: options.airflow ? installAirflow() : undefined,
  };
}

type Packages = Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;

function packagesOf(lockfile: string): Packages {
  return existsSync(lockfile)
    ? (JSON.parse(readFileSync(lockfile, 'utf8')) as { readonly packages: Packages }).packages
    : {};
}

function installPackages(): void {
  const wanted = packagesOf(join(BENCH, 'package-lock.json'));
  const installed = packagesOf(join(BENCH, 'node_modules', '.package-lock.json'));
  const missing = Object.keys(wanted).some((path) => path !== '' && installed[path]?.version !== wanted[path]?.version);
  if (missing) run('npm', ['ci', '--no-audit', '--no-fund'], BENCH);

  // The floor is built with the packages of bench/. It is comparable with dist/ only if both use the same versions.
  for (const [path, { version, dev }] of Object.entries(packagesOf(join(PROJECT, 'package-lock.json')))) {
    if (path === '' || dev || wanted[path] === undefined || wanted[path].version === version) continue;
    throw new Error(`${path} is ${version} in the project and ${wanted[path].version} in bench/. Use the same version`);
  }
}

function buildClients(): void {
  const fingerprint = fingerprintOfSources();
  const stamp = join(BUILD, 'fingerprint');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  say('Building the clients');
  rmSync(BUILD, { recursive: true, force: true });
  const node = process.execPath;
  run(node, [binOf('typescript', 'tsc'), '-p', join(BENCH, 'tsconfig.json')], PROJECT);
  // Same as for dist/: ncc writes ESM if the nearest package.json has type module.
  writeFileSync(join(BUILD, 'package.json'), '{ "type": "module" }\n');
  for (const name of CLIENTS) {
    const from = join(BUILD, 'bench', 'clients', `${name}.js`);
    run(node, [binOf('@vercel/ncc', 'ncc'), 'build', from, '-o', join(BUILD, 'bundles', name)], BENCH);
  }
  writeFileSync(stamp, fingerprint);
}

/** Returns the path of the script that a command in node_modules of the project runs. */
function binOf(name: string, command: string): string {
  const folder = join(PROJECT, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly bin: string | Readonly<Record<string, string>>;
  };
  return join(folder, (typeof bin === 'string' ? bin : bin[command]) as string);
}

function fingerprintOfSources(): string {
  const hash = createHash('sha256');
  for (const pattern of ['src/**/*.ts', 'bench/clients/*.ts', 'bench/tsconfig.json', 'bench/package-lock.json']) {
    for (const file of globSync(pattern, { cwd: PROJECT }).sort()) {
      hash.update(`${file}\0`).update(readFileSync(join(PROJECT, file)));
    }
  }
  return hash.digest('hex');
}

function installAirflow(): string {
  const venv = join(BENCH, '.venv');
  const python = join(venv, 'bin', 'python');
  const requirements = join(BENCH, 'airflow-requirements.txt');
  const stamp = join(venv, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  say('Installing Airflow into bench/.venv (only once, takes a few minutes)');
  rmSync(venv, { recursive: true, force: true });
  run('python3', ['-m', 'venv', venv], BENCH);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], BENCH);
  mkdirSync(join(venv, 'airflow'));
  writeFileSync(stamp, wanted);
  return python;
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')} failed with exit code ${status}\n${stdout}${stderr}`, { cause: error });
}

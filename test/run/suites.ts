import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT, TOGETHER } from './folders.ts';

/** Folders of tests that start the Action the way a runner does. */
const END_TO_END = ['test/e2e/', 'test/slow/'];

/** Files that wait for 10 to 20 seconds and need almost no CPU time. */
const WAITING = ['test/aws/throttling.test.ts', 'test/scan/follow-capacity.test.ts'];

/** Suites by name, each with its files as paths relative to the project. */
export const SUITES = {
  // Slow files start first. Otherwise one of them could run alone at the end.
  quick: () => [...new Set([...WAITING, ...filesIn('test/e2e'), ...unitFiles().reverse()])],
  unit: unitFiles,
  slow: () => [...filesIn('test/slow'), ...filesIn('test/doubles'), ...filesWithSlowCases()],
  docs: () => filesIn('test/docs'),
} as const;

export function isSuite(name: string): name is keyof typeof SUITES {
  return Object.hasOwn(SUITES, name);
}

export function startsTheAction(file: string): boolean {
  return END_TO_END.some((folder) => file.startsWith(folder));
}

/** Folders whose files run in the same process. Loading the modules takes longer than most of the tests. */
const TOGETHER_FOLDERS = [
  ...[
    'aws',
    'bench',
    'docs',
    'export',
    'format',
    'github',
    'inputs',
    'list-tables',
    'live-check',
    'manifest',
    'preflight',
    'report',
    'restore',
    's3',
    'scan',
    'shards',
    'transform',
    'verify',
  ],
  'e2e',
].map((folder) => `test/${folder}/`);

/** Files that measure their process or change its state, for example its environment or its time scale. */
const ALONE = [
  'test/aws/clients.test.ts',
  'test/aws/credentials/assumed-role.test.ts',
  'test/aws/credentials/identities.test.ts',
  'test/restore/write/throttled-items.test.ts',
  'test/s3/broken-download.test.ts',
  'test/s3/part-buffers.test.ts',
  'test/scan/follow-capacity.test.ts',
  'test/scan/pacing/pacing.test.ts',
  'test/scan/run-scan.test.ts',
  'test/transform/unhandled-errors.test.ts',
  'test/verify/compare/compare-sides.test.ts',
];

/** Number of processes for the end-to-end tests, which take long enough for several. */
const END_TO_END_PROCESSES = 8;

/**
 * Combines files of the same folder into one process. The files of a process have the same time scale, because
 * src/timeouts.ts reads it only once.
 */
export function inFewerProcesses(files: readonly string[]): string[] {
  const byProcess = Map.groupBy(files, (file, index) => {
    const folder = TOGETHER_FOLDERS.find((one) => file.startsWith(one));
    if (folder === undefined || ALONE.includes(file)) return file;
    const name = folder.split('/')[1];
    return folder === 'test/e2e/' ? `${name}-${index % END_TO_END_PROCESSES}` : `${name}-${timeScaleOf(file)}`;
  });
  return [...byProcess].flatMap(([name, members]) => (members.length === 1 ? members : [together(name, members)]));
}

/** Returns the name of the module that sets the time scale for a test file. */
function timeScaleOf(file: string): string {
  return /^import '.*\/((?:short|shorter|no)-waits)\.ts'/m.exec(sourceOf(file))?.[1] ?? 'all-waits';
}

/** @returns the path of a generated test file that imports the others */
function together(name: string, files: readonly string[]): string {
  mkdirSync(TOGETHER, { recursive: true });
  const path = join(TOGETHER, `${name}.mjs`);
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(PROJECT, file)).href)};\n`);
  writeFileSync(path, imports.join(''));
  return path;
}

/** Returns the files of which `npm test` runs only some tests or cases; see effort.ts. */
function filesWithSlowCases(): string[] {
  return [...filesIn('test/e2e'), ...unitFiles()].filter((file) => /\/run\/effort\.ts'/.test(sourceOf(file)));
}

function sourceOf(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

function unitFiles(): string[] {
  const elsewhere = [...END_TO_END, 'test/doubles/', 'test/peers/'];
  return filesIn('test').filter((file) => !elsewhere.some((folder) => file.startsWith(folder)));
}

function filesIn(folder: string): string[] {
  return globSync(`${folder}/**/*.test.ts`, { cwd: PROJECT })
    .map((file) => file.split(sep).join('/'))
    .sort();
}

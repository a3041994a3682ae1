import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT, TOGETHER } from './folders.ts';

/** Folders of tests that start the Action the way a runner does. */
const END_TO_END = ['test/e2e/', 'test/slow/'];

/** Unit tests with many cases. `npm test` runs some of the cases, `npm run test:slow` runs all; see effort.ts. */
const MANY_CASES = [
  'test/format/copy-items.test.ts',
  'test/format/corrupted-pages.test.ts',
  'test/format/pages.test.ts',
  'test/format/random-pages.test.ts',
  'test/scan/corrupted-pages.test.ts',
  'test/scan/pacing/pacing.test.ts',
];

/** Suites by name, each with its files as paths relative to the project. */
export const SUITES = {
  // Slow files start first. Otherwise one of them could run alone at the end.
  quick: () => [...filesIn('test/e2e'), ...unitFiles()],
  unit: unitFiles,
  slow: () => [...filesIn('test/slow'), ...filesIn('test/e2e'), ...filesIn('test/doubles'), ...MANY_CASES],
  docs: () => filesIn('test/docs'),
} as const;

export function isSuite(name: string): name is keyof typeof SUITES {
  return Object.hasOwn(SUITES, name);
}

export function startsTheAction(file: string): boolean {
  return END_TO_END.some((folder) => file.startsWith(folder));
}

/** Folders whose tests only call functions. They do not change any state of the process that affects other tests. */
const PURE = ['docs', 'github', 'inputs', 'manifest', 'preflight', 'report'].map((folder) => `test/${folder}/`);

/** Combines the files of each pure folder into one process, because loading the modules takes longer than the tests. */
export function inFewerProcesses(files: readonly string[]): string[] {
  const byFolder = Map.groupBy(files, (file) => PURE.find((folder) => file.startsWith(folder)));
  return [...byFolder].flatMap(([folder, members]) => (folder === undefined ? members : [together(folder, members)]));
}

/** @returns the path of a generated test file that imports the others */
function together(folder: string, files: readonly string[]): string {
  mkdirSync(TOGETHER, { recursive: true });
  const path = join(TOGETHER, `${folder.split('/')[1]}.mjs`);
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(PROJECT, file)).href)};\n`);
  writeFileSync(path, imports.join(''));
  return path;
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

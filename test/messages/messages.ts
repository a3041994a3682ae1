// `npm run messages`: creates every message of the Action by running its code in tests, and compares them with
// messages.md. Fails if the code has a message that no test creates. `npm run messages -- --write` updates the file.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CACHE, PROJECT } from '../run/folders.ts';
import type { Message } from './choose-messages.ts';
import { instrument, statesIn } from './instrument.ts';
import { normalizer } from './normalize.ts';
import type { Sample } from './record.ts';
import { settleMessages } from './settle-messages.ts';
import type { Site } from './site.ts';
import { TEST_FILES } from './test-files.ts';

const COMMITTED = join(import.meta.dirname, 'messages.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});

const folder = join(CACHE, 'messages');
const sites = prepare(folder);
// To find out which test file creates a message, name files as arguments.
if (!runTests(positionals.length > 0 ? positionals : TEST_FILES)) process.exit(1);
process.exitCode = compare(values.write) ? 0 : 1;

/** Writes the instrumented modules, and the entry points that use them. */
function prepare(target: string): readonly Site[] {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'samples'), { recursive: true });
  const all: Site[] = [];
  const sources = globSync('src/**/*.ts', { cwd: PROJECT })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => [file, readFileSync(join(PROJECT, file), 'utf8')] as const);
  const states = new Set(sources.flatMap(([, source]) => statesIn(source)));
  for (const [file, source] of sources) {
    const { code, sites: own } = instrument(file, source, all.length, states);
    all.push(...own);
    const path = join(target, `${file}.js`);
    mkdirSync(dirname(path), { recursive: true });
    if (own.length > 0) writeFileSync(path, code);
  }
  writeFileSync(join(target, 'sites.json'), JSON.stringify(all));
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }');
  const start = `import { record } from ${moduleUrl('test/messages/record.ts')};\nrecord(${JSON.stringify(target)});\n`;
  writeFileSync(join(target, 'record.js'), start);
  for (const [entry, program] of [
    ['index', 'main'],
    ['post', 'post'],
    ['plan', 'plan'],
    ['restore', 'restore'],
    ['restore-post', 'restore-post'],
    ['verify', 'verify'],
    ['finish', 'finish'],
    ['list-tables', 'list-tables'],
  ]) {
    const run = `const { run } = await import(${moduleUrl('src/program.ts')});\nawait run('${program}');\n`;
    writeFileSync(join(target, `${entry}.js`), start + run);
  }
  return all;
}

function moduleUrl(file: string): string {
  return JSON.stringify(pathToFileURL(join(PROJECT, file)).href);
}

function runTests(files: readonly string[]): boolean {
  const { status, error } = spawnSync(process.execPath, ['test/run/run.ts', ...files], {
    cwd: PROJECT,
    stdio: 'inherit',
    env: {
      ...process.env,
      TEST_EFFORT: 'quick',
      TEST_MESSAGES: 'true',
      ACTION_ENTRY: join(folder, 'index.js'),
      NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'record.js')).href}`,
    },
  });
  if (error) throw error;
  return status === 0;
}

function compare(write: boolean): boolean {
  const normalize = normalizer(sites.flatMap(({ fixed }) => fixed));
  const messages = readSamples(normalize);
  const missing = sites.filter(({ id }) => !messages.has(id));
  for (const { file, line, kind, source } of missing) {
    print(`${file}:${line}: no test creates this ${kind}: ${source.replaceAll(/\s+/g, ' ').slice(0, 150)}`);
  }
  const committed = readCommitted();
  const text = settleMessages(sites, messages, committed);
  if (write) writeFileSync(COMMITTED, text);
  else if (text !== committed) printDifference(committed, text);
  return missing.length === 0 && (write || text === committed);
}

function readCommitted(): string {
  try {
    return readFileSync(COMMITTED, 'utf8');
  } catch {
    return '';
  }
}

/** Returns the messages of each site: those that most processes created first, then the shortest. */
function readSamples(normalize: (text: string) => string): ReadonlyMap<number, readonly Message[]> {
  const found = new Map<number, Map<string, { readonly message: Message; processes: number }>>();
  for (const name of readdirSync(join(folder, 'samples'))) {
    const inProcess = new Set<string>();
    for (const line of readFileSync(join(folder, 'samples', name), 'utf8').split('\n')) {
      if (line === '') continue;
      const [id, strings] = JSON.parse(line) as Sample;
      const message = strings.map(normalize);
      const text = JSON.stringify(message);
      const own = found.get(id) ?? new Map();
      found.set(id, own);
      const { processes = 0 } = own.get(text) ?? {};
      own.set(text, { message, processes: processes + (inProcess.has(`${id} ${text}`) ? 0 : 1) });
      inProcess.add(`${id} ${text}`);
    }
  }
  return new Map(
    [...found].map(([id, own]) => {
      const sorted = [...own].toSorted(
        ([a, one], [b, other]) => other.processes - one.processes || a.length - b.length || (a < b ? -1 : 1),
      );
      return [id, sorted.map(([, { message }]) => message)];
    }),
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printDifference(committed: string, text: string): void {
  const [before, after] = [committed.split('\n'), text.split('\n')];
  print('test/messages/messages.md is out of date. Run "npm run messages -- --write" and review the change.');
  for (const line of before.filter((one) => !after.includes(one))) print(`- ${line}`);
  for (const line of after.filter((one) => !before.includes(one))) print(`+ ${line}`);
}

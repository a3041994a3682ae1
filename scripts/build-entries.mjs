// Creates dist/ from what ncc wrote to build/: the program and its parts, the second thread, the licenses, and the entry
// files that action.yml refers to.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Argument that each entry passes to `run` in src/program.ts. */
const ENTRIES = {
  index: 'main',
  post: 'post',
  plan: 'plan',
  finish: 'finish',
  restore: 'restore',
  'restore-post': 'restore-post',
  verify: 'verify',
  'list-tables': 'list-tables',
};

/** The statement with which the program computes the name of a part. */
const NUMBERED = 'return "" + chunkId + ".index.js";';

try {
  buildDist();
} finally {
  // ncc would leave the licenses of a part that no longer exists.
  rmSync('build/program', { recursive: true });
}

function buildDist() {
  const program = readFileSync('build/program/index.js', 'utf8');
  const names = namesOfParts(program);
  const parts = [...names.keys()].map((number) => `${number}.index.js`);
  const licenses = requireOnly('build/program', ['index.js', 'package.json', ...parts]);
  requireOnly('build/byte-thread', ['index.js', 'package.json']);
  if (program.split(NUMBERED).length !== 2) throw new Error('ncc wrote a program that loads parts in another way');

  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  copyFileSync('build/program/package.json', 'dist/package.json');
  for (const [number, name] of names) copyFileSync(`build/program/${number}.index.js`, `dist/${name}`);
  const named = `return ${JSON.stringify(Object.fromEntries(names))}[chunkId];`;
  writeFileSync('dist/program.js', program.replace(NUMBERED, named));
  // A bundle of its own, because the thread needs only a small part of the program.
  copyFileSync('build/byte-thread/index.js', 'dist/byte-thread.js');
  for (const [entry, argument] of Object.entries(ENTRIES)) {
    writeFileSync(
      `dist/${entry}.js`,
      `import { run } from './program.js';

// Await here: if the promise never settles, Node exits with code 13 instead of reporting success.
await run('${argument}');
`,
    );
  }
  writeFileSync('dist/licenses.txt', licenses.map((file) => readFileSync(file, 'utf8')).join('\n'));
}

/**
 * Returns the file names of the parts that the program loads with import(), by the numbers that ncc gives them. Each gets
 * the name that `webpackChunkName` gives it in src/. A part that two others share is named after both.
 */
function namesOfParts(program) {
  const users = new Map();
  for (const [, name, numbers] of program.matchAll(/import\(\) \| ([\w-]+) \*\/ ?(\d+|\[[^\]]+\])/g)) {
    for (const [number] of numbers.matchAll(/\d+/g)) users.set(number, (users.get(number) ?? new Set()).add(name));
  }
  return new Map([...users].map(([number, names]) => [number, `${[...names].sort().join('-and-')}.js`]));
}

/**
 * Fails if ncc wrote other files: a part without a name, or an asset of a package, would be missing in dist/.
 *
 * @returns paths of the lists of licenses, of which ncc writes one for each part
 */
function requireOnly(folder, expected) {
  const isLicenses = (name) => name.startsWith('licenses-');
  const written = readdirSync(folder).sort();
  const others = written.filter((name) => !isLicenses(name));
  if (others.join() !== expected.toSorted().join()) throw new Error(`ncc wrote other files to ${folder}: ${others}`);
  return written.filter(isLicenses).map((name) => `${folder}/${name}`);
}

// Creates dist/ from what ncc wrote to build/: the program and its parts, the second thread, the licenses, and the entry
// files that action.yml refers to.
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

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

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
copyFileSync('build/program/package.json', 'dist/package.json');
copyProgram();
// A bundle of its own, because the thread needs only a small part of the program.
copyFileSync('build/byte-thread/index.js', 'dist/byte-thread.js');
for (const [entry, program] of Object.entries(ENTRIES)) {
  writeFileSync(
    `dist/${entry}.js`,
    `import { run } from './program.js';

// Await here: if the promise never settles, Node exits with code 13 instead of reporting success.
await run('${program}');
`,
  );
}
// ncc writes one list of licenses for each part.
const licenses = globSync('build/program/licenses-*.txt').sort();
writeFileSync('dist/licenses.txt', licenses.map((file) => readFileSync(file, 'utf8')).join('\n'));
rmSync('build/program', { recursive: true });

/**
 * Copies the program and the parts that it loads with import(). ncc numbers the parts, such as 119.index.js. Here each
 * gets the name that `webpackChunkName` gives it in src/. A part that two others share is named after both.
 */
function copyProgram() {
  const program = readFileSync('build/program/index.js', 'utf8');
  const users = new Map();
  for (const [, name, numbers] of program.matchAll(/import\(\) \| ([\w-]+) \*\/ ?(\d+|\[[^\]]+\])/g)) {
    for (const [number] of numbers.matchAll(/\d+/g)) users.set(number, (users.get(number) ?? new Set()).add(name));
  }
  const names = new Map([...users].map(([number, names]) => [number, `${[...names].sort().join('-and-')}.js`]));
  const numbered = 'return "" + chunkId + ".index.js";';
  const parts = globSync('build/program/*.index.js').length;
  if (new Set(names.values()).size !== parts || program.split(numbered).length !== 2) {
    throw new Error(`ncc wrote ${parts} parts, but the program names these: ${[...names.values()].join(', ')}`);
  }
  for (const [number, name] of names) copyFileSync(`build/program/${number}.index.js`, `dist/${name}`);
  const named = `return ${JSON.stringify(Object.fromEntries(names))}[chunkId];`;
  writeFileSync('dist/program.js', program.replace(numbered, named));
}

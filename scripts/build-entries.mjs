// Writes the entry files in dist/ that action.yml refers to, next to the bundle that they share.
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';

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

// ncc always names its output index.js.
renameSync('dist/index.js', 'dist/program.js');
for (const [entry, program] of Object.entries(ENTRIES)) {
  writeFileSync(
    `dist/${entry}.js`,
    `import { run } from './program.js';

// Await here: if the promise never settles, Node exits with code 13 instead of reporting success.
await run('${program}');
`,
  );
}

// A bundle of its own, because the thread needs only a small part of the program.
copyFileSync('build/byte-thread/index.js', 'dist/byte-thread.js');

// Writes the files of dist/ that action.yml names, beside the one bundle that they share.
import { renameSync, writeFileSync } from 'node:fs';

/** The program that each entry runs: a name that `run` in src/program.ts knows. */
const ENTRIES = { index: 'main', post: 'post' };

// ncc names its output index.js, whatever the input is called.
renameSync('dist/index.js', 'dist/program.js');
for (const [entry, program] of Object.entries(ENTRIES)) {
  writeFileSync(
    `dist/${entry}.js`,
    `import { run } from './program.js';

// Awaited here, so that a promise that never settles ends the process with code 13 instead of a silent success.
await run('${program}');
`,
  );
}

import { setFlagsFromString } from 'node:v8';
import { main } from './main.ts';
import { limitYoungGeneration } from './young-generation.ts';

/**
 * Functions that return the function of each program. Only that of a copy is in dist/program.js, because it must start
 * quickly. The others are in dist/others.js.
 */
const PROGRAMS = {
  main: () => main,
  post: async () => (await import(/* webpackChunkName: "others" */ './post.ts')).post,
  plan: async () => (await import(/* webpackChunkName: "others" */ './plan-main.ts')).planMain,
  finish: async () => (await import(/* webpackChunkName: "others" */ './finish-main.ts')).finishMain,
  restore: async () => (await import(/* webpackChunkName: "others" */ './restore-main.ts')).restoreMain,
  'restore-post': async () => (await import(/* webpackChunkName: "others" */ './restore-post.ts')).restorePost,
  verify: async () => (await import(/* webpackChunkName: "others" */ './verify-main.ts')).verifyMain,
  'list-tables': async () => (await import(/* webpackChunkName: "others" */ './list-tables-main.ts')).listTablesMain,
};

/** Runs a program of the bundle. scripts/build-entries.mjs writes one entry file per program to dist/. */
export async function run(name: keyof typeof PROGRAMS): Promise<void> {
  // A copy creates little garbage on the V8 heap, but that garbage keeps socket buffers alive. A small young generation
  // is collected often enough to free them, which saves 45 MiB of memory and costs no time. For a comparison of a copy with
  // a table it saves up to 140 MiB.
  if (name === 'main' || name === 'verify' || name === 'finish') setFlagsFromString('--semi-space-growth-factor=1');
  // The heap of a copy is so small that V8 would collect the old generation several times per second. Fewer collections
  // save 10% of the CPU time of a copy without compression, and cost no memory. They would cost hundreds of megabytes if a
  // process-func module holds many objects.
  if (name === 'main' && !process.env['INPUT_PROCESS-FUNC']) setFlagsFromString('--heap-growing-percent=400');
  // A restore creates more garbage. With a young generation that small it needs 15% more CPU time. With one of half the
  // default size it needs 1% more, and 50 MiB less memory.
  if (name === 'restore') limitYoungGeneration();
  // Lists of thousands of objects leave response bodies in the old generation, which V8 rarely collects otherwise. For
  // 40,000 objects, this saves 100 MiB and costs no time.
  if (name === 'finish') setFlagsFromString('--heap-growing-percent=10');
  const program = await PROGRAMS[name]();
  await program();
}

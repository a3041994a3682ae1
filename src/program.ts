import { setFlagsFromString } from 'node:v8';
import { finishMain } from './finish-main.ts';
import { listTablesMain } from './list-tables-main.ts';
import { main } from './main.ts';
import { planMain } from './plan-main.ts';
import { post } from './post.ts';
import { restoreMain } from './restore-main.ts';
import { restorePost } from './restore-post.ts';
import { verifyMain } from './verify-main.ts';
import { limitYoungGeneration } from './young-generation.ts';

const PROGRAMS = {
  main,
  post,
  plan: planMain,
  finish: finishMain,
  restore: restoreMain,
  'restore-post': restorePost,
  verify: verifyMain,
  'list-tables': listTablesMain,
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
  await PROGRAMS[name]();
}

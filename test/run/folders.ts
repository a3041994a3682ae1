import { dirname, join } from 'node:path';

export const PROJECT = dirname(dirname(import.meta.dirname));

/** Folder for files that can be deleted at any time. */
export const CACHE = join(PROJECT, 'node_modules', '.cache', 'tests');

/** Compile cache of Node; see NODE_COMPILE_CACHE. */
export const COMPILE_CACHE = join(CACHE, 'compiled');

/** Tests that passed in the last `npm test`. */
export const PASSED = join(CACHE, 'passed.json');

/** Folder of generated test files that each import all tests of a folder. */
export const TOGETHER = join(CACHE, 'together');

import { dirname, join } from 'node:path';

export const PROJECT = dirname(dirname(import.meta.dirname));

/** For files that can be deleted at any time. */
const CACHE = join(PROJECT, 'node_modules', '.cache', 'tests');

/** Where Node keeps compiled code, see NODE_COMPILE_CACHE. */
export const COMPILE_CACHE = join(CACHE, 'compiled');

/** Test files that import those of a whole folder. */
export const TOGETHER = join(CACHE, 'together');

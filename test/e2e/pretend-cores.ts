// Preloaded into a step (`node --import`), so that it runs as if on a machine of another size. os.availableParallelism
// is all that the Action knows of a machine's size; `taskset` would change it too, but only downwards and on Linux.

import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const cores = Number(process.env['PRETEND_CORES']);
os.availableParallelism = () => cores;
syncBuiltinESMExports();

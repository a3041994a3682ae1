import { run } from './program.js';

// Await here: if the promise never settles, Node exits with code 13 instead of reporting success.
await run('plan');

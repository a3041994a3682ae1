import { run } from './program.js';

// Awaited here, so that a promise that never settles ends the process with code 13 instead of a silent success.
await run('post');

import { setFlagsFromString } from 'node:v8';
import { savedUploadsPath } from './action/state.ts';
import { main } from './main.ts';
import { post } from './post.ts';

// A copy makes little garbage on V8's heap, but the heap's garbage holds on to the sockets' buffers. A young generation
// that stays small is collected often enough to let them go: 45 MiB less memory, and no more time.
setFlagsFromString('--semi-space-growth-factor=1');

// Awaited here, so that a promise that never settles ends the process with code 13 instead of a silent success.
const uploadsPath = savedUploadsPath(process.env);
await (uploadsPath === undefined ? main() : post(uploadsPath));

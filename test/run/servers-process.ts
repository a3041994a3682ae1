// Started by servers.ts: starts a DynamoDB and an S3 server, sends their endpoints, and runs until the parent ends.
import { chosenSource } from '../emulators/source.ts';
import { startSourceServer } from '../emulators/source-servers.ts';
import { chosenStore } from '../emulators/store.ts';
import { startStoreServer } from '../emulators/store-servers.ts';

const stack = new AsyncDisposableStack();
process.on('disconnect', () => void stack.disposeAsync().finally(() => process.exit()));
const source = stack.use(await startSourceServer(chosenSource()));
const store = stack.use(await startStoreServer(chosenStore()));
process.send?.([source.endpoint, store.endpoint]);

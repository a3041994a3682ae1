import { startFauxqs } from 'fauxqs';
import { REGION } from '../fixtures/credentials.ts';
import { serveParent } from './forked-server.ts';

const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, defaultRegion: REGION });
serveParent(server.port);

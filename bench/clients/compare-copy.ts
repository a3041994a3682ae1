// The copy of a comparison: reads and verifies all data objects, and digests their items, as pass 1 does.
import { setFlagsFromString } from 'node:v8';
import { s3Client } from '../../src/aws/clients.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { CopySide } from '../../src/verify/compare/copy-side.ts';
import { newDigestSecret } from '../../src/verify/compare/digested-items.ts';
import { ItemDigests } from '../../src/verify/compare/item-digests.ts';
import { KEYS, readingContext, replayedCopy } from './compare-task.ts';
import { RESTORE } from './restore-task.ts';

// Same as src/program.ts.
setFlagsFromString('--semi-space-growth-factor=1');

const { region, workers: concurrency, bucket: name } = RESTORE;
const client = s3Client({ region, concurrency, forcePathStyle: true, payloadSigningEnabled: false });
const bucket = new Bucket({ client, name });
const side = new CopySide(replayedCopy(), { bucket, ...readingContext() });
const digests = new ItemDigests(KEYS, newDigestSecret());
await side.read((lines) => digests.addLines(lines));
bucket.close();

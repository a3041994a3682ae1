// The table of a comparison: the clients, pages and digests of `verify` with a table to compare with. Reads the table
// once, as pass 1 does.
import { setFlagsFromString } from 'node:v8';
import { dynamoDbClient } from '../../src/aws/clients.ts';
import { newDigestSecret } from '../../src/verify/compare/digested-items.ts';
import { ItemDigests } from '../../src/verify/compare/item-digests.ts';
import { TableSide } from '../../src/verify/compare/table-side.ts';
import { KEYS, readingContext } from './compare-task.ts';
import { TASK } from './task.ts';

// Same as src/program.ts.
setFlagsFromString('--semi-space-growth-factor=1');

const client = dynamoDbClient({ region: TASK.region, concurrency: TASK.segments });
const side = await TableSide.open({
  client,
  tableName: TASK.table,
  readCapacity: { kind: 'auto' },
  // 16 workers for each core.
  cores: TASK.segments / 16,
  ...readingContext(),
});
const digests = new ItemDigests(KEYS, newDigestSecret());
await side.read((lines) => digests.addLines(lines));
client.destroy();

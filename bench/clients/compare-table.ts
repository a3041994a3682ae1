// The table of a comparison: the clients, pages, read limit and digests of `verify` with a table to compare with. Reads
// the table once, as pass 1 does.
import { dynamoDbClient } from '../../src/aws/clients.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { newDigestSecret } from '../../src/verify/compare/digested-items.ts';
import { ItemDigests } from '../../src/verify/compare/item-digests.ts';
import { TableSide } from '../../src/verify/compare/table-side.ts';
import { TASK } from './task.ts';

const client = dynamoDbClient({ region: TASK.region, concurrency: TASK.segments });
const side = await TableSide.open({
  client,
  tableName: TASK.table,
  readCapacity: { kind: 'auto' },
  // A worker per segment: 16 for each core.
  cores: TASK.segments / 16,
  waits: new PendingWaits(),
  logger: { info: () => {}, notice: () => {}, warning: () => {} },
  signal: new AbortController().signal,
});
const keys = ['pk', 'sk'].map((name) => ({ name, type: 'S' }) as const);
const digests = new ItemDigests(keys, newDigestSecret());
await side.read((lines) => digests.addLines(lines));
client.destroy();

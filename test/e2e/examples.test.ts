import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { suite } from 'node:test';
import { openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** Root of the project, which has the examples and the package that one of them imports. */
const workspace = dirname(dirname(import.meta.dirname));

suite('examples of process-func', { concurrency: 2 }, () => {
  slowTest('columns-as-csv.ts writes one header per object and one CSV row per item', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(
      smallItems(20).map(({ pk }, n) => ({
        pk: pk ?? { S: '' },
        id: { N: String(n) },
        customer: { S: `"${n}", Ltd.` },
        amount: { N: '12345678901234567890123456789012345678' },
      })),
    );
    const inputs = {
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': '{"ProjectionExpression": "id, customer, amount"}',
      'process-func': 'examples/process-func/columns-as-csv.ts',
      'total-segments': '2',
    };
    await using run = await pair.run(inputs, { workspace });
    const copy = await pair.copyOf(run);
    assert.equal(copy.objects.length, 2);
    const rows = copy.objects.flatMap(({ dataFileS3Key, content }) => {
      assert.match(dataFileS3Key, /\.csv\.gz$/);
      const [header, ...lines] = content.toString().split('\n').slice(0, -1);
      assert.equal(header, 'id,customer,amount');
      return lines;
    });
    assert.deepEqual(
      rows.sort(),
      Array.from({ length: 20 }, (_, n) => `${n},"""${n}"", Ltd.",12345678901234567890123456789012345678`).sort(),
    );
  });
});

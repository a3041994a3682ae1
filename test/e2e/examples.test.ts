import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { suite } from 'node:test';
import { openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** Root of the project, which has the examples and the package that one of them imports. */
const workspace = dirname(dirname(import.meta.dirname));

suite('examples of process-func', { concurrency: 2 }, () => {
  slowTest('mask-personal-fields.mjs masks the email address and removes the phone number', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(
      smallItems(20).map((item) => ({ ...item, email: { S: 'ada@example.com' }, phone: { S: '4711' } })),
    );
    const processFunc = 'examples/process-func/mask-personal-fields.mjs';
    await using run = await pair.run({ 'dynamodb-table-name': table, 'process-func': processFunc }, { workspace });
    const [object] = (await pair.copyOf(run)).objects;
    assert.match(object?.dataFileS3Key ?? '', /\.jsonl\.gz$/);
    const lines = String(object?.content).split('\n').slice(0, -1);
    assert.equal(lines.length, 20);
    for (const line of lines) {
      const { pk, email, ...more } = JSON.parse(line) as Record<string, unknown>;
      assert.match(String(pk), /^item-/);
      assert.equal(email, '***');
      assert.deepEqual(Object.keys(more).sort(), ['n', 'text']);
    }
  });

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

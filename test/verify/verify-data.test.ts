import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServers } from '../fixtures/pair.ts';
import { itemsFrom, linesIn, verifyChanged } from './verifiable-copy.ts';

await startServers();

const FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON', 'CUSTOM'] as const;
const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;

suite('verifyData accepts an intact copy', () => {
  for (const format of FORMATS) {
    for (const compression of COMPRESSIONS) {
      test(`in ${format} with compression ${compression}`, async () => {
        const { verified, error, figures, notices } = await verifyChanged({ format, compression });
        assert.ifError(error);
        const { bytesRead = 0, uncompressedBytes = 0, ...others } = verified ?? {};
        assert.deepEqual(others, {
          objectCount: 3,
          checkedObjectCount: 3,
          itemCount: 120,
          isLineChecked: format !== 'CUSTOM',
          areKeysChecked: format === 'DYNAMODB_JSON' || format === 'ION',
          hasChecksums: true,
          changedEtagCount: 0,
        });
        assert.ok(uncompressedBytes > 120 * 8 && bytesRead > 0);
        assert.equal(uncompressedBytes === bytesRead, compression === 'none');
        assert.deepEqual([figures.plannedObjectCount, figures.failedObjectCount, notices], [3, 0, []]);
      });
    }
  }
});

for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
  test(`verifyData passes every item of a copy in ${format} in complete lines of DYNAMODB_JSON`, async () => {
    const received: string[] = [];
    const onItems = (lines: Buffer) => {
      assert.ok(lines.toString().endsWith('}\n'));
      received.push(...lines.toString().split('\n').slice(0, -1));
    };
    const { error } = await verifyChanged({ format }, undefined, { onItems });
    assert.ifError(error);
    const expected = [0, 100, 200].flatMap((first) =>
      linesIn('DYNAMODB_JSON', itemsFrom(first, 40)).split('\n').slice(0, -1),
    );
    const parsed = (lines: readonly string[]) => lines.map((line) => JSON.stringify(JSON.parse(line))).sort();
    assert.deepEqual(parsed(received), parsed(expected));
  });
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openExportPair } from './export-pair.ts';
import { assertSucceeded, startServers } from './pair.ts';

await startServers();

suite('which engine auto chooses', { concurrency: 3 }, () => {
  const LARGE = 11 * 1024 ** 3;
  for (const [why, engine, sizeBytes, inputs, enabled] of [
    ['the table is smaller than 10 GiB', 'scan', 1_000, {}, true],
    ['point-in-time recovery is off', 'scan', LARGE, {}, false],
    ['only a scan can do what total-segments asks for', 'scan', LARGE, { 'total-segments': '2' }, true],
    ['point-in-time recovery is on and the table is 10 GiB or larger', 'export', LARGE, {}, true],
  ] as const) {
    test(`${engine}, as ${why}`, async () => {
      await using exporting = await openExportPair({ recovery: { enabled } });
      exporting.service.inject(({ operation }) =>
        operation === 'DescribeTable'
          ? {
              rewrite: (answer) => {
                const body = JSON.parse(answer.body.toString()) as { Table: object };
                const Table = { ...body.Table, TableSizeBytes: sizeBytes };
                return { ...answer, body: Buffer.from(JSON.stringify({ Table })) };
              },
            }
          : undefined,
      );
      await using run = await exporting.run({ 'point-in-time-export': 'auto', ...inputs });
      assertSucceeded(run);
      assert.equal(run.outputs['engine'], engine);
      assert.ok(run.log.includes(`point-in-time-export is auto: this run ${engine}s, as ${why}.`), run.log);
      assert.ok(shown(run.summary).includes(`| Engine | ${engine}, as ${why} |`), run.summary);
      assert.equal(run.outputs['item-count'], '12');
    });
  }

  test('is not told of in the summary where the step itself says it', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run();
    assertSucceeded(run);
    assert.doesNotMatch(run.summary, /\| Engine/);
  });
});

/** As a browser shows it: entities are characters again. */
function shown(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyLayout } from '../../src/manifest/layout.ts';
import { summaryMarkdown } from '../../src/report/summary.ts';
import { completeScan } from '../fixtures/copy-states.ts';
import { action, paths, read } from './documents.ts';

const readme = read('README.md').text;

/** Returns the cells of the table rows under a heading. */
function rows(heading: string): string[][] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);
}

test('the README lists the inputs of action.yml in order and with their defaults', () => {
  const documented = rows('Inputs').map(([name, fallback]) => [name, fallback?.replaceAll('`', '')]);
  const declared = Object.entries(action.inputs).map(([name, input]) => [
    name,
    input.required ? 'required' : input.default,
  ]);
  assert.deepEqual(documented, declared);
});

test('the README lists the outputs of action.yml in order', () => {
  assert.deepEqual(
    rows('Outputs').map(([name]) => name),
    Object.keys(action.outputs),
  );
});

test('the README links every example workflow', () => {
  const missing = paths(['examples/workflows/*.yml']).filter((path) => !readme.includes(`](${path})`));
  assert.deepEqual(missing, []);
});

test('the README links every document', () => {
  const linked = paths(['docs/*.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']);
  assert.deepEqual(
    linked.filter((path) => !readme.includes(`](${path}`)),
    [],
  );
});

test('the README shows a job summary as the Action writes it', () => {
  const exportId = '01795399384569-013f8d75';
  const layout = copyLayout('orders/2026-11-23', exportId);
  const files = Array.from({ length: 22 }, (_, index) => ({
    ...{ itemCount: 1, md5: 'm', sha256: 's', etag: 'e', size: 1 },
    key: `${layout.data}${index}.json.gz`,
  }));
  const copy = completeScan({
    ...{ bucket: 'my-backups', exportId, layout, files, snapshotTime: new Date('2026-11-23T02:03:04.569Z') },
    ...{ itemCount: 1_071_204, sizeBytes: 162_500_000, uncompressedBytes: 744_500_000 },
    ...{ consumedReadCapacity: 90_152, readLimit: 2_000, segments: { total: 22, done: 22, workers: 22 } },
  });
  const details = {
    ...{ table: 'orders', sourceRegion: 'eu-central-1', format: 'DYNAMODB_JSON', compression: 'gzip' },
    ...{ durationSeconds: 45.3, samples: [] },
  };
  const summary = summaryMarkdown({ copy, details, failure: undefined, secrets: [] });
  const [headline = '', table = ''] = summary
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .split('\n\n');
  assert.ok(readme.includes(`> **${headline.replace('### ', '')}**\n\n${table}\n`), summary);
});

test('the first 40 lines of the README show how to run the demo and the tests', () => {
  const firstScreen = readme.split('\n', 40).join('\n');
  for (const command of ['`npm run demo`', '`npm test`']) assert.ok(firstScreen.includes(command), command);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { copyProject } from '../mutants/project-copy.ts';
import { slowTest } from '../run/effort.ts';
import { PROJECT } from '../run/folders.ts';

const COPIED = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'package.json',
  'docs',
  'examples',
  '.github',
  'scripts',
];

const skip = process.platform === 'win32' && 'the script requires Bash';

suite('scripts/release/set-owner', { skip }, () => {
  test('replaces OWNER everywhere except in the instructions, and then the name that it set before', () => {
    using copy = copyDocuments();
    const before = copy.contents();
    const shops = copy.filesWith('octo-org/shop');
    assert.ok(shops.includes('README.md'));
    const named = new Set(['CONTRIBUTING.md', ...copy.filesWith('OWNER/dynamodb-to-s3')]);
    assert.deepEqual(copy.filesWith('OWNER'), [...named].sort());
    assert.match(copy.checkVersion(), /Replace OWNER with scripts\/release\/set-owner NAME\./);

    const first = copy.run('octo-org');
    assert.equal(first.code, 0, first.log);
    assert.match(first.log, /^README\.md: \d+$/m);
    assert.match(first.log, /^Replaced OWNER with octo-org\.$/m);
    assert.deepEqual(copy.filesWith('OWNER'), ['CONTRIBUTING.md']);
    assert.doesNotMatch(copy.checkVersion(), /OWNER/);

    const second = copy.run('org');
    assert.equal(second.code, 0, second.log);
    assert.deepEqual(copy.filesWith('octo-org/dynamodb-to-s3'), []);
    // Examples name the reader's own repository octo-org/shop.
    assert.deepEqual(copy.filesWith('octo-org/shop'), shops);
    // The name org is not in octo-org/dynamodb-to-s3.
    const third = copy.run('octo-org');
    assert.equal(third.code, 0, third.log);
    assert.deepEqual(
      copy.contents(),
      before.map((text) => text.replaceAll('OWNER/dynamodb-to-s3', 'octo-org/dynamodb-to-s3')),
    );
  });

  test('changes nothing in a dry run, or if the name is set already', () => {
    using copy = copyDocuments();
    const before = copy.contents();
    const { code, log } = copy.run('--dry-run', 'octo-org');
    assert.equal(code, 0, log);
    assert.match(log, /^docs\/shards\.md: 3$/m);
    assert.match(log, /^Dry run: OWNER is still the owner\.$/m);
    assert.deepEqual(copy.contents(), before);
    copy.run('octo-org');
    assert.deepEqual(copy.run('octo-org'), { code: 0, log: 'The owner is octo-org already.\n' });
  });

  test('rejects a name that GitHub does not allow', () => {
    using copy = copyDocuments();
    const before = copy.contents();
    for (const name of ['', '-a', 'a-', 'a--b', 'a_b', 'a/b', 'a b', 'é', 'a\nb', 'x'.repeat(40)]) {
      const { code, log } = copy.run(name);
      assert.equal(code, 1, JSON.stringify(name));
      assert.match(log, /cannot be the name of a GitHub account/);
    }
    assert.match(copy.run('OWNER').log, /is the placeholder/);
    assert.equal(copy.run().code, 2);
    assert.equal(copy.run('a', 'b').code, 2);
    assert.deepEqual(copy.contents(), before);
    for (const name of ['a', '4-u', 'x'.repeat(39)]) assert.equal(copy.run('--dry-run', name).code, 0, name);
  });

  slowTest('keeps the documents and the examples valid', async () => {
    await using copy = await copyProject(PROJECT);
    const script = `
      import { execFileSync } from 'node:child_process';
      import { readFileSync } from 'node:fs';
      execFileSync('scripts/release/set-owner', ['octo-org']);
      if (!readFileSync('README.md', 'utf8').includes('uses: octo-org/dynamodb-to-s3@v1')) process.exit(1);
      // With this variable, node --test runs no files.
      delete process.env.NODE_TEST_CONTEXT;
      execFileSync(process.execPath, ['--test', 'test/docs/*.test.ts']);`;
    const result = await copy.run(['--input-type=module', '--eval', script], { timeoutMs: 300_000 });
    assert.equal(result, 'passed');
  });
});

/** Copies the files that the script reads or changes to a temporary folder. */
function copyDocuments() {
  const folder = mkdtempSync(join(tmpdir(), 'set-owner-'));
  for (const path of COPIED) cpSync(join(PROJECT, path), join(folder, path), { recursive: true });
  const start = (script: string, args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(folder, 'scripts/release', script), args, { encoding: 'utf8' });
    return { code: status, log: stdout + stderr };
  };
  const files = globSync(
    COPIED.flatMap((path) => [path, `${path}/**`]),
    { cwd: folder },
  )
    .filter((file) => !file.startsWith('scripts/') && statSync(join(folder, file)).isFile())
    .sort();
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    run: (...args: string[]) => start('set-owner', args),
    checkVersion: () => start('check-version', ['v0.0.0']).log,
    contents: () => files.map(read),
    /** Returns the files that contain the text as a whole name. */
    filesWith: (text: string) => files.filter((file) => new RegExp(`(?<![\\w-])${text}(?![\\w-])`).test(read(file))),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

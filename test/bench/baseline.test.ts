import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildBaseline, findBaseline } from '../../bench/baseline.ts';
import { PROJECT } from '../run/folders.ts';

function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'baseline-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe('the baseline of the benchmark', () => {
  it('is built from a folder that contains dist/, without files of an earlier baseline', () => {
    using from = scratch();
    using into = scratch();
    mkdirSync(join(from.path, 'dist'));
    writeFileSync(join(from.path, 'dist', 'index.js'), '// built');
    writeFileSync(join(from.path, 'action.yml'), 'name: Copy');
    writeFileSync(join(into.path, 'earlier.js'), '');
    const baseline = findBaseline(from.path, false);
    assert.ok(baseline);
    const { entry, actionFile = '' } = buildBaseline(baseline, into.path);
    assert.equal(readFileSync(entry, 'utf8'), '// built');
    assert.equal(readFileSync(actionFile, 'utf8'), 'name: Copy');
    assert.equal(existsSync(join(into.path, 'earlier.js')), false);
  });

  it('uses the action.yml of the project if the folder has none', () => {
    using from = scratch();
    using into = scratch();
    mkdirSync(join(from.path, 'dist'));
    writeFileSync(join(from.path, 'dist', 'index.js'), '// built');
    assert.equal(buildBaseline({ name: 'folder', folder: from.path }, into.path).actionFile, undefined);
  });

  it('is built from a commit', { skip: !existsSync(join(PROJECT, '.git')) && 'requires a Git repository' }, () => {
    using into = scratch();
    const baseline = findBaseline('HEAD', false);
    assert.ok(baseline);
    const { entry, actionFile = '' } = buildBaseline(baseline, into.path);
    const inCommit = (path: string) => execFileSync('git', ['show', `HEAD:./${path}`], { cwd: PROJECT });
    assert.deepEqual(readFileSync(entry), inCommit('dist/index.js'));
    assert.deepEqual(readFileSync(actionFile), inCommit('action.yml'));
  });

  it('is rejected if it is neither a commit nor a folder that contains dist/', () => {
    assert.throws(() => findBaseline('no-such-commit', true), /--baseline: "no-such-commit" is invalid/);
    assert.throws(() => findBaseline('docs', false), /--baseline: "docs" is invalid/);
  });

  it('is not measured without --baseline and --check', () => {
    assert.equal(findBaseline(undefined, false), undefined);
  });
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { type Document, documents, proseOf } from './documents.ts';

describe('links in the documents', () => {
  for (const document of documents) {
    it(`of ${document.path} point to existing files and headings`, () => {
      const broken = linksOf(document).filter((link) => !hasTarget(link, document));
      assert.deepEqual(broken, []);
    });
  }

  for (const document of documents.filter(({ path }) => path !== 'CHANGELOG.md')) {
    it(`to headings of ${document.path} are unambiguous`, () => {
      const anchors = anchorsOf(document);
      assert.deepEqual(
        anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index),
        [],
      );
    });
  }

  it('are reported as broken if the heading or the file does not exist', () => {
    const document = {
      path: 'docs/x.md',
      text: '## One, `two`\n[a](#one-two) [b](#three) [c](../nothing.md) ![d](y.svg)',
    };
    const broken = linksOf(document).filter((link) => !hasTarget(link, document));
    assert.deepEqual(broken, ['#three', '../nothing.md', 'y.svg']);
  });
});

function linksOf(document: Document): string[] {
  const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function hasTarget(link: string, document: Document): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document.path : posix.join(posix.dirname(document.path), path);
  if (path !== '' && !existsSync(target)) return false;
  if (anchor === undefined) return true;
  const read = path === '' ? document : documents.find((other) => other.path === target);
  return read !== undefined && anchorsOf(read).includes(anchor);
}

/** Returns the anchors that GitHub derives from the headings. */
function anchorsOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Block, blocksOf, documents } from './documents.ts';

/** Languages of blocks that readers copy. Each block must equal part of a file that is tested. */
const COPYABLE = new Set(['yaml', 'js', 'ts', 'sql']);

const blocks = documents
  .flatMap(blocksOf)
  .filter(({ language, copiedFrom }) => COPYABLE.has(language) || copiedFrom !== undefined);

describe('code blocks in the documents', () => {
  it('contain at least 7 examples', () => assert.ok(blocks.length >= 7, `${blocks.length} blocks found`));

  for (const block of blocks) {
    it(`equal part of a tested file: ${block.place} of ${block.copiedFrom}`, () => {
      assert.ok(block.copiedFrom, `${block.place}: add <!-- path/of/the/file --> above the block`);
      const file = readFileSync(block.copiedFrom, 'utf8').split('\n');
      assert.ok(isExcerpt(block, file), `${block.place} is not an excerpt of ${block.copiedFrom}`);
    });
  }

  for (const { place, copiedFrom, lines } of blocks.filter((block) => block.copiedFrom?.includes('/athena'))) {
    it(`contain one statement per Athena query: ${place} of ${copiedFrom}`, () => {
      const statements = lines
        .filter((line) => !line.startsWith('--'))
        .join('\n')
        .split(';');
      assert.equal(statements.filter((statement) => statement.trim() !== '').length, 1);
    });
  }

  it('are compared character by character', () => {
    const block = { lines: ['a:', '  b: 1'] };
    assert.ok(isExcerpt(block, ['x:', '  a:', '    b: 1']));
    assert.ok(!isExcerpt(block, ['x:', '  a:', '    b: 2']));
    assert.ok(!isExcerpt(block, ['x:', '  a:', '   b: 1']));
  });
});

/** Returns whether the lines of the block are consecutive lines of the file, all with the same additional indentation. */
function isExcerpt({ lines }: Pick<Block, 'lines'>, file: readonly string[]): boolean {
  return file.some((line, start) => {
    const margin = ' '.repeat(Math.max(0, indentation(line) - indentation(lines[0] ?? '')));
    return lines.every((expected, index) => file[start + index] === (expected === '' ? '' : margin + expected));
  });
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Block, blocksOf, documents } from './documents.ts';

/** What people paste, and so what must be held equal to a file that something checks. */
const PASTED = new Set(['yaml', 'js', 'ts', 'sql']);

const blocks = documents.flatMap(blocksOf).filter(({ language }) => PASTED.has(language));

describe('examples in the documents', () => {
  it('are there', () => assert.ok(blocks.length >= 7, `${blocks.length} found`));

  for (const block of blocks) {
    it(`${block.place} is copied from ${block.copiedFrom}`, () => {
      assert.ok(block.copiedFrom, `${block.place}: write <!-- path/of/the/file --> above the block`);
      const file = readFileSync(block.copiedFrom, 'utf8').split('\n');
      assert.ok(isExcerpt(block, file), `${block.place} is not, line by line, a part of ${block.copiedFrom}`);
    });
  }

  for (const { place, copiedFrom, lines } of blocks.filter((block) => block.copiedFrom?.includes('/athena'))) {
    it(`${place}, of ${copiedFrom}, is one statement, as Athena runs one per query`, () => {
      const statements = lines
        .filter((line) => !line.startsWith('--'))
        .join('\n')
        .split(';');
      assert.equal(statements.filter((statement) => statement.trim() !== '').length, 1);
    });
  }

  it('cannot differ by a character', () => {
    const block = { lines: ['a:', '  b: 1'] };
    assert.ok(isExcerpt(block, ['x:', '  a:', '    b: 1']));
    assert.ok(!isExcerpt(block, ['x:', '  a:', '    b: 2']));
    assert.ok(!isExcerpt(block, ['x:', '  a:', '   b: 1']));
  });
});

/** Whether the block's lines follow one another in the file, all indented by as much more. */
function isExcerpt({ lines }: Pick<Block, 'lines'>, file: readonly string[]): boolean {
  return file.some((line, start) => {
    const margin = ' '.repeat(Math.max(0, indentation(line) - indentation(lines[0] ?? '')));
    return lines.every((wanted, index) => file[start + index] === (wanted === '' ? '' : margin + wanted));
  });
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

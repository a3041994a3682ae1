import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { parse } from 'yaml';

/** A Markdown document, with its path relative to the root of the project. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A fenced code block of a document. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
  /** Path in the comment above the block; undefined if there is no comment */
  readonly copiedFrom: string | undefined;
  /** Position as `path:line`, for messages */
  readonly place: string;
}

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const action = parse(readFileSync('action.yml', 'utf8')) as ActionFile;
export const planAction = parse(readFileSync('plan/action.yml', 'utf8')) as ActionFile;
export const restoreAction = parse(readFileSync('restore/action.yml', 'utf8')) as ActionFile;
export const finishAction = parse(readFileSync('finish/action.yml', 'utf8')) as ActionFile;
export const verifyAction = parse(readFileSync('verify/action.yml', 'utf8')) as ActionFile;
export const listTablesAction = parse(readFileSync('list-tables/action.yml', 'utf8')) as ActionFile;

/** All Actions of the repository. */
export const allActions: readonly ActionFile[] = globSync(['action.yml', '*/action.yml']).map(
  (path) => parse(readFileSync(path, 'utf8')) as ActionFile,
);

export const documents: readonly Document[] = paths(['*.md', 'docs/*.md', 'bench/*.md', '.github/**/*.md']).map(read);

export function read(path: string): Document {
  return { path, text: readFileSync(path, 'utf8') };
}

/** Returns the matching paths, with `/` on every system. */
export function paths(patterns: readonly string[]): string[] {
  return globSync([...patterns])
    .map((path) => path.replaceAll(sep, '/'))
    .sort();
}

export function blocksOf({ path, text }: Document): Block[] {
  const blocks: Block[] = [];
  const fences = /(?:^<!-- (\S+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm;
  for (const { index, 1: copiedFrom, 2: language = '', 3: content = '' } of text.matchAll(fences)) {
    const place = `${path}:${text.slice(0, index).split('\n').length}`;
    blocks.push({ language, copiedFrom, place, lines: content.trimEnd().split('\n') });
  }
  return blocks;
}

/** Returns the text without its fenced code blocks. */
export function proseOf({ text }: Document): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

import type { RoleSettings } from '../aws/credentials/identities.ts';
import { PATTERN_ALLOWED, parseTablePattern, type TablePattern } from '../list-tables/table-pattern.ts';
import { quote } from '../message-text.ts';
import { InputReader } from './input-reader.ts';
import { invalidInputs } from './inputs.ts';
import { InputProblems } from './problems.ts';
import { readRegions } from './regions.ts';
import { readRoles } from './roles.ts';
import { LIST_SIDES } from './sides.ts';

/** Validated inputs of the list-tables step. */
export interface ListTablesInputs {
  readonly patterns: readonly TablePattern[];
  /** Required tags as `Key=Value`. */
  readonly tags: readonly string[];
  readonly ifEmpty: 'error' | 'ignore';
  /** Region of the tables. */
  readonly sourceRegion: string;
  readonly roles: RoleSettings;
  /** Names in errors of other steps. Here, the tables are unknown until they are listed, and no bucket exists. */
  readonly table: { readonly name: '' };
  readonly bucket: '';
}

/**
 * Reads and validates the inputs of the list-tables Action.
 *
 * @throws {CopyError} INVALID_INPUT with all problems, if there are any
 */
export function readListTablesInputs(env: NodeJS.ProcessEnv): ListTablesInputs {
  const problems = new InputProblems();
  const reader = new InputReader(env, problems);
  const patterns = readPatterns(reader);
  const tags = readTagLines(reader);
  if (reader.text('names') === '' && reader.text('tags') === '') {
    problems.at('names').add("is empty, like tags. Set one of them. To list all tables, set names to '*'");
  }
  const regions = readRegions(reader, env, undefined, LIST_SIDES);
  const inputs: ListTablesInputs = {
    patterns,
    tags,
    ifEmpty: reader.choice('if-empty', ['error', 'ignore'], 'error'),
    sourceRegion: regions.source,
    roles: readRoles(reader, env, regions, LIST_SIDES),
    table: { name: '' },
    bucket: '',
  };
  if (problems.lines.length > 0) throw invalidInputs(problems.lines);
  return inputs;
}

/** Reads one pattern per line. Without `names`, every name matches. */
function readPatterns(reader: InputReader): readonly TablePattern[] {
  const problems = reader.problems.at('names');
  const lines = linesOf(reader.text('names') || '*');
  const patterns = lines.flatMap((line) => {
    const pattern = parseTablePattern(line);
    if (!pattern) problems.add(`${quote(line)} is not a valid pattern. Use ${PATTERN_ALLOWED}, one pattern per line`);
    return pattern ?? [];
  });
  const [first] = patterns;
  if (first?.excludes && patterns.length === lines.length) {
    problems.add(
      `starts with ${quote(first.text)}, which excludes nothing, because the last pattern that matches a name decides. Start with a pattern that selects tables, such as *`,
    );
  }
  return patterns;
}

/**
 * Characters of tags, with `=` between key and value. A comma is none of them, so tags in one line are reported.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
 */
const TAG = /^(?=[^=]*[^=\s]=(?!\s))[\p{L}\p{Z}\p{N}_.:/=+@-]+$/u;

/** Reads one tag per line. Messages show no tag, because some users treat their values as private. */
function readTagLines(reader: InputReader): readonly string[] {
  const lines = linesOf(reader.text('tags'));
  for (const [index, line] of lines.entries()) {
    if (TAG.test(line)) continue;
    reader.problems
      .at('tags')
      .add(
        `line ${index + 1} is not a tag. Use Key=Value without spaces around =, one tag per line, with letters, digits, spaces and the characters _.:/=+@-`,
      );
  }
  return lines;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

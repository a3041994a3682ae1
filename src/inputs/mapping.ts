import type { InputProblems } from './problems.ts';
import { describeKind, isMapping, MalformedMapping, type SourceMapping } from './source-value.ts';
import { readYamlSource } from './yaml-source.ts';

/**
 * Parses a JSON or YAML mapping. Numbers keep their source text.
 *
 * JSON needs no parser of its own because YAML 1.2 is a superset of it. The features that make a YAML text ambiguous are
 * rejected: anchors, aliases, tags, merge keys, directives and multiple documents.
 *
 * Problems contain the line and column but never the text, which can contain filter values and keys.
 *
 * @returns undefined if a problem was reported
 */
export function parseMapping(text: string, problems: InputProblems): SourceMapping | undefined {
  try {
    const value = readYamlSource(text);
    if (isMapping(value)) return value;
    problems.add(`must be a JSON or YAML mapping such as {"Name": value}; it is ${describeKind(value)}`);
  } catch (error) {
    if (!(error instanceof MalformedMapping)) throw error;
    problems.add(`must be a JSON or YAML mapping. ${position(text, error.at)}: ${error.message}`);
  }
  return undefined;
}

function position(text: string, at: number): string {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

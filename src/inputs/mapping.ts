import { readJsonSource } from './json-source.ts';
import type { InputProblems } from './problems.ts';
import { describeKind, isMapping, MalformedMapping, type SourceMapping } from './source-value.ts';
import { readYamlSource } from './yaml-source.ts';

/**
 * Parses a JSON or YAML mapping. Numbers keep their source text.
 *
 * Text that JSON.parse accepts is read as JSON: YAML is not a complete superset, because it limits keys to 1,024
 * characters and does not allow tabs in indentation. All other text is read as YAML 1.2 without the features that make
 * a text ambiguous: anchors, aliases, tags, merge keys, directives and multiple documents are rejected.
 *
 * Problems contain the line and column but never the text, which can contain filter values and keys.
 *
 * @returns undefined if a problem was reported
 */
export function parseMapping(text: string, problems: InputProblems): SourceMapping | undefined {
  try {
    const value = isJson(text) ? readJsonSource(text) : readYamlSource(text);
    if (isMapping(value)) return value;
    problems.add(`must be a JSON or YAML mapping such as {"Name": value}; it is ${describeKind(value)}`);
  } catch (error) {
    if (!(error instanceof MalformedMapping)) throw error;
    problems.add(`must be a JSON or YAML mapping. ${position(text, error.at)}: ${error.message}`);
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function position(text: string, at: number): string {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

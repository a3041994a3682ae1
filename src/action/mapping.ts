import type { Problems } from '../parameters/problems.ts';
import { isMapping, kindOf, type SourceMapping } from '../parameters/source-value.ts';
import { readJsonSource } from './json-source.ts';
import { MalformedMapping } from './malformed-mapping.ts';
import { readYamlSource } from './yaml-source.ts';

/**
 * Reads a mapping written as JSON or YAML, keeping every number as it is written.
 *
 * What JSON.parse accepts is read as JSON. YAML claims to be a superset, but limits keys to 1,024 characters and tabs
 * to where it wants no indentation. Everything else is YAML 1.2 without what makes one text mean several things: no
 * anchors and aliases, tags, merge keys, directives or second document.
 *
 * Problems name the line and column and never show the text, which may hold filter values and keys.
 */
export function parseMapping(text: string, problems: Problems): SourceMapping | undefined {
  try {
    const value = isJson(text) ? readJsonSource(text) : readYamlSource(text);
    if (isMapping(value)) return value;
    problems.add(`must be a JSON or YAML mapping such as {"Name": value}; it is ${kindOf(value)}`);
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

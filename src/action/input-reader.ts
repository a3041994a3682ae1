import { oneOf, type Problems, quoted } from '../parameters/problems.ts';
import type { SourceMapping } from '../parameters/source-value.ts';
import { parseMapping } from './mapping.ts';

/**
 * Reads inputs of the step from the environment in which the runner passes them, and reports what is wrong with them.
 *
 * Where a value is wrong the default stands in for it, so that reading goes on and finds the other problems; the
 * result is thrown away in the end. An empty value means not set: the runner passes an input that a workflow leaves
 * out, or fills from an empty expression, as an empty variable.
 */
export class InputReader {
  readonly problems: Problems;
  private readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv, problems: Problems) {
    this.env = env;
    this.problems = problems;
  }

  /** The value without the white space around it; '' where it is not set. */
  text(name: string): string {
    return (this.env[variableOf(name)] ?? '').trim();
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === '') this.problems.at(name).add('is required and not set');
    return value;
  }

  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    return this.optionalChoice(name, allowed) ?? fallback;
  }

  optionalChoice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.parsed<T | undefined>(name, undefined, oneOf(allowed), (value) => {
      return allowed.find((choice) => choice === value);
    });
  }

  /** A YAML 1.2 boolean: 'yes' and '1' mean different things to different readers, so they are refused. */
  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name);
    if (value === '') return fallback;
    if (/^(?:true|True|TRUE)$/.test(value)) return true;
    if (!/^(?:false|False|FALSE)$/.test(value)) {
      this.problems.at(name).add(`${quoted(value)} is not allowed. Use true or false`);
    }
    return false;
  }

  /** A value that `parse` turns into something; undefined from it means that the value is wrong. */
  parsed<T>(name: string, fallback: T, allowed: string, parse: (value: string) => T | undefined): T {
    const value = this.text(name);
    if (value === '') return fallback;
    const parsed = parse(value);
    if (parsed === undefined) this.problems.at(name).add(`${quoted(value)} is not allowed. Use ${allowed}`);
    return parsed ?? fallback;
  }

  /** Not trimmed: the first line of a YAML mapping is indented like the others. */
  mapping(name: string): SourceMapping {
    const text = this.text(name) === '' ? '{}' : (this.env[variableOf(name)] ?? '');
    return parseMapping(text, this.problems.at(name)) ?? new Map();
  }
}

/** https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs; dashes stay. */
function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

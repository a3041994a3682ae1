import { formatChoices, quote } from '../message-text.ts';
import { parseMapping } from './mapping.ts';
import type { InputProblems } from './problems.ts';
import type { SourceMapping } from './source-value.ts';

/**
 * Reads the inputs of the step from environment variables and reports problems.
 *
 * Invalid values are replaced with the default, to continue and find the other problems. The caller discards the result
 * if there are any. An empty value means not set: the runner sets an empty variable for an input that is missing or
 * comes from an empty expression.
 */
export class InputReader {
  readonly problems: InputProblems;
  private readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv, problems: InputProblems) {
    this.env = env;
    this.problems = problems;
  }

  /** Returns the value without leading and trailing white space; '' if it is not set. */
  text(name: string): string {
    return (this.env[variableOf(name)] ?? '').trim();
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === '') this.problems.at(name).add('is required');
    return value;
  }

  /**
   * Returns the value of an input that must not be empty by mistake, such as the output of a step that was skipped: the
   * step would then do less than it was asked to do, and succeed. Reports a value that is set and empty.
   *
   * @param fallback the default in action.yml
   * @returns `fallback` if the input is not set or was reported
   */
  notEmpty(name: string, fallback: string): string {
    const value = this.text(name);
    if (value === '' && this.env[variableOf(name)] !== undefined) {
      this.problems.at(name).add(`is empty. Correct the expression, or use ${fallback}`);
    }
    return value === '' ? fallback : value;
  }

  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    return this.optionalChoice(name, allowed) ?? fallback;
  }

  optionalChoice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.parsed<T | undefined>(name, undefined, formatChoices(allowed), (value) => {
      return allowed.find((choice) => choice === value);
    });
  }

  /** Reads a YAML 1.2 boolean. 'yes' and '1' are invalid, because parsers disagree on their meaning. */
  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name);
    if (value === '') return fallback;
    if (/^(?:true|True|TRUE)$/.test(value)) return true;
    if (!/^(?:false|False|FALSE)$/.test(value)) {
      this.problems.at(name).add(`${quote(value)} is invalid. Use true or false`);
    }
    return false;
  }

  /**
   * Reads a value with `parse`, which returns undefined for an invalid value.
   *
   * @param allowed description of the valid values, for the message
   */
  parsed<T>(name: string, fallback: T, allowed: string, parse: (value: string) => T | undefined): T {
    const value = this.text(name);
    if (value === '') return fallback;
    const parsed = parse(value);
    if (parsed === undefined) this.problems.at(name).add(`${quote(value)} is invalid. Use ${allowed}`);
    return parsed ?? fallback;
  }

  /** Reads a mapping. The text is not trimmed, because the indentation of the first line of a YAML mapping counts. */
  mapping(name: string): SourceMapping {
    const text = this.text(name) === '' ? '{}' : (this.env[variableOf(name)] ?? '');
    return parseMapping(text, this.problems.at(name)) ?? new Map();
  }
}

/** https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs. Hyphens are kept. */
function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

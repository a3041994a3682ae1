import { formatChoices, formatCount } from '../message-text.ts';
import type { InputProblems } from './problems.ts';
import { describeKind, isMapping, type SourceMapping, SourceNumber, type SourceValue } from './source-value.ts';

/**
 * Reads the named parameters of an AWS API call from a mapping and reports invalid ones. Each method returns undefined
 * for a missing parameter and for an invalid one. Problems never show a value.
 */
export class ParameterReader {
  readonly problems: InputProblems;
  private readonly mapping: SourceMapping;

  constructor(mapping: SourceMapping, problems: InputProblems) {
    this.mapping = mapping;
    this.problems = problems;
  }

  has(name: string): boolean {
    return this.mapping.has(name);
  }

  /** Returns the value as it was written; undefined if the parameter is missing. */
  value(name: string): SourceValue | undefined {
    return this.mapping.get(name);
  }

  /** Reads a non-empty string: AWS rejects an empty string for every parameter. */
  text(name: string): string | undefined {
    const value = this.mapping.get(name);
    if (typeof value === 'string' && value !== '') return value;
    return this.reject(name, 'must be a non-empty string');
  }

  boolean(name: string): boolean | undefined {
    const value = this.mapping.get(name);
    return typeof value === 'boolean' ? value : this.reject(name, 'must be true or false, without quotes');
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.mapping.get(name);
    const chosen = allowed.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const must = `must be ${formatChoices(allowed)}`;
    if (typeof value !== 'string' || value === '') return this.reject(name, must);
    this.problems.at(name).add(must);
    return undefined;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.mapping.get(name);
    const number = value instanceof SourceNumber && /^\d+$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (number >= min && number <= max) return number;
    const range = `${formatCount(min)} to ${formatCount(max)}`;
    return this.reject(name, `must be a whole number from ${range}, without quotes`);
  }

  map(name: string): SourceMapping | undefined {
    const value = this.mapping.get(name);
    return isMapping(value) ? value : this.reject(name, 'must be a mapping');
  }

  /** Returns the keys of a mapping; an empty list if the parameter is not a mapping. */
  namesIn(name: string): readonly string[] {
    const value = this.mapping.get(name);
    return isMapping(value) ? [...value.keys()] : [];
  }

  /**
   * Reports every parameter whose name is not in `known`.
   *
   * @param reasons why certain names are not supported, or what to use instead. The key `Name*` applies to all names
   *   that start with `Name`.
   */
  rejectUnknown(known: readonly string[], reasons: ReadonlyMap<string, string>): void {
    for (const [index, name] of [...this.mapping.keys()].entries()) {
      if (known.includes(name)) continue;
      // If a line has too little indentation, an attribute name or a value becomes a parameter name. Do not show it.
      const shown = /^[A-Za-z0-9]{1,40}$/.test(name) ? name : `[entry ${index + 1}]`;
      this.problems.at(shown).add(whyUnknown(name, known, reasons));
    }
  }

  private reject(name: string, must: string): undefined {
    const value: SourceValue | undefined = this.mapping.get(name);
    if (value !== undefined) this.problems.at(name).add(`${must}; it is ${describeKind(value)}`);
  }
}

function whyUnknown(name: string, known: readonly string[], reasons: ReadonlyMap<string, string>): string {
  for (const [pattern, reason] of reasons) {
    if (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern) return reason;
  }
  const meant = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return meant ? `must be spelled ${meant}` : `is not a supported parameter. Use ${formatChoices(known)}`;
}

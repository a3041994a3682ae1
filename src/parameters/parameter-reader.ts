import { oneOf, type Problems } from './problems.ts';
import { isMapping, kindOf, type SourceMapping, SourceNumber, type SourceValue } from './source-value.ts';

/**
 * Reads named parameters of an AWS call from a mapping, and reports those that are wrong. Each method returns
 * undefined for a parameter that is not there and for one that is wrong. No value is ever shown.
 */
export class ParameterReader {
  readonly problems: Problems;
  private readonly mapping: SourceMapping;

  constructor(mapping: SourceMapping, problems: Problems) {
    this.mapping = mapping;
    this.problems = problems;
  }

  has(name: string): boolean {
    return this.mapping.has(name);
  }

  /** The value as it was written, of whatever kind; undefined where there is none. */
  value(name: string): SourceValue | undefined {
    return this.mapping.get(name);
  }

  /** Any text but an empty one: no parameter has a use for that, and AWS refuses it. */
  text(name: string): string | undefined {
    const value = this.mapping.get(name);
    if (typeof value === 'string' && value !== '') return value;
    return this.refuse(name, 'must be a string, and not an empty one');
  }

  boolean(name: string): boolean | undefined {
    const value = this.mapping.get(name);
    return typeof value === 'boolean' ? value : this.refuse(name, 'must be true or false, without quotes');
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.mapping.get(name);
    const chosen = allowed.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const must = `must be ${oneOf(allowed)}`;
    if (typeof value !== 'string' || value === '') return this.refuse(name, must);
    this.problems.at(name).add(must);
    return undefined;
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.mapping.get(name);
    const number = value instanceof SourceNumber && /^\d+$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const range = `${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
    return this.refuse(name, `must be a whole number from ${range}, without quotes`);
  }

  map(name: string): SourceMapping | undefined {
    const value = this.mapping.get(name);
    return isMapping(value) ? value : this.refuse(name, 'must be a mapping');
  }

  /** The names in a mapping; none where there is no mapping. */
  namesIn(name: string): readonly string[] {
    const value = this.mapping.get(name);
    return isMapping(value) ? [...value.keys()] : [];
  }

  /**
   * Refuses every name that is not known. `reasons` say why some names are not taken, or what to use instead; a reason
   * under `Name*` is that of all names that begin so.
   */
  refuseUnknown(known: readonly string[], reasons: ReadonlyMap<string, string>): void {
    for (const [index, name] of [...this.mapping.keys()].entries()) {
      if (known.includes(name)) continue;
      // A mapping with a line indented too little has names that are attributes or values.
      const shown = /^[A-Za-z0-9]{1,40}$/.test(name) ? name : `[entry ${index + 1}]`;
      this.problems.at(shown).add(whyUnknown(name, known, reasons));
    }
  }

  private refuse(name: string, must: string): undefined {
    const value: SourceValue | undefined = this.mapping.get(name);
    if (value !== undefined) this.problems.at(name).add(`${must}; it is ${kindOf(value)}`);
  }
}

function whyUnknown(name: string, known: readonly string[], reasons: ReadonlyMap<string, string>): string {
  for (const [pattern, reason] of reasons) {
    if (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern) return reason;
  }
  const meant = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return meant ? `is written ${meant}` : `is no parameter that can be set here. Use ${oneOf(known)}`;
}

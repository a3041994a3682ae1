/**
 * Collects the problems in the user's input, to report all of them at once. Each correction of a workflow costs a
 * commit and a run.
 */
export class Problems {
  private readonly path: string;
  private readonly found: string[];

  constructor(path = '', found: string[] = []) {
    this.path = path;
    this.found = found;
  }

  /** Returns a view of the same collection that reports problems under the path of a nested name. */
  at(name: string): Problems {
    const separator = this.path === '' || name.startsWith('[') ? '' : '.';
    return new Problems(`${this.path}${separator}${name}`, this.found);
  }

  /**
   * @param what the problem and the allowed values, without a period at the end. It must not contain an expression, a
   *   value or a key of the scan.
   */
  add(what: string): void {
    this.found.push(this.path === '' ? what : `${this.path}: ${what}`);
  }

  /** One line per problem, in the order in which they were found. */
  get lines(): readonly string[] {
    return this.found;
  }
}

const MAX_QUOTED_CHARACTERS = 80;

/**
 * Returns an input value for a message: in quotes, on one line, truncated. Characters without a glyph (control
 * characters, bidirectional marks, line separators, lone surrogates) are escaped.
 */
export function quoted(value: string): string {
  const characters = Array.from(value);
  const shown = characters.slice(0, MAX_QUOTED_CHARACTERS).join('');
  const json = JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
  return characters.length > MAX_QUOTED_CHARACTERS ? `${json} (truncated)` : json;
}

/** Returns a list such as `a, b or c`. */
export function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}

/**
 * What is wrong with what the user asked for, gathered so that all of it is reported at once: a workflow is corrected
 * by a commit and a run, and one problem a run is a slow way to learn about five.
 */
export class Problems {
  private readonly path: string;
  private readonly found: string[];

  constructor(path = '', found: string[] = []) {
    this.path = path;
    this.found = found;
  }

  /** The same problems, seen from a part of the inputs: what is added there is reported under that part's name. */
  at(name: string): Problems {
    const separator = this.path === '' || name.startsWith('[') ? '' : '.';
    return new Problems(`${this.path}${separator}${name}`, this.found);
  }

  /** `what` says what is wrong and what is allowed. It never holds an expression, a value or a key of the scan. */
  add(what: string): void {
    this.found.push(this.path === '' ? what : `${this.path}: ${what}`);
  }

  /** One line a problem, in the order they were found. */
  get lines(): readonly string[] {
    return this.found;
  }
}

const LONGEST_QUOTATION = 80;

/**
 * A value of an input as it may be shown: in quotes, in one line, shortened. Whatever has no glyph of its own
 * (controls, bidirectional marks, line separators, lone surrogates) is written as an escape.
 */
export function quoted(value: string): string {
  const characters = Array.from(value);
  const shown = characters.slice(0, LONGEST_QUOTATION).join('');
  const json = JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
  return characters.length > LONGEST_QUOTATION ? `${json} (shortened)` : json;
}

/** `a, b or c` */
export function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}

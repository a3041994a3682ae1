/** JSON of maps, lists and strings as JSON.parse makes it, but that a map has no prototype where names hold escapes. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** The last escape of a name, and the rest of that name. A string that only looks so is read the slow way as well. */
const NAME_WITH_ESCAPE = /\\.[^"\\]*":/s;

/**
 * JSON.parse, but right about names that hold escapes: once V8 has read a name that holds a backslash, it may take
 * another name with an escape in it for that one, and an attribute would change its name without a word.
 *
 * https://github.com/nodejs/node/issues/63785
 *
 * @param json compact, and known to be JSON
 */
export function parseItem(json: string): Json {
  return json.includes('\\') && NAME_WITH_ESCAPE.test(json) ? new Reader(json).value() : (JSON.parse(json) as Json);
}

class Reader {
  private readonly json: string;
  private at = 0;

  constructor(json: string) {
    this.json = json;
  }

  value(): Json {
    switch (this.json[this.at]) {
      case '{':
        return this.map();
      case '[':
        return this.list();
      case '"':
        return this.string();
      default:
        return this.word();
    }
  }

  private map(): Json {
    const map = Object.create(null) as { [name: string]: Json };
    if (this.json[this.at + 1] === '}') {
      this.at += 2;
      return map;
    }
    do {
      this.at += 1;
      const name = this.string();
      this.at += 1;
      map[name] = this.value();
    } while (this.json[this.at] === ',');
    this.at += 1;
    return map;
  }

  private list(): Json {
    const list: Json[] = [];
    if (this.json[this.at + 1] === ']') {
      this.at += 2;
      return list;
    }
    do {
      this.at += 1;
      list.push(this.value());
    } while (this.json[this.at] === ',');
    this.at += 1;
    return list;
  }

  private string(): string {
    const start = this.at;
    do this.at = this.json.indexOf('"', this.at + 1);
    while (this.isEscaped(this.at));
    this.at += 1;
    // The parser is wrong about names only, and alone this is none.
    return JSON.parse(this.json.slice(start, this.at)) as string;
  }

  /** An even number of backslashes in front of a quote are escapes of each other. */
  private isEscaped(quote: number): boolean {
    let first = quote;
    while (this.json[first - 1] === '\\') first -= 1;
    return (quote - first) % 2 === 1;
  }

  private word(): Json {
    const start = this.at;
    while (this.at < this.json.length && !',]}'.includes(this.json[this.at] as string)) this.at += 1;
    return JSON.parse(this.json.slice(start, this.at)) as Json;
  }
}

/** Error for invalid content. The parser of that content always catches it. */
export class MalformedJson extends Error {
  /** Path of the invalid value, such as `CreateTable.KeySchema[0].KeyType`; '' for the whole content. */
  readonly path: string;

  constructor(path = '') {
    super();
    this.path = path;
  }
}

/**
 * A value from JSON that anyone can have written. Each method checks the type and throws MalformedJson if it differs.
 */
export class StrictJson {
  private readonly value: unknown;
  private readonly container: StrictJson | undefined;
  /** Name or index of the value in `container`. */
  private readonly name: string | number;

  constructor(value: unknown, container?: StrictJson, name: string | number = '') {
    this.value = value;
    this.container = container;
    this.name = name;
  }

  /** @throws {MalformedJson} if the bytes are not JSON */
  static parse(bytes: Buffer): StrictJson {
    try {
      return new StrictJson(JSON.parse(bytes.toString()));
    } catch {
      throw new MalformedJson();
    }
  }

  /** Returns a member of an object; null if it is missing. */
  member(name: string): StrictJson {
    const members = this.members();
    return new StrictJson(Object.hasOwn(members, name) ? members[name] : null, this, name);
  }

  members(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.malformed();
    return value as Readonly<Record<string, unknown>>;
  }

  list<T>(read: (element: StrictJson) => T): T[] {
    if (!Array.isArray(this.value)) throw this.malformed();
    return this.value.map((element: unknown, index) => read(new StrictJson(element, this, index)));
  }

  /** Returns undefined for null. */
  optional<T>(read: (value: StrictJson) => T): T | undefined {
    return this.value === null ? undefined : read(this);
  }

  text(form = /^/): string {
    if (typeof this.value !== 'string' || !form.test(this.value)) throw this.malformed();
    return this.value;
  }

  /** Returns one of these texts. */
  oneOf<const T extends string>(texts: readonly T[]): T {
    const found = texts.find((text) => text === this.value);
    if (found === undefined) throw this.malformed();
    return found;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.malformed();
    return this.value;
  }

  /** Returns a whole number from `min` to `max`. */
  integer(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw this.malformed();
    }
    return value;
  }

  /** Returns a finite number of at least 0. */
  amount(): number {
    // 1e999 is valid JSON and is parsed as Infinity.
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || this.value < 0) throw this.malformed();
    return this.value;
  }

  /** Returns the error for a value that is invalid for a reason that only the caller knows. */
  malformed(): MalformedJson {
    return new MalformedJson(this.path());
  }

  private path(): string {
    if (!this.container) return '';
    const outer = this.container.path();
    if (typeof this.name === 'number') return `${outer}[${this.name}]`;
    return outer === '' ? this.name : `${outer}.${this.name}`;
  }
}

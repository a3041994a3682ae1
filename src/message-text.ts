/**
 * Returns text such as `1,234,567` or `12.3`, rounded to one decimal place and independent of the runner's locale. The
 * first use of Intl in a process takes 10 ms.
 *
 * @param count a finite number; exact below 9 * 10^14
 */
export function formatCount(count: number): string {
  const [whole = '', decimal] = String(Math.round(10 * count) / 10).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return decimal === undefined ? grouped : `${grouped}.${decimal}`;
}

/** Returns text such as `1 object` or `1,234 objects`. The plural of the noun must end in s. */
export function formatCountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns bytes in decimal units, the units of AWS billing. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = bytes;
  let unit = 0;
  // A value that would be rounded to 1,000 is shown in the next unit.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatCount(value)} ${units[unit]}`;
}

/** Returns text such as `8.2 s`, `4 min 10 s` or `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${formatCount(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns milliseconds as text such as `8.2 s`, `2 h 5 min` or `3 days 4 h`. */
export function formatDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 48) return formatSeconds(Math.max(0, ms) / 1000);
  const rest = hours % 24;
  return `${formatCount(Math.floor(hours / 24))} days${rest === 0 ? '' : ` ${rest} h`}`;
}

const MAX_QUOTED_CHARACTERS = 80;

/**
 * Returns an input value for a message: in quotes, on one line, truncated. Characters without a glyph (control
 * characters, bidirectional marks, line separators, lone surrogates) are escaped.
 */
export function quote(value: string): string {
  const characters = Array.from(value);
  const shown = characters.slice(0, MAX_QUOTED_CHARACTERS).join('');
  const json = JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
  return characters.length > MAX_QUOTED_CHARACTERS ? `${json} (truncated)` : json;
}

/** Returns a list such as `a, b or c`. */
export function formatChoices(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}

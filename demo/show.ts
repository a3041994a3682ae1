import { styleText } from 'node:util';

/** Prints a line of the demo. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

let headings = 0;

export function heading(text: string): void {
  headings += 1;
  say(`\n${styled(['bold', 'cyan'], `${headings}. ${text}`)}`);
}

export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** Returns `name: value` lines, each indented by `margin`. */
export function aligned(values: Readonly<Record<string, string>>, margin: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${margin}${name}: ${value}`)
    .join('\n');
}

/** Returns two columns. The first one is as wide as its widest cell. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${styled('dim', first.padEnd(width))}  ${second}`).join('\n');
}

/** Returns the text, shortened to `length` characters if it is longer. */
export function kept(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length.toLocaleString('en')} characters)`;
}

export function bytes(count: number): string {
  return `${count.toLocaleString('en')} bytes`.padStart(15);
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** Returns the log of a step with GitHub's colors for groups and annotations. */
export function shownLog(log: string): string {
  return indented(log)
    .replace(/^ {2}▼ .*$/gm, (line) => styled('bold', line))
    .replace(/^ {2}Error: .*$/gm, (line) => styled('red', line))
    .replace(/^ {2}Warning: .*$/gm, (line) => styled('yellow', line))
    .replace(/^ {2}Notice: .*$/gm, (line) => styled('blue', line));
}

/** Returns styled text on a terminal that supports it; plain text in a file, in a pipe, or with NO_COLOR. */
function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Prints one line. The linter forbids console.log. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

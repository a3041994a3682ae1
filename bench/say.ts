/** Prints one line. Not console.log, which biome keeps out of the project. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

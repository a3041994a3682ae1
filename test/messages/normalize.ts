/** Values that differ between runs, and their placeholders. */
const VARIABLE: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, 'UUID'],
  [/\b\d{14}-[\da-f]{8,}\b/g, 'EXPORT_ID'],
  [/\b\d{13,14}-[\da-f]{8}\b/g, 'EXPORT_ID'],
  [/\b(?:localhost|127\.0\.0\.1|\[::1\]):\d+\b/g, 'HOST:PORT'],
  [/(?:file:\/\/|(?<![\w/.:}]))(?:\/[\w.@+-]+){3,}\/?/g, 'PATH'],
  [/\b(?=\d*[a-f])(?=[a-f]*\d)[\da-f]{8,}\b/g, 'HEX'],
  // Random names of tests, and seeds, can happen to have only letters or only digits.
  [/(?<=\b(?:table|bucket|list)-)[\da-f]{12}\b/g, 'HEX'],
  [/(?<=\(seed )[\da-f]{8}\b/g, 'HEX'],
  [/\b(?:\d+ h )?(?:\d+ min )?\d+(?:\.\d+)? s\b/g, 'N s'],
  [/\b\d+(?:\.\d+)? (?:kB|MB|GB|TB)\b/g, 'N MB'],
  // Not in names such as s3 and eu-west-1, and not in account IDs.
  [/(?<![\w-])(?!\d{12}\b)\d+(?:,\d{3})*(?:\.\d+)*(?!\w)/g, 'N'],
  [/\bN(?:, N){2,}/g, 'N, …'],
];

/**
 * Returns a function that replaces everything in a message that can differ between two runs. Numbers that the code
 * itself contains, such as a limit, remain.
 *
 * @param fixed fixed parts of the texts in src/
 */
export function normalizer(fixed: readonly string[]): (message: string) => string {
  const parts = [...new Set(fixed.filter((part) => /\d/.test(part) && part.trim().length > 3))];
  // The longest first: a part can contain another one.
  parts.sort((a, b) => b.length - a.length);
  const kept = new RegExp(`(${parts.map((part) => part.replaceAll(/[^\w\s]/g, '\\$&')).join('|')})`);
  return (message) => {
    const pieces = parts.length === 0 ? [message] : message.split(kept);
    // The matches are at the odd positions.
    return pieces.map((piece, index) => (index % 2 === 1 ? piece : withPlaceholders(piece))).join('');
  };
}

function withPlaceholders(text: string): string {
  return VARIABLE.reduce((result, [pattern, placeholder]) => result.replace(pattern, placeholder), text);
}

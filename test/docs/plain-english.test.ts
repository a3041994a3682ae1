import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROJECT } from '../run/folders.ts';

/**
 * Expressions that the project does not use, because readers know the same thing by another word, with that word. The
 * texts that users read, comments, test titles and names are all searched.
 */
const AVOIDED: readonly (readonly [expression: RegExp, instead: string])[] = [
  [/\b(?:may|might) not (?:use|read|write|perform)\b/i, 'is not authorized to'],
  [/\b(?:the|a|no|its|more|two|with) rights? (?:to|of|on|for|than|that)\b/i, 'permission'],
  [/\banswer(?:s|ed|ing)?\b/i, 'response, returns'],
  [/\btell(?:s|ing)?\b|\btold\b/i, 'reports, returns, logs'],
  [/\bmishaps?\b/i, 'error'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bafresh\b|\banew\b/i, 'starts over'],
  [/\bgo(?:es)? on\b|\bgone on\b|\bwent on\b|\bgoing on with\b/i, 'continues, resumes'],
  [/\blies\b|\blie (?:in|under|below|beside|at)\b/i, 'is stored in, is in'],
  [/\b(?:switch|turn)(?:s|ed|ing)? (?:it )?(?:on|off)\b/i, 'enabled, disabled'],
  [/\bis no (?:valid|bucket|table|name|number|placeholder|parameter|ARN|file|page|copy|checkpoint)\b/i, 'is not a'],
  [/\b(?:other|both|each|the table's|the bucket's) sides?\b/i, 'source, destination'],
  [/\bread units\b/i, 'read capacity units (RCU)'],
  [/\bfor want of\b|\bbut for\b/i, 'without, except'],
  [/\bat the (?:most|least)\b/i, 'at most, at least'],
  [/\b(?:items|units|bytes|objects|pages|lines|segments|files) an? (?:second|page|line|segment|job|core)\b/i, 'per'],
  [/\bmade anew\b/i, 're-created'],
  [/\/\*\* (?:Of|By what|Who|Whose|Or its|In what|From what|Where to|For what) /, 'a verb or a noun phrase'],
  [/\b(?:behaviour|colour|neighbour|honour|favour|catalogue)\w*|\blicen[c]es?\b(?!\.txt)/i, 'American spelling'],
  [/\bunder way\b/i, 'in progress'],
  [/\bas it should be\b/i, 'if this is intended'],
  [/\b(?:MOST|LONGEST|LARGEST|SMALLEST|FEWEST|LEAST|SHORTEST|DEEPEST)_[A-Z]/, 'MAX_, MIN_'],
];

/** Generated files, quotations of AWS and of other software, and this list. */
const NOT_SEARCHED =
  /^(?:dist|bench\/results)\/|package-lock\.json$|\.wasm\.ts$|LICENSE$|plain-english\.test\.ts$|requirements\.txt$/;

/** Lines with other people's words: what AWS and libraries return, and names of theirs. */
const QUOTED = /licenses?['"/]|"license"|@license|licenses\.txt|it's &|it's "a"/;

describe('plain English', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: PROJECT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(?:md|ts|mjs|yml|json|py)$|^(?:\.ci|scripts)\//.test(file) && !NOT_SEARCHED.test(file));

  it('is searched in all files that people read', () => {
    for (const file of ['README.md', 'action.yml', 'src/main.ts', 'test/e2e/layout.test.ts', '.ci/run']) {
      assert.ok(files.includes(file), file);
    }
  });

  for (const [expression, instead] of AVOIDED) {
    it(`does not contain ${expression.source} (instead: ${instead})`, () => {
      const found = files.flatMap((file) =>
        readFileSync(join(PROJECT, file), 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            expression.test(line) && !QUOTED.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
          ),
      );
      assert.deepEqual(found, []);
    });
  }
});

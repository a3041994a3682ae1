import type { CommitStatusRequest } from '../github/commit-status.ts';
import type { RunContext } from '../github/run-context.ts';
import { quote } from '../message-text.ts';
import { InputReader } from './input-reader.ts';
import { InputProblems } from './problems.ts';

/** Commit status that a step sets, without the token. */
export type CommitStatusInputs = Omit<CommitStatusRequest, 'token'>;

/** Maximum number of characters. GitHub documents none. A longer text is more likely a mistake than a name. */
const MAX_CONTEXT = 255;

/**
 * Reads the inputs `commit-status`, `commit-sha` and `github-token`.
 *
 * @param run determines the commit if `commit-sha` is not set: the head of the pull request, the commit of the workflow
 *   run that triggered this one, or GITHUB_SHA
 * @returns undefined if the step sets no commit status
 */
export function readCommitStatusInputs(reader: InputReader, run: RunContext): CommitStatusInputs | undefined {
  const { problems } = reader;
  const [context, sha, token] = ['commit-status', 'commit-sha', 'github-token'].map((name) => reader.text(name));
  if (!context) {
    if (sha) problems.at('commit-sha').add('has no effect without commit-status. Set both, or leave it out');
    return undefined;
  }
  if (context.length > MAX_CONTEXT || /[\p{Cc}\u2028\u2029]/u.test(context)) {
    problems
      .at('commit-status')
      .add(`${quote(context)} is invalid. Use one line of at most ${MAX_CONTEXT} characters, such as backup/orders`);
  }
  if (sha && !/^[\da-f]{40}$/i.test(sha)) {
    problems.at('commit-sha').add(`${quote(sha)} is invalid. Use the full SHA of a commit, 40 hexadecimal digits`);
  }
  if (!token) problems.at('github-token').add('is empty, but commit-status requires a token. Leave it out');
  // GitHub's own SHAs are in lowercase.
  return { context, sha: sha?.toLowerCase() || run.headSha || run.sha };
}

/**
 * Returns the commit status that a step sets. Unlike `readInputs`, it does not throw: a step with other invalid inputs
 * sets the status to failure.
 *
 * @returns undefined if the step sets no commit status, which includes dry runs and shards, or if these inputs are invalid
 */
export function requestedCommitStatus(env: NodeJS.ProcessEnv, run: RunContext): CommitStatusRequest | undefined {
  const reader = new InputReader(env, new InputProblems());
  const inputs = readCommitStatusInputs(reader, run);
  const isDryRun = reader.boolean('dry-run', false);
  const isShard = reader.text('plan') !== '' || reader.text('shard') !== '';
  if (!inputs || isDryRun || isShard || reader.problems.lines.length > 0) return undefined;
  return { ...inputs, token: reader.text('github-token') };
}

import type { ErrorCode } from '../errors.ts';

/**
 * Returns the URL of an error's section in docs/troubleshooting.md, at the ref of the running Action; undefined if the
 * repository or the ref is unknown.
 *
 * The runner sets the repository and the ref for an action in a repository, but not for `uses: ./`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 *
 * Returns undefined on servers other than github.com. GitHub Enterprise Server can run actions from github.com (GitHub
 * Connect), and the link could then lead to a page that does not exist.
 */
export function helpUrl(code: ErrorCode, env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  if (server !== 'https://github.com' || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[\w./-]+$/.test(ref)) {
    return undefined;
  }
  return `${server}/${repository}/blob/${ref}/docs/troubleshooting.md#${code.toLowerCase()}`;
}

import type { ErrorCode } from '../errors.ts';

/**
 * Where docs/troubleshooting.md explains an error, in the version that runs; undefined where that is not known.
 *
 * The runner names repository and ref of an action that is used from a repository, and neither for `uses: ./`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 *
 * Only on github.com: a server of one's own may have its actions from there (GitHub Connect), and a link that leads
 * nowhere is worse than none.
 */
export function helpUrl(code: ErrorCode, env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  if (server !== 'https://github.com' || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[\w./-]+$/.test(ref)) {
    return undefined;
  }
  return `${server}/${repository}/blob/${ref}/docs/troubleshooting.md#${code.toLowerCase()}`;
}

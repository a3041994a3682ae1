/** The first version of Node whose agents go through the proxy that the environment names (`proxyEnv`). */
const FIRST_WITH_PROXIES = { major: 24, minor: 5 };

/**
 * Returns a warning if the environment names a proxy that this version of Node ignores.
 *
 * @param nodeVersion such as `24.4.1`
 */
export function proxyWarning(env: NodeJS.ProcessEnv, nodeVersion: string): string | undefined {
  const variable = ['HTTPS_PROXY', 'https_proxy'].find((name) => env[name]);
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isSupported =
    major > FIRST_WITH_PROXIES.major || (major === FIRST_WITH_PROXIES.major && minor >= FIRST_WITH_PROXIES.minor);
  if (variable === undefined || isSupported) return undefined;
  return `${variable} is set, but Node ${nodeVersion} of this runner cannot use it: requests to AWS do not go through the proxy. Update the runner to version 2.328.0 or later, which has Node 24.5.`;
}

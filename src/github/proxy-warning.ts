/** First Node version whose HTTP agents support the proxy variables of the environment (`proxyEnv`). */
const MIN_VERSION = { major: 24, minor: 5 };

/**
 * Returns a warning if the environment sets a proxy that this Node version ignores; otherwise undefined.
 *
 * @param nodeVersion such as `24.4.1`
 */
export function proxyWarning(env: NodeJS.ProcessEnv, nodeVersion: string): string | undefined {
  const variable = ['HTTPS_PROXY', 'https_proxy'].find((name) => env[name]);
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isSupported = major > MIN_VERSION.major || (major === MIN_VERSION.major && minor >= MIN_VERSION.minor);
  if (variable === undefined || isSupported) return undefined;
  return `${variable} is set, but Node ${nodeVersion} on this runner does not support it. Requests to AWS bypass the proxy. Update the runner to version 2.328.0 or later, which includes Node 24.5.`;
}

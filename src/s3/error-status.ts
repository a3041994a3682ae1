/**
 * Returns true if S3 rejected a request because the role is not authorized. Other 403 responses, such as those for a
 * wrong clock or signature, do not indicate a missing permission. Responses to HEAD have no error code: check the
 * status instead.
 */
export function isDenied(error: unknown): boolean {
  return statusOf(error) === 403 && (error as Error).name === 'AccessDenied';
}

/** Returns true if a store does not implement a request. */
export function isNotImplemented(error: unknown): boolean {
  return [405, 501].includes(statusOf(error));
}

/** Error codes of 400 responses that do not indicate an unsupported request or header. */
const NOT_ABOUT_SUPPORT =
  /^(ExpiredToken|InvalidToken|TokenRefreshRequired|RequestTimeout|AuthorizationHeaderMalformed)$/;

/**
 * Returns true if a store does not support a request or one of its headers. For a header, stores may also return 400.
 */
export function isUnsupported(error: unknown): boolean {
  return isNotImplemented(error) || (statusOf(error) === 400 && !NOT_ABOUT_SUPPORT.test((error as Error).name));
}

/**
 * Returns true if the condition of a write is not met: 412, or 404 if the object to replace does not exist. A 409 does
 * not indicate an unmet condition; it is retried.
 */
export function isPreconditionFailed(error: unknown): boolean {
  return [404, 412].includes(statusOf(error)) && (error as Error).name !== 'NoSuchBucket';
}

/** Returns the number of attempts of a failed request; undefined if the error does not contain it. */
export function attemptsOf(error: unknown): number | undefined {
  return (error as { $metadata?: { attempts?: number } }).$metadata?.attempts;
}

/** Returns the HTTP status of a failed request; 0 if no response arrived. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}

/**
 * Returns true if S3 refused a request because the role is not authorized. Other 403 responses, such as those for a wrong
 * clock or signature, say nothing about permissions. A response to HEAD has no error code: use its status.
 */
export function isDenied(error: unknown): boolean {
  return statusOf(error) === 403 && (error as Error).name === 'AccessDenied';
}

/** Returns true if a store does not implement a request. */
export function isNotImplemented(error: unknown): boolean {
  return [405, 501].includes(statusOf(error));
}

/** Codes of a 400 that says nothing about what the store supports. */
const NOT_ABOUT_SUPPORT =
  /^(ExpiredToken|InvalidToken|TokenRefreshRequired|RequestTimeout|AuthorizationHeaderMalformed)$/;

/** Returns true if a store does not support a request or one of its headers. Stores report the latter with 400, too. */
export function isUnsupported(error: unknown): boolean {
  return isNotImplemented(error) || (statusOf(error) === 400 && !NOT_ABOUT_SUPPORT.test((error as Error).name));
}

/**
 * Returns true if the condition of a write does not hold: 412, or 404 if the object to be replaced does not exist. A 409
 * says nothing about the condition; it is retried.
 */
export function isConditionUnmet(error: unknown): boolean {
  return [404, 412].includes(statusOf(error)) && (error as Error).name !== 'NoSuchBucket';
}

/** Returns how often a failed request was sent. */
export function attemptsOf(error: unknown): number | undefined {
  return (error as { $metadata?: { attempts?: number } }).$metadata?.attempts;
}

/** Returns the HTTP status of a failed request; 0 if no response arrived. */
export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
}

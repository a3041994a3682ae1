/**
 * Returns a module that dist/ has in a file of its own, because few steps need it and it would delay the start of all.
 *
 * If the file is missing or damaged, the process ends with that error. Callers would otherwise treat it as an error of a
 * request: retry it, or report it as a missing permission.
 *
 * @param loading result of `import()`. Its argument must be a fixed text.
 */
export async function loadPart<Module>(loading: Promise<Module>): Promise<Module> {
  try {
    return await loading;
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
    return new Promise<never>(() => {});
  }
}

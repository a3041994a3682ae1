/** Values of the contexts that an expression can use, such as `needs` or `matrix`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** Value of an expression. A missing member is null, as on GitHub. */
export type Value = string | number | boolean | null | readonly unknown[] | Readonly<Record<string, unknown>>;

const TOKENS = /\s*(&&|\|\||==|!=|!|\(|\)|'(?:[^']|'')*'|\d+|[A-Za-z_][\w-]*(?:\.[\w-]+)*)/y;

/**
 * Evaluates an expression of a workflow: contexts, strings, numbers, `fromJSON(...)`, `toJSON(...)`, `==`, `!=`, `!`, `&&` and `||`,
 * and the functions in `contexts`. Throws for other syntax, for an unknown context, and if JSON is not valid, as GitHub
 * fails the job.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
 */
export function evaluateExpression(expression: string, contexts: Contexts): Value {
  const tokens = tokensOf(expression);
  const accept = (token: string) => tokens[0] === token && tokens.shift() !== undefined;
  const expect = (token: string) => {
    if (!accept(token)) throw new Error(`the expression ${expression} is not supported at ${tokens[0] ?? 'its end'}`);
  };
  const either = (): Value => {
    let value = both();
    while (accept('||')) {
      const other = both();
      value = isTruthy(value) ? value : other;
    }
    return value;
  };
  const both = (): Value => {
    let value = comparison();
    while (accept('&&')) {
      const other = comparison();
      value = isTruthy(value) ? other : value;
    }
    return value;
  };
  const comparison = (): Value => {
    const value = operand();
    if (accept('==')) return areEqual(value, operand());
    if (accept('!=')) return !areEqual(value, operand());
    return value;
  };
  const operand = (): Value => {
    const token = tokens.shift() ?? '';
    if (token === '!') return !isTruthy(operand());
    if (token === '(') {
      const value = either();
      expect(')');
      return value;
    }
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^\d+$/.test(token)) return Number(token);
    if (accept('(')) {
      const parameter = accept(')') ? undefined : either();
      if (parameter !== undefined) expect(')');
      return call(token, parameter, contexts);
    }
    return memberOf(contexts, token);
  };
  const value = either();
  if (tokens.length > 0) throw new Error(`the expression ${expression} is not supported at ${tokens[0]}`);
  return value;
}

/** Replaces each `${{ ... }}` in a text by its value. */
export function resolveText(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const value = evaluateExpression(expression, contexts);
    if (typeof value === 'object' && value !== null) throw new Error(`${expression} is not a text`);
    return String(value ?? '');
  });
}

/** Evaluates the condition in `if`, which can be written without `${{ }}`. */
export function isCondition(condition: string, contexts: Contexts): boolean {
  return isTruthy(evaluateExpression(condition.replace(/^\$\{\{ (.+) \}\}$/, '$1'), contexts));
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKENS.lastIndex = 0;
  for (let at = 0; at < expression.trimEnd().length; at = TOKENS.lastIndex) {
    const [, token = ''] = TOKENS.exec(expression) ?? [];
    if (token === '') throw new Error(`the expression ${expression} is not supported`);
    tokens.push(token);
  }
  return tokens;
}

function call(name: string, parameter: Value | undefined, contexts: Contexts): Value {
  if (name === 'fromJSON' && parameter !== undefined) return JSON.parse(String(parameter ?? '')) as Value;
  if (name === 'toJSON' && parameter !== undefined) return JSON.stringify(parameter, undefined, 2);
  const status = contexts[`${name}()`];
  if (typeof status !== 'boolean' || parameter !== undefined) throw new Error(`the function ${name} is not supported`);
  return status;
}

function memberOf(contexts: Contexts, path: string): Value {
  const [context = '', ...members] = path.split('.');
  if (!Object.hasOwn(contexts, context)) throw new Error(`the context of ${path} is not supported`);
  let value: unknown = contexts[context];
  for (const [depth, member] of members.entries()) {
    // A misspelled job or step is an error of the example. A missing output is '' on GitHub.
    const isNamed = depth === 0 && ['needs', 'steps', 'jobs'].includes(context);
    if (isNamed && !Object.hasOwn(value as object, member)) throw new Error(`${context} has no ${member}`);
    value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[member];
  }
  return (value ?? null) as Value;
}

/** Compares strings without regard to case. Values of different types count as numbers: null equals ''. */
function areEqual(one: Value, other: Value): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase();
  return Number(one) === Number(other);
}

function isTruthy(value: Value): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

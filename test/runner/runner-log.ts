/** A workflow command as the runner understood it. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
  /** The line that carried it, as it was printed. */
  readonly line: string;
}

/** What became of one step's output: the commands in it, and the log that is left for a person to read. */
export interface ParsedLog {
  readonly commands: readonly WorkflowCommand[];
  /** Groups, annotations and masks applied, `::debug::` left out, as the log page shows it. */
  readonly text: string;
}

/** What the runner registers; a line with any other name is plain text. */
const REGISTERED = new Set([
  'set-env',
  'set-output',
  'save-state',
  'add-path',
  'add-mask',
  'add-matcher',
  'remove-matcher',
  'debug',
  'warning',
  'error',
  'notice',
  'group',
  'endgroup',
  'echo',
  'stop-commands',
]);

/**
 * Reads a step's output as the runner does. It splits at every line end that .NET knows (a lone `\r` is one), trims
 * the start of a line, and obeys the legacy `##[command]` anywhere in a line: so text that an Action failed to escape
 * shows up among `commands` here exactly when it would have been obeyed.
 */
export function parseLog(output: string): ParsedLog {
  const commands: WorkflowCommand[] = [];
  const shown: string[] = [];
  const masks = new Set<string>();
  let resumeToken: string | undefined;
  let inGroup = false;
  const show = (line: string): void => {
    let masked = line;
    for (const secret of masks) {
      masked = masked.replaceAll(secret, '***');
    }
    shown.push((inGroup ? '  ' : '') + masked);
  };

  for (const line of output.replace(/\r?\n$/, '').split(/\r\n|\n|\r/)) {
    const command = parseCurrent(line, resumeToken) ?? parseLegacy(line, resumeToken);
    if (command === undefined || (resumeToken !== undefined && command.name !== resumeToken)) {
      show(line);
      continue;
    }
    commands.push(command);
    if (command.name === resumeToken) {
      resumeToken = undefined;
    } else if (command.name === 'stop-commands') {
      resumeToken = command.message;
    } else if (command.name === 'add-mask') {
      // The runner masks the whole and each of its lines.
      for (const part of [command.message, ...command.message.split(/\r\n|\n|\r/)]) {
        if (part !== '') {
          masks.add(part);
        }
      }
    } else if (command.name === 'group') {
      inGroup = false;
      show(`▼ ${command.message}`);
      inGroup = true;
    } else if (command.name === 'endgroup') {
      inGroup = false;
    } else if (command.name === 'error' || command.name === 'warning' || command.name === 'notice') {
      const title = `${command.name[0]?.toUpperCase()}${command.name.slice(1)}: `;
      for (const [index, part] of command.message.split('\n').entries()) {
        show(index === 0 ? title + part : part);
      }
    }
  }
  return { commands, text: shown.join('\n') };
}

/** `::name key=value,key=value::message`, at the start of the line once that is trimmed. */
function parseCurrent(line: string, resumeToken: string | undefined): WorkflowCommand | undefined {
  const trimmed = line.trimStart();
  if (!trimmed.startsWith('::')) {
    return undefined;
  }
  const end = trimmed.indexOf('::', 2);
  if (end < 0) {
    return undefined;
  }
  return build(trimmed.slice(2, end), trimmed.slice(end + 2), line, {
    separator: ',',
    unescape: (text) => decode(text, { '%0D': '\r', '%0A': '\n', '%25': '%' }),
    unescapeProperty: (text) => decode(text, { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }),
    extraName: resumeToken,
  });
}

/** `##[name key=value;key=value]message`, anywhere in the line. */
function parseLegacy(line: string, resumeToken: string | undefined): WorkflowCommand | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) {
    return undefined;
  }
  const plain = (text: string): string =>
    decode(text, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' });
  return build(line.slice(start + 3, end), line.slice(end + 1), line, {
    separator: ';',
    unescape: plain,
    unescapeProperty: plain,
    extraName: resumeToken,
  });
}

interface Syntax {
  readonly separator: string;
  readonly unescape: (text: string) => string;
  readonly unescapeProperty: (text: string) => string;
  /** The token that ends `::stop-commands::` is a command name too. */
  readonly extraName: string | undefined;
}

function build(head: string, data: string, line: string, syntax: Syntax): WorkflowCommand | undefined {
  const space = head.indexOf(' ');
  const written = space < 0 ? head : head.slice(0, space);
  // Names are matched without case, so `::ERROR::` is a command as well.
  const name = REGISTERED.has(written.toLowerCase()) ? written.toLowerCase() : written;
  if (!REGISTERED.has(name) && name !== syntax.extraName) {
    return undefined;
  }
  const properties: Record<string, string> = {};
  for (const pair of space < 0
    ? []
    : head
        .slice(space + 1)
        .trim()
        .split(syntax.separator)) {
    const equals = pair.indexOf('=');
    if (equals >= 0) {
      properties[pair.slice(0, equals)] = syntax.unescapeProperty(pair.slice(equals + 1));
    }
  }
  return { name, properties, message: syntax.unescape(data), line };
}

/** Replaces one code after the other, in this order, as the runner does: `%25` last. */
function decode(text: string, codes: Readonly<Record<string, string>>): string {
  let decoded = text;
  for (const [code, character] of Object.entries(codes)) {
    decoded = decoded.replaceAll(code, character);
  }
  return decoded;
}

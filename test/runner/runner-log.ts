/** A workflow command as parsed by the runner. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
  /** Printed line that contains the command. */
  readonly line: string;
}

/** Parsed output of a step: its commands and the readable log. */
export interface ParsedLog {
  readonly commands: readonly WorkflowCommand[];
  /** Log as on the log page: with groups, annotations and masks, without `::debug::`. */
  readonly text: string;
}

/** Commands that the runner supports. A line with any other name is plain text. */
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
 * Parses the output of a step like the runner: splits at every line end of .NET (including a lone `\r`), trims the
 * start of a line, and executes the legacy `##[command]` anywhere in a line. Therefore `commands` contains text that an
 * Action did not escape if and only if the runner would execute it.
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
      // The runner masks the whole value and each of its lines.
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

/** `::name key=value,key=value::message`, at the start of the trimmed line. */
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
  const decodeText = (text: string): string =>
    decode(text, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' });
  return build(line.slice(start + 3, end), line.slice(end + 1), line, {
    separator: ';',
    unescape: decodeText,
    unescapeProperty: decodeText,
    extraName: resumeToken,
  });
}

interface Syntax {
  readonly separator: string;
  readonly unescape: (text: string) => string;
  readonly unescapeProperty: (text: string) => string;
  /** The token that ends `::stop-commands::` is a command name as well. */
  readonly extraName: string | undefined;
}

function build(head: string, data: string, line: string, syntax: Syntax): WorkflowCommand | undefined {
  const space = head.indexOf(' ');
  const written = space < 0 ? head : head.slice(0, space);
  // Names are case-insensitive, so `::ERROR::` is a command as well.
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

/** Replaces the codes in this order, like the runner: `%25` last. */
function decode(text: string, codes: Readonly<Record<string, string>>): string {
  let decoded = text;
  for (const [code, character] of Object.entries(codes)) {
    decoded = decoded.replaceAll(code, character);
  }
  return decoded;
}

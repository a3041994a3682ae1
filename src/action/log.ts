import * as core from '@actions/core';
import type { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { oneLine, redact, SHORTEST_SECRET, secretsOf } from './redact.ts';

/**
 * Characters of an annotation, in UTF-16: the runner cuts what is longer, in the log as well.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (_maxIssueMessageLength)
 */
const MAX_ANNOTATION = 4_096;

/** Stands where an annotation was cut. */
const CUT = '… (complete in the log above)';

/** The step's log. Everything that is written passes through here, so that no text can act as a workflow command. */
export class Log implements Narrator {
  private readonly concealed: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    for (const secret of secretsOf(env)) this.conceal(secret);
  }

  /** What is never shown, in here or anywhere else. */
  get secrets(): readonly string[] {
    return this.concealed;
  }

  /** From now on neither the Action nor, in its log, the runner shows this. To be told before it is used. */
  conceal(secret: string): void {
    if (secret.length < SHORTEST_SECRET || this.concealed.includes(secret)) return;
    core.setSecret(secret);
    this.concealed.push(secret);
    // Longest first, so that one that contains another is replaced whole.
    this.concealed.sort((a, b) => b.length - a.length);
  }

  info(message: string): void {
    core.info(this.clean(message));
  }

  notice(message: string): void {
    this.annotate(core.notice, this.clean(message));
  }

  warning(message: string): void {
    this.annotate(core.warning, this.clean(message));
  }

  /**
   * One annotation: what happened, what to do, where to read on. Its lines are the error's own; the runner gets them
   * escaped.
   */
  failure(error: CopyError, help?: string): void {
    const message = error.message.split('\n').map((line) => this.clean(line));
    const more = help === undefined ? [] : [`More: ${help}`];
    const end = [error.remedy, ...more].map((line) => this.clean(line)).join('\n');
    this.annotate(core.error, message.join('\n'), { end, title: error.code });
  }

  /** Folds what `work` logs under a title. */
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    core.startGroup(this.clean(title));
    try {
      return await work();
    } finally {
      core.endGroup();
    }
  }

  /** Writes an annotation. If it is too long for one, writes it in full before, as lines that nobody cuts. */
  private annotate(
    write: (message: string, properties?: core.AnnotationProperties) => void,
    text: string,
    { end, title }: { readonly end?: string; readonly title?: string } = {},
  ): void {
    const whole = end === undefined ? text : `${text}\n${end}`;
    if (whole.length > MAX_ANNOTATION) {
      for (const line of (title === undefined ? whole : `${title}: ${whole}`).split('\n')) core.info(line);
    }
    write(shortened(text, end), { ...(title !== undefined && { title }) });
  }

  private clean(text: string): string {
    return oneLine(redact(text, this.concealed));
  }
}

/**
 * Returns what fits into an annotation: the beginning of the text, and all of `end`. If `end` alone leaves no room, it is
 * cut as well.
 */
function shortened(text: string, end?: string): string {
  const tail = end === undefined ? '' : `\n${end}`;
  if (text.length + tail.length <= MAX_ANNOTATION) return text + tail;
  const room = MAX_ANNOTATION - tail.length - CUT.length;
  if (room <= 0) return shortened(text + tail);
  // A cut inside a surrogate pair would leave half of a character.
  return text.slice(0, room).replace(/[\ud800-\udbff]$/, '') + CUT + tail;
}

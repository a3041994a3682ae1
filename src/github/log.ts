import * as core from '@actions/core';
import type { CopyError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { escapeForLog, MIN_SECRET_LENGTH, redact, secretsIn } from './redact.ts';

/**
 * Maximum length of an annotation, in UTF-16 characters. The runner truncates longer annotations, in the log too.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (_maxIssueMessageLength)
 */
const MAX_ANNOTATION = 4_096;

/** Replaces the removed text of a truncated annotation. */
const TRUNCATED = '… (full text in the log above)';

/**
 * Log of the step. All output goes through this class: it masks secrets, and escapes text that the runner would
 * interpret as a workflow command.
 */
export class Log implements Logger {
  private readonly concealed: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    for (const secret of secretsIn(env)) this.maskSecret(secret);
  }

  /** Secrets to mask, in the log and in everything else that the Action writes. */
  get secrets(): readonly string[] {
    return this.concealed;
  }

  /** Masks a secret in all later output of the Action, and in the log of the job. Call this before using the secret. */
  maskSecret(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH || this.concealed.includes(secret)) return;
    core.setSecret(secret);
    this.concealed.push(secret);
    // Longest first: a secret that contains another one must be replaced first.
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
   * Writes an error as one annotation: message, remedy, and link to the documentation. Line breaks of the error are
   * kept, because core escapes them.
   */
  failure(error: CopyError, help?: string): void {
    const message = error.message.split('\n').map((line) => this.clean(line));
    const link = help === undefined ? [] : [`More information: ${help}`];
    const end = [error.remedy, ...link].map((line) => this.clean(line)).join('\n');
    this.annotate(core.error, message.join('\n'), { end, title: error.code });
  }

  /** Logs the output of `work` in a collapsible group. */
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    core.startGroup(this.clean(title));
    try {
      return await work();
    } finally {
      core.endGroup();
    }
  }

  /** Writes an annotation. If it is too long, first writes the full text as log lines, which are not truncated. */
  private annotate(
    write: (message: string, properties?: core.AnnotationProperties) => void,
    text: string,
    { end, title }: { readonly end?: string; readonly title?: string } = {},
  ): void {
    const whole = end === undefined ? text : `${text}\n${end}`;
    if (whole.length > MAX_ANNOTATION) {
      for (const line of (title === undefined ? whole : `${title}: ${whole}`).split('\n')) core.info(line);
    }
    write(truncated(text, end), { ...(title !== undefined && { title }) });
  }

  private clean(text: string): string {
    return escapeForLog(redact(text, this.concealed));
  }
}

/**
 * Truncates `text` to fit into an annotation together with all of `end`. If `end` is too long by itself, it is
 * truncated too.
 */
function truncated(text: string, end?: string): string {
  const tail = end === undefined ? '' : `\n${end}`;
  if (text.length + tail.length <= MAX_ANNOTATION) return text + tail;
  const room = MAX_ANNOTATION - tail.length - TRUNCATED.length;
  if (room <= 0) return truncated(text + tail);
  // Remove a high surrogate at the end: its low surrogate was cut off.
  return text.slice(0, room).replace(/[\ud800-\udbff]$/, '') + TRUNCATED + tail;
}

import { RESTORE_SETTINGS, type RestoreSettings, SAFE_SETTINGS } from '../restore/restore-settings.ts';

export const RESTORE_SETTINGS_ALLOWED = `safe, all, none, or a list of ${RESTORE_SETTINGS.join(', ')}`;

/**
 * Parses the input restore-settings, whose names are separated by commas, spaces or line breaks.
 *
 * @returns undefined if the text is not one of `RESTORE_SETTINGS_ALLOWED`
 */
export function parseRestoreSettings(text: string): RestoreSettings | undefined {
  if (text === 'safe') return SAFE_SETTINGS;
  if (text === 'all') return RESTORE_SETTINGS;
  if (text === 'none') return [];
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const settings = RESTORE_SETTINGS.filter((setting) => names.includes(setting));
  return names.length > 0 && names.every((name) => settings.some((setting) => setting === name)) ? settings : undefined;
}

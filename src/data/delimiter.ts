/** The delimiter of CSV files as settings name it. */

/** A delimiter by its name or itself: `tab` and `\\t`, which a YAML file may hold, are the tab. */
export const delimiterNamed = (text: string): string => (/^(?:tab|\\t)$/i.test(text) ? '\t' : text);

/** Whether a text can stand between cells: one character that neither quotes nor ends a line; empty = found out. */
export const isDelimiter = (text: string): boolean => text === '' || /^[^"\r\n\uFEFF]$/u.test(text);

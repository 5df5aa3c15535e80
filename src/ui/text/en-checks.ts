/** The words of what is found of rows before a run, of guessed columns, and of what can be done, in English. */
export const checkWords = {
  dataNotes: { ok: '', missing: 'Check the data', go: 'Go to Data' },
  /** Buttons that mend what was found. */
  setLength: (tokens: string) => `Set max length to ${tokens}`,
  allowCut: 'Train on truncated rows',
  holdBack: (n: string) => `Use ${n} for validation`,
  dropDuplicates: 'Remove duplicates',
  keepDuplicates: 'Keep duplicates',
  showRow: (n: string) => `Show row ${n}`,
  hideRow: 'Hide the row',
  rowLeftOut: 'This row was left out when the file was read.',
};

export const checkSettingWords = {
  allow_truncation: {
    label: 'Train on truncated rows',
    hint: 'Start even if many rows, or whole prompts, are truncated at max length.',
  },
  drop_duplicates: { label: 'Remove duplicates', hint: 'Of rows with the same content, only the first is used.' },
};

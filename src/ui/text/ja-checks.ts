/** 学習前の確認、列の推測、その対処の言葉。 */
export const checkWords: typeof import('./en-checks.ts').checkWords = {
  dataNotes: { ok: '', missing: 'データに確認したい点があります', go: 'データへ' },
  setLength: (tokens) => `最大トークン長を ${tokens} にする`,
  allowCut: '切り詰めたまま学習する',
  holdBack: (n) => `${n} を検証用に分ける`,
  dropDuplicates: '重複を除く',
  keepDuplicates: '重複も使う',
  showRow: (n) => `${n} 行目を表示`,
  hideRow: '行を閉じる',
  rowLeftOut: 'この行はファイルを読むときに除かれました。',
};

export const checkSettingWords: typeof import('./en-checks.ts').checkSettingWords = {
  allow_truncation: {
    label: '切り詰めたデータでも学習する',
    hint: '多くのデータやプロンプト全体が最大トークン長で切り詰められても開始します。',
  },
  drop_duplicates: { label: '重複を除く', hint: '内容が同じ行は最初の 1 件だけを使います。' },
};

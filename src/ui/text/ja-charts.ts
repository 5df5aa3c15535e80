import type { chartsEn } from './en-charts.ts';

/** 学習のグラフと、学習どうしの比較の言葉。 */
export const chartsJa: typeof chartsEn = {
  chart: {
    log: '対数目盛',
    linear: '通常の目盛',
    smoothing: '平滑化',
    best: (value, step) => `最良 ${value}(ステップ ${step})`,
    bestText: (value, step) => `検証損失の最小値は ${value}(ステップ ${step})です。`,
    epochs: 'エポックの終わり',
    epochsText: (n) => `${n} エポック。`,
    range: '表示するステップ',
    rangeFrom: '表示する最初のステップ',
    rangeTo: '表示する最後のステップ',
    rangeText: (from, to) => `${from}〜${to}`,
    rangeHint: 'グラフの上をドラッグすると拡大できます',
    reset: 'すべてのステップを表示',
    earlier: '重ねて表示する学習',
    noEarlier: 'なし',
    earlierText: (name, value, step) => `重ねた学習 ${name}: ステップ ${step} で ${value}。`,
    shownText: (from, to) => `ステップ ${from} から ${to} までを表示しています。`,
  },
  compare: {
    title: '学習の比較',
    choose: (name) => `${name} を比べる`,
    close: '比較を閉じる',
    column: '比較',
    settings: '設定の差分',
    same: '名前とシード以外の設定は同じです。',
    setting: '設定',
    more: (n) => `${n} 件すべてを表示`,
    shared: (n) => `ほかに共通の ${n} 件`,
    answers: '最後の評価での回答',
    noAnswers: 'これらの学習には生成サンプルがありません。',
    opened: (n) => `${n} 件の学習を比べています。Esc キーで閉じます。`,
    text: (name, loss, validation) => `${name}: 最後の損失 ${loss}、検証損失 ${validation}。`,
  },
};

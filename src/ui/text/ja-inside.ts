import type { insideEn } from './en-inside.ts';

/** 学習の中身を見る画面の言葉。 */
export const insideJa: typeof insideEn = {
  scheduleDrawn: {
    title: '学習率スケジュール',
    text: (peak, end, steps) => `学習率は最大 ${peak}、ステップ ${steps} で ${end} です。`,
    warmup: (steps) => `ウォームアップは ${steps} ステップです。`,
    noWarmup: 'ウォームアップはありません。',
    groups: (most, least) => `レイヤーにより × ${least} から × ${most} です。`,
    warmupEnd: 'ウォームアップ終了',
  },
  plane: {
    title: '手法ごとのメモリーと時間',
    text: (lightest, bytes, fastest, time) =>
      `メモリーが最も少ないのは ${lightest}(${bytes})、1 ステップが最も速いのは ${fastest}(${time})です。`,
  },
  inside: {
    moved: 'レイヤーごとの変化',
    movedLead:
      '変化: |ΔW| ÷ |W|。学習した重みが公開時の重みからどれだけ動いたかです。勾配: 最後の更新での勾配ノルムの二乗に占める各レイヤーの割合です。',
    movedNone: '評価のたびと、学習の終わりに測ります。',
    movedText: (step, layer, change, most, share) =>
      `ステップ ${step} の後、最も変化したのは ${layer}(${change})、勾配の割合が最も大きいのは ${most}(${share})です。`,
    gradientText: (step, most, share) => `ステップ ${step} の後、勾配の割合が最も大きいのは ${most}(${share})です。`,
    noChange: 'この手法はモデルに付け加えるもので、重みを変えません。勾配だけを表示します。',
    change: '変化',
    gradient: '勾配',
    layer: 'レイヤー',
    at: '測ったステップ',
    changeOf: (name, change, share) => `${name}: 変化 ${change}、勾配の割合 ${share}`,
    inTree: (name) => `「${name}」で測った変化と勾配の割合`,
  },
};

import type { Messages } from './en.ts';

/** 行から決まる設定と、うまくいかない値。数は文字列で渡される。 */
export const recipesJa: Messages['recipes'] = {
  title: 'レシピ',
  names: { 'quick-look': 'お試し', balanced: '標準', thorough: 'じっくり' },
  about: {
    'quick-look': '学習できるかをまず確認',
    balanced: 'ほとんどのデータに適しています',
    thorough: '時間をかけて丁寧に学習',
  },
  none: 'レシピは使っていません。設定はサンプルまたは読み込んだファイルのものです。',
  waiting: 'モデルとデータを読み込むと、それに合わせて設定が決まります。',
  unread: 'データをまだ読み取れないため、レシピを決められません。',
  forRows: (rows: string, tokens: string) => `${rows} 件、1 件あたり約 ${tokens} トークン`,
  forImages: (images: string) => `画像 ${images} 枚`,
  line: (name: string, basis: string, figures: string) => `${name}(${basis}): ${figures}`,
  figures: {
    epochs: (n: string) => `${n} エポック`,
    steps: (n: string) => `${n} ステップ`,
    rate: (rate: string) => `学習率 ${rate}`,
    batch: (n: string) => `バッチサイズ ${n}`,
    accumulated: (n: string, times: string) => `バッチサイズ ${n} × ${times}`,
    length: (n: string) => `最大 ${n} トークン`,
    held: (n: string) => `検証用 ${n} 件`,
    separator: '、',
  },
  cost: (steps: string, time: string) => `${steps}・${time}`,
  costPending: '見積もり中…',
  chosen: '使用中',
  own: (n: string) => `${n} 項目を手動で設定しています。`,
  ownAll: 'すべてレシピの値に戻す',
  ofRecipe: 'レシピの値',
  byHand: '手動の設定',
  back: (value: string) => `レシピの値(${value})に戻す`,
  why: {
    epochs: 'この件数に十分な更新回数',
    learning_rate: 'この手法とモデルの大きさでの標準的な値',
    batch_size: '件数に応じた値',
    grad_accumulation: '1 回の更新に使う件数を補います',
    warmup_ratio: '最初の更新を安定させます',
    gradient_clip: '極端なバッチで重みが崩れるのを防ぎます',
    evaluation_epochs: '過学習が始まる時点を見逃さない間隔',
    evaluate_before_training: '学習前のモデルと比べるため',
    save_checkpoint: '評価で最も良かった重み',
    max_length: '最も長いデータが収まる長さ(モデルが読める範囲で)',
    validation_size: '判断に足りる件数',
    lora_r: 'モデルの次元に応じた値',
    lora_alpha: 'ランクの 2 倍',
    max_steps: '学習の長さはエポック数で決まります',
  },
  warnings: {
    'rate-high': (value: string, works: string) =>
      `学習率 ${value} は高すぎます。損失が増えるおそれがあります。${works} 前後が適切です。`,
    'rate-low': (value: string, works: string) =>
      `学習率 ${value} は低すぎます。ほとんど学習が進みません。${works} 前後が適切です。`,
    'rank-high': (value: string, works: string) =>
      `ランク ${value} は最も小さい行列の辺より大きく、パラメーターが増えるだけです。${works} で足ります。`,
    'length-short': (value: string, works: string) =>
      `ほとんどのデータは ${value} トークンより長く、切り詰められます。${works} なら収まります。`,
    'length-beyond': (value: string, works: string) =>
      `コンテキスト長は ${works} トークンです。長いデータは ${value} ではなくそこで切り詰められます。`,
    'length-long': (value: string, works: string) =>
      `${value} トークンも必要なデータはありません。${works} ですべて収まります。`,
  },
  use: (value: string) => `${value} にする`,
  bar: { label: '学習の概要' },
};

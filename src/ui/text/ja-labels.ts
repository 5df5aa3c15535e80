import type { Messages } from './en.ts';

/** 学習できるものと、ラベルの言葉。 */
export const labelsJa: Messages['labels'] = {
  problemTypes: {
    instruction: 'プロンプトへの答え',
    text: '文章そのもの',
    classification: '文章の分類',
    regression: '文章ごとの数',
    'token-classification': '語ごとのタグ',
    'masked-language-modeling': 'マスクしたトークン(事前学習)',
  },
  problemTypeHint: {
    instruction: 'プロンプトは読むだけで、答えを学びます',
    text: '一つの列の、すべてのトークンを学びます',
    classification: '文章は読むだけで、ラベルを学びます',
    regression: '文章は読むだけで、数を学びます',
    'token-classification':
      '語は読むだけで、それぞれのタグを学びます。語とタグのリスト、または範囲に印を付けた文章です',
    'masked-language-modeling': '一つの列のトークンの 15 % を無作為にマスクし、元のトークンを学びます(エンコーダー)',
  },
  classes: 'クラス',
  classesNote: (count) => `${count} クラスあります。行の少ないクラスは、モデルがあまり見ないまま終わります。`,
  classCount: (rows, share) => `${rows}（${share}）`,
  labelOf: (label) => `ラベル: ${label}`,
  howLearned: '行の学び方',
  kinds: { one: '1 行に 1 クラス', many: '1 行に複数のラベル' },
  kindsHint: {
    one: '交差エントロピー。セルがクラスの名前です',
    many: '二値の交差エントロピー。ラベルをコンマかセミコロンで区切ります',
  },
  text: '文章',
  label: 'ラベル',
  number: '数',
  words: '語',
  tags: 'タグ',
  noEntities: '(見つかりませんでした)',
  ask: '文章',
  askMasked: '当てさせたい箇所に、モデルのマスクトークン([MASK] や <mask> など)を書いてください。',
  send: { class: '分類する', number: '推定する', masked: '当てる' },
  nothingYet: '学習の前と後のモデルの答えが、ここに並びます。',
  untrained: '公開されたモデルにこのクラス用の層がないとき、学習前の答えはでたらめです。',
  probability: (name, share) => `${name}: ${share}`,
  scores: {
    accuracy: '正解率',
    auc: 'AUC',
    logLoss: '対数損失',
    mse: '平均二乗誤差',
    r2: 'R²',
    f1: 'F1',
    precision: '適合率',
    recall: '再現率',
  },
};

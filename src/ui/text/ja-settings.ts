import type { choicesEn, configFileEn, explainEn, resolvedEn, settingGroupsEn, settingsEn } from './en-settings.ts';
import { effectsJa } from './ja-config-files.ts';

/** 折りたたみの中の設定の名前と説明。 */
export const settingsJa = {
  min_learning_rate_ratio: {
    label: '最低の学習率',
    hint: 'スケジュールの終わりの学習率を、学習率に対する割合で決めます。',
  },
  warmup_ratio: { label: 'ウォームアップの割合', hint: 'ステップ数を決めないとき、全更新に対する割合で決めます。' },
  warmup_epochs: { label: 'ウォームアップのエポック', hint: 'ステップ数も割合も決めないとき、エポックで決めます。' },
  layer_wise_lr_decay: { label: '層ごとの学習率', hint: '一つ下の層へ移るたびに掛ける係数。1 ならどの層も同じです。' },
  differential_learning_rate_layers: {
    label: '学習率を分けるパラメーター',
    hint: '名前の一部をコンマで区切って書きます。',
  },
  differential_learning_rate: { label: 'その学習率', hint: '上のパラメーターの学習率。' },
  shuffle: { label: '並べ替え', hint: 'エポックごとに行の順番を変えます。' },
  drop_last_batch: { label: '半端な最後のバッチを捨てる', hint: '外すと、バッチに満たない行でも学習します。' },
  padding_quantile: { label: '余白の分位', hint: 'バッチの中でこの割合より長い行は、そこで切られます。' },
  max_length_prompt: { label: 'プロンプトの最大長', hint: 'トークン数。左から切ります。0 は制限なし。' },
  max_length_answer: { label: '答えの最大長', hint: 'トークン数。右から切ります。0 は制限なし。' },
  number_of_workers: { label: 'トークン化のスレッド数', hint: '大きな表は、複数にすると早く準備できます。' },
  gradient_checkpointing: { label: '層を計算し直す', hint: '時間をかけてメモリーを減らします。結果は同じです。' },
  mixed_precision: { label: '数の形式', hint: '学習の積を計算する数の形式です。' },
  neftune_noise_alpha: { label: 'NEFTune のノイズ', hint: '学習中に埋め込みへ足すノイズ。0 はなし。' },
  token_mask_probability: { label: '隠すトークン', hint: '学習中に無作為に隠す入力トークンの割合。' },
  intermediate_dropout: { label: 'モデル内のドロップアウト', hint: 'ベースモデルの中で落とす値の割合。' },
  loss_function: { label: '損失', hint: '間違えたトークンの重さと、平均の取り方です。' },
  beta: { label: 'ベータ', hint: '学習前のモデルから離れすぎないように抑える強さ。' },
  label_smoothing: { label: 'ラベル平滑化', hint: '優劣が入れ替わっていると見なす組の割合。' },
  evaluate_before_training: { label: '始める前に評価', hint: '比べるために、最初のステップの前に一度評価します。' },
  save_checkpoint: { label: '残す重み', hint: '最後のステップか、評価が最も良かったときの重み。' },
  early_stopping_patience: {
    label: '我慢する回数',
    hint: '損失が良くならない評価がこの回数続くと止まります。0 は止めません。',
  },
  keep_frozen_statistics: {
    label: '凍結したバッチ正規化の統計を保つ',
    hint: '切ると、PyTorch と同じく、バッチに合わせて動きます。',
  },
  train_validation_data: { label: '検証用の行でも学習', hint: '検証は、新しい行への強さを表さなくなります。' },
  eval_batch_size: { label: '評価のバッチサイズ', hint: '0 は学習のバッチサイズと同じです。' },
  logging_steps: { label: 'グラフの点の間隔', hint: '点から点までの更新の回数。' },
  metric: { label: '答えの採点', hint: '検証の答えをどう採点するか。' },
  judge_endpoint: { label: '採点者のアドレス', hint: '検証の行のプロンプトと答えが、そこへ送られます。' },
  judge_model: { label: '採点者のモデル', hint: 'そのアドレスでの名前です。' },
  number_of_texts: { label: '答えの見本', hint: '評価のたびに答えを書いて見せる検証の行の数。' },
  max_length_inference: { label: '書く答えの最大長', hint: '新しいトークンの上限。' },
  min_length_inference: { label: '書く答えの最小長', hint: '新しいトークンの下限。' },
  do_sample: { label: 'トークンを無作為に引く', hint: '外すと、いつも最もありそうなものを選びます。' },
  stop_tokens: { label: '答えを終える文字列', hint: 'コンマで区切って書きます。' },
  max_time: { label: '答えにかける秒数', hint: '最大の秒数。0 なら制限しません。' },
  num_history: { label: 'チャットが覚えるやり取り', hint: '新しい質問の前に置く、これまでの質問と答えの数。' },
  batch_size_inference: { label: '同時に作る答えの数', hint: '0 なら学習のバッチサイズと同じです。' },
  num_beams: { label: 'ビームの数', hint: '同時に残す下書きの数。1 は一つだけ書きます。' },
  temperature: { label: '温度', hint: '1 より上は大胆に、下は手堅くなります。' },
  top_k: { label: 'top_k', hint: 'ありそうな k 個から引きます。0 はすべてから。' },
  top_p: { label: 'top_p', hint: 'ありそうな順に、合わせてこの確率になるものから引きます。' },
  repetition_penalty: { label: '繰り返しの抑え', hint: '1 より上は、もう出たトークンを出にくくします。' },
} satisfies typeof settingsEn;

export const settingGroupsJa = {
  learning: '学び方',
  batches: '行とバッチ',
  memory: 'メモリーと数',
  steadying: '丸暗記を防ぐ',
  evaluation: '評価と残すもの',
  answers: '評価のときの答え',
  run: '全般',
} satisfies typeof settingGroupsEn;

/** 設定の読み書き。 */
export const configFileJa = {
  load: '設定を読み込む',
  save: '設定を保存',
  formats: {
    'run-config': '設定ファイル(JSON)',
    h2o: 'H2O LLM Studio(cfg.yaml)',
    'hugging-face': 'Hugging Face の引数(JSON)',
    'llama-factory': 'LLaMA-Factory の設定',
    axolotl: 'axolotl の設定',
  },
  read: '設定ファイルを読み込みました。',
  converted: (format: string, taken: string, left: string) =>
    `${format}として読みました。${taken} 個の設定を引き継ぎ、${left} 個は引き継ぎませんでした。`,
  details: 'キーごとに見る',
  key: 'キー',
  became: 'どうなったか',
  implied: '(ファイルにはなく、元のソフトの初期値)',
  reasons: {
    elsewhere: '引き継ぎません: 学習とは関わりがありません',
    unknown: '引き継ぎません: ここでは知られていません',
    'no-effect': '引き継ぎません: この値では何も変わりません',
  },
  leftOut: (effect: string) => `引き継ぎません: ${effect}`,
  effects: effectsJa,
  replaced: (value: string, ours: string, instead: string) =>
    `${value} はここでは使えません。代わりに ${ours} を ${instead} にしました`,
  lost: 'この形式では表せないもの:',
} satisfies typeof configFileEn;

/** 設定の説明の周りの言葉。 */
export const explainJa = {
  about: (label: string) => `「${label}」について`,
  effect: '働き',
  typical: 'よく使う値',
  standard: '初期値',
  range: '範囲',
  elsewhere: 'ほかでの名前',
  key: '設定ファイルでの名前',
} satisfies typeof explainEn;

/** 値が何になるか(矢印の後)。 */
export const resolvedJa = {
  warmup: (steps: string, total: string) => `全 ${total} ステップのうち ${steps} ステップ`,
  cut: (rows: string) => (rows === '0' ? '切られる行はありません' : `${rows} 行が切られます`),
  scale: (factor: string) => `× ${factor} で効きます`,
  every: (steps: string) => `${steps} ステップごと`,
} satisfies typeof resolvedEn;

/** 設定ファイルでの名前から引く選択肢。 */
export const choicesJa: typeof choicesEn = {
  TokenAveragedCrossEntropy: 'トークンの平均',
  SampleAveragedCrossEntropy: '行の平均',
  DPO: 'DPO(シグモイド)',
  DPOHinge: 'ヒンジ(SLiC)',
  DPOIPO: 'IPO',
  DPORobust: 'ロバスト DPO',
  AdamW8bit: 'AdamW、8 ビット',
  last: '最後',
  best: '最良',
  each_evaluation_epoch: '評価のたび',
  disable: '残さない',
  on: 'する',
  off: 'しない',
  f16: '16 ビット(f16)',
  f32: '32 ビット(f32)',
  Perplexity: 'パープレキシティー',
  judge: '別のモデルが採点',
};

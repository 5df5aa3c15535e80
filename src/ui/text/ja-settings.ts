import type { choicesEn, configFileEn, explainEn, resolvedEn, settingGroupsEn, settingsEn } from './en-settings.ts';
import { effectsJa } from './ja-config-files.ts';

/** 折りたたみの中の設定の名前と説明。 */
export const settingsJa = {
  min_learning_rate_ratio: {
    label: '最終学習率の比',
    hint: 'スケジュール終了時の学習率を、学習率に対する比で指定します。',
  },
  warmup_ratio: { label: 'ウォームアップの割合', hint: '学習率を上げていく期間の、全ステップに対する割合。' },
  warmup_epochs: { label: 'ウォームアップのエポック数', hint: '学習率を上げていく期間のエポック数。' },
  layer_wise_lr_decay: {
    label: 'レイヤーごとの学習率減衰',
    hint: '一つ前のレイヤーへ移るたびに掛ける係数。1 ならすべて同じです。',
  },
  differential_learning_rate_layers: {
    label: '個別の学習率を使うパラメーター',
    hint: '名前の一部をカンマ区切りで入力します。',
  },
  differential_learning_rate: { label: '個別の学習率', hint: '上のパラメーターの学習率。' },
  shuffle: { label: 'シャッフル', hint: 'エポックごとにデータの順番を変えます。' },
  drop_last_batch: { label: '端数バッチを捨てる', hint: 'オフにすると、バッチに満たない分も学習します。' },
  padding_quantile: { label: 'パディング分位点', hint: 'バッチ内でこの分位点より長いデータは切り詰めます。' },
  max_length_prompt: { label: 'プロンプトの最大長', hint: 'トークン数。左から切り詰めます。0 は制限なし。' },
  max_length_answer: { label: '回答の最大長', hint: 'トークン数。右から切り詰めます。0 は制限なし。' },
  number_of_workers: { label: 'トークン化のスレッド数', hint: '大きなデータは、増やすと早く準備できます。' },
  gradient_checkpointing: {
    label: '勾配チェックポインティング',
    hint: 'メモリーが減り、時間が増えます。結果は同じです。',
  },
  mixed_precision: { label: '計算精度', hint: '学習の行列積の数値形式。' },
  neftune_noise_alpha: { label: 'NEFTune のノイズ', hint: '学習中に埋め込みへ足すノイズ。0 はなし。' },
  mlm_probability: { label: 'マスク率', hint: 'テキストのトークンのうち、マスクして予測する割合。' },
  token_mask_probability: { label: 'トークンマスク率', hint: '学習中にランダムにマスクする入力トークンの割合。' },
  intermediate_dropout: { label: 'モデル内のドロップアウト', hint: 'ベースモデルの中でドロップする値の割合。' },
  loss_function: { label: '損失関数', hint: '学習の目的関数と、平均の取り方。' },
  beta: {
    label: 'ベータ',
    hint: 'DPO・KTO・APO-zero では学習前のモデルにとどめる強さ、ORPO では選好の重み、SimPO では報酬の差の尺度。',
  },
  label_smoothing: { label: 'ラベル平滑化', hint: '優劣が入れ替わっていると見なす組の割合。' },
  simpo_gamma: { label: 'SimPO のマージン γ', hint: 'chosen の回答の報酬をどれだけ上にするか。' },
  cpo_alpha: { label: '尤度の重み', hint: 'chosen の回答そのものを併せて学習する強さ。' },
  desirable_weight: { label: 'よい回答の重み', hint: '「よい」とラベルの付いた回答の損失に掛ける重み。' },
  undesirable_weight: { label: '悪い回答の重み', hint: '「悪い」とラベルの付いた回答の損失に掛ける重み。' },
  evaluate_before_training: { label: '学習前に評価', hint: '比較のため、最初のステップの前に一度評価します。' },
  save_checkpoint: { label: '保存するチェックポイント', hint: '最後のステップ、または評価が最良のもの。' },
  early_stopping_patience: {
    label: '早期終了の猶予回数(patience)',
    hint: '損失が改善しない評価がこの回数続くと終了します。0 なら終了しません。',
  },
  forgetting_check: {
    label: '忘却を確認',
    hint: '評価のたびに、学習前の知識がどれだけ残っているかを一般文で調べます。',
  },
  forgetting_limit: {
    label: '忘却で終了',
    hint: '一般文でのベースモデルとの差(1 トークンあたりのナット)がこの値を超えると終了します。0 なら終了しません。',
  },
  keep_frozen_statistics: {
    label: 'バッチ正規化の統計を固定',
    hint: '凍結したレイヤーのもの。オフにすると、PyTorch と同じくバッチに合わせて変わります。',
  },
  train_validation_data: { label: '検証データも学習に使う', hint: '検証は、未知のデータへの汎化を表さなくなります。' },
  eval_batch_size: { label: '評価のバッチサイズ', hint: '0 なら学習と同じです。' },
  logging_steps: { label: 'ログの間隔', hint: 'グラフの点から点までの更新の回数。' },
  metric: { label: '評価指標', hint: '検証データへの回答の採点方法。' },
  judge_endpoint: { label: '評価モデルの URL', hint: '検証データのプロンプトと回答が送信されます。' },
  judge_model: { label: '評価モデル名', hint: 'その URL での名前。' },
  number_of_texts: { label: '生成サンプル', hint: '評価のたびに回答を生成して表示する検証データの件数。' },
  max_length_inference: { label: '最大生成トークン数', hint: '1 回答あたり。' },
  min_length_inference: { label: '最小生成トークン数', hint: '1 回答あたり。' },
  do_sample: { label: 'サンプリングする', hint: 'オフにすると、常に確率最大のトークンを選択します。' },
  stop_tokens: { label: '停止文字列', hint: 'カンマ区切りで入力します。' },
  max_time: { label: '制限時間(秒)', hint: '1 回答あたり。0 は制限なし。' },
  num_history: { label: '会話履歴', hint: '新しいメッセージに含める、これまでのやり取りの数。' },
  batch_size_inference: { label: '生成のバッチサイズ', hint: '0 なら学習と同じです。' },
  num_beams: { label: 'ビーム数', hint: 'ビームサーチの幅。1 ならビームサーチなし。' },
  temperature: { label: '温度', hint: '1 より大きいと多様に、小さいと安定します。' },
  top_k: { label: 'top_k', hint: '確率の高い k 個から選びます。0 はすべてから。' },
  top_p: { label: 'top_p', hint: '確率の高い順に、合計がこの値になるまでのトークンから選びます。' },
  repetition_penalty: { label: '繰り返しペナルティ', hint: '1 より大きいと、すでに出たトークンが出にくくなります。' },
} satisfies typeof settingsEn;

export const settingGroupsJa = {
  learning: '最適化',
  batches: 'データとバッチ',
  memory: 'メモリーと精度',
  steadying: '過学習対策',
  evaluation: '評価と保存',
  answers: '回答の生成',
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
    `${format}として読み込みました。${taken} 個の設定を適用し、${left} 個を無視しました。`,
  details: 'キーごとの詳細',
  key: 'キー',
  became: '結果',
  implied: '(ファイルにはなく、元のソフトの初期値)',
  reasons: {
    elsewhere: '学習の設定ではないため無視',
    unknown: '未対応のため無視',
    'no-effect': '効果のない値のため無視',
  },
  leftOut: (effect: string) => `無視: ${effect}`,
  effects: effectsJa,
  replaced: (value: string, ours: string, instead: string) =>
    `${value} はここでは使えません。代わりに ${ours} を ${instead} にしました`,
  lost: 'この形式では表せないもの:',
} satisfies typeof configFileEn;

/** 設定の説明の周りの言葉。 */
export const explainJa = {
  about: (label: string) => `「${label}」について`,
  effect: '効果',
  typical: 'よく使う値',
  standard: '初期値',
  range: '範囲',
  elsewhere: 'ほかのツールでの名前',
  key: '設定ファイルでの名前',
} satisfies typeof explainEn;

/** 値が何になるか(矢印の後)。 */
export const resolvedJa = {
  warmup: (steps: string, total: string) => `全 ${total} ステップのうち ${steps} ステップ`,
  cut: (rows: string) => (rows === '0' ? '切り詰めなし' : `${rows} 件を切り詰め`),
  scale: (factor: string) => `× ${factor}`,
  every: (steps: string) => `${steps} ステップごと`,
} satisfies typeof resolvedEn;

/** 設定ファイルでの名前から引く選択肢。 */
export const choicesJa: typeof choicesEn = {
  TokenAveragedCrossEntropy: 'トークン平均',
  SampleAveragedCrossEntropy: 'データ平均',
  DPO: 'DPO(シグモイド)',
  DPOHinge: 'ヒンジ(SLiC)',
  DPOIPO: 'IPO',
  DPORobust: 'ロバスト DPO',
  ORPO: 'ORPO(比較元なし)',
  SimPO: 'SimPO(比較元なし)',
  APOZero: 'APO-zero(単独の回答)',
  AdamW8bit: '8 ビット AdamW',
  last: '最後',
  best: '最良',
  each_evaluation_epoch: '評価のたび',
  disable: '保存しない',
  on: 'オン',
  off: 'オフ',
  f16: '16 ビット(f16)',
  f32: '32 ビット(f32)',
  Perplexity: 'パープレキシティ',
  'exact-match': '完全一致',
  judge: '評価モデル(LLM)',
};

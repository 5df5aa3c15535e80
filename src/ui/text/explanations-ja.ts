import type { explanations as english } from './explanations-en.ts';

/** 各設定を上げる、または入れると何が起きるか、ふつうはどうするか。初めて尋ねられたときに読み込みます。 */
export const explanations = {
  learning_rate: {
    effect: '上げると速く学び、上げすぎると損失が跳ねたり増えたりします。下げるとゆっくり確実に学びます。',
    typical: 'LoRA は 2e-4〜5e-3、重み全体は 1e-5〜1e-3(モデルが小さいほど大きく)、学習するプロンプトは 1e-3〜1e-1',
  },
  batch_size: {
    effect: '上げるとメモリーが比例して増えます。更新は安定し、1 エポックの更新は減り、GPU をよく使えます。',
    typical: '1〜16。メモリーが足りないときは 1 にして累積',
  },
  grad_accumulation: {
    effect: '上げると一回の更新で見る行が増え、その分時間がかかります。メモリーはほとんど変わりません。',
    typical: '1〜16。一回の更新で 8〜64 行を見るように',
  },
  epochs: {
    effect: '上げると学習が長くなり、学習の損失はさらに下がります。ある所から検証の損失は上がり始めます。',
    typical: '数千行なら 1〜3、数百行なら 5〜20',
  },
  max_steps: { effect: '上げると学習が長くなります。エポックの代わりです。', typical: '100〜数千' },
  max_length: {
    effect: '上げると切られる行が減ります。メモリーと時間は、この数ではなく、バッチで最も長い行に従います。',
    typical: 'ほとんどの行が収まる長さ。256〜2048',
  },
  packing: {
    effect: '入れると短い行がバッチの一行を分け合い、余白が減って速くなります。一つのバッチに入る例は増えます。',
    typical: '最も長い行よりずっと短い行が多いときに入れる',
  },
  allow_truncation: {
    effect:
      'オンにすると、長すぎる行は切り捨てたまま学習し、質問のない回答を学ぶこともあります。オフでは開始しません。',
    typical: 'オフ。長い行がメモリーに収まらないときだけオン',
  },
  drop_duplicates: {
    effect: 'オンにすると、同じ内容の行は一度だけ数え、検証データは学習しません。件数は減り、成績は正確になります。',
    typical: 'オン。繰り返しを重みとして使うときだけオフ',
  },
  schedule: {
    effect: 'コサインはゆっくり、速く、ゆっくりと下がります。直線は一様に下がり、一定は下がりません。',
    typical: 'コサインか直線',
  },
  min_learning_rate_ratio: { effect: '上げると最後の更新が大きくなります。', typical: '0 か 0.1' },
  warmup_steps: {
    effect: '上げると始まりが穏やかになり、初めの荒い勾配で重みが振り回されません。',
    typical: '全ステップの 3〜10 %。重み全体ならもっと長く',
  },
  warmup_ratio: { effect: 'ウォームアップを割合で決めます。', typical: '0.03〜0.1' },
  warmup_epochs: { effect: 'ウォームアップをエポックで決めます。', typical: '0〜0.5' },
  weight_decay: {
    effect:
      '上げると学習する重みが 0 へ強く引かれ、丸暗記が減ります。上げすぎると学びも減ります。バイアスと正規化は除きます。',
    typical: 'LoRA は 0、重み全体は 0.01〜0.1',
  },
  gradient_clip: {
    effect: '上げると大きな勾配も通ります。下げると変わった行の影響が小さくなります。0 はすべて通します。',
    typical: '0.3〜1',
  },
  optimizer: {
    effect: 'AdamW は学習するパラメーターごとに数を二つ、SGD は一つ持ちます。8 ビットなら二つで四分の一です。',
    typical: 'AdamW。重み全体を学習しメモリーが足りないときは 8 ビット',
  },
  adam_beta1: {
    effect: '上げると、より多くの過去の勾配の平均に従います。安定しますが、向きを変えるのは遅くなります。',
    typical: '0.9',
  },
  adam_beta2: {
    effect: '下げると、一歩の大きさが直近の勾配に早く従います。大きなモデルでは 0.95 もよく使われます。',
    typical: '0.999。全体の学習では 0.95〜0.99',
  },
  adam_epsilon: {
    effect: '上げると、勾配の小さいパラメーターの一歩が小さくなります。',
    typical: '1e-8',
  },
  loss_function: {
    effect: 'トークンの平均では長い答えが重くなり、行の平均ではどの答えも同じ重さです。',
    typical: 'トークンの平均',
  },
  beta: {
    effect: '大きくすると元のモデルの近くにとどまり、小さくすると選ばれた答えの方へ大きく動きます。',
    typical: '0.1。0.01〜0.5',
  },
  label_smoothing: {
    effect: '大きくすると、一組ごとの優劣を信じすぎなくなります。優劣が逆の組が混ざるデータに向きます。',
    typical: '0。優劣の誤りが多いデータでは 0.1',
  },
  shuffle: { effect: '入れると、表で隣り合う行がいつも同じバッチになることがありません。', typical: '入れる' },
  drop_last_batch: {
    effect: '入れると毎回の更新が同じ行数になり、エポックごとに数行が使われません。',
    typical: '入れる。とても小さな表では外す',
  },
  padding_quantile: {
    effect: '下げると、各バッチで最も長い行が切られ、ほかの行の余白が減ります。',
    typical: '1。飛び抜けて長い行があるときは 0.9',
  },
  max_length_prompt: { effect: '上げると長いプロンプトも切られません。', typical: '0 か、一行の最大長の半分' },
  max_length_answer: { effect: '上げると長い答えも切られません。', typical: '0 か、一行の最大長の半分' },
  weights: {
    effect:
      'ビットを減らすと、凍結した行列のメモリーが 8 ビットで半分、4 ビットで四分の一になり、ベースは約 1 % か 9 % ずれます。',
    typical: '収まるなら公開時のまま、収まらなければ NF4',
  },
  gradient_checkpointing: {
    effect:
      '入れると層の入力だけを残し、層を二度計算します。長い行でメモリーが大きく減り、1 ステップに順方向の計算が一回分増えます。',
    typical: '自動。収まらないときだけ使われます',
  },
  layer_wise_lr_decay: {
    effect: '下げると、一般的な知識を持つ入力側の層は、出力側の層より変わりにくくなります。',
    typical: '1。重みを丸ごと学習するときは 0.8〜0.95',
  },
  differential_learning_rate_layers: {
    effect: 'ここに書いたものは下の学習率で、残りはふつうの学習率で学びます。',
    typical: '空、または embed, head',
  },
  differential_learning_rate: { effect: '上げると、上のパラメーターが速く変わります。', typical: '学習率の 10 分の 1' },
  prompt_column_separator: { effect: 'プロンプトの列のセルとセルの間に入ります。', typical: '空行' },
  add_eos_token_to_system: { effect: '入れると、システム文の終わりがモデルに分かります。', typical: 'なし' },
  add_eos_token_to_prompt: { effect: '入れると、プロンプトの終わりがモデルに分かります。', typical: 'なし' },
  data_sample_choice: { effect: '割合をどの行に当てはめるかです。', typical: '両方' },
  stop_tokens: { effect: 'このいずれかが現れたところで答えが終わります。', typical: '空' },
  max_time: { effect: '上げると、長い答えに時間をかけられます。', typical: '0' },
  num_history: { effect: '上げると、より多くのやり取りを覚え、プロンプトは長くなります。', typical: '2〜8' },
  batch_size_inference: { effect: '上げると、答え終わるのが早くなり、メモリーを多く使います。', typical: '0' },
  number_of_workers: {
    effect: '上げると、行が並んでトークンになります。スレッドごとにトークナイザーを 1 つ持ちます。',
    typical: '1。10 万行以上では 2 以上',
  },
  mixed_precision: {
    effect: 'f16 は 16 ビットで掛けて 32 ビットで足します。16 ビット演算のある GPU で速く、少しだけ粗くなります。',
    typical: '自動',
  },
  neftune_noise_alpha: {
    effect: '上げると埋め込みのノイズが増え、答えは長めになり、丸暗記が減ります。',
    typical: '0。指示データなら 5〜15',
  },
  token_mask_probability: { effect: '上げると、少ない手がかりから答えることになります。', typical: '0〜0.1' },
  intermediate_dropout: { effect: '上げると丸暗記が減り、学びは遅くなります。', typical: '0〜0.1' },
  lora_r: {
    effect: '上げると多くを学べます。アダプターとそのメモリーは比例して増えます。',
    typical: '文体や形式なら 4〜16、新しい知識なら 32〜128',
  },
  lora_alpha: {
    effect: '上げるとアダプターの働きが強まります。学習率を上げるのに似ています。',
    typical: 'ランクの 1〜2 倍',
  },
  lora_dropout: { effect: '上げると、少ない行の丸暗記が減ります。', typical: '0〜0.1' },
  use_rslora: { effect: '入れると、高いランクでも更新が小さくなりません。', typical: 'ランク 32 以上で入れる' },
  use_dora: {
    effect: '入れると、重みの行の長さと向きを分けて学びます。低いランクで良くなることが多く、遅くなります。',
    typical: '外す。ランク 4〜16 で入れることも',
  },
  lora_plus_ratio: { effect: '上げると、B の行列が A より速く学びます。', typical: '1 か 4〜16' },
  method: { effect: '案内の下へ行くほど学習する量が減り、メモリーも減ります。', typical: 'LoRA' },
  num_virtual_tokens: { effect: '上げると多くを学べ、どの文もその分長くなります。', typical: '10〜100' },
  prompt_tuning_init: {
    effect: '学習するトークンの出発点です。言葉に近い所から始めると、乱数より早く見つかります。',
    typical: '語彙のトークンか、課題を表す文',
  },
  bias: { effect: 'ベースのバイアスも学習します。アダプターを外すだけでは元に戻らなくなります。', typical: 'なし' },
  mask_prompt_labels: {
    effect: '入れると答えだけが損失に数えられます。外すと、プロンプトの書き方も学びます。',
    typical: '問いと答えのデータでは入れる',
  },
  add_eos_token_to_answer: { effect: '入れると、答えの終わり方を学びます。', typical: '入れる' },
  evaluation_epochs: { effect: '上げると評価の回数が減り、学習が短くなります。', typical: '0.25〜1' },
  evaluate_before_training: {
    effect: '入れると、検証の曲線がベースモデルから始まります。',
    typical: '小さな表では入れる',
  },
  save_checkpoint: {
    effect: '「最良」は検証の損失が最も低いときの重みを残し、長い学習で安心です。',
    typical: '短い学習は最後、エポックが多いときは最良',
  },
  early_stopping_patience: { effect: '上げると、検証が再び下がるのを長く待ちます。', typical: '0 か 2〜5' },
  keep_frozen_statistics: {
    effect:
      '入れると、凍結した層は公開されたときの平均と分散で新しい画像を見ます。小さなバッチでも安定します。切ると、手元の画像に合わせて変わります。',
    typical: '小さなバッチなら入れる、モデルの知る画像と大きく違うなら切る',
  },
  train_validation_data: {
    effect: '入れると、すべての行を学びます。',
    typical: '外す。設定が決まった最後の学習で入れる',
  },
  eval_batch_size: { effect: '上げると評価が速くなり、メモリーを使います。', typical: '0' },
  logging_steps: { effect: '上げると、グラフの点が減ります。', typical: '1〜10' },
  metric: {
    effect: 'パープレキシティーは損失から求まり、手間がかかりません。ほかは検証の行すべてに答えを書きます。',
    typical: 'パープレキシティー。正解が一つなら BLEU',
  },
  judge_endpoint: {
    effect: '行がこのコンピューターからそのアドレスへ送られます。自分のコンピューターのアドレスでも構いません。',
    typical: 'http://localhost:11434/v1',
  },
  judge_model: { effect: '良いモデルほど、人の読み方に近く採点します。', typical: '指示に従うモデル' },
  number_of_texts: { effect: '上げると評価に時間がかかり、見られる答えが増えます。', typical: '1〜3' },
  max_length_inference: {
    effect: '上げると長い答えが途切れず、評価に時間がかかることがあります。',
    typical: '64〜512',
  },
  min_length_inference: { effect: '上げると、答えが早く終わりません。', typical: '0〜2' },
  do_sample: { effect: '入れると、答えがシードによって変わります。', typical: '採点するときは外す' },
  num_beams: { effect: '上げると、よりありそうな答えが見つかり、その倍数だけ時間がかかります。', typical: '1〜4' },
  temperature: { effect: '上げると、ありそうにないトークンも引かれやすくなります。', typical: '0.6〜1' },
  top_k: { effect: '下げると、最もありそうなトークンだけが引かれます。', typical: '0 か 20〜50' },
  top_p: { effect: '下げると、最もありそうなトークンだけが引かれます。', typical: '0.9〜1' },
  repetition_penalty: { effect: '上げると繰り返しが減り、上げすぎると意味が崩れます。', typical: '1〜1.2' },
  only_last_answer: { effect: '入れると、前の番の答えは読むだけで学びません。', typical: '外す' },
  limit_chained_samples: {
    effect: '入れると例は少なく長くなります。外すと、それぞれの番が、その前までを読む一つの例になります。',
    typical: '長い会話では入れる',
  },
  skip_parent_probability: { effect: '上げると、前の番なしで答えることが増えます。', typical: '0〜0.1' },
  random_parent_probability: { effect: '上げると、よその番が前に付くことが増えます。', typical: '0〜0.1' },
  data_sample: { effect: '下げると読む行が減り、学習が短くなります。', typical: '1。設定を試すときは 0.1' },
  rank_pattern: { effect: 'モジュールごとに、学ぶ値を増やしたり減らしたりします。', typical: '空' },
  alpha_pattern: { effect: 'モジュールごとに、アダプターの働きを強めたり弱めたりします。', typical: '空' },
  modules_to_save: {
    effect: '丸ごと学習し、その分アダプターのファイルが大きくなります。',
    typical: '空。新しいトークンがあるなら埋め込みと出力層',
  },
  exclude_modules: { effect: '対象に当てはまっても、これらのモジュールにはアダプターを付けません。', typical: '空' },
  feedforward_modules: { effect: '係数を入力に掛けるか、出力に掛けるかを決めます。', typical: '空' },
  prompt_tuning_init_text: { effect: '学習するプロンプトがこの言葉から始まります。', typical: '課題を表す一文' },
  encoder_hidden_size: { effect: '上げると、プロンプトを書くネットワークが大きくなります(学習中だけ)。', typical: '0' },
  d_initial: { effect: '上げると、初めは乱数の行列が強く働きます。', typical: '0.1' },
  reduction_factor: { effect: '上げるとアダプターが細くなり、学ぶ量とメモリーが減ります。', typical: '2〜64' },
  adapter_placement: { effect: '一層に二か所なら、学べる量も時間も二倍になります。', typical: '一か所' },
  adapter_len: { effect: '上げると、各層で多くを学べます。', typical: '10' },
  adapter_layers: { effect: '上げると、学習するトークンを持つ層が増えます。', typical: '最初の二層を除くすべて' },
  num_classes: { effect: 'ラベルの数より上げると、どの行も教えない出力ができます。', typical: '0(ラベルの数だけ)' },
  validation_strategy: { effect: '検証がないと、新しい行にうまく答えられるかが分かりません。', typical: '表の一部' },
  validation_size: { effect: '上げると検証が確かになり、学ぶ行が減ります。', typical: '0.05〜0.2' },
  seed: { effect: '同じ数なら、同じコンピューターで同じ結果になります。', typical: '決まった数なら何でも' },
  executor: {
    effect: 'WebGPU は学習用に作ったカーネルを使います。TensorFlow.js は WebGPU のない所でも動きます。',
    typical: '自動',
  },
  experiment_name: { effect: '学習と、ダウンロードするファイルの名前になります。', typical: '試したこと' },
} satisfies typeof english;

import type { explanations as english } from './explanations-en.ts';

/** 各設定を上げる、またはオンにすると何が起きるか、ふつうはどうするか。初めて尋ねられたときに読み込みます。 */
export const explanations = {
  learning_rate: {
    effect:
      '大きくすると速く学習しますが、大きすぎると損失が不安定になったり増えたりします。小さくすると、ゆっくり安定して学習します。',
    typical:
      'LoRA は 2e-4〜5e-3、フルファインチューニングは 1e-5〜1e-3(モデルが小さいほど大きく)、学習するプロンプトは 1e-3〜1e-1',
  },
  batch_size: {
    effect: '大きくするとメモリーが比例して増えます。更新は安定し、1 エポックの更新は減り、GPU をよく使えます。',
    typical: '1〜16。メモリーが足りないときは 1 にして累積',
  },
  grad_accumulation: {
    effect: '大きくすると一回の更新で見る行が増え、その分時間がかかります。メモリーはほとんど変わりません。',
    typical: '1〜16。一回の更新で 8〜64 行を見るように',
  },
  epochs: {
    effect: '大きくすると学習が長くなり、学習損失はさらに下がります。ある所から検証損失は上がり始めます。',
    typical: '数千行なら 1〜3、数百行なら 5〜20',
  },
  max_steps: { effect: '大きくすると学習が長くなります。エポックの代わりです。', typical: '100〜数千' },
  max_length: {
    effect: '大きくすると切られる行が減ります。メモリーと時間は、この数ではなく、バッチで最も長い行に従います。',
    typical: 'ほとんどの行が収まる長さ。256〜2048',
  },
  packing: {
    effect:
      'オンにすると短いデータがバッチの 1 行を共有し、パディングが減って速くなります。1 バッチに入る件数は増えます。',
    typical: '最長よりずっと短いデータが多いときにオン',
  },
  allow_truncation: {
    effect:
      'オンにすると、長すぎるデータを切り詰めたまま学習し、プロンプトのない回答を学習することもあります。オフでは開始しません。',
    typical: 'オフ。長い行がメモリーに収まらないときだけオン',
  },
  drop_duplicates: {
    effect: 'オンにすると、同じ内容の行は一度だけ数え、検証データは学習しません。件数は減り、成績は正確になります。',
    typical: 'オン。繰り返しを重みとして使うときだけオフ',
  },
  schedule: {
    effect: 'コサインはゆっくり、速く、ゆっくりと下がります。線形は一様に下がり、一定は下がりません。',
    typical: 'コサインか線形',
  },
  min_learning_rate_ratio: { effect: '大きくすると最後の更新が大きくなります。', typical: '0 か 0.1' },
  warmup_steps: {
    effect: '大きくすると始まりが穏やかになり、初めの荒い勾配で重みが振り回されません。',
    typical: '全ステップの 3〜10%。フルファインチューニングではもっと長く',
  },
  warmup_ratio: { effect: 'ウォームアップを割合で決めます。', typical: '0.03〜0.1' },
  warmup_epochs: { effect: 'ウォームアップをエポックで決めます。', typical: '0〜0.5' },
  weight_decay: {
    effect: '大きくすると過学習が減ります。大きすぎると学習が進みにくくなります。バイアスと正規化は対象外です。',
    typical: 'LoRA は 0、フルファインチューニングは 0.01〜0.1',
  },
  gradient_clip: {
    effect: '小さくすると、極端なデータの影響が小さくなります。0 は制限なし。',
    typical: '0.3〜1',
  },
  optimizer: {
    effect: 'AdamW は学習するパラメーターごとに数を二つ、SGD は一つ持ちます。8 ビットなら二つで四分の一です。',
    typical: 'AdamW。フルファインチューニングでメモリーが足りないときは 8 ビット',
  },
  adam_beta1: {
    effect: '大きくすると、より多くの過去の勾配の平均に従います。安定しますが、向きを変えるのは遅くなります。',
    typical: '0.9',
  },
  adam_beta2: {
    effect: '小さくすると、一歩の大きさが直近の勾配に早く従います。大きなモデルでは 0.95 もよく使われます。',
    typical: '0.999。フルファインチューニングでは 0.95〜0.99',
  },
  adam_epsilon: {
    effect: '大きくすると、勾配の小さいパラメーターの一歩が小さくなります。',
    typical: '1e-8',
  },
  loss_function: {
    effect: 'トークン平均では長い回答ほど重みが大きく、データ平均ではどの回答も同じ重みです。',
    typical: 'トークン平均',
  },
  beta: {
    effect:
      'DPO・KTO・APO-zero では、大きくすると学習前のモデルの近くにとどまります。ORPO では、大きくすると尤度に対する選好の重みが増えます。SimPO では、報酬の差の尺度です。',
    typical: 'DPO・KTO・APO-zero・ORPO は 0.1、SimPO は 2',
  },
  label_smoothing: {
    effect: '大きくすると、一組ごとの優劣を信じすぎなくなります。優劣が逆の組が混ざるデータに向きます。',
    typical: '0。優劣の誤りが多いデータでは 0.1',
  },
  simpo_gamma: {
    effect: '大きくすると二つの回答の差が広がります。大きすぎると、書かれる文章が崩れます。',
    typical: 'ベータが 0.1 なら 0.5、2 ならその半分以上',
  },
  cpo_alpha: {
    effect: '0 より大きいと chosen の回答の模倣も行い、文章が崩れにくくなります。',
    typical: 'SimPO だけなら 0、CPO-SimPO なら 1',
  },
  desirable_weight: {
    effect: '大きくすると、よい回答の影響が悪い回答より強くなります。一方のラベルが少ないときの調整に使います。',
    typical: '1。よい回答全体の重みが、悪い回答全体の 1〜4/3 倍になるようにします',
  },
  undesirable_weight: {
    effect: '大きくすると、悪い回答の影響がよい回答より強くなります。',
    typical: '1。悪い回答が少ないときは大きくします',
  },
  shuffle: { effect: 'オンにすると、表で隣り合う行がいつも同じバッチになることがありません。', typical: 'オン' },
  drop_last_batch: {
    effect: 'オンにすると毎回の更新が同じ行数になり、エポックごとに数行が使われません。',
    typical: 'オン。ごく小さなデータではオフ',
  },
  padding_quantile: {
    effect: '小さくすると、各バッチで最も長いデータが切り詰められ、ほかのパディングが減ります。',
    typical: '1。飛び抜けて長い行があるときは 0.9',
  },
  max_length_prompt: {
    effect: '大きくすると、切り詰められるプロンプトが減ります。',
    typical: '0 か、最大トークン長の半分',
  },
  max_length_answer: { effect: '大きくすると、切り詰められる回答が減ります。', typical: '0 か、最大トークン長の半分' },
  weights: {
    effect:
      'ビットを減らすと、凍結した行列のメモリーが 8 ビットで半分、4 ビットで四分の一になり、ベースは約 1% か 9% ずれます。',
    typical: '収まるなら公開時のまま、収まらなければ NF4',
  },
  gradient_checkpointing: {
    effect:
      'オンにすると、レイヤーの入力だけを残して再計算します。長いデータでメモリーが大きく減り、1 ステップに順伝播が 1 回分増えます。',
    typical: '自動。収まらないときだけ使われます',
  },
  layer_wise_lr_decay: {
    effect: '小さくすると、一般的な知識を持つ最初のレイヤーは、最後のレイヤーより変わりにくくなります。',
    typical: '1。フルファインチューニングでは 0.8〜0.95',
  },
  differential_learning_rate_layers: {
    effect: 'ここに書いたパラメーターは個別の学習率で、ほかは通常の学習率で学習します。',
    typical: '空、または embed, head',
  },
  text_pair_column: {
    effect: '指定すると、前提と仮説のような 2 つのテキストの組を、エンコーダーがまとめて読みます。',
    typical: '空、または hypothesis、sentence2、passage',
  },
  differential_learning_rate: {
    effect: '大きくすると、上のパラメーターが速く変わります。',
    typical: '学習率の 10 分の 1',
  },
  prompt_column_separator: { effect: 'プロンプトの列のセルとセルの間に入ります。', typical: '空行' },
  add_eos_token_to_system: {
    effect: 'オンにすると、システムプロンプトの終わりがモデルに分かります。',
    typical: 'なし',
  },
  add_eos_token_to_prompt: { effect: 'オンにすると、プロンプトの終わりがモデルに分かります。', typical: 'なし' },
  data_sample_choice: { effect: '割合をどの行に当てはめるかです。', typical: '両方' },
  stop_tokens: { effect: 'このいずれかが現れたところで回答が終わります。', typical: '空' },
  max_time: { effect: '大きくすると、長い回答に時間をかけられます。', typical: '0' },
  num_history: { effect: '大きくすると、より多くのやり取りを覚え、プロンプトは長くなります。', typical: '2〜8' },
  batch_size_inference: { effect: '大きくすると、答え終わるのが早くなり、メモリーを多く使います。', typical: '0' },
  number_of_workers: {
    effect: '大きくすると、並列にトークン化します。スレッドごとにトークナイザーを 1 つ持ちます。',
    typical: '1。10 万行以上では自動で 2 以上',
  },
  mixed_precision: {
    effect: 'f16 は 16 ビットで掛けて 32 ビットで足します。16 ビット演算のある GPU で速く、少しだけ粗くなります。',
    typical: '自動',
  },
  neftune_noise_alpha: {
    effect: '大きくすると埋め込みのノイズが増え、回答は長めになり、過学習が減ります。',
    typical: '0。指示データなら 5〜15',
  },
  mlm_probability: {
    effect: '大きくすると、一つのテキストから学ぶトークンは増えますが、予測の手がかりは減ります。',
    typical: '0.15(BERT)〜0.3(ModernBERT)',
  },
  token_mask_probability: { effect: '大きくすると、少ない手がかりから答えることになります。', typical: '0〜0.1' },
  intermediate_dropout: { effect: '大きくすると過学習が減り、学習は遅くなります。', typical: '0〜0.1' },
  lora_r: {
    effect: '大きくすると表現力が上がります。アダプターのサイズとメモリーは比例して増えます。',
    typical: '文体や形式なら 4〜16、新しい知識なら 32〜128',
  },
  lora_alpha: {
    effect: '大きくするとアダプターの働きが強まります。学習率を上げるのに似ています。',
    typical: 'ランクの 1〜2 倍',
  },
  lora_dropout: { effect: '大きくすると、少ないデータでの過学習が減ります。', typical: '0〜0.1' },
  use_rslora: { effect: 'オンにすると、高いランクでも更新が小さくなりません。', typical: 'ランク 32 以上でオン' },
  use_dora: {
    effect: 'オンにすると、重みの大きさと向きを分けて学習します。低いランクで良くなることが多く、遅くなります。',
    typical: 'オフ。ランク 4〜16 ではオンにすることも',
  },
  lora_plus_ratio: { effect: '大きくすると、B の行列が A より速く学習します。', typical: '1 か 4〜16' },
  method: { effect: '比較表の下へ行くほど学習する量が減り、メモリーも減ります。', typical: 'LoRA' },
  num_virtual_tokens: {
    effect: '大きくすると表現力が上がり、すべてのテキストがその分長くなります。',
    typical: '10〜100',
  },
  prompt_tuning_init: {
    effect: '学習するトークンの出発点です。実際の言葉から始めると、乱数より早く学習できるのが普通です。',
    typical: '語彙のトークンか、課題を表す文',
  },
  bias: { effect: 'ベースのバイアスも学習します。アダプターを外すだけでは元に戻らなくなります。', typical: 'なし' },
  mask_prompt_labels: {
    effect: 'オンにすると回答だけを損失に含めます。オフにすると、プロンプトも学習します。',
    typical: 'プロンプトと回答のデータではオン',
  },
  add_eos_token_to_answer: { effect: 'オンにすると、回答の終わりを学習します。', typical: 'オン' },
  evaluation_epochs: { effect: '大きくすると評価の回数が減り、学習が短くなります。', typical: '0.25〜1' },
  evaluate_before_training: {
    effect: 'オンにすると、検証の曲線がベースモデルから始まります。',
    typical: '小さなデータではオン',
  },
  save_checkpoint: {
    effect: '「最良」は検証損失が最も低いときの重みを残し、長い学習で安心です。',
    typical: '短い学習は最後、エポックが多いときは最良',
  },
  early_stopping_patience: { effect: '大きくすると、検証損失が再び下がるのを長く待ちます。', typical: '0 か 2〜5' },
  forgetting_check: {
    effect: 'オンにすると、評価のたびに一般の短い文 48 件、または自分の文も読みます。見積もりに含まれます。',
    typical: 'ほかのこともできるままにしたいときはオン',
  },
  forgetting_limit: {
    effect: '小さくすると早く終了し、学習前の知識が多く残ります。',
    typical: '0 か 0.5〜2',
  },
  keep_frozen_statistics: {
    effect:
      'オンにすると、凍結したレイヤーは公開時の平均と分散を使い続けます。小さなバッチでも安定します。オフにすると、手元の画像に合わせて変わります。',
    typical: '小さなバッチならオン、学習済みの画像と大きく違うならオフ',
  },
  train_validation_data: {
    effect: 'オンにすると、すべてのデータを学習します。',
    typical: 'オフ。設定が決まった最後の学習ではオン',
  },
  eval_batch_size: { effect: '大きくすると評価が速くなり、メモリーを使います。', typical: '0' },
  logging_steps: { effect: '大きくすると、グラフの点が減ります。', typical: '1〜10' },
  metric: {
    effect: 'パープレキシティは損失から求まり、手間がかかりません。ほかは検証の行すべてに回答を書きます。',
    typical: 'パープレキシティ。短い回答は完全一致か F1、長い回答は chrF か ROUGE-L',
  },
  judge_endpoint: {
    effect: '行がこのコンピューターからそのアドレスへ送られます。自分のコンピューターのアドレスでも構いません。',
    typical: 'http://localhost:11434/v1',
  },
  judge_model: { effect: '良いモデルほど、人の読み方に近く採点します。', typical: '指示に従うモデル' },
  number_of_texts: { effect: '大きくすると評価に時間がかかり、見られる回答が増えます。', typical: '1〜3' },
  max_length_inference: {
    effect: '大きくすると長い回答が途切れず、評価に時間がかかることがあります。',
    typical: '64〜512',
  },
  min_length_inference: { effect: '大きくすると、回答が早く終わりません。', typical: '0〜2' },
  do_sample: { effect: 'オンにすると、回答がシードによって変わります。', typical: '採点するときはオフ' },
  num_beams: { effect: '大きくすると、よりありそうな回答が見つかり、その倍数だけ時間がかかります。', typical: '1〜4' },
  temperature: { effect: '大きくすると、確率の低いトークンも選ばれやすくなります。', typical: '0.6〜1' },
  top_k: { effect: '小さくすると、確率の高いトークンだけから選びます。', typical: '0 か 20〜50' },
  top_p: { effect: '小さくすると、確率の高いトークンだけから選びます。', typical: '0.9〜1' },
  repetition_penalty: { effect: '大きくすると繰り返しが減り、大きすぎると意味が崩れます。', typical: '1〜1.2' },
  only_last_answer: { effect: 'オンにすると、それより前の回答は入力としてだけ使います。', typical: 'オフ' },
  limit_chained_samples: {
    effect:
      'オンにすると件数が減り、1 件が長くなります。オフにすると、発言ごとに、それまでのやり取りを含めて 1 件になります。',
    typical: '長い会話ではオン',
  },
  skip_parent_probability: {
    effect: '大きくすると、それまでのやり取りなしで答えることが増えます。',
    typical: '0〜0.1',
  },
  random_parent_probability: {
    effect: '大きくすると、別のデータの発言が先頭に付くことが増えます。',
    typical: '0〜0.1',
  },
  data_sample: { effect: '小さくすると読む行が減り、学習が短くなります。', typical: '1。設定を試すときは 0.1' },
  rank_pattern: { effect: 'モジュールごとにランクを変えます。', typical: '空' },
  alpha_pattern: { effect: 'モジュールごとに、アダプターの働きを強めたり弱めたりします。', typical: '空' },
  modules_to_save: {
    effect: '全体を学習し、その分アダプターのファイルが大きくなります。',
    typical: '空。新しいトークンがあるなら埋め込みと出力層',
  },
  exclude_modules: { effect: '対象に当てはまっても、これらのモジュールにはアダプターを付けません。', typical: '空' },
  feedforward_modules: { effect: '係数を入力に掛けるか、出力に掛けるかを決めます。', typical: '空' },
  prompt_tuning_init_text: { effect: '学習するプロンプトがこの言葉から始まります。', typical: '課題を表す一文' },
  encoder_hidden_size: {
    effect: '大きくすると、プロンプトを書くネットワークが大きくなります(学習中だけ)。',
    typical: '0',
  },
  d_initial: { effect: '大きくすると、初めは乱数の行列が強く働きます。', typical: '0.1' },
  reduction_factor: { effect: '大きくするとアダプターが小さくなり、表現力とメモリーが減ります。', typical: '2〜64' },
  adapter_placement: { effect: '1 レイヤーに 2 か所なら、パラメーターも時間も 2 倍になります。', typical: '一か所' },
  adapter_len: { effect: '大きくすると、各レイヤーの表現力が上がります。', typical: '10' },
  adapter_layers: {
    effect: '大きくすると、学習するトークンを持つレイヤーが増えます。',
    typical: '最初の 2 レイヤー以外すべて',
  },
  num_classes: { effect: 'ラベルの数より大きくすると、学習されない出力ができます。', typical: '0(ラベルの数だけ)' },
  validation_strategy: {
    effect: '検証データがないと、未知のデータへの汎化が分かりません。',
    typical: 'データから分割',
  },
  validation_size: { effect: '大きくすると検証の信頼性が上がり、学習データが減ります。', typical: '0.05〜0.2' },
  seed: { effect: '同じ数なら、同じコンピューターで同じ結果になります。', typical: '決まった数なら何でも' },
  executor: {
    effect: 'WebGPU が最も速く、TensorFlow.js は WebGPU のない所でも動きます。',
    typical: '自動',
  },
  experiment_name: { effect: '学習と、ダウンロードするファイルの名前になります。', typical: '試したこと' },
} satisfies typeof english;

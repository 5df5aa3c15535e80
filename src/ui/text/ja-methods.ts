import type { methodsEn } from './en-methods.ts';

export const methodsJa = {
  settings: {
    rank_pattern: {
      label: 'モジュールごとのランク',
      hint: 'LoRA のランクと違うものだけ書きます。例: up_proj = 8, layers.0.*.q_proj = 2',
    },
    alpha_pattern: {
      label: 'モジュールごとの alpha',
      hint: 'LoRA の alpha と違うものだけ書きます。例: up_proj = 32',
    },
    modules_to_save: {
      label: '丸ごと学習するモジュール',
      hint: '名前をコンマで区切ります。例: norm。アダプターと一緒に保存されます。',
    },
    exclude_modules: {
      label: '除外するモジュール',
      hint: 'コンマで区切った名前、またはパス全体に一致する正規表現。アダプターを付けません。',
    },
    feedforward_modules: {
      label: '入力に掛けるモジュール',
      hint: '名前をコンマで区切ります。ほかは出力に掛けます。空なら、いつもの場所を使います。',
    },
    prompt_tuning_init_text: {
      label: '初期値にする文',
      hint: '文のトークンを、仮想トークンの数に合わせて繰り返すか切り詰めて使います。',
    },
    encoder_hidden_size: {
      label: 'エンコーダーの幅',
      hint: 'プロンプトを書く小さなネットワークの幅。0 ならモデルの幅と同じです。',
    },
    d_initial: { label: '最初の倍率', hint: '二つの乱数行列の間で学習するベクトルの最初の値。' },
    reduction_factor: {
      label: '縮小率',
      hint: 'モデルの幅 ÷ アダプターの幅。0 なら標準の値です(直列は 16、並列は 2)。',
    },
    adapter_placement: {
      label: '入れる場所',
      hint: '各層に一つ、または二つ入れます。二つならパラメーターも二倍です。',
    },
    adapter_len: { label: '層ごとのトークン', hint: '各層が注意を向けられる、学習するトークンの数。' },
    adapter_layers: { label: '上からの層の数', hint: '出力側から数えて、いくつの層に付けるか。' },
  },
  layers: {
    pairs: '「名前 = 数」の形で、コンマで区切って書いてください。',
  },
  guide: {
    full: {
      name: 'すべての重み',
      what: 'すべてのパラメーターを学習します。',
      when: 'データが多く、新しい分野や言語を学ばせたく、メモリーに余裕があるとき。最もよく学び、最もよく忘れます。学習率は小さくします。',
    },
    layers: {
      name: '一部の層',
      what: '選んだ層を丸ごと学習します。',
      when: 'ほどほどのデータで文体を変えたいとき。出力に近い層がその多くを担います。それより下は逆方向の計算がないので、すべての重みより軽く済みます。',
    },
    lora: {
      name: 'LoRA',
      what: '選んだ重み行列のそばに、細い行列を二つ足します。',
      when: 'まずはこれ。わずかなメモリーで、すべての重みの学習に近づきます。結果は小さく、重みに溶け込ませることもできます。',
    },
    qlora: {
      name: '4 ビットのベースに LoRA(QLoRA)',
      what: '凍結した重みを NF4 で持ち、LoRA を足します。',
      when: 'そのままではモデルが大きすぎるとき。ベースは粗くなりますが、アダプターは粗くなりません。',
    },
    ia3: {
      name: '(IA)³',
      what: 'いくつかのモジュールの出力ごとに係数を一つ学びます。',
      when: 'データがごく少ないとき、一つのモデルから小さな変種をたくさん作るとき。LoRA ほどは学べません。',
    },
    'series-adapter': {
      name: '直列アダプター',
      what: '各副層の後に細い層を入れます。',
      when: 'AdapterHub を使うとき、一つのベースで多くの課題をこなすとき。モデルの中に残るので、答えは少し遅くなります。',
    },
    'parallel-adapter': {
      name: '並列アダプター',
      what: '各副層の隣に細い層を置きます。',
      when: '直列アダプターと同じ場面で、同じ大きさなら少し良いことが多い方式です。',
    },
    'llama-adapter': {
      name: 'LLaMA-Adapter',
      what: '上の層が門を通して注意を向ける、学習するトークンです。',
      when: '少ないパラメーターで指示に従わせたいとき。ベースと全く同じところから始まります。',
    },
    vera: {
      name: 'VeRA',
      what: '共有の乱数行列を使う LoRA で、倍率だけを学びます。',
      when: 'アダプターをごく小さくしたいとき。LoRA より高いランクと学習率が向きます。',
    },
    prefix: {
      name: 'プレフィックスチューニング',
      what: 'すべての層で、文の前に学習するキーと値を置きます。',
      when: '重みを変えずに、少ないデータで文章を書かせたいとき。学習率に敏感です。',
    },
    'p-tuning': {
      name: 'P-tuning',
      what: '小さなネットワークが書く、学習するプロンプトです。',
      when: 'プロンプトチューニングと同じ場面で、小さなモデルでも安定します。',
    },
    prompt: {
      name: 'プロンプトチューニング',
      what: 'すべての文の前に、学習するトークンを置きます。',
      when: '学習する量が最も少ない方式です。大きなモデルでは効き、小さなモデルではあまり効きません。',
    },
  },
  choices: {
    vera: 'VeRA',
    'p-tuning': 'P-tuning',
    'series-adapter': '直列アダプター',
    'parallel-adapter': '並列アダプター',
    'llama-adapter': 'LLaMA-Adapter',
    TEXT: '自分で書く文',
    mlp: 'MLP の後(Pfeiffer)',
    both: '注意と MLP の後(Houlsby)',
  },
} satisfies typeof methodsEn;

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
      label: '全体を学習するモジュール',
      hint: '名前をカンマで区切ります(例: norm)。アダプターと一緒に保存されます。',
    },
    exclude_modules: {
      label: '除外するモジュール',
      hint: 'カンマ区切りの名前、またはパス全体に一致する正規表現。アダプターを付けません。',
    },
    feedforward_modules: {
      label: '入力に掛けるモジュール',
      hint: '名前をカンマで区切ります。ほかは出力に掛けます。空なら標準の場所を使います。',
    },
    prompt_tuning_init_text: {
      label: '初期値のテキスト',
      hint: 'トークンを、仮想トークンの数に合わせて繰り返すか切り詰めて使います。',
    },
    encoder_hidden_size: {
      label: 'エンコーダーの隠れ層の次元',
      hint: 'プロンプトを生成する小さなネットワークのもの。0 ならモデルと同じです。',
    },
    d_initial: { label: 'スケールの初期値', hint: '二つの乱数行列の間で学習するベクトルの初期値。' },
    reduction_factor: {
      label: '縮小率',
      hint: '隠れ層の次元 ÷ アダプターの次元。0 なら標準値(直列 16、並列 2)です。',
    },
    adapter_placement: {
      label: '配置',
      hint: '各レイヤーに一つ、または二つ。二つならパラメーターも 2 倍です。',
    },
    adapter_len: { label: 'レイヤーごとのトークン数', hint: '各レイヤーが参照する、学習するトークンの数。' },
    adapter_layers: { label: 'レイヤー数', hint: '出力側から数えて、いくつのレイヤーに付けるか。' },
  },
  layers: {
    pairs: '「名前 = 数値」をカンマで区切って入力してください。',
  },
  guide: {
    full: {
      name: 'フルファインチューニング',
      what: 'すべてのパラメーターを学習します。',
      when: 'データが多く、新しい分野や言語を学習させたいとき。メモリーに余裕が必要です。表現力は最大ですが、破滅的忘却も起きやすくなります。学習率は小さくします。',
    },
    layers: {
      name: '一部のレイヤーのみ',
      what: '選んだレイヤー全体を学習します。',
      when: '中程度のデータで文体を変えたいとき。文体は主に最後のレイヤーが担います。それより前の逆伝播が不要なので、フルファインチューニングより軽くなります。',
    },
    lora: {
      name: 'LoRA',
      what: '選んだ重み行列に、小さな行列を二つ足します。',
      when: '標準的な選択です。わずかなメモリーでフルファインチューニングに近い結果になります。ファイルは小さく、マージもできます。',
    },
    qlora: {
      name: '4 ビットのベースに LoRA(QLoRA)',
      what: '凍結した重みを NF4 で持ち、LoRA を足します。',
      when: 'モデルがメモリーに収まらないとき。ベースモデルの精度は下がりますが、アダプターの精度は変わりません。',
    },
    ia3: {
      name: '(IA)³',
      what: 'いくつかのモジュールで、出力ごとに係数を一つ学習します。',
      when: 'データがごく少ないとき、一つのモデルから多くの派生を作るとき。表現力は LoRA より低くなります。',
    },
    'series-adapter': {
      name: '直列アダプター',
      what: '各サブレイヤーの後に小さなレイヤーを入れます。',
      when: 'AdapterHub を使うとき、一つのベースモデルで多くのタスクを扱うとき。マージできないため、推論は少し遅くなります。',
    },
    'parallel-adapter': {
      name: '並列アダプター',
      what: '各サブレイヤーと並列に小さなレイヤーを置きます。',
      when: '直列アダプターと同じ用途で、同じサイズなら少し良いことが多い手法です。',
    },
    'llama-adapter': {
      name: 'LLaMA-Adapter',
      what: '最後の方のレイヤーがゲートを通して参照する、学習するトークンです。',
      when: '少ないパラメーターで指示に従わせたいとき。学習開始時はベースモデルと同じ動作です。',
    },
    vera: {
      name: 'VeRA',
      what: '乱数行列を共有する LoRA で、スケールだけを学習します。',
      when: 'アダプターをごく小さくしたいとき。LoRA より高いランクと学習率が必要です。',
    },
    prefix: {
      name: 'プレフィックスチューニング',
      what: 'すべてのレイヤーで、文の前に学習するキーと値を置きます。',
      when: '重みを変えずに、少ないデータで文章を書かせたいとき。学習率に敏感です。',
    },
    'p-tuning': {
      name: 'P-tuning',
      what: '小さなネットワークで生成する、学習するプロンプトです。',
      when: 'プロンプトチューニングと同じ用途で、小さなモデルでも安定します。',
    },
    prompt: {
      name: 'プロンプトチューニング',
      what: 'すべての文の前に、学習するトークンを置きます。',
      when: '学習するパラメーターが最も少ない手法です。大きなモデルでしか効果が出にくい手法です。',
    },
  },
  choices: {
    vera: 'VeRA',
    'p-tuning': 'P-tuning',
    'series-adapter': '直列アダプター',
    'parallel-adapter': '並列アダプター',
    'llama-adapter': 'LLaMA-Adapter',
    TEXT: '任意のテキスト',
    mlp: 'MLP の後(Pfeiffer)',
    both: 'アテンションと MLP の後(Houlsby)',
  },
} satisfies typeof methodsEn;

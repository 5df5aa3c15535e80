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

/** クラスターで続けられない理由。 */
export const jaClusterReasons: Readonly<Record<string, string>> = {
  'it learns pairs of texts, whose token types are not handed over':
    '2 つのテキストの組を学習していますが、トークンの種類は引き継げません',
  'it learns numbers, tags, several labels of a text, masked tokens or vectors of texts':
    '数値、タグ、複数のラベル、マスクしたトークン、または文のベクトルを学習しています',
  '{0} is of AdapterHub, whose library does not run with these versions of transformers':
    '{0} は AdapterHub の手法で、そのライブラリーは同じバージョンの transformers では動きません',
  'PEFT does not train {0} on from what was saved': 'PEFT では、保存した {0} から学習を続けられません',
  'its optimizer is {0}, and only the moments of AdamW are handed over':
    'オプティマイザーが {0} ですが、引き継げるのは AdamW のモーメントだけです',
  'its loss is a mean over rows ({0})': '損失が行ごとの平均({0})です',
  'its loss is {0}, which its script does not have': '損失が {0} で、書き出すスクリプトにありません',
  'its base was kept in {0}, which other libraries round otherwise':
    'ベースを {0} で保持していますが、ほかのライブラリーとは丸め方が違います',
  'its base is a GGUF file, and Trainer starts from weights as transformers has them':
    'ベースが GGUF ファイルですが、Trainer は transformers 形式の重みから始めます',
  'it multiplies in f16 (mixed_precision)': '積を f16 で計算しています(mixed_precision)',
  'it drops values out of the base (intermediate_dropout)':
    'ベースの値をドロップアウトしています(intermediate_dropout)',
  'it adds noise to the embeddings (neftune_noise_alpha)': '埋め込みにノイズを加えています(neftune_noise_alpha)',
  'it masks other tokens at every update (token_mask_probability)':
    '更新のたびに違うトークンをマスクしています(token_mask_probability)',
  'its adapter began as a part of the base (PiSSA, OLoRA)': 'アダプターがベースの一部から始まっています(PiSSA、OLoRA)',
  'PEFT saves its adapter in another form than it trains it in': 'PEFT は、学習時とは別の形でアダプターを保存します',
  'the run has no checkpoint to go on from': '再開できるチェックポイントがありません',
  'weights of an evaluation are kept without moments': '評価時の重みには、オプティマイザーの状態が保存されていません',
  'the run has done all of its updates': '更新がすべて終わっています',
  '{0} is new in this run and not trained, and is in no file':
    '{0} はこの学習で新しく作られ、学習されておらず、どのファイルにもありません',
  'Take this form, and train it on there from new moments: {0}.':
    '{0} を選び、オプティマイザーの状態なしで学習を続けてください。',
  'Give the run more epochs first (training.epochs), or stop the next one before its end.':
    '先にエポック数(training.epochs)を増やすか、次の学習を最後まで行わずに止めてください。',
};

/** GGUF と Ollama への書き出しを断る理由の日本語。 */
export const jaGgufReasons: Readonly<Record<string, string>> = {
  // モデル
  'it looks at pictures': '画像のモデルです',
  'it reads pairs of texts, and llama.cpp takes one text':
    '二つのテキストの組を読みますが、llama.cpp が読むのは一つです',
  'it reads pairs of texts, whose token types the ONNX model does not take':
    '2 つのテキストの組を読みますが、ONNX モデルはトークンの種類を受け取りません',
  'it writes no text': '文章を書くモデルではありません',
  'it neither writes text nor says labels of a whole one':
    '文章を書くモデルでも、文章全体のラベルを答えるモデルでもありません',
  'llama.cpp has no such head of labels for models of the type {0}':
    'llama.cpp には、{0} 型のモデルのこのようなラベル用出力層がありません',
  'llama.cpp makes probabilities that add up to 1 of its scores': 'llama.cpp はスコアを、合計が 1 になる確率に直します',
  'it has biases before its last matrix': '最後の行列より前にバイアスがあります',
  'its head reads the first token, and llama.cpp takes the mean of all':
    '出力層は最初のトークンを読みますが、llama.cpp は全トークンの平均を取ります',
  'its layers that look at everything come at unequal distances': 'すべてを見るレイヤーの間隔がそろっていません',
  'it says labels of texts, and writes none': '文章のラベルを答えるモデルで、文章を書くモデルではありません',
  'its tokens {0} and {1} are one there': 'トークン {0} と {1} の区別がなくなります',
  'its layers slide, which llama.cpp has of its largest model alone':
    'スライドするレイヤーがあり、llama.cpp はこの種類では最大のモデルでしか対応していません',
  'models of the type {0} are not written for llama.cpp': '{0} 型のモデルは llama.cpp 用に書き出せません',
  'llama.cpp has no place for {0}': 'llama.cpp に {0} を置く場所がありません',
  'its {0} heads of {1} are not as wide as its {2} hidden values':
    '大きさ {1} のヘッド {0} 個が、隠れ層の次元 {2} と合いません',
  'its activation is {0}, and llama.cpp computes {1}': '活性化関数が {0} で、llama.cpp は {1} を計算します',
  'its attention has biases': 'アテンションにバイアスがあります',
  'it has fewer heads of keys than of queries': 'キーのヘッドがクエリーのヘッドより少ないモデルです',
  "the weights of a token's experts are made to add up to 1":
    'トークンごとのエキスパートの重みを、合計が 1 になるように直します',
  "the weights of a token's experts do not add up to 1": 'トークンごとのエキスパートの重みの合計が 1 になりません',
  'nothing is added to the scores of its experts': 'エキスパートのスコアに足す値がありません',
  'none of its layers has experts': 'エキスパートのあるレイヤーがありません',
  'its attention is without biases': 'アテンションにバイアスがありません',
  'its layers are without biases': 'レイヤーにバイアスがありません',
  'its head is not tied to the token embedding': '出力層がトークン埋め込みと共有されていません',
  'its head is no longer tied to the token embedding': '出力層がトークン埋め込みと共有されなくなりました',
  'its logits are bounded': 'ロジットに上限があります',
  'its scores or logits are without the bound that llama.cpp sets them':
    'llama.cpp が設けるスコアかロジットの上限がありません',
  'its queries and keys are normalised': 'クエリーとキーが正規化されています',
  'its query_pre_attn_scalar is not {0}, which llama.cpp computes with':
    'query_pre_attn_scalar が、llama.cpp の使う {0} ではありません',
  'it scales scores in its own way': 'スコアの尺度が独自です',
  'its rotary scaling longrope has no factors for long texts': '位置の拡張 longrope に長い文章用の係数がありません',
  'llama.cpp does not carry out its rotary scaling {0}': 'llama.cpp は位置の拡張 {0} に対応していません',
  'layers that slide scale their rotation': 'スライドするレイヤーの位置が拡張されています',
  'other layers than every {0}th look at the whole text': '全体を見るレイヤーが {0} 層ごとではありません',
  'other layers than every fourth are without rotation': '回転しないレイヤーが 4 層ごとではありません',
  // トークナイザー
  "it has no pre-tokenizer that cuts texts as this model's does":
    'このモデルと同じように文章を分割する仕組みが llama.cpp にありません',
  'its merge "{0}" has other spaces than the one between its parts': '結合「{0}」に余分な空白があります',
  'its merges are not those of SentencePiece': '結合が SentencePiece のものではありません',
  'its tokenizer changes texts': 'トークナイザーが文章を書き換えます',
  'its tokenizer changes texts by {0}': 'トークナイザーが文章を書き換えます({0})',
  'its tokenizer cuts texts by {0}': 'トークナイザーの分割方法が {0} です',
  'its tokenizer has {0} of 256 tokens for bytes': 'バイト用のトークンが 256 個中 {0} 個です',
  'its tokenizer has token {0}, and its embedding {1} rows': 'トークン {0} がありますが、埋め込みは {1} 行です',
  'its tokenizer is a {0}': 'トークナイザーが {0} です',
  'its Unigram is a SentencePiece file without tokenizer.json':
    'Unigram のトークナイザーが SentencePiece のファイルだけで、tokenizer.json がありません',
  "its Unigram has bytes for unknown characters, and llama.cpp's has none":
    'Unigram のトークナイザーが未知の文字をバイトで表しますが、llama.cpp の Unigram にはそれがありません',
  'its Unigram has no token for unknown characters': 'Unigram のトークナイザーに、未知の文字を表すトークンがありません',
  'its token {0} goes over a space': 'トークン {0} が空白をまたいでいます',
  'its Unigram changes texts by {0}': 'Unigram のトークナイザーがテキストを {0} で変えます',
  'its Unigram keeps line ends': 'Unigram のトークナイザーが改行を残します',
  'its tokenizer marks the parts of words': 'トークナイザーが単語の一部に印を付けます',
  'its tokenizer names no token that ends a text': 'トークナイザーに EOS トークンがありません',
  'its tokenizer puts tokens of its own around texts': 'トークナイザーが文章の前後に独自のトークンを付けます',
  'its tokenizer sets a space before the first word alone': 'トークナイザーが最初の単語の前だけに空白を置きます',
  'its token {0} takes spaces before it, or counts as a word alone':
    'トークン {0} が前の空白を含むか、単独の単語としてだけ扱われます',
  'its token {0} takes spaces behind it': 'トークン {0} が後ろの空白を含みます',
  'its tokens take spaces behind them, and llama.cpp looks for {0} then':
    'トークンが後ろの空白を含む場合、llama.cpp には {0} が必要です',
  // アダプター
  'it holds LoRA alone, and this is {0}': 'LoRA だけを書けますが、これは {0} です',
  'it is not plain LoRA over the published base': '公開されたベースの上の通常の LoRA ではありません',
  'weights of the base are trained beside the matrices': '行列のほかにベースの重みも学習します',
  'DoRA has a magnitude for each row beside the matrices': 'DoRA には行列のほかに行ごとの大きさがあります',
  'the adapter was trained over a changed base': 'アダプターの学習時にベースの重みが変えられています',
  'the head is trained beside the matrices': '行列のほかに出力層も学習します',
  '{0} was trained beside the matrices': '行列のほかに {0} も学習されています',
  'it changes {0}, which is the token embedding': 'トークン埋め込み {0} を変えています',
  // ファイル
  'it does not begin with {0}': '先頭が {0} ではありません',
  'it ends within its head': 'ヘッダーの途中で終わっています',
  'it ends within tensor {0}': 'テンソル {0} の途中で終わっています',
  'it has {0} twice': '{0} が二つあります',
  'it has no {0}': '{0} がありません',
  'it is big-endian, and little-endian is read here': 'ビッグエンディアンです(読めるのはリトルエンディアンです)',
  'its {0} is {1}': '{0} が {1} です',
  'it is of version {0}, and {1} is read here': 'バージョンは {0} ですが、読めるのは {1} です',
  'its file type is {0}': 'ファイルの型が {0} です',
  'it is for pictures': '画像用のファイルです',
  'it is one of several parts': '分割されたファイルの一つです',
  'it is quantised as {0}; what is read here is {1}': '量子化が {0} です。ここで読めるのは {1} です',
  'its yarn is cut off or scaled otherwise': 'yarn の端の扱いか倍率が違います',
  'the scores of its experts are of the kind {0}': 'エキスパートのスコアの種類が {0} です',
  'the weights of its experts are scaled by {0}': 'エキスパートの重みの倍率が {0} です',
  'its yarn is scaled by {0}': 'yarn の倍率が {0} です',
  'its layers have no RoPE': 'レイヤーに RoPE(回転位置埋め込み)がありません',
  'none of its layers slides': 'ウィンドウ付きの層がありません',
  'its table for each layer has {0} rows, and that of all layers {1}':
    '層ごとの埋め込み表は {0} 行、全体の埋め込み表は {1} 行です',
  'its layers read keys of other layers than the last two that have them':
    'キーを持つ最後の 2 層以外のキーを読む層があります',
  'llama.cpp adds no LoRA to {0}': 'llama.cpp は {0} に LoRA を加えません',
  'its delta nets have keys of {0} and values of {1}': 'デルタネットのキーが {0} 次元、バリューが {1} 次元です',
  'its layers of attention do not come at equal distances': 'アテンションの層が等間隔に並んでいません',
  'it has layers that foretell several tokens': '複数のトークンを先読みする層があります',
  'its convolutions have biases': '畳み込みにバイアスがあります',
  'its full-attention layers are not every fourth': '全体アテンションのレイヤーが 4 層ごとになっていません',
  'its sliding layers have another rope_theta, or scaled RoPE':
    'スライディングウィンドウのレイヤーの rope_theta がほかと違うか、RoPE がスケーリングされています',
  'its queries are scaled by another original length than its yarn':
    'クエリーの拡大に使う元の文脈長が、yarn の元の文脈長と違います',
  'its {0}.{1} is no number for each layer': '{0}.{1} がレイヤーごとの数ではありません',
  'its architecture is {0}': 'アーキテクチャーが {0} です',
  'tensor {0} is of type {1}; what is read here is {2}': 'テンソル {0} の型は {1} です(読めるのは {2})',
  'its alignment is {0}': '配置の単位が {0} です',
  'its {0} is no number': '{0} が数ではありません',
  'its {0}.{1} is no number': '{0}.{1} が数ではありません',
  'its heads have keys and values of two widths': 'キーと値の幅が違います',
  'its rotary scaling is {0}': '位置の拡張が {0} です',
  'it turns a part of each head alone': 'ヘッドの一部だけを回転します',
  'its tensor {0} has no place in models of the type {1}': '{1} 型のモデルにテンソル {0} の置き場所がありません',
  'it has no tokens, or not as many types of them': 'トークンがないか、その種類の数が合いません',
  'its pre-tokenizer is {0}': '文章を分割する仕組みが {0} です',
  'token {0} is of type {1}': 'トークン {0} の種類が {1} です',
  '{0} is of type {1}, which is not read here': '{0} の型 {1} は読めません',
  'the rows of {0} are no whole blocks': '{0} の行がブロックの大きさで割り切れません',
  'the value {0} of {1} has no place in {2}': '{1} の値 {0} は {2} で表せません',
  // テンプレート
  'a question has {0} parts': '質問が {0} つの部分に分かれています',
  'its questions do not stand in one place': '質問の位置が一つに定まりません',
  'it has three quotes in a row': '引用符が三つ続いています',
  'the chat template does more than to write texts around messages':
    'チャットテンプレートが、メッセージの前後に文字を書く以上のことをします',
  'the chat template refuses plain conversations: {0}': 'チャットテンプレートが通常の会話を受け付けません: {0}',
  'the model has no chat template': 'モデルにチャットテンプレートがありません',
  'the run learned texts as they are, without questions and answers':
    '質問と回答ではなく、テキストの続きの生成を学習しています',
};

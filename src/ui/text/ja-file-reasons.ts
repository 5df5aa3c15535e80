/** ファイルを読めない理由の日本語(ja-reasons.ts の一部)。 */
export const jaFileReasons: Readonly<Record<string, string>> = {
  '{0}': '{0}',
  '{0}: {1}': '{0}: {1}',
  '{0} is not JSON': '{0} は JSON ではありません',
  '{0} is not valid JSON': '{0} は正しい JSON ではありません',
  'config.json is not valid JSON': 'config.json は正しい JSON ではありません',
  'it is not JSON': 'JSON ではありません',
  'it is not a JSON object': 'JSON のオブジェクトではありません',
  'it ends early': '途中で切れています',
  'it is no zip archive': 'zip ではありません',
  'it is a Git LFS pointer in place of the file': '本体ではなく Git LFS のポインターです',
  'cells stand outside the sheet': 'シートの範囲の外にセルがあります',
  'it would unpack to {0} bytes, far more than it holds': '展開すると {0} バイトになり、中身に対して大きすぎます',
  'entry {0} lies in a file': '項目 {0} がファイルの中にあることになっています',
  'it announces more values than it can hold': '中身に収まらない数の値が書かれています',
  'it refers to what lies beyond its end': '末尾より先の場所が参照されています',
  'its header is damaged': 'ヘッダーが壊れています',
  'its config has no name': '設定に名前がありません',
  // 重み
  'it is a zip archive or a PyTorch checkpoint': 'zip か PyTorch のチェックポイントです',
  'its header does not begin with "{"': 'ヘッダーが「{」で始まっていません',
  'its header cannot be {0} bytes long': 'ヘッダーの長さが {0} バイトということはありません',
  'its header is not JSON': 'ヘッダーが JSON ではありません',
  'its header is not a JSON object': 'ヘッダーが JSON のオブジェクトではありません',
  'it lists tensor {0} twice': 'テンソル {0} が二度書かれています',
  'tensor {0} {1}': 'テンソル {0} {1}',
  'the parts of {0} do not fit together: {1}': '{0} の部分が合いません({1})',
  'the quant_state of {0} is damaged': '{0} の quant_state が壊れています',
  'the codes of {0} do not lie row by row': '{0} の符号が行順に並んでいません',
  'has no description': 'の説明がありません',
  'has no data type': 'のデータ型がありません',
  'has an impossible shape': 'の形がありえません',
  'has impossible offsets': 'の位置がありえません',
  'ends before it begins': 'の終わりが始まりより前です',
  'reaches beyond its data': 'がデータの範囲を超えています',
  'has {0} bytes, but [{1}] {2} needs {3}': 'は {0} バイトですが、[{1}] の {2} には {3} バイト必要です',
  'tensor {0} overlaps the one before it': 'テンソル {0} が前のテンソルと重なっています',
  '{0} bytes before tensor {1} belong to no tensor': 'テンソル {1} の前の {0} バイトがどのテンソルのものでもありません',
  '{0} bytes at its end belong to no tensor': '末尾の {0} バイトがどのテンソルのものでもありません',
  'its __metadata__ is not a map from text to text': '__metadata__ が文字列同士の対応ではありません',
  'it has no weight_map': 'weight_map がありません',
  'tensor {0} names no file': 'テンソル {0} のファイル名がありません',
  '{0} also holds tensor {1}': 'テンソル {1} が {0} にもあります',
  'its pickle has the instruction 0x{0}, which plain data does not need':
    'pickle に、データには要らない命令 0x{0} があります',
  'its pickle is too long': 'pickle が長すぎます',
  'its pickle ends early': 'pickle が途中で切れています',
  'its pickle holds text that is not UTF-8': 'pickle に UTF-8 でない文字列があります',
  'its pickle holds a number of more than 64 bits': 'pickle に 64 ビットを超える数があります',
  'its pickle asks for "{0}", which is no tensor data': 'pickle が、テンソルのデータでない「{0}」を求めています',
  'its pickle calls what is no function': 'pickle が関数でないものを呼び出しています',
  'its pickle changes an object that is no dict': 'pickle が辞書でないものを変えています',
  'its pickle has protocol {0} in place of 2': 'pickle のプロトコルが 2 ではなく {0} です',
  'its pickle is damaged': 'pickle が壊れています',
  'its pickle refers to a storage where none can be': 'pickle が、ありえない所でストレージを参照しています',
  'its pickle makes a dict in an unknown way': 'pickle の辞書の作り方に対応していません',
  'its pickle makes a parameter of what is no tensor': 'pickle がテンソルでないものをパラメーターにしています',
  'its pickle describes a storage in an unknown way': 'pickle のストレージの書き方に対応していません',
  'its pickle describes a tensor in an unknown way': 'pickle のテンソルの書き方に対応していません',
  'it is of an unknown version of the format before PyTorch 1.6': 'PyTorch 1.6 より前の形式の、知られていない版です',
  'its numbers are not little-endian': '数がリトルエンディアンではありません',
  'the data of tensor {0} is missing': 'テンソル {0} のデータがありません',
  'the data of tensor {0} has {1} bytes where {2} are announced':
    'テンソル {0} のデータは {1} バイトですが、{2} バイトと書かれています',
  'it does not list its storages': 'ストレージの一覧がありません',
  'it lists a storage that no tensor has': 'どのテンソルも使わないストレージが書かれています',
  'a storage has another size than is announced': 'ストレージの大きさが書かれたものと違います',
  'it holds no state dict': 'state dict がありません',
  'its entry {0} is no tensor': '項目 {0} がテンソルではありません',
  'it holds no data.pkl': 'data.pkl がありません',
  // zip
  'entry {0}': '項目 {0}',
  'entry {0} cannot be {1} bytes long': '項目 {0} の長さが {1} バイトということはありません',
  'its list of entries cannot be {0} bytes long': '項目の一覧の長さが {0} バイトということはありません',
  'entry {0} is damaged': '項目 {0} が壊れています',
  'entry {0} overlaps what follows it': '項目 {0} が次のものと重なっています',
  'it is no zip archive, or is cut off': 'zip ではないか、途中で切れています',
  'its end is damaged': '末尾が壊れています',
  'its list of entries is not where it should be': '項目の一覧が、あるべき所にありません',
  'its list of entries is damaged': '項目の一覧が壊れています',
  'entry {0} is encrypted': '項目 {0} が暗号化されています',
  'entry {0} is compressed': '項目 {0} が圧縮されています',
  'its list has {0} entries where {1} are announced': '項目は {0} 個ですが、{1} 個と書かれています',
  'it holds entry {0} twice': '項目 {0} が二つあります',
  'entry {0} is compressed in another way than "deflate"': '項目 {0} が deflate 以外の方式で圧縮されています',
  // 開こうとしたものの種類
  'a saved run': '保存された学習',
  'an adapter': 'アダプター',
  'a model': 'モデル',
  'a GGUF file, the form of llama.cpp': 'GGUF ファイル(llama.cpp の形式)',
  'several folders of models or adapters': '複数のモデルやアダプターのフォルダー',
  settings: '設定',
  tables: '表',
  pictures: '画像',
  'no files': '空',
  'other files': '別のファイル',
  'Import it under “Runs”, in the Train step.': '学習のステップの「学習履歴」で読み込んでください。',
  'Open its base model first, then choose the adapter below it.':
    '先にベースモデルを開き、その下でアダプターを選んでください。',
  'Open it in the Model step.': 'モデルのステップで開いてください。',
  'Choose one of the folders in it.': '中のフォルダーを一つ選んでください。',
  'Load them in the Train step.': '学習のステップで読み込んでください。',
  'Open them in the Data step.': 'データのステップで開いてください。',
  'Open them in the Data step, with a model for images.': '画像用のモデルで、データのステップで開いてください。',
  'Open it in the Model step: from your disk, or a file of the Hub by its path (owner/name/file.gguf).':
    'モデルのステップで開いてください。手元のファイル、または Hub のファイルのパス(owner/name/file.gguf)を指定できます。',
  'Choose the folder or .zip that holds config.json, the weights (.safetensors) and the tokenizer, or a .gguf file.':
    'config.json、重み(.safetensors)、トークナイザーの入ったフォルダーか .zip、または .gguf ファイルを選んでください。',
  'Choose the folder or .zip that holds adapter_config.json and adapter_model.safetensors.':
    'adapter_config.json と adapter_model.safetensors の入ったフォルダーか .zip を選んでください。',
  'Choose the .zip of a run that was exported.': '書き出した学習の .zip を選んでください。',
  'the run trained whole weights and made no adapter': 'この学習は重み全体を学習したもので、アダプターがありません',
  'the run was made with the model {0}, and {1} is open': 'この学習のモデルは {0} ですが、開いているのは {1} です',
  'a table or pictures': '表か画像',
  'Choose a table, or pictures in a folder for each class.':
    '表か、クラスごとにフォルダーを分けた画像を選んでください。',
  'several tables ({0})': '複数の表({0})',
  'one table': '一つの表',
  'Unpack it and choose one of them.': '展開して、どれか一つを選んでください。',
  // アダプターのファイル
  'adapter_config.json is not JSON': 'adapter_config.json が JSON ではありません',
  'adapter_config.json is no object': 'adapter_config.json がオブジェクトではありません',
  'tensor {0} is of another adapter': 'テンソル {0} は別のアダプターのものです',
  'its tensors ({0}) are not named as PEFT names them': 'テンソルの名前({0})が PEFT のものではありません',
  'its file holds several adapters ({0}); save one by itself':
    '一つのファイルに複数のアダプター({0})があります。一つだけを保存してください',
  '{0} and {1} are one tensor ({2})': '{0} と {1} が同じテンソル({2})です',
  // config.json
  'num_attention_heads {0} is not a multiple of num_key_value_heads {1}':
    'num_attention_heads {0} が num_key_value_heads {1} で割り切れません',
  'hidden_size {0} is not a multiple of num_attention_heads {1}':
    'hidden_size {0} が num_attention_heads {1} で割り切れません',
  'the head size {0} is odd, and rotary embeddings turn pairs':
    'ヘッドの大きさ {0} が奇数です。回転位置埋め込みは二つ一組で回します',
  'an encoder that is used as a decoder is not supported': 'デコーダーとして使うエンコーダーには対応していません',
  '{0} is missing': '{0} がありません',
  '{0} is {1}, not a whole number above 0': '{0} が {1} で、1 以上の整数ではありません',
  '{0} would be [{1}], more than any model has': '{0} が [{1}] になり、どのモデルよりも大きすぎます',
  'its sizes make {0} parameters, more than any model has': 'パラメーター数が {0} になり、どのモデルよりも大きすぎます',
  '{0} is {1}, more than any model has': '{0} が {1} で、どのモデルよりも大きすぎます',
  '{0} is {1}, not a number above 0': '{0} が {1} で、0 より大きい数ではありません',
  '{0} is {1}, not true or false': '{0} が {1} で、true でも false でもありません',
  '{0} {1} is not one of {2}': '{0} の {1} は {2} のどれでもありません',
  'layer_types does not name full_attention or sliding_attention for each of {0} layers':
    'layer_types に、{0} 個のレイヤーそれぞれの full_attention か sliding_attention がありません',
  '{0} is not an object': '{0} がオブジェクトではありません',
  'tie_word_embeddings false is not supported where masked tokens are learned':
    'マスクしたトークンの学習では tie_word_embeddings false に対応していません',
  'legacy false is not supported where masked tokens are learned':
    'マスクしたトークンの学習では legacy false に対応していません',
  'DeBERTa without relative_attention is not supported': 'relative_attention のない DeBERTa には対応していません',
  'pos_att_type other than c2p and p2c together is not supported':
    'c2p と p2c の両方でない pos_att_type には対応していません',
  'conv_kernel_size (a convolution behind the first layer) is not supported':
    'conv_kernel_size(最初の層の後の畳み込み)には対応していません',
  'pooler_hidden_size {0} other than hidden_size is not supported':
    'hidden_size と異なる pooler_hidden_size {0} には対応していません',
  'attention_head_size other than hidden_size / num_attention_heads is not supported':
    'hidden_size / num_attention_heads と異なる attention_head_size には対応していません',
  'position_buckets {0} does not fit max_relative_positions {1}':
    'position_buckets {0} は max_relative_positions {1} に合いません',
  'relative_attention_num_buckets other than {0} is not supported':
    '{0} 以外の relative_attention_num_buckets には対応していません',
  'sinusoidal positions are not supported': '正弦波の位置には対応していません',
  'altup_correct_scale false is not supported': 'altup_correct_scale が false のモデルには対応していません',
  'is_causal false is not supported': 'is_causal が false のモデルには対応していません',
  'use_bidirectional_attention is not supported': 'use_bidirectional_attention には対応していません',
  'use_bidirectional_attention {0} is not supported': 'use_bidirectional_attention の {0} には対応していません',
  'enable_moe_block (experts) is not supported': 'enable_moe_block(エキスパート)には対応していません',
  'altup_num_inputs is {0}, not from 2 to {1}': 'altup_num_inputs が {0} です。2 から {1} までにしてください',
  'altup_active_idx is {0}, which is not one of {1} streams':
    'altup_active_idx の {0} は {1} 本の流れのどれでもありません',
  'altup_coef_clip is {0}: weights are not clipped, and {1} is the usual bound':
    'altup_coef_clip が {0} です。重みの制限には対応していません(通常の値は {1} です)',
  'intermediate_size does not name one for each of {0} layers': 'intermediate_size の数が {0} レイヤー分ではありません',
  '{0} does not name a share from 0 to below 1 for each of {1} layers':
    '{0} に、0 以上 1 未満の割合が {1} レイヤー分ありません',
  'vocab_size_per_layer_input {0} is below vocab_size {1}':
    'vocab_size_per_layer_input {0} が vocab_size {1} より小さくなっています',
  'num_kv_shared_layers is {0}, and no layer before those has keys for layer {1}':
    'num_kv_shared_layers が {0} ですが、それより前にレイヤー {1} が使えるキーを持つレイヤーがありません',
  'num_attention_heads {0} is not a multiple of num_global_key_value_heads {1}':
    'num_attention_heads {0} が num_global_key_value_heads {1} の倍数ではありません',
  'per_layer_config is not an object': 'per_layer_config がオブジェクトではありません',
  'per_layer_config of layer {0} is not an object': 'レイヤー {0} の per_layer_config がオブジェクトではありません',
  '{0} in per_layer_config is not supported': 'per_layer_config の {0} には対応していません',
  'per_layer_config gives layers of one type different heads':
    'per_layer_config で、同じ種類のレイヤーのヘッドが異なっています',
  'cross-attention is not supported': 'クロスアテンションには対応していません',
  'norms without weights are not supported': '重みのない正規化には対応していません',
  'model_type is missing': 'model_type がありません',
  '{0} is {1}, not {2} numbers': '{0} が {1} で、{2} 個の数ではありません',
  '{0} is {1}, above {2}': '{0} が {1} で、{2} を超えています',
  '{0} are whole numbers': '{0} は整数でなければなりません',
  'model_args of {0} are those of another ConvNeXt': '{0} の model_args が別の ConvNeXt のものです',
  'input_size is {0}, and {1} needs 32': 'input_size が {0} ですが、{1} には 32 以上が必要です',
  'model_args.{0} is not supported': 'model_args.{0} には対応していません',
  'channels are whole numbers': 'channels は整数でなければなりません',
  'input_size must be three channels and a square': 'input_size は 3 チャンネルの正方形でなければなりません',
  'preprocessor_config.json names {0}, not ViTImageProcessor or DeiTImageProcessor':
    'preprocessor_config.json の {0} は ViTImageProcessor でも DeiTImageProcessor でもありません',
  'resample is {0}, not 2 (bilinear) or 3 (bicubic)': 'resample が {0} で、2(bilinear)でも 3(bicubic)でもありません',
  'preprocessor_config.json makes pictures of {0} pixels, and image_size is {1}':
    'preprocessor_config.json の画像は {0} ピクセルですが、image_size は {1} です',
  'size {0} leaves no equal borders around crop_size {1}': 'size {0} では crop_size {1} の両側の余白が等しくなりません',
  '{0} false in preprocessor_config.json is not supported':
    'preprocessor_config.json の {0}: false には対応していません',
  'rescale_factor is {0}, not 1/255': 'rescale_factor が {0} で、1/255 ではありません',
  '{0} in preprocessor_config.json is not supported': 'preprocessor_config.json の {0} には対応していません',
  '{0} is {1}, not a text': '{0} が {1} で、文字列ではありません',
  '{0} is {1}, not one height and width': '{0} が {1} で、縦横の等しい大きさではありません',
  'num_channels is {0}, not 3': 'num_channels が {0} で、3 ではありません',
  'head_dim {0} is not hidden_size over num_attention_heads':
    'head_dim {0} が hidden_size ÷ num_attention_heads と一致しません',
  'patch_size {0} is larger than image_size {1}': 'patch_size {0} が image_size {1} より大きくなっています',
  'interpolation is {0}, not bilinear or bicubic': 'interpolation が {0} で、bilinear でも bicubic でもありません',
  'pad_token_id {0} is no token, and positions begin after it':
    'pad_token_id {0} がトークンではありません。位置はその次から始まります',
  'rope_parameters differ by layer type, which is not supported':
    'レイヤーの種類ごとに違う rope_parameters には対応していません',
  'rope_scaling is not read here: its settings belong in rope_parameters, by layer type':
    'rope_scaling は読み取りません。設定は rope_parameters に、レイヤーの種類ごとに書いてください',
  'rope_parameters lacks {0}': 'rope_parameters に {0} がありません',
  'partial_rotary_factor other than 1 is not supported': '1 以外の partial_rotary_factor には対応していません',
  '{0} of {1} numbers of a head are to be rotated, which are no pairs':
    'ヘッドの {1} 個のうち回す {0} 個が、二つ一組になりません',
  'rope type {0} is unknown (known: {1})': 'rope の種類 {0} は知られていません(使えるのは {1})',
  'text_config is missing': 'text_config がありません',
  'text_config is of the type {0}, which is not one of {1}': 'text_config の種類 {0} は {1} のどれでもありません',
  'it is a mixture of experts (MoE)': 'エキスパート混合(MoE)のモデルです',
  '{0} is {1} in each of {2} layers, more than any model has':
    '{0} が {2} 個のレイヤーそれぞれで {1} 個あり、どのモデルよりも多すぎます',
  'num_experts_per_tok {0} is more than {1} {2}': 'num_experts_per_tok {0} が {1} {2} を超えています',
  'output_router_logits is true: the loss that balances experts is not computed; set it to false':
    'output_router_logits が true です。エキスパートの偏りをならす損失は計算しません。false にしてください',
  'clip_qkv is {0}; queries, keys and values are not clipped':
    'clip_qkv が {0} です。クエリー・キー・値を切り詰める処理には対応していません',
  'it is ModernBERT as a decoder, which writes text': '文章を書く側(デコーダー)の ModernBERT です',
  'num_local_experts is {0}; experts are not supported':
    'num_local_experts が {0} です。エキスパートには対応していません',
  'layer_types has layers of Mamba, which are not supported, or not one for each layer':
    'layer_types に対応していない Mamba のレイヤーがあるか、レイヤーの数と合いません',
  'position_embedding_type {0} is not one of rope, nope':
    'position_embedding_type の {0} は rope、nope のどちらでもありません',
  'sliding_window_pattern {0} is without layer_types': 'sliding_window_pattern が {0} ですが、layer_types がありません',
  '{0} in {1} is unknown': '{1} の {0} は知られていません',
  'low_freq_factor is not below high_freq_factor': 'low_freq_factor が high_freq_factor より小さくありません',
  'short_factor of longrope is no list of numbers above 0':
    'longrope の short_factor が、0 より大きい数のリストではありません',
  'short_factor has {0} numbers instead of {1}': 'short_factor が {1} 個ではなく {0} 個です',
  'layer_types does not name full_attention or conv for each of {0} layers':
    'layer_types に、{0} 個のレイヤーそれぞれの full_attention か conv がありません',
  'layer_types does not name full_attention or linear_attention for each of {0} layers':
    'layer_types に、{0} 個のレイヤーそれぞれの full_attention か linear_attention がありません',
  'linear_conv_kernel_dim is {0}, and a convolution sees at least 2 tokens':
    'linear_conv_kernel_dim が {0} です。畳み込みは 2 トークン以上を見る必要があります',
  'linear_num_value_heads {0} is not a multiple of linear_num_key_heads {1}':
    'linear_num_value_heads の {0} が linear_num_key_heads の {1} で割り切れません',
  'full_attn_idxs is no list of layers': 'full_attn_idxs がレイヤー番号のリストではありません',
  'conv_L_cache is {0}, and a convolution sees at least 2 tokens':
    'conv_L_cache が {0} です。畳み込みは 2 トークン以上を見る必要があります',
  'no_rope_layers is no list': 'no_rope_layers がリストではありません',
  'no_rope_layers does not have an entry for each of {0} layers':
    'no_rope_layers に、{0} 個のレイヤーそれぞれの値がありません',
  'qk_layernorm is not supported': 'qk_layernorm には対応していません',
  // トークナイザー
  'a conversation of {0} messages is too long to find its answers in; cut it into shorter ones':
    '{0} 件のメッセージの会話は、回答の位置を探すには長すぎます。短く分けてください',
  'the last answer is not found in what it writes': '書き出したものの中に最後の回答が見つかりません',
  'its SentencePiece model {0}': 'SentencePiece のモデル{0}',
  'is damaged: {0}': 'が壊れています: {0}',
  'has no pieces': 'にピースがありません',
  'has a piece twice': 'に同じピースが二つあります',
  'is of a kind other than Unigram': 'が Unigram ではありません',
  'is of a kind other than Unigram and BPE': 'が Unigram でも BPE でもありません',
  'writes spaces behind words, which is not supported': 'が空白を単語の後ろに書きますが、対応していません',
  'keeps spaces as they are, which is not supported': 'が空白をそのまま残しますが、対応していません',
  'has a piece of {0} characters': 'に {0} 文字のピースがあります',
  'has a piece "{0}" of an unknown kind': 'に知られていない種類のピース「{0}」があります',
  'a {0} numbers its pieces anew, so its tokenizer.json is needed':
    '{0} はピースの番号を付け直すので、tokenizer.json が必要です',
  'its SentencePiece model has no unknown piece': 'SentencePiece のモデルに未知語のピースがありません',
  'it gives token {0}, and the model knows {1}; it belongs to another model':
    'トークン {0} を出しますが、モデルの語彙は {1} です。別のモデルのものです',
  'it adds a token with the id {0}': 'ID {0} のトークンを加えています',
  'it has no "model" section': '"model" の部分がありません',
  'its model type "{0}" is not supported': 'モデルの種類「{0}」には対応していません',
  'it does not say how two texts stand in one': '2 つのテキストを 1 つに並べる方法が書かれていません',
  'its model has no vocabulary': 'モデルに語彙がありません',
  'there is no conversion for {0}': '{0} は変換できません',
  'the model type {0}': 'モデルの種類 {0}',
  'vocab.txt is missing beside it': '同じ所に vocab.txt がありません',
  'merges.txt is missing beside it': '同じ所に merges.txt がありません',
  'it has no {0}': '{0} がありません',
  'it is not a list of tokens with their ids': 'トークンと ID の一覧ではありません',
  'its tokens are those of a SentencePiece model, whose .model file is missing':
    'トークンは SentencePiece のモデルのものですが、.model ファイルがありません',
  'merges.txt holds a line that is no merge: "{0}"': 'merges.txt に結合でない行「{0}」があります',
  'merges.txt merges "{0}", which vocab.json does not hold': 'merges.txt の「{0}」が vocab.json にありません',
};

// Package tokenizer turns text into tokens and back with the vocabularies that GGUF files carry: `llama` (SentencePiece with
// scores and byte fallback) and `gpt2` (byte-level BPE with merges, words cut as gpt-2, llama-bpe, qwen2 or llama.cpp's
// default do it). It finds the tokens that llama.cpp finds.
//
//   - `llama`: a space goes before text at the beginning and after special tokens (unless tokenizer.ggml.add_space_prefix is
//     false); spaces become U+2581; neighbours are joined as long as the vocabulary has what they make, the highest score first,
//     of equals the leftmost; what is in no token becomes its bytes.
//   - `gpt2`: text is cut into words; each word's bytes, written as printable characters, are joined by the list of merges,
//     the earliest in the list first, of equals the leftmost.
//
// Special tokens (control) are only recognised in text where the caller asks for it: text of users must not be able to
// write them. Tokens that the file calls user-defined always are.
//
// Not here: chat templates, other vocabularies (WordPiece, unigram), normalization.
package tokenizer

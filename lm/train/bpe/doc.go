// Package bpe learns a vocabulary by byte-level byte-pair encoding, the kind that GGUF calls tokenizer model `gpt2` with
// the pre-tokenizer `gpt-2`, and encodes text with it.
//
// Text is first cut into words by GPT-2's pattern; merges never cross a word. Of equally frequent pairs the one with the
// smaller ids is merged, so the same text gives the same vocabulary everywhere. Tokens are numbered: 256 bytes by value,
// merges in the order in which they were learnt, the end of a text last.
//
// It serves training. Whoever runs a model reads the vocabulary out of its file (package lm/tokenizer).
package bpe

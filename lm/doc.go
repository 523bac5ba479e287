// Package lm computes language models of the llama architecture from GGUF files, in Go alone, so that a fresh machine
// serves and verifies a real model with no other program.
//
// A [Model] is the weights, shared and never changed. A [Session] is one sequence of tokens: [Session.Prefill] and
// [Session.Decode] add to it and return logits, [Session.Generate] continues it, [Session.Score] says how likely a given
// continuation was. Results depend on weights and tokens alone, bit for bit: not on the size of batches, not on what runs
// beside. Between kinds of processors the last bits differ, so verifiers compare with a tolerance.
//
// Exactness comes before speed: on the same file log-probabilities are llama.cpp's within 1e-3, quantized files included,
// because activations are rounded as it rounds them (package quant). One session uses one core; weights are kept as
// float32. Serving large models fast is the business of foreign engines behind the miner.
//
// Not here: training (lm/train), chat templates, the network, anything of the chain.
package lm

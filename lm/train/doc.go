// Package train makes small language models of the llama architecture: forward and backward by hand over flat float32,
// AdamW, a schedule and an order of the data. README.md has the formulas with their sources, and the shapes.
//
// Everything that a step depends on is a value that the caller holds: parameters, gradients, moments, the number of the
// step; the data of a step is a pure function of a seed and that number. A gradient is computed in shards whose number the
// run fixes, and summed in their order. So a run gives the same bytes however many goroutines work on it, and whether or
// not it was stopped and resumed from a checkpoint; and a shard can as well be computed by somebody else.
//
// It does not serve models: package lm reads what WriteGGUF writes. It knows no corpus and no tokenizer: text comes in as
// token ids (see corpus and bpe below this folder).
package train

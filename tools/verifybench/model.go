package main

import (
	"context"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
)

// model is a language model as a miner asks it and as a validator asks it again.
type model interface {
	// generate draws at most n tokens after the prompt. Where the model ends the answer itself, the last token is its end token.
	generate(ctx context.Context, prompt []int, s sample.Sampler, n int) (answer, error)
	// logits are the rows after the prompt and after each token of the completion but the last.
	logits(ctx context.Context, prompt, completion []int) ([][]float32, error)
}

// answer is what a miner sends.
type answer struct {
	tokens  []int
	claimed []float64
	ended   bool // by the model's end token, which stands last
	finish  verify.Finish
	// What it says that it used.
	promptTokens, completionTokens int
}

// probe is one question: a prompt, how to draw, and how far.
type probe struct {
	number  int
	prompt  []int
	sampler sample.Sampler
	tokens  int
}

// honest is what a miner says of an answer that it drew itself.
func honest(p probe, a answer) answer {
	a.promptTokens, a.completionTokens = len(p.prompt), len(a.tokens)
	a.finish = verify.Length
	if a.ended {
		a.finish = verify.Stop
	}
	return a
}

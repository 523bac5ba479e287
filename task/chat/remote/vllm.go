package remote

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// toldByVLLM asks by prompt_logprobs: at each place of a prompt the likeliest tokens, and the one that stands there whatever its rank.
func (e *Engine) toldByVLLM(ctx context.Context, prompt, completion []int) ([]map[int]float64, error) {
	var said struct {
		Choices []struct {
			Places []map[string]struct {
				Logprob *float64 `json:"logprob"`
			} `json:"prompt_logprobs"`
		} `json:"choices"`
	}
	all := slices.Concat(prompt, completion)
	err := e.post(ctx, "/completions", false, map[string]any{
		"model": e.model, "prompt": all, "max_tokens": 1, "temperature": 0, "prompt_logprobs": e.top,
	}, &said)
	if err != nil {
		return nil, err
	}
	if len(said.Choices) != 1 || len(said.Choices[0].Places) != len(all) {
		n := 0
		if len(said.Choices) == 1 {
			n = len(said.Choices[0].Places)
		}
		return nil, e.server.Malformed(fmt.Errorf("prompt_logprobs of %d tokens, want %d", n, len(all)))
	}
	out := make([]map[int]float64, len(completion))
	for i, place := range said.Choices[0].Places[len(prompt):] {
		out[i] = make(map[int]float64, len(place))
		for word, p := range place {
			id, err := strconv.Atoi(word)
			if err != nil || p.Logprob == nil {
				return nil, e.server.Malformed(fmt.Errorf("prompt_logprobs[%d] has %.32q, want numbers of tokens with logprob", len(prompt)+i, word))
			}
			out[i][id] = *p.Logprob
		}
	}
	return out, nil
}

package remote

import (
	"context"
	"fmt"
	"slices"
)

// bias makes a token the one that is drawn, whatever the model says.
const bias = 1e6

// toldByLlamaCpp asks for one token after each beginning of the completion, and has it be the one that stands there. The
// log-probabilities are the model's own: they are taken before biases, temperature and cuts (post_sampling_probs false).
func (e *Engine) toldByLlamaCpp(ctx context.Context, prompt, completion []int) ([]map[int]float64, error) {
	type one struct {
		ID      int      `json:"id"`
		Logprob *float64 `json:"logprob"`
	}
	out := make([]map[int]float64, len(completion))
	for i, id := range completion {
		var said struct {
			Places []struct {
				one
				Top []one `json:"top_logprobs"`
			} `json:"completion_probabilities"`
		}
		err := e.post(ctx, "/completion", true, map[string]any{
			"prompt": slices.Concat(prompt, completion[:i]), "n_predict": 1, "n_probs": e.top, "temperature": 0, "post_sampling_probs": false,
			"logit_bias": [][2]any{{id, bias}}, "cache_prompt": true, "stream": false,
		}, &said)
		if err != nil {
			return nil, err
		}
		if len(said.Places) != 1 || said.Places[0].Logprob == nil {
			return nil, e.server.Malformed(fmt.Errorf("completion_probabilities of %d tokens, want 1 with logprob", len(said.Places)))
		}
		if got := said.Places[0].ID; got != id {
			return nil, e.server.Malformed(fmt.Errorf("token %d was drawn where a bias of %g is on token %d", got, bias, id))
		}
		out[i] = map[int]float64{id: *said.Places[0].Logprob}
		for _, t := range said.Places[0].Top {
			if t.Logprob == nil {
				return nil, e.server.Malformed(fmt.Errorf("top_logprobs of token %d have no logprob", t.ID))
			}
			if t.ID != id {
				out[i][t.ID] = *t.Logprob
			}
		}
	}
	return out, nil
}

package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
)

// Piece is what one step of an answer adds.
type Piece struct {
	Text   string              // complete characters that can no longer become a stop string; may be empty
	Tokens []chat.TokenLogprob // of the tokens since the piece before
}

// Generate answers a request, whose body seeds the sampler if it names no seed (see [chat.Request.Sampler]). Each piece is handed to
// emit, whose error ends the answer and is returned; emit may be nil. window bounds prompt and answer together, as the model's context does.
// The response has no id, time or model. Log-probabilities are there whether or not they were asked for. The token that ends an answer is counted and its
// log-probability is the last. Errors: task.BadRequest, and those of package lm.
func (e *Engine) Generate(ctx context.Context, r chat.Request, body []byte, window int, emit func(Piece) error) (chat.Response, error) {
	prompt, err := e.Prompt(r.Messages)
	if err != nil {
		return chat.Response{}, &task.BadRequest{Field: "messages", Reason: "are empty, and this model begins no text by itself; say something"}
	}
	limit := min(window, e.Context())
	if len(prompt) >= limit {
		return chat.Response{}, &task.BadRequest{Field: "messages", Reason: fmt.Sprintf("have %d tokens, want at most %d: there must be room for an answer", len(prompt), limit-1)}
	}
	var all, pending []chat.TokenLogprob
	hand := func(text string) error {
		p := Piece{text, pending}
		pending = nil
		if emit == nil {
			return nil
		}
		return emit(p)
	}
	c, err := e.model.NewSession(lm.SessionOptions{Context: limit}).Generate(ctx, lm.Request{
		Prompt: prompt, MaxTokens: min(r.MaxTokens, limit-len(prompt)), Sampler: r.Sampler(body), Stop: r.Stop,
		OnToken: func(t lm.Token, logits []float32) error {
			told := e.logprobs(t, logits, r.TopLogprobs)
			all, pending = append(all, told), append(pending, told)
			return nil
		},
		OnText: hand,
	})
	if err != nil {
		return chat.Response{}, err
	}
	if len(pending) > 0 {
		if err := hand(""); err != nil {
			return chat.Response{}, err
		}
	}
	reason := chat.FinishLength
	if c.Reason == lm.ReasonStop {
		reason = chat.FinishStop
	}
	return chat.Response{
		Object: chat.ObjectCompletion,
		Choices: []chat.Choice{{
			Message:      chat.Message{Role: chat.RoleAssistant, Content: string([]rune(c.Text))},
			Logprobs:     &chat.Logprobs{Content: all},
			FinishReason: reason,
		}},
		Usage: chat.Usage{PromptTokens: len(prompt), CompletionTokens: len(all), TotalTokens: len(prompt) + len(all)},
	}, nil
}

// logprobs tells a token and the likeliest ones in its place.
func (e *Engine) logprobs(t lm.Token, logits []float32, top int) chat.TokenLogprob {
	out := chat.TokenLogprob{ID: &t.ID, Token: e.shown(t.ID), Logprob: chat.Logprob(t.LogProb), Bytes: chat.Bytes(e.Piece(t.ID)), TopLogprobs: []chat.Alternative{}}
	if top == 0 {
		return out
	}
	for _, id := range likeliest(logits, top) {
		b := chat.Bytes(e.Piece(id))
		out.TopLogprobs = append(out.TopLogprobs, chat.Alternative{ID: &id, Token: e.shown(id), Logprob: max(chat.Impossible, chat.Logprob(sample.LogProb(logits, id))), Bytes: b})
	}
	return out
}

// shown is a token for people: its text, or the vocabulary's word for one that has none.
func (e *Engine) shown(id int) string {
	if p := e.Piece(id); p != "" {
		return string([]rune(p))
	}
	return e.tok.Text(id)
}

// likeliest are the n ids of the largest logits, largest first, of equals the lowest.
func likeliest(logits []float32, n int) []int {
	best := make([]int, 0, n+1)
	for id, l := range logits {
		if len(best) == n && l <= logits[best[n-1]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, id, func(a, b int) int {
			return cmp.Or(cmp.Compare(logits[b], logits[a]), cmp.Compare(a, b))
		})
		best = slices.Insert(best, at, id)
		best = best[:min(len(best), n)]
	}
	return best
}

package pinned

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/claim"
	"github.com/agon-chain/agon/verify/duplicate"
	"github.com/agon-chain/agon/verify/likelihood"
	"github.com/agon-chain/agon/verify/replay"
	"github.com/agon-chain/agon/verify/usage"
)

// Reasons of judgements, beside the names of layers that an answer misses in.
const (
	reasonDropped   = "dropped"
	reasonMalformed = "malformed"
	reasonModel     = "model-not-allowed"
	reasonNoTokens  = "no-tokens"
)

// observed is what was found of one answer, kept from Judge to Settle.
type observed struct {
	pin      string
	findings []verify.Finding
	ranks    []float64
	answer   duplicate.Answer
	allowed  int // tokens
	stop     []string
	spare    int // tokens of a stop string that may be left out
}

// Judge implements task.Judge. It computes the pinned model over prompt and answer.
func (x *Examiner) Judge(ctx context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	j, seen, err := x.judge(ctx, q, a)
	if err != nil {
		return task.Judgement{}, fmt.Errorf("chat: question %s: %w", q.ID, err)
	}
	if seen != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		if len(x.seen) >= maxMiners*maxPerMiner {
			clear(x.seen) // of rounds that were never settled
		}
		x.seen[q.ID] = *seen
	}
	return j, nil
}

func (x *Examiner) judge(ctx context.Context, q task.Question, a task.Answer) (task.Judgement, *observed, error) {
	r, err := chat.DecodeRequest(q.Body, x.params)
	if err != nil {
		return task.Judgement{}, nil, err
	}
	if a.Dropped {
		return task.Judgement{Reasons: []string{reasonDropped}}, nil, nil
	}
	out, err := chat.DecodeAnswer(a.Body, r)
	if err != nil {
		return task.Judgement{Reasons: []string{reasonMalformed}}, nil, nil
	}
	v, ok := x.versions[out.Model]
	if !ok {
		return task.Judgement{Reasons: []string{reasonModel}}, nil, nil
	}
	j := task.Judgement{Label: label(out)}
	tokens, claimed, ended, ok := TokensOf(v.Engine, out)
	if !ok {
		j.Reasons = []string{reasonNoTokens} // nothing can be looked at, so nothing passes
		return j, nil, nil
	}
	prompt, err := v.Engine.Prompt(r.Messages)
	if err != nil {
		return task.Judgement{}, nil, err
	}
	t := verify.Transcript{Sampling: r.Sampler(q.Body), Tokens: tokens, Claimed: claimed}
	if t.Logits, t.Tail, err = Rows(ctx, v.Engine, prompt, tokens); err != nil {
		return task.Judgement{}, nil, err
	}
	seen := observed{pin: out.Model, allowed: min(r.MaxTokens, x.window(v.Engine)-len(prompt)), stop: r.Stop}
	for _, s := range r.Stop {
		seen.spare = max(seen.spare, len(s)) // a token has a byte at least
	}
	seen.findings, err = layers(t, v, usage.Answer{
		PromptTokens: out.Usage.PromptTokens, CompletionTokens: out.Usage.CompletionTokens, Tokens: tokens, Text: out.Choices[0].Message.Content,
		Finish: verify.Finish(out.Choices[0].FinishReason), MaxTokens: seen.allowed, Stop: r.Stop, EndToken: ended, Spare: seen.spare,
	}, len(prompt))
	if err != nil {
		return task.Judgement{}, nil, err
	}
	if seen.ranks, err = likelihood.Ranks(t, x.rng(q.Round, "ranks", q.ID).Float64); err != nil {
		return task.Judgement{}, nil, err
	}
	if seen.answer, err = duplicate.Weigh(t); err != nil {
		return task.Judgement{}, nil, err
	}
	j.Quality = v.quality * worth(seen.findings)
	for _, f := range seen.findings {
		if f.Verdict == verify.Fail {
			j.Reasons = append(j.Reasons, string(f.Layer))
		}
	}
	return j, &seen, nil
}

// window is the most tokens of prompt and answer together: the subnet's, or the model's own where that is less and known. An answer that
// fills it ends for its length, as expert gguf ends it.
func (x *Examiner) window(e Engine) int {
	if own, ok := e.(interface{ Context() int }); ok {
		return min(x.params.MaxContext, own.Context())
	}
	return x.params.MaxContext
}

func layers(t verify.Transcript, v *version, a usage.Answer, prompt int) ([]verify.Finding, error) {
	tolerance := v.Profile.ReplayTolerance
	if t.Sampling.Params.Temperature == 0 {
		tolerance = v.Profile.GreedyTolerance
	}
	c, err := claim.Judge(t, v.Profile.ClaimTolerance)
	if err != nil {
		return nil, err
	}
	out := []verify.Finding{c, usage.Judge(a, counter{v.Engine, prompt})}
	if v.Profile.OwnDraws && t.Sampling.Params.Temperature > 0 {
		return out, nil // nobody knows what was to be drawn
	}
	r, err := replay.Judge(t, tolerance)
	if err != nil {
		return nil, err
	}
	if r.Trials == 0 && t.Tail != nil {
		return out, nil // its server told the validator too little, which is not the miner's fault
	}
	return append([]verify.Finding{r}, out...), nil
}

// counter is the tokenizer that usage asks.
type counter struct {
	engine Engine
	prompt int
}

func (c counter) CountPrompt() (int, error)  { return c.prompt, nil }
func (c counter) Decode(tokens []int) string { return c.engine.Decode(tokens) }

// worth is what part of an answer is the version's: all but the largest part that misses in any layer that counts tokens, and
// nothing of an answer whose usage is wrong or that no layer could look at.
func worth(findings []verify.Finding) float64 {
	w := 1.0
	for _, f := range findings {
		switch {
		case f.Trials == 0:
			return 0
		case f.Layer == verify.Usage && f.Misses > 0:
			return 0
		case f.Layer != verify.Usage:
			w = min(w, 1-float64(f.Misses)/float64(f.Trials))
		}
	}
	return w
}

// TokensOf reads the answer's tokens and claims out of its log-probabilities; where the model ended the answer and the end token
// is counted but not told, it is added, without a claim. False if a token cannot be told.
func TokensOf(e Engine, out chat.Response) (tokens []int, claimed []float64, ended, ok bool) {
	l := out.Choices[0].Logprobs
	if l == nil {
		return nil, nil, false, false
	}
	for _, t := range l.Content {
		id, known := TokenOf(e, t.ID, t.Token, t.Bytes)
		if !known {
			return nil, nil, false, false
		}
		p := float64(t.Logprob)
		if math.IsNaN(p) {
			return nil, nil, false, false
		}
		tokens, claimed = append(tokens, id), append(claimed, p)
	}
	if n := len(tokens); out.Choices[0].FinishReason == chat.FinishStop && e.EndToken() >= 0 && n+1 == out.Usage.CompletionTokens {
		tokens = append(tokens, e.EndToken())
	}
	if n := len(tokens); n > 0 && e.End(tokens[n-1]) {
		ended = true
	}
	return tokens, claimed, ended, len(tokens) > 0
}

// wordOfID begins the word for a token in answers of servers that say its number there (vLLM with --return-tokens-as-token-ids).
const wordOfID = "token_id:"

// TokenOf finds a token that an answer names: by its number where that is told, else by its bytes, else by its text.
func TokenOf(e Engine, number *int, text string, b []byte) (id int, ok bool) {
	if number == nil {
		if word, found := strings.CutPrefix(text, wordOfID); found {
			if n, err := strconv.Atoi(word); err == nil {
				number = &n
			}
		}
	}
	if number != nil {
		return *number, *number >= 0 && *number < e.Vocabulary()
	}
	if b == nil {
		b = []byte(text)
	}
	return e.TokenOf(b)
}

// label is the beginning of the text, for logs.
func label(r chat.Response) string {
	b, err := json.Marshal(r.Choices[0].Message.Content)
	if err != nil {
		return ""
	}
	return string(b[:min(len(b), 48)])
}

package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/claim"
	"github.com/agon-chain/agon/verify/duplicate"
	"github.com/agon-chain/agon/verify/likelihood"
	"github.com/agon-chain/agon/verify/replay"
	"github.com/agon-chain/agon/verify/sequential"
	"github.com/agon-chain/agon/verify/usage"
)

// observation is what all layers say of one answer.
type observation struct {
	findings []verify.Finding
	ranks    []float64
	// coincidence compares it with another miner's answer to the same prompt under another seed.
	coincidence float64
}

// counts is the tokenizer that usage needs. Text is not sent here: tokens are.
type counts int

func (c counts) CountPrompt() (int, error) { return int(c), nil }
func (counts) Decode([]int) string         { return "" }

// transcript asks the pinned model again what it says of an answer.
func transcript(ctx context.Context, pinned model, p probe, a answer) (verify.Transcript, error) {
	rows, err := pinned.logits(ctx, p.prompt, a.tokens)
	if err != nil {
		return verify.Transcript{}, fmt.Errorf("ask the pinned model again: %w", err)
	}
	return verify.Transcript{Sampling: p.sampler, Tokens: a.tokens, Claimed: a.claimed, Logits: rows}, nil
}

// observe judges one answer. partner is another miner's answer to the same prompt.
func observe(ctx context.Context, pinned model, profile sequential.Profile, p probe, a answer, partner []int, secret *rand.Rand) (observation, error) {
	var out observation
	tr, err := transcript(ctx, pinned, p, a)
	if err != nil {
		return out, err
	}
	tolerance := profile.ReplayTolerance
	if p.sampler.Params.Temperature == 0 {
		tolerance = profile.GreedyTolerance
	}
	r, err := replay.Judge(tr, tolerance)
	if err != nil {
		return out, err
	}
	c, err := claim.Judge(tr, profile.ClaimTolerance)
	if err != nil {
		return out, err
	}
	if out.ranks, err = likelihood.Ranks(tr, secret.Float64); err != nil {
		return out, err
	}
	weighed, err := duplicate.Weigh(tr)
	if err != nil {
		return out, err
	}
	out.coincidence = duplicate.Coincide(weighed, duplicate.Answer{Tokens: partner})
	u := usage.Judge(usage.Answer{
		PromptTokens: a.promptTokens, CompletionTokens: a.completionTokens, Tokens: a.tokens, Finish: a.finish, MaxTokens: p.tokens, EndToken: a.ended,
	}, counts(len(p.prompt)))
	out.findings = []verify.Finding{r, c, u}
	return out, nil
}

// deviations are what an honest variant deviates by: what a calibration is made of.
func deviations(ctx context.Context, pinned, variant model, drawn, greedy []probe) (calibrate.Samples, error) {
	var s calibrate.Samples
	for _, set := range [][]probe{drawn, greedy} {
		for _, p := range set {
			a, err := variant.generate(ctx, p.prompt, p.sampler, p.tokens)
			if err != nil {
				return s, err
			}
			tr, err := transcript(ctx, pinned, p, a)
			if err != nil {
				return s, err
			}
			d, err := replay.Distances(tr)
			if err != nil {
				return s, err
			}
			claims, err := claim.Distances(tr)
			if err != nil {
				return s, err
			}
			s.Claim = append(s.Claim, claims...)
			s.UsageTrials += 4
			if p.sampler.Params.Temperature == 0 {
				s.Greedy = append(s.Greedy, d...)
				// What one engine says twice must be one thing; what two engines say may part where the best two tokens are near.
				again, err := variant.generate(ctx, p.prompt, p.sampler, p.tokens)
				if err != nil {
					return s, err
				}
				s.RepeatTrials++
				if !equal(again.tokens, a.tokens) {
					s.RepeatMisses++
				}
				continue
			}
			s.Replay = append(s.Replay, d...)
			rows, err := variant.logits(ctx, p.prompt, a.tokens)
			if err != nil {
				return s, err
			}
			for i := range rows {
				s.Apart = append(s.Apart, apart(rows[i], tr.Logits[i], p.sampler.Params))
			}
		}
	}
	return s, nil
}

// apart is the total variation between the distributions of two rows.
func apart(a, b []float32, params sample.Params) float64 {
	p, q := sample.Distribution(a, params), sample.Distribution(b, params)
	var sum float64
	for i := range p {
		sum += math.Abs(p[i]-q[i]) / 2
	}
	return sum
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/sequential"
)

// plan is how much is asked.
type plan struct {
	Calibration int    `json:"calibration_probes"` // of each honest variant, half of them at temperature 0
	Probes      int    `json:"probes"`             // of each cheat
	Honest      int    `json:"honest_probes"`      // of each honest miner, whose false alarms are rarer than can be seen in few
	Peer        int    `json:"peer_probes"`        // of each honest miner with another engine, which answers slowly here
	Trials      int    `json:"trials"`
	Tokens      int    `json:"tokens"` // of an answer, at most
	Seed        uint64 `json:"seed"`
}

// outcome is everything that the table is made of.
type outcome struct {
	Plan     plan               `json:"plan"`
	Profile  sequential.Profile `json:"profile"`
	Variants []string           `json:"variants"`
	Results  []result           `json:"results"`
	Seconds  float64            `json:"seconds"`
}

// temperatures are how requests ask for tokens, in turn.
var temperatures = []sample.Params{{Temperature: 1, TopP: 1}, {TopP: 1}, {Temperature: 0.8, TopP: 0.95}, {Temperature: 0.7, TopK: 40, TopP: 1}}

// asked makes a probe. A prompt is what prompts gives for its number.
func asked(prompts func(n int) []int, number, tokens int, params sample.Params) probe {
	p := probe{number: number, prompt: prompts(number), tokens: tokens}
	r := rand.New(rand.NewPCG(uint64(number), 77))
	p.sampler.Params = params
	for i := range p.sampler.Seed {
		p.sampler.Seed[i] = byte(r.Uint32())
	}
	return p
}

// run calibrates on the honest variants and judges all miners. Probes of the calibration have other prompts than those of the
// trials.
func run(ctx context.Context, c cast, prompts func(n int) []int, p plan, progress io.Writer) (outcome, error) {
	began := time.Now()
	out := outcome{Plan: p, Variants: sortedKeys(c.variants)}
	profile, err := c.calibrate(ctx, prompts, p, progress)
	if err != nil {
		return out, err
	}
	out.Profile = profile
	next := 1_000_000 // far from the calibration's prompts
	for i, m := range c.miners() {
		n := p.Probes
		switch {
		case m.honest && m.slow:
			n = p.Peer
		case m.honest:
			n = p.Honest
		}
		seen, err := c.judge(ctx, m, prompts, next, n, p, profile, progress)
		if err != nil {
			return out, fmt.Errorf("%s: %w", m.name, err)
		}
		next += n
		r, err := try(m, seen, profile, p.Trials, p.Seed+uint64(i))
		if err != nil {
			return out, err
		}
		out.Results = append(out.Results, r)
	}
	out.Seconds = time.Since(began).Seconds()
	return out, nil
}

func (c cast) calibrate(ctx context.Context, prompts func(n int) []int, p plan, progress io.Writer) (sequential.Profile, error) {
	var all []sequential.Profile
	at := 0
	for _, name := range append([]string{""}, sortedKeys(c.variants)...) {
		m := c.pinned
		if name != "" {
			m = c.variants[name]
		}
		var drawn, greedy []probe
		for i := range p.Calibration {
			if i%2 == 0 {
				drawn = append(drawn, asked(prompts, at, p.Tokens, temperatures[i/2%2*2]))
			} else {
				greedy = append(greedy, asked(prompts, at, p.Tokens, sample.Params{TopP: 1}))
			}
			at++
		}
		fmt.Fprintf(progress, "calibrating on %d answers of %s\n", p.Calibration, c.nameOf(name))
		s, err := deviations(ctx, c.pinned, m, drawn, greedy)
		if err != nil {
			return sequential.Profile{}, err
		}
		one, err := calibrate.Profile(s)
		if err != nil {
			return sequential.Profile{}, fmt.Errorf("%s: %w", c.nameOf(name), err)
		}
		fmt.Fprintf(progress, "  %+v\n", one)
		all = append(all, one)
	}
	return calibrate.Worst(all...), nil
}

func (c cast) nameOf(variant string) string {
	if variant == "" {
		return "the pinned model itself"
	}
	return variant
}

// judge asks a miner n times, on all processors, and judges each answer.
func (c cast) judge(ctx context.Context, m miner, prompts func(n int) []int, from, n int, p plan, profile sequential.Profile, progress io.Writer) ([]observation, error) {
	began := time.Now()
	seen := make([]observation, n)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return ctx.Err()
				}
				q := asked(prompts, from+i, p.Tokens, temperatures[i%len(temperatures)])
				a, err := m.answer(ctx, q)
				if err != nil {
					return err
				}
				partner, err := c.partner(ctx, m, q)
				if err != nil {
					return err
				}
				if seen[i], err = observe(ctx, c.pinned, profile, q, a, partner, rand.New(rand.NewPCG(p.Seed, uint64(from+i)))); err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "%s: %d answers judged in %.0f s\n", m.name, n, time.Since(began).Seconds())
	return seen, nil
}

// partner is what the validator got from another miner for the same prompt under another seed. A colluding pair's is the text that
// the pair gives both, for whichever of the two was asked first.
func (c cast) partner(ctx context.Context, m miner, p probe) ([]int, error) {
	if m.name == collusion {
		a, err := c.cached(ctx, p)
		return a.tokens, err
	}
	other := p.sampler
	other.Seed[0] ^= 0xff
	a, err := c.pinned.generate(ctx, p.prompt, other, p.tokens)
	return a.tokens, err
}

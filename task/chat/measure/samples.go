package measure

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/claim"
	"github.com/agon-chain/agon/verify/evalue"
	"github.com/agon-chain/agon/verify/likelihood"
	"github.com/agon-chain/agon/verify/replay"
	"github.com/agon-chain/agon/verify/sequential"
)

const (
	// near is how far, in probability, a drawn token may be from what the protocol's seed draws to be told as drawn by it.
	near = 0.02
	// otherModel is how far, in nats, half of the claims are at least from the reference's if the model is another: a quantization to four
	// bits moves them by a tenth of it.
	otherModel = 0.5
	// mostApart is the largest distance that an account takes.
	mostApart = 0.25
)

// deviations are what a server's answers deviate by.
type deviations struct {
	calibrate.Samples
	answers int
	slack   float64 // of ranks, where the reference does not know all of a row
	ranks   map[sample.Params][]float64
	// raw and warm are distances of claims at temperatures 0 and 1, and at others.
	raw, warm []float64
	wrong     string // of usage, the last reason
	// far is how many drawn tokens are not what the protocol's seed draws, farByChance how many would not be if it had no part in it.
	far, farByChance float64
}

// gather compares every answer with the reference.
func (r *runner) gather() (deviations, error) {
	d := deviations{ranks: map[sample.Params][]float64{}}
	rng := rand.New(rand.NewPCG(r.Seed, 0x72616e6b))
	for i, a := range r.answers {
		d.answers++
		t := a.transcript
		distances, err := replay.Distances(t)
		if err != nil {
			return d, fmt.Errorf("%w: %w", ErrServer, err)
		}
		claims, err := claim.Distances(t)
		if err != nil {
			return d, fmt.Errorf("%w: %w", ErrServer, err)
		}
		d.Claim = append(d.Claim, claims...)
		if temperature := a.manner.Temperature; temperature == 0 || temperature == 1 {
			d.raw = append(d.raw, claims...)
		} else {
			d.warm = append(d.warm, claims...)
		}
		if d.UsageTrials, d.UsageMisses = d.UsageTrials+a.usage.Trials, d.UsageMisses+a.usage.Misses; a.usage.Misses > 0 {
			d.wrong = a.usage.Reason
		}
		if a.manner.Temperature == 0 {
			d.Greedy = append(d.Greedy, distances...)
		} else {
			for k, id := range t.Tokens {
				if !t.Known(k) {
					continue
				}
				d.Replay = append(d.Replay, distances[k])
				if distances[k] > near {
					d.far++
				}
				d.farByChance += max(0, 1-2*near-sample.Distribution(t.Logits[k], a.manner)[id])
			}
			ranks, err := likelihood.Ranks(t, rng.Float64)
			if err != nil {
				return d, fmt.Errorf("%w: %w", ErrServer, err)
			}
			d.ranks[a.manner] = append(d.ranks[a.manner], ranks...)
		}
		for k, told := range a.told {
			if v, ok := apart(r.Reference, t.Logits[k], told, a.manner.Temperature); ok {
				d.Apart = append(d.Apart, v)
			}
		}
		if t.Tail != nil {
			d.slack = likelihood.Slack
		}
		if second := r.seconds[i]; second != nil {
			d.answers++
			f := r.repeated(i)
			d.RepeatTrials, d.RepeatMisses = d.RepeatTrials+f.Trials, d.RepeatMisses+f.Misses
		}
	}
	d.OwnDraws = 2*d.far > d.farByChance
	return d, nil
}

// apart is the total variation between the reference's row and what the server told of its own: of the tokens that it told each, of
// the rest as one. At temperatures below 1 distributions are further apart, by at most one over it for small distances.
func apart(e pinned.Engine, row []float32, told []chat.Alternative, temperature float64) (float64, bool) {
	p := sample.Distribution(row, sample.Params{Temperature: 1, TopP: 1})
	var sum, here, there float64
	for _, a := range told {
		id, ok := pinned.TokenOf(e, a.ID, a.Token, a.Bytes)
		if !ok {
			continue // it is one of the rest
		}
		q := math.Exp(float64(a.Logprob))
		sum, here, there = sum+math.Abs(p[id]-q), here+p[id], there+q
	}
	if there == 0 {
		return 0, false
	}
	if sum = (sum + math.Abs(here-there)) / 2; temperature > 0 {
		sum /= min(temperature, 1)
	}
	return min(sum, 1), true
}

// fair refuses a server that no profile is fair to.
func (d *deviations) fair() error {
	if len(d.Claim) == 0 {
		return fmt.Errorf("%w: none came", ErrLogprobs)
	}
	if raw, warm := median(d.raw), median(d.warm); len(d.warm) > 0 && warm > 10*raw+0.1 {
		return fmt.Errorf("%w: at other temperatures than 0 and 1 they are %.2g nats off, else %.2g: they are taken after temperature and cuts; vLLM: --logprobs-mode raw_logprobs", ErrLogprobs, warm, raw)
	}
	if m := median(d.Claim); m > otherModel {
		return fmt.Errorf("%w: half of its log-probabilities are more than %.2g nats from the pinned version's; serve its own files, with its template", ErrModel, m)
	}
	if d.UsageMisses*4 > d.UsageTrials { // one of the four things that are looked at, in each answer
		return fmt.Errorf("%w: %d of %d counts and texts; such as: %s", ErrUsage, d.UsageMisses, d.UsageTrials, d.wrong)
	}
	if d.RepeatMisses*2 > d.RepeatTrials {
		return fmt.Errorf("%w: %d of %d answers to one question with one seed differ", ErrSeed, d.RepeatMisses, d.RepeatTrials)
	}
	return nil
}

// drawn refuses a server whose tokens are not drawn as they were asked for: by the account that a validator would keep on it.
func (d *deviations) drawn(p sequential.Profile) error {
	for _, manner := range manners {
		account, err := evalue.NewUniform(p.Apart)
		if err != nil {
			return errors.Join(ErrSampling, err)
		}
		for _, v := range d.ranks[manner] {
			account.Add(v)
		}
		if account.Log() >= sequential.Enough {
			return fmt.Errorf("%w: at temperature %v, top_p %v, top_k %d its tokens are not those of the distribution (evidence of %d tokens: 10^%.0f to 1); switch off what it adds by itself (vLLM: --generation-config vllm; llama.cpp: --min-p 0 --top-k 0 --top-p 1 --repeat-penalty 1 --samplers \"temperature;top_k;top_p\")",
				ErrSampling, manner.Temperature, manner.TopP, manner.TopK, account.Trials, account.Log()/math.Ln10)
		}
	}
	return nil
}

func median(v []float64) float64 { return quantile(v, 0.5) }

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

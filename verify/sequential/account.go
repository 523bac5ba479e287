package sequential

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/evalue"
)

// Profile is what is honest for one model, precision and engine: package calibrate measures it. All rates are upper bounds.
type Profile struct {
	// ReplayTolerance is how far, in probability, a drawn token may be from the drawn number, GreedyTolerance in nats from the most
	// probable at temperature 0, ClaimTolerance in nats from the recomputed log-probability.
	ReplayTolerance float64 `json:"replay_tolerance"`
	GreedyTolerance float64 `json:"greedy_tolerance"`
	ClaimTolerance  float64 `json:"claim_tolerance"`
	// The rates of honest misses beyond these tolerances, of usage, and of answers that must agree and do not.
	ReplayRate float64 `json:"replay_rate"`
	ClaimRate  float64 `json:"claim_rate"`
	UsageRate  float64 `json:"usage_rate"`
	RepeatRate float64 `json:"repeat_rate"`
	// Apart bounds the total variation between the honest engine's distribution and the recomputed one.
	Apart float64 `json:"apart"`
	// OwnDraws says that the engines which the pin allows draw by samplers of their own, as stock servers do, and not by the protocol's:
	// tokens that were drawn are then not replayed, and are for the other layers to judge. At temperature 0 nothing changes.
	OwnDraws bool `json:"own_draws,omitempty"`
}

// Enough is the logarithm of the e-value at which a miner is accused, at odds of 1,000 to 1: of a thousand honest miners one is ever.
const Enough = 6.907755278982137

// Account is one validator's on one miner that serves one version.
type Account struct {
	Replay     evalue.Rate    `json:"replay"`
	Claim      evalue.Rate    `json:"claim"`
	Usage      evalue.Rate    `json:"usage"`
	Repeat     evalue.Rate    `json:"repeat"`
	Likelihood evalue.Uniform `json:"likelihood"`
	// Coincidence is the logarithm of the bet that answers coincide with other miners'.
	Coincidence  float64 `json:"coincidence"`
	Answers      int     `json:"answers"`
	Inconclusive int     `json:"inconclusive"` // answers that no layer could look at
	// Peak is the most that the evidence ever was: what is certain once stays so, as Ville's bound is on the highest point.
	Peak float64 `json:"peak"`
}

// New opens an account. Errors: evalue.ErrRate.
func New(p Profile) (*Account, error) {
	a := &Account{}
	var err error
	for _, r := range []struct {
		name    string
		account *evalue.Rate
		most    float64
	}{
		{"replay_rate", &a.Replay, p.ReplayRate},
		{"claim_rate", &a.Claim, p.ClaimRate},
		{"usage_rate", &a.Usage, p.UsageRate},
		{"repeat_rate", &a.Repeat, p.RepeatRate},
	} {
		if *r.account, err = evalue.NewRate(r.most); err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
	}
	if a.Likelihood, err = evalue.NewUniform(p.Apart); err != nil {
		return nil, fmt.Errorf("apart: %w", err)
	}
	return a, nil
}

// Observe enters the findings and the ranks of one answer. An answer of which no finding could say anything is counted: it is no
// evidence, and it is no pass.
func (a *Account) Observe(findings []verify.Finding, ranks []float64) {
	a.Answers++
	seen := len(ranks) > 0
	for _, f := range findings {
		account := a.rate(f.Layer)
		if account == nil || f.Trials == 0 {
			continue
		}
		seen = true
		account.Add(f.Trials, f.Misses)
	}
	for _, v := range ranks {
		a.Likelihood.Add(v)
	}
	if !seen {
		a.Inconclusive++
	}
	a.Peak = max(a.Peak, a.Log())
}

// stake is what part of the account each comparison of answers bets: coincidences are rare and then worth very much, so that a
// small part finds them, and what it costs where there is none is small.
const stake = 0.01

// Coincided enters comparisons of one answer with other miners', by the logarithms of their e-values: each multiplies the account by
// 1 - stake + stake·e, which is at most 1 on average if the e-value is.
func (a *Account) Coincided(logs ...float64) {
	for _, log := range logs {
		a.Coincidence += evalue.LogSum([]float64{math.Log1p(-stake), math.Log(stake) + log})
	}
	a.Peak = max(a.Peak, a.Log())
}

func (a *Account) rate(l verify.Layer) *evalue.Rate {
	switch l {
	case verify.Replay:
		return &a.Replay
	case verify.Claim:
		return &a.Claim
	case verify.Usage:
		return &a.Usage
	case verify.Repeat:
		return &a.Repeat
	}
	return nil
}

// Layers are the logarithms of each layer's e-value.
func (a *Account) Layers() map[verify.Layer]float64 {
	return map[verify.Layer]float64{
		verify.Replay: a.Replay.Log(), verify.Claim: a.Claim.Log(), verify.Usage: a.Usage.Log(), verify.Repeat: a.Repeat.Log(),
		verify.Likelihood: a.Likelihood.Log(), verify.Duplicate: a.Coincidence,
	}
}

// Log is the logarithm of the e-value of all layers together.
func (a *Account) Log() float64 {
	return evalue.Mean([]float64{a.Replay.Log(), a.Claim.Log(), a.Usage.Log(), a.Repeat.Log(), a.Likelihood.Log(), a.Coincidence})
}

// Accused says whether the evidence ever was enough.
func (a *Account) Accused() bool { return a.Peak >= Enough }

// Together is the logarithm of the evidence of several validators who asked on their own.
func Together(accounts ...*Account) float64 {
	var sum float64
	for _, a := range accounts {
		sum += a.Log()
	}
	return sum
}

// ErrAccount says that bytes are no account.
var ErrAccount = errors.New("not an account")

// maxAccount bounds the bytes of a stored account.
const maxAccount = 16 << 10

// Marshal gives the account as bytes that Unmarshal takes.
func (a *Account) Marshal() ([]byte, error) { return json.Marshal(a) }

// Unmarshal reads an account that was kept, for the same profile: with other rates what was counted cannot go on. Errors:
// ErrAccount.
func Unmarshal(b []byte, p Profile) (*Account, error) {
	if len(b) > maxAccount {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrAccount, len(b), maxAccount)
	}
	fresh, err := New(p)
	if err != nil {
		return nil, err
	}
	var a Account
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAccount, err)
	}
	for _, r := range [...][2]evalue.Rate{{a.Replay, fresh.Replay}, {a.Claim, fresh.Claim}, {a.Usage, fresh.Usage}, {a.Repeat, fresh.Repeat}} {
		if r[0].Most != r[1].Most || r[0].Misses < 0 || r[0].Trials < r[0].Misses {
			return nil, fmt.Errorf("%w: it was kept with other rates, or counts what cannot be", ErrAccount)
		}
	}
	if a.Likelihood.Apart != fresh.Likelihood.Apart || len(a.Likelihood.Logs) != len(fresh.Likelihood.Logs) {
		return nil, fmt.Errorf("%w: it was kept with another distance", ErrAccount)
	}
	return &a, nil
}

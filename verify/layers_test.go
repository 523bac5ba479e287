package verify_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/claim"
	"github.com/agon-chain/agon/verify/duplicate"
	"github.com/agon-chain/agon/verify/likelihood"
	"github.com/agon-chain/agon/verify/replay"
	"github.com/agon-chain/agon/verify/sequential"
)

// toy is a model of a few tokens: its logits are a function of what came before, so that it can be asked again.
type toy struct {
	seed  uint64
	scale float64
	noise float64 // of another engine
}

const vocabulary = 24

func (m toy) logits(before []int) []float32 {
	h := m.seed
	for _, id := range before {
		h = h*6364136223846793005 + uint64(id) + 1442695040888963407
	}
	r := rand.New(rand.NewPCG(h, 7))
	out := make([]float32, vocabulary)
	for i := range out {
		out[i] = float32(r.NormFloat64() * m.scale)
	}
	if m.noise > 0 {
		other := rand.New(rand.NewPCG(h, 8))
		for i := range out {
			out[i] += float32(other.NormFloat64() * m.noise)
		}
	}
	return out
}

// answer is what a miner that serves m gives; judged is it with what the pinned model says.
func answer(m, pinned toy, prompt, n int, s sample.Sampler) verify.Transcript {
	t := verify.Transcript{Sampling: s}
	before := []int{prompt}
	for i := range n {
		id, p := s.Pick(m.logits(before), i)
		t.Tokens, t.Claimed = append(t.Tokens, id), append(t.Claimed, p)
		t.Logits = append(t.Logits, pinned.logits(before))
		before = append(before, id)
	}
	return t
}

func sampler(temperature float64, seed int) sample.Sampler {
	return sample.Sampler{Params: sample.Params{Temperature: temperature, TopP: 1}, Seed: sample.Seed{byte(seed), byte(seed >> 8)}}
}

var (
	pinned   = toy{seed: 1, scale: 2}
	numerics = toy{seed: 1, scale: 2, noise: 0.01} // the same weights by another engine
)

// profile calibrates on the honest other engine.
func profile(t *testing.T) sequential.Profile {
	t.Helper()
	var s calibrate.Samples
	for i := range 200 {
		drawn := answer(numerics, pinned, 1_000+i, 30, sampler(1, i))
		d, err := replay.Distances(drawn)
		require.NoError(t, err)
		s.Replay = append(s.Replay, d...)
		d, err = claim.Distances(drawn)
		require.NoError(t, err)
		s.Claim = append(s.Claim, d...)
		d, err = replay.Distances(answer(numerics, pinned, 1_000+i, 30, sampler(0, i)))
		require.NoError(t, err)
		s.Greedy = append(s.Greedy, d...)
		before := []int{1_000 + i}
		for _, id := range drawn.Tokens {
			one := sample.Params{Temperature: 1, TopP: 1}
			p, q := sample.Distribution(pinned.logits(before), one), sample.Distribution(numerics.logits(before), one)
			var apart float64
			for k := range p {
				apart += math.Abs(p[k]-q[k]) / 2
			}
			s.Apart = append(s.Apart, apart)
			before = append(before, id)
		}
	}
	s.UsageTrials, s.RepeatTrials = 8_000, 400
	p, err := calibrate.Profile(s)
	require.NoError(t, err)
	return p
}

// observe enters what all layers say of an answer.
func observe(t *testing.T, a *sequential.Account, p sequential.Profile, tr verify.Transcript, r *rand.Rand) {
	t.Helper()
	tolerance := p.ReplayTolerance
	if tr.Sampling.Params.Temperature == 0 {
		tolerance = p.GreedyTolerance
	}
	f1, err := replay.Judge(tr, tolerance)
	require.NoError(t, err)
	f2, err := claim.Judge(tr, p.ClaimTolerance)
	require.NoError(t, err)
	ranks, err := likelihood.Ranks(tr, r.Float64)
	require.NoError(t, err)
	a.Observe([]verify.Finding{f1, f2}, ranks)
}

// An honest miner on another engine is never accused; each cheat is, by the layers that can see it and not by those that cannot.
func TestLayersTellCheatsApart(t *testing.T) {
	p := profile(t)
	seen := func(tr func(i int) verify.Transcript, answers int) *sequential.Account {
		a, err := sequential.New(p)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(5, 5))
		for i := range answers {
			observe(t, a, p, tr(i), r)
		}
		return a
	}
	const enough = 7 // of the logarithm of 1,000
	honest := seen(func(i int) verify.Transcript { return answer(numerics, pinned, i, 24, sampler(float64(i%2), i)) }, 300)
	require.False(t, honest.Accused(), "%v", honest.Layers())

	other := toy{seed: 1, scale: 2, noise: 0.5}
	for name, c := range map[string]struct {
		tr    func(i int) verify.Transcript
		sees  []verify.Layer
		blind []verify.Layer
	}{
		"another-model": {
			func(i int) verify.Transcript { return answer(other, pinned, i, 24, sampler(1, i)) },
			[]verify.Layer{verify.Replay, verify.Claim},
			nil,
		},
		"cheap-text-with-the-right-numbers": {
			func(i int) verify.Transcript {
				tr := answer(toy{seed: 2, scale: 2}, pinned, i, 24, sampler(1, i))
				for k, id := range tr.Tokens {
					tr.Claimed[k] = sample.LogProb(tr.Logits[k], id)
				}
				return tr
			},
			[]verify.Layer{verify.Replay, verify.Likelihood},
			[]verify.Layer{verify.Claim},
		},
		"forged-numbers": {
			func(i int) verify.Transcript {
				tr := answer(pinned, pinned, i, 24, sampler(1, i))
				for k := range tr.Claimed {
					tr.Claimed[k] -= 0.2
				}
				return tr
			},
			[]verify.Layer{verify.Claim},
			[]verify.Layer{verify.Replay, verify.Likelihood},
		},
		"another-seed": {
			func(i int) verify.Transcript {
				tr := answer(pinned, pinned, i, 24, sampler(1, i+9_999))
				tr.Sampling = sampler(1, i)
				return tr
			},
			[]verify.Layer{verify.Replay},
			[]verify.Layer{verify.Claim, verify.Likelihood},
		},
		"cooler-than-asked": {
			func(i int) verify.Transcript {
				tr := answer(pinned, pinned, i, 24, sampler(0.3, i))
				tr.Sampling = sampler(1, i)
				return tr
			},
			[]verify.Layer{verify.Replay, verify.Likelihood},
			[]verify.Layer{verify.Claim},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := seen(c.tr, 20)
			for _, l := range c.sees {
				require.Greater(t, a.Layers()[l], float64(enough), "%s: %v", l, a.Layers())
			}
			for _, l := range c.blind {
				require.Less(t, a.Layers()[l], 3.0, "%s: %v", l, a.Layers())
			}
			require.True(t, a.Accused())
		})
	}
}

// Answers without numbers are judged by what there is, and without tokens by nothing: never passed.
func TestMissingEvidenceNeverPasses(t *testing.T) {
	tr := answer(pinned, pinned, 1, 8, sampler(1, 1))
	tr.Claimed = nil
	f, err := claim.Judge(tr, 0.1)
	require.NoError(t, err)
	require.Equal(t, verify.Inconclusive, f.Verdict)
	require.Equal(t, verify.Inconclusive, verify.Counted(verify.Replay, 0, 0, "").Verdict)
	f, err = replay.Judge(verify.Transcript{Sampling: sampler(1, 1)}, 0.1)
	require.NoError(t, err)
	require.Equal(t, verify.Inconclusive, f.Verdict, "no token")

	tr.Claimed = []float64{math.NaN()}
	f, err = claim.Judge(tr, 0.1)
	require.NoError(t, err)
	require.Equal(t, verify.Fail, f.Verdict, "no number is no claim")

	a, err := sequential.New(profile(t))
	require.NoError(t, err)
	a.Observe([]verify.Finding{verify.Missing(verify.Claim, "everything")}, nil)
	require.Equal(t, 1, a.Inconclusive)
}

// What contradicts itself cannot be judged.
func TestTranscriptsThatContradictThemselves(t *testing.T) {
	for name, spoil := range map[string]func(tr *verify.Transcript){
		"rows":        func(tr *verify.Transcript) { tr.Logits = tr.Logits[1:] },
		"vocabulary":  func(tr *verify.Transcript) { tr.Tokens[0] = vocabulary },
		"negative":    func(tr *verify.Transcript) { tr.Tokens[0] = -1 },
		"claims":      func(tr *verify.Transcript) { tr.Claimed = append(tr.Claimed, 0) },
		"temperature": func(tr *verify.Transcript) { tr.Sampling.Params.Temperature = math.NaN() },
		"top-p":       func(tr *verify.Transcript) { tr.Sampling.Params.TopP = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			tr := answer(pinned, pinned, 1, 8, sampler(1, 1))
			spoil(&tr)
			_, err := replay.Judge(tr, 0.1)
			require.ErrorIs(t, err, verify.ErrTranscript)
			_, err = claim.Judge(tr, 0.1)
			require.ErrorIs(t, err, verify.ErrTranscript)
			_, err = likelihood.Ranks(tr, rand.Float64)
			require.ErrorIs(t, err, verify.ErrTranscript)
			_, err = duplicate.Weigh(tr)
			require.ErrorIs(t, err, verify.ErrTranscript)
		})
	}
}

// Ranks of an honest miner's tokens are uniform: the mean and the spread of many.
func TestRanksAreUniform(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var n, sum, squares float64
	for i := range 300 {
		s := sampler(0.7, i)
		s.Params.TopK, s.Params.TopP = 12, 0.9
		ranks, err := likelihood.Ranks(answer(pinned, pinned, i, 24, s), r.Float64)
		require.NoError(t, err)
		for _, v := range ranks {
			require.True(t, v >= 0 && v <= 1)
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	require.InDelta(t, 0.5, sum/n, 4*math.Sqrt(1.0/12/n))
	require.InDelta(t, 1.0/3, squares/n, 4*math.Sqrt(4.0/45/n))
}

// Two that draw with different seeds coincide by chance alone, and the evidence is worth at most one on average; two that share
// an answer are found at once.
func TestCoincidence(t *testing.T) {
	weigh := func(tr verify.Transcript) duplicate.Answer {
		a, err := duplicate.Weigh(tr)
		require.NoError(t, err)
		return a
	}
	cold := func(seed int) sample.Sampler { return sampler(0.35, seed) } // so that chance happens
	var mean float64
	const n = 4_000
	for i := range n {
		a, b := weigh(answer(pinned, pinned, i, 8, cold(i))), weigh(answer(pinned, pinned, i, 8, cold(i+n)))
		mean += math.Exp(duplicate.Coincide(a, b)) / n
	}
	require.Less(t, mean, 1.5)
	require.Greater(t, mean, 0.3)

	shared := weigh(answer(pinned, pinned, 1, 40, sampler(1, 1)))
	require.Greater(t, duplicate.Coincide(shared, shared), math.Log(1_000))
	for name, other := range map[string][]int{"cut": shared.Tokens[:3], "none": nil, "other": append([]int{(shared.Tokens[0] + 1) % vocabulary}, shared.Tokens[1:]...)} {
		require.True(t, math.IsInf(duplicate.Coincide(shared, duplicate.Answer{Tokens: other}), -1), name)
	}
	greedy := weigh(answer(pinned, pinned, 1, 40, sampler(0, 1)))
	require.Zero(t, duplicate.Coincide(greedy, greedy), "equal greedy answers are what is asked for")
}

package langid

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"

	"github.com/agon-chain/agon/task"
)

const (
	// hardCap bounds the remembered places; the oldest go first.
	hardCap = 256
	// labelMemory is how much of a language's difficulty stays after each item.
	labelMemory = 0.95
	// peerShare: only miners at least this good, relative to the best of the round,
	// have a say in what is hard. One that guesses disagrees everywhere.
	peerShare = 0.5
	// hardDisagreement is the least disagreement at which a place is remembered.
	hardDisagreement = 0.5
	// hardWeight is what an answer near a remembered place counts. They are asked to
	// keep miners from tuning for the easy ones; at full weight the quality of each
	// would hang on which of its failures an examiner happened to find first.
	hardWeight = 0.25
)

// adaptation is what an examiner has learned about where to ask.
type adaptation struct {
	// Labels is, per language, the moving difficulty in [0, 1].
	Labels map[string]float64 `json:"labels"`
	// Hard are places on which good miners disagreed, oldest first.
	Hard []phrase `json:"hard"`
}

// share returns each language's part of the fresh items. It is proportional to
// 1/2 + difficulty, so that none gets more than three times another's.
func (a *adaptation) share(languages []string) []float64 {
	out := make([]float64, len(languages))
	var sum float64
	for i, l := range languages {
		out[i] = 0.5 + a.Labels[l]
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// evenWeights returns what an answer in each language counts, so that in the mean
// all languages count alike whatever their share of the questions: 1/(L * share).
func evenWeights(languages []string, share []float64) map[string]float64 {
	out := make(map[string]float64, len(languages))
	for i, l := range languages {
		out[l] = 1 / (float64(len(languages)) * share[i])
	}
	return out
}

// learn takes the results of a round.
func (a *adaptation) learn(results []task.Result) error {
	type score struct{ sum, n float64 }
	perMiner := map[task.MinerID]score{}
	for _, r := range results {
		if r.Question.Canary {
			continue
		}
		s := perMiner[r.Question.Miner]
		perMiner[r.Question.Miner] = score{s.sum + r.Judgement.Quality, s.n + 1}
	}
	var best float64
	for _, s := range perMiner {
		best = max(best, s.sum/s.n)
	}
	if best == 0 {
		return nil
	}
	type item struct {
		expectation
		score
	}
	items := map[string]item{}
	var order []string
	for _, r := range results {
		s := perMiner[r.Question.Miner]
		if r.Question.Canary || r.Answer.Dropped || s.sum/s.n < best*peerShare {
			continue
		}
		it, ok := items[r.Question.Item]
		if !ok {
			e, err := decodeExpectation(r.Question)
			if err != nil {
				return err
			}
			it.expectation = e
			order = append(order, r.Question.Item)
		}
		// Half marks for inconsistency still name the right language.
		if r.Judgement.Quality > 0 {
			it.sum++
		}
		it.n++
		items[r.Question.Item] = it
	}
	sort.Strings(order)
	for _, id := range order {
		it := items[id]
		p := it.sum / it.n
		disagreement := 4 * p * (1 - p)
		difficulty := max(disagreement, (1-p)/2)
		a.Labels[it.Language] = a.Labels[it.Language]*labelMemory + difficulty*(1-labelMemory)
		if disagreement >= hardDisagreement {
			a.Hard = append(a.Hard, it.phrase)
		}
	}
	if over := len(a.Hard) - hardCap; over > 0 {
		a.Hard = append([]phrase(nil), a.Hard[over:]...)
	}
	return nil
}

// examinerState is the saved form.
type examinerState struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	adaptation
}

func (a *adaptation) encode() ([]byte, error) {
	return json.Marshal(examinerState{Kind: Kind, Version: Version, adaptation: *a})
}

// decodeAdaptation reads what encode wrote. Languages that are not asked any more
// and places that are not in the material are left out: parameters may have changed.
func decodeAdaptation(raw []byte, m *material) (adaptation, error) {
	var s examinerState
	if err := json.Unmarshal(raw, &s); err != nil {
		return adaptation{}, fmt.Errorf("langid: %w: %w", task.ErrBadState, err)
	}
	if s.Kind != Kind || s.Version != Version {
		return adaptation{}, fmt.Errorf("langid: %w: state of %q version %d, want %q version %d", task.ErrBadState, s.Kind, s.Version, Kind, Version)
	}
	if len(s.Hard) > hardCap {
		return adaptation{}, fmt.Errorf("langid: %w: %d hard places, want at most %d", task.ErrBadState, len(s.Hard), hardCap)
	}
	out := adaptation{Labels: map[string]float64{}}
	for _, l := range m.languages {
		d := s.Labels[l]
		if math.IsNaN(d) || d < 0 || d > 1 {
			return adaptation{}, fmt.Errorf("langid: %w: difficulty of %s is %v, want 0 to 1", task.ErrBadState, l, d)
		}
		if d > 0 {
			out.Labels[l] = d
		}
	}
	for _, p := range s.Hard {
		if _, known := m.texts[p.Language]; known && m.words(p) != nil {
			out.Hard = append(out.Hard, p)
		}
	}
	return out, nil
}

package task

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
)

// Gate names why a score is 0.
type Gate string

const (
	// Open: no gate holds the miner back.
	Open Gate = ""
	// GateFew: fewer than Policy.MinQuestions were asked.
	GateFew Gate = "few-questions"
	// GateAvailability: too many dropped or slow answers.
	GateAvailability Gate = "availability"
	// GateCanary: fails what no real expert fails.
	GateCanary Gate = "canary"
	// GateAccused: it does not serve what it says.
	GateAccused Gate = "accused"
	// GateTrivial: not better, beyond doubt, than a constant or a guess.
	GateTrivial Gate = "trivial"
)

// tally holds exponentially decayed sums: each answer to the miner multiplies the
// sums by 2^(-1/HalfLife) first, so that a mean is exact from the first answer.
type tally struct {
	Asked uint64 `json:"asked"` // all questions ever, not decayed

	Weight  float64 `json:"weight"`  // sum of weights, canaries not counted
	Weight2 float64 `json:"weight2"` // sum of squared weights, for the effective number
	Quality float64 `json:"quality"`
	Chance  float64 `json:"chance"`

	Present       float64 `json:"present"` // answered in time, canaries counted
	PresentWeight float64 `json:"present_weight"`

	Canary        float64 `json:"canary"` // quality on canaries that were answered
	CanaryWeight  float64 `json:"canary_weight"`
	CanaryWeight2 float64 `json:"canary_weight2"`

	// Reasons are how often answers had each, decayed as the sums are, at most maxReasons of them.
	Reasons map[string]float64 `json:"reasons,omitempty"`
	// Accused is what the newest answer that came said of it.
	Accused string `json:"accused,omitempty"`
}

// maxReasons is how many reasons are kept of a miner.
const maxReasons = 8

// explain counts the reasons of an answer.
func (t *tally) explain(k float64, reasons []string) {
	for why := range t.Reasons {
		t.Reasons[why] *= k
	}
	for _, why := range reasons {
		if t.Reasons == nil {
			t.Reasons = map[string]float64{}
		}
		t.Reasons[why]++
	}
	for len(t.Reasons) > maxReasons {
		delete(t.Reasons, slices.MinFunc(slices.Sorted(maps.Keys(t.Reasons)), func(a, b string) int { return cmp.Compare(t.Reasons[a], t.Reasons[b]) }))
	}
}

// why is the most frequent reason.
func (t *tally) why() string {
	if len(t.Reasons) == 0 {
		return ""
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(t.Reasons)), func(a, b string) int { return cmp.Compare(t.Reasons[a], t.Reasons[b]) })
}

// Book keeps the moving scores of all miners of one subnet. It is for one
// goroutine at a time.
type Book struct {
	policy Policy
	miners map[MinerID]*tally
	held   map[MinerID]Hold
}

// NewBook returns an empty book, or the policy's error.
func NewBook(p Policy) (*Book, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &Book{policy: p, miners: map[MinerID]*tally{}}, nil
}

// Policy returns the policy of the book.
func (b *Book) Policy() Policy { return b.policy }

// Record takes the settled results of one round. If there were at least two miners
// and not one answer came from any, the fault is ours rather than theirs: nothing
// is recorded and Record returns false.
func (b *Book) Record(results []Result) bool {
	asked := map[MinerID]bool{}
	answered := false
	for _, r := range results {
		asked[r.Question.Miner] = true
		answered = answered || !r.Answer.Dropped
	}
	if len(asked) >= 2 && !answered {
		return false
	}
	for _, r := range results {
		b.record(r)
	}
	return true
}

func (b *Book) record(r Result) {
	t := b.miners[r.Question.Miner]
	if t == nil {
		t = &tally{}
		b.miners[r.Question.Miner] = t
	}
	k := math.Exp2(-1 / b.policy.HalfLife)
	t.Asked++
	t.PresentWeight = t.PresentWeight*k + 1
	t.Present *= k
	t.explain(k, r.Judgement.Reasons)
	if !r.Answer.Dropped {
		t.Accused = r.Judgement.Accused
	}
	if !r.Answer.Dropped && r.Answer.Latency <= b.policy.Deadline {
		t.Present++
	}
	quality := clamp01(r.Judgement.Quality)
	if r.Question.Canary {
		// A dropped canary is a matter of availability, not of expertise.
		if r.Answer.Dropped {
			return
		}
		t.CanaryWeight = t.CanaryWeight*k + 1
		t.CanaryWeight2 = t.CanaryWeight2*k*k + 1
		t.Canary = t.Canary*k + quality
		return
	}
	if r.Answer.Dropped {
		quality = 0
	}
	w := r.Question.weight()
	t.Weight = t.Weight*k + w
	t.Weight2 = t.Weight2*k*k + w*w
	t.Quality = t.Quality*k + w*quality
	t.Chance = t.Chance*k + w*clamp01(r.Judgement.Chance)
}

// Standing is where a miner stands now.
type Standing struct {
	Miner        MinerID `json:"miner"`
	Asked        uint64  `json:"asked"`         // questions ever asked
	Quality      float64 `json:"quality"`       // moving mean, canaries not counted
	QualityLower float64 `json:"quality_lower"` // its lower bound at Policy.Z
	Chance       float64 `json:"chance"`        // what no expertise would have got
	Availability float64 `json:"availability"`  // moving share answered in time
	Canary       float64 `json:"canary"`        // moving share of canaries passed; 1 if none yet
	Gate         Gate    `json:"gate"`          // why the score is 0; empty if it is not
	Why          string  `json:"why"`           // the most frequent reason of late that an answer was worth less; empty if there was none
	Accused      string  `json:"accused"`       // what convinced the examiner that it does not serve what it says
	Held         string  `json:"held"`          // why it is held back whatever its answers; empty if it is not
	Score        float64 `json:"score"`         // gate · quality^a, in [0, 1]
}

// Standing returns a miner's standing; of a miner never asked, an empty one under
// GateFew.
func (b *Book) Standing(m MinerID) Standing {
	s := Standing{Miner: m, Canary: 1, Gate: GateFew}
	hold, held := b.held[m]
	if held {
		s.Gate, s.Held = hold.Gate, hold.Why
	}
	t := b.miners[m]
	if t == nil {
		return s
	}
	s.Asked, s.Why, s.Accused = t.Asked, t.why(), t.Accused
	if t.PresentWeight > 0 {
		s.Availability = t.Present / t.PresentWeight
	}
	var n float64
	if t.Weight > 0 {
		s.Quality = clamp01(t.Quality / t.Weight)
		s.Chance = clamp01(t.Chance / t.Weight)
		n = t.Weight * t.Weight / t.Weight2
	}
	s.QualityLower, _ = Wilson(s.Quality, n, b.policy.Z)
	canaryUpper := 1.0
	if t.CanaryWeight > 0 {
		s.Canary = t.Canary / t.CanaryWeight
		_, canaryUpper = Wilson(s.Canary, t.CanaryWeight*t.CanaryWeight/t.CanaryWeight2, b.policy.Z)
	}
	switch {
	case t.Accused != "":
		s.Gate = GateAccused
	case held: // its gate stands above
	case t.Asked < uint64(b.policy.MinQuestions):
		s.Gate = GateFew
	case s.Availability < b.policy.Availability:
		s.Gate = GateAvailability
	case canaryUpper < b.policy.CanaryPass:
		s.Gate = GateCanary
	case s.QualityLower <= s.Chance:
		s.Gate = GateTrivial
	default:
		s.Gate = Open
		s.Score = math.Pow(s.Quality, b.policy.Exponent)
	}
	return s
}

// Standings returns all miners' standings, best score first, then by quality and
// name.
func (b *Book) Standings() []Standing {
	out := make([]Standing, 0, len(b.miners))
	for m := range b.miners {
		out = append(out, b.Standing(m))
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := out[i], out[j]
		switch {
		case x.Score != y.Score:
			return x.Score > y.Score
		case x.Quality != y.Quality:
			return x.Quality > y.Quality
		}
		return x.Miner < y.Miner
	})
	return out
}

// Retain forgets every miner that is not in the list, such as those that lost
// their place in the subnet.
func (b *Book) Retain(miners []MinerID) {
	keep := make(map[MinerID]bool, len(miners))
	for _, m := range miners {
		keep[m] = true
	}
	for m := range b.miners {
		if !keep[m] {
			delete(b.miners, m)
		}
	}
}

// bookState is the saved form of a Book. The policy is not saved: it comes from
// configuration, and changing it must not need a fresh start.
type bookState struct {
	Version int                `json:"version"`
	Miners  map[MinerID]*tally `json:"miners"`
}

// State returns the book as JSON, for Restore.
func (b *Book) State() ([]byte, error) {
	return json.Marshal(bookState{Version: 1, Miners: b.miners})
}

// Restore replaces what the book holds, or fails with ErrBadState and leaves it.
func (b *Book) Restore(state []byte) error {
	var s bookState
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("score book: %w: %w", ErrBadState, err)
	}
	if s.Version != 1 {
		return fmt.Errorf("score book: %w: version %d, this program reads 1", ErrBadState, s.Version)
	}
	for m, t := range s.Miners {
		if t == nil {
			return fmt.Errorf("score book: %w: miner %q has no sums", ErrBadState, m)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("score book: %w: miner %q: %w", ErrBadState, m, err)
		}
	}
	if s.Miners == nil {
		s.Miners = map[MinerID]*tally{}
	}
	b.miners = s.Miners
	return nil
}

// check refuses sums that no sequence of answers can give.
func (t *tally) check() error {
	const slack = 1e-9
	for _, f := range []struct {
		name     string
		part, of float64
	}{
		{"quality", t.Quality, t.Weight},
		{"chance", t.Chance, t.Weight},
		{"weight2", t.Weight2, t.Weight * MaxWeight},
		{"present", t.Present, t.PresentWeight},
		{"canary", t.Canary, t.CanaryWeight},
		{"canary_weight2", t.CanaryWeight2, t.CanaryWeight},
	} {
		if f.part < 0 || f.part > f.of+slack*max(1, f.of) {
			return fmt.Errorf("%s is %v, want 0 to %v", f.name, f.part, f.of)
		}
	}
	for why, n := range t.Reasons {
		if !(n >= 0) || len(t.Reasons) > maxReasons {
			return fmt.Errorf("reasons: %d, of them %q %v times, want at most %d and counts", len(t.Reasons), why, n, maxReasons)
		}
	}
	if (t.Weight > 0 && t.Weight2 <= 0) || (t.CanaryWeight > 0 && t.CanaryWeight2 <= 0) {
		return fmt.Errorf("weight without squared weight")
	}
	return nil
}

func clamp01(v float64) float64 {
	if math.IsNaN(v) || v < 0 {
		return 0
	}
	return min(v, 1)
}

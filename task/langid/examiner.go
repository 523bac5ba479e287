package langid

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/task"
)

const (
	maxPerMiner = 256
	maxMiners   = 4096
	// inconsistencyFactor is what a right answer is worth in a group that does not
	// agree with itself.
	inconsistencyFactor = 0.5
)

// examiner implements task.Examiner.
type examiner struct {
	judge
	params Params
	seed   [32]byte
	mat    *material
	learnt adaptation
}

// NewExaminer makes an examiner over a source. The seed must be the validator's
// secret. Parameters are validated; a source too small for them is
// task.ErrNoMaterial.
func NewExaminer(ctx context.Context, params Params, seed [32]byte, source task.Source) (task.Examiner, error) {
	if err := params.Validate(); err != nil {
		return nil, err
	}
	docs, err := source.Documents(ctx, task.Training)
	if err != nil {
		return nil, err
	}
	mat, err := newMaterial(docs, params.Languages, params.MaxWords)
	if err != nil {
		return nil, err
	}
	return &examiner{params: params, seed: seed, mat: mat, learnt: adaptation{Labels: map[string]float64{}}}, nil
}

// item is what all miners are asked about in a round.
type item struct {
	id     string
	at     phrase
	weight float64
	canary bool
	repeat bool // asked twice, in two wordings, under two identities
}

// Questions implements task.Examiner.
func (x *examiner) Questions(ctx context.Context, r task.Round) ([]task.Question, error) {
	if r.PerMiner < 1 || r.PerMiner > maxPerMiner {
		return nil, fmt.Errorf("langid: round %d: %d questions per miner, want 1 to %d", r.Number, r.PerMiner, maxPerMiner)
	}
	if len(r.Miners) > maxMiners {
		return nil, fmt.Errorf("langid: round %d: %d miners, want at most %d", r.Number, len(r.Miners), maxMiners)
	}
	miners := slices.Clone(r.Miners)
	slices.Sort(miners)
	for i := 1; i < len(miners); i++ {
		if miners[i] == miners[i-1] {
			return nil, fmt.Errorf("langid: round %d: miner %q is there twice", r.Number, miners[i])
		}
	}
	items, chance := x.items(r)
	questions := make([]task.Question, 0, len(miners)*r.PerMiner)
	for _, miner := range miners {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		qs, err := x.ask(r.Number, miner, items, chance)
		if err != nil {
			return nil, err
		}
		questions = append(questions, qs...)
	}
	return questions, nil
}

// items chooses what a round is about, and the chance that a constant answer has.
func (x *examiner) items(r task.Round) ([]item, float64) {
	rng := x.rng(r.Number, "items")
	// A share that is not whole is rounded up as often as its fraction says.
	count := func(share float64, of int) int {
		return min(int(share*float64(of)+rng.Float64()), of)
	}
	canaries := count(x.params.CanaryShare, r.PerMiner)
	repeats := count(x.params.RepeatShare, r.PerMiner)
	for canaries+2*repeats > r.PerMiner && repeats > 0 {
		repeats--
	}
	rest := r.PerMiner - canaries - repeats
	hard := x.hardPhrases(rng, count(x.params.HardShare, rest))
	fresh := rest - len(hard)

	share := x.learnt.share(x.mat.languages)
	var items []item
	add := func(at phrase, weight float64, canary bool) {
		id := x.id(r.Number, "item", strconv.Itoa(len(items)))
		items = append(items, item{id: id, at: at, weight: weight, canary: canary})
	}
	for _, p := range hard {
		add(p, hardWeight, false)
	}
	even := evenWeights(x.mat.languages, share)
	for _, l := range drawLabels(rng, x.mat.languages, share, fresh) {
		n := x.params.MinWords + rng.IntN(x.params.MaxWords-x.params.MinWords+1)
		add(x.mat.draw(rng, l, n), even[l], false)
	}
	for _, i := range rng.Perm(rest)[:repeats] {
		items[i].repeat = true
	}
	for range canaries {
		l := x.mat.languages[rng.IntN(len(x.mat.languages))]
		add(x.mat.draw(rng, l, x.params.CanaryWords+rng.IntN(8)), 1, true)
	}
	return items, x.chance()
}

// chance is the weighted quality that the best constant answer can expect of a
// round. Weighed, the fresh items have every language equally often; the hard ones
// have what was hard.
func (x *examiner) chance() float64 {
	hard := map[string]float64{}
	for _, p := range x.learnt.Hard {
		hard[p.Language] += 1 / float64(len(x.learnt.Hard))
	}
	ofHard := x.params.HardShare * hardWeight
	ofFresh := 1 - x.params.HardShare
	if len(x.learnt.Hard) == 0 {
		ofHard = 0
	}
	var top float64
	for _, l := range x.mat.languages {
		top = max(top, (ofFresh/float64(len(x.mat.languages))+ofHard*hard[l])/(ofFresh+ofHard))
	}
	return min(top, 1)
}

// hardPhrases takes up to n places near remembered ones.
func (x *examiner) hardPhrases(rng *rand.Rand, n int) []phrase {
	var out []phrase
	if len(x.learnt.Hard) == 0 {
		return nil
	}
	for _, i := range rng.Perm(len(x.learnt.Hard)) {
		if len(out) == n {
			break
		}
		if p, ok := x.mat.near(rng, x.learnt.Hard[i], x.params.MinWords, x.params.MaxWords); ok {
			out = append(out, p)
		}
	}
	return out
}

// drawLabels draws n labels by systematic sampling: each label comes its share of
// n times, rounded up or down.
func drawLabels(rng *rand.Rand, labels []string, share []float64, n int) []string {
	out := make([]string, 0, n)
	if n == 0 {
		return out
	}
	order := rng.Perm(len(labels))
	at := rng.Float64()
	var sum float64
	for k, i := range order {
		sum += share[i] * float64(n)
		for len(out) < n && (at < sum || k == len(order)-1) {
			out = append(out, labels[i])
			at++
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// ask words the items for one miner, in an order of its own.
func (x *examiner) ask(round uint64, miner task.MinerID, items []item, chance float64) ([]task.Question, error) {
	rng := x.rng(round, "miner", string(miner))
	var out []task.Question
	for _, it := range items {
		wordings := 1
		group := ""
		if it.repeat {
			wordings = 2
			group = x.id(round, "group", it.id, string(miner))
		}
		var said string
		for w := range wordings {
			text, names := x.word(rng, it.at, w > 0, said)
			said = text
			body, err := json.Marshal(Request{Text: text})
			if err != nil {
				return nil, fmt.Errorf("langid: %w", err)
			}
			hidden, err := json.Marshal(expectation{phrase: it.at, Chance: chance, Perturbed: names})
			if err != nil {
				return nil, fmt.Errorf("langid: %w", err)
			}
			out = append(out, task.Question{
				ID:          x.id(round, "question", it.id, string(miner), strconv.Itoa(w)),
				Round:       round,
				Miner:       miner,
				Item:        it.id,
				Group:       group,
				Identity:    w,
				Canary:      it.canary,
				Weight:      it.weight / float64(wordings), // an item counts once
				Body:        body,
				Expectation: hidden,
			})
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}

// word makes a text of a phrase. With again set it must differ from what was said.
func (x *examiner) word(rng *rand.Rand, at phrase, again bool, said string) (string, []string) {
	perturb := again || rng.Float64() < x.params.Perturb
	text, names := reword(rng, at.Language, x.mat.words(at), perturb)
	for range 16 {
		if !again || text != said {
			break
		}
		text, names = reword(rng, at.Language, x.mat.words(at), true)
	}
	return text, names
}

// Settle implements task.Examiner.
func (x *examiner) Settle(_ context.Context, results []task.Result) ([]task.Result, error) {
	out := slices.Clone(results)
	labels := map[string]string{}
	split := map[string]bool{}
	for _, r := range out {
		g := r.Question.Group
		if g == "" || r.Answer.Dropped {
			continue
		}
		if first, ok := labels[g]; ok && first != r.Judgement.Label {
			split[g] = true
		} else if !ok {
			labels[g] = r.Judgement.Label
		}
	}
	for i := range out {
		if r := &out[i]; split[r.Question.Group] && !r.Answer.Dropped {
			r.Judgement.Quality *= inconsistencyFactor
			r.Judgement.Reasons = append(slices.Clone(r.Judgement.Reasons), reasonInconsistent)
		}
	}
	if err := x.learnt.learn(out); err != nil {
		return nil, err
	}
	return out, nil
}

// State implements task.Examiner.
func (x *examiner) State() ([]byte, error) { return x.learnt.encode() }

// Restore implements task.Examiner.
func (x *examiner) Restore(state []byte) error {
	a, err := decodeAdaptation(state, x.mat)
	if err != nil {
		return err
	}
	x.learnt = a
	return nil
}

// digest is SHA-256 over the seed, the round and the parts, each with its length.
func (x *examiner) digest(round uint64, parts ...string) [32]byte {
	b := append([]byte("agon/task/langid/1"), x.seed[:]...)
	b = binary.BigEndian.AppendUint64(b, round)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(min(len(p), math.MaxUint32)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

func (x *examiner) rng(round uint64, parts ...string) *rand.Rand {
	return rand.New(rand.NewChaCha8(x.digest(round, parts...)))
}

func (x *examiner) id(round uint64, parts ...string) string {
	d := x.digest(round, parts...)
	return hex.EncodeToString(d[:16])
}

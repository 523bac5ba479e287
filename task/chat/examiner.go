package chat

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/task"
)

const (
	maxPerMiner = 256
	maxMiners   = 4096
	maxExam     = 100000
	// repeatShare is the part of the items that a miner is asked twice, in two wordings, under two identities.
	repeatShare = 0.2
	// inconsistencyFactor is what a right answer is worth in a group that does not agree with itself.
	inconsistencyFactor = 0.5
	// answerTokens is what a question leaves for its answer.
	answerTokens = 48
)

// Reasons of judgements.
const (
	reasonDropped      = "dropped"
	reasonMalformed    = "malformed"
	reasonModel        = "model-not-allowed"
	reasonWrong        = "wrong"
	reasonInconsistent = "inconsistent"
)

// expectation is what a question hides.
type expectation struct {
	Answer []string `json:"answer"`
	Chance float64  `json:"chance"`
}

// Examiner implements task.Examiner.
type Examiner struct {
	params Params
	seed   [32]byte
}

// NewExaminer makes an examiner. The parameters are valid, the seed the validator's secret.
func NewExaminer(p Params, seed [32]byte) *Examiner { return &Examiner{p, seed} }

// Questions implements task.Examiner. Each is at temperature 0 and names no model: a miner serves the version that the chain binds it to.
func (x *Examiner) Questions(ctx context.Context, r task.Round) ([]task.Question, error) {
	if r.PerMiner < 1 || r.PerMiner > maxPerMiner {
		return nil, fmt.Errorf("chat: round %d: %d questions per miner, want 1 to %d", r.Number, r.PerMiner, maxPerMiner)
	}
	if len(r.Miners) > maxMiners {
		return nil, fmt.Errorf("chat: round %d: %d miners, want at most %d", r.Number, len(r.Miners), maxMiners)
	}
	miners := slices.Clone(r.Miners)
	slices.Sort(miners)
	if d := len(miners) - len(slices.Compact(slices.Clone(miners))); d > 0 {
		return nil, fmt.Errorf("chat: round %d: %d miners are there twice", r.Number, d)
	}
	rng := x.rng(r.Number, "items")
	repeats := int(repeatShare*float64(r.PerMiner) + rng.Float64())
	repeats = min(repeats, r.PerMiner/2)
	items := make([]puzzle, r.PerMiner-repeats)
	for i := range items {
		items[i] = puzzles[rng.IntN(len(puzzles))](rng)
	}
	out := make([]task.Question, 0, len(miners)*r.PerMiner)
	for _, m := range miners {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		qs, err := x.ask(r.Number, m, items, repeats)
		if err != nil {
			return nil, err
		}
		out = append(out, qs...)
	}
	return out, nil
}

// ask words the items for one miner, in an order of its own; the first of them twice.
func (x *Examiner) ask(round uint64, m task.MinerID, items []puzzle, repeats int) ([]task.Question, error) {
	rng := x.rng(round, "miner", string(m))
	var out []task.Question
	for i, p := range items {
		id, group, times := x.id(round, "item", strconv.Itoa(i)), "", 1
		if i < repeats {
			group, times = x.id(round, "group", strconv.Itoa(i), string(m)), 2
		}
		for w, wording := range rng.Perm(len(p.wordings))[:times] {
			q, err := x.params.question(p, wording)
			if err != nil {
				return nil, err
			}
			q.ID, q.Item, q.Group = x.id(round, "question", strconv.Itoa(i), string(m), strconv.Itoa(w)), id, group
			q.Round, q.Miner, q.Identity, q.Weight = round, m, w, 1/float64(times)
			out = append(out, q)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}

// question is a puzzle in one of its wordings.
func (p Params) question(z puzzle, wording int) (task.Question, error) {
	body, err := json.Marshal(map[string]any{
		"messages":    []Message{{Role: RoleUser, Content: z.wordings[wording]}},
		"max_tokens":  min(answerTokens, p.MaxTokens),
		"temperature": 0,
	})
	if err != nil {
		return task.Question{}, fmt.Errorf("chat: %w", err)
	}
	hidden, err := json.Marshal(expectation{z.answer, z.chance})
	if err != nil {
		return task.Question{}, fmt.Errorf("chat: %w", err)
	}
	return task.Question{Body: body, Expectation: hidden}, nil
}

// Judge implements task.Judge.
func (x *Examiner) Judge(_ context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	var e expectation
	if err := json.Unmarshal(q.Expectation, &e); err != nil || len(e.Answer) == 0 {
		return task.Judgement{}, fmt.Errorf("chat: question %s: expectation is not this examiner's", q.ID)
	}
	r, err := DecodeRequest(q.Body, x.params)
	if err != nil {
		return task.Judgement{}, fmt.Errorf("chat: question %s: %w", q.ID, err)
	}
	j := task.Judgement{Chance: e.Chance}
	if a.Dropped {
		j.Reasons = []string{reasonDropped}
		return j, nil
	}
	out, err := DecodeResponse(a.Body, r)
	if err != nil {
		j.Reasons = []string{reasonMalformed}
		return j, nil
	}
	if !x.params.allows(out.Model) {
		j.Reasons = []string{reasonModel}
		return j, nil
	}
	text := out.Choices[0].Message.Content
	if right(text, e.Answer) {
		j.Quality, j.Label = 1, strings.Join(e.Answer, " ")
		return j, nil
	}
	got := tokens(text)
	j.Label = strings.Join(got[max(0, len(got)-len(e.Answer)):], " ")
	if len(j.Label) > 64 {
		j.Label = strings.ToValidUTF8(j.Label[:64], "")
	}
	j.Reasons = []string{reasonWrong}
	return j, nil
}

// allows says whether answers of a model count.
func (p Params) allows(model string) bool {
	return len(p.Models) == 0 || slices.ContainsFunc(p.Models, func(m Model) bool { return m.Pin == model })
}

// Settle implements task.Examiner: a group whose answers differ is worth less.
func (x *Examiner) Settle(_ context.Context, results []task.Result) ([]task.Result, error) {
	out := slices.Clone(results)
	labels, split := map[string]string{}, map[string]bool{}
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
	return out, nil
}

// state is the saved form. Nothing is learnt yet; kind and version keep another task's state out.
type state struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
}

// State implements task.Examiner.
func (x *Examiner) State() ([]byte, error) { return json.Marshal(state{Kind, Version}) }

// Restore implements task.Examiner.
func (x *Examiner) Restore(raw []byte) error {
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("chat: %w: %w", task.ErrBadState, err)
	}
	if s != (state{Kind, Version}) {
		return fmt.Errorf("chat: %w: state of %q version %d, want %q version %d", task.ErrBadState, s.Kind, s.Version, Kind, Version)
	}
	return nil
}

// NewExam makes n questions, drawn apart from those of the rounds.
func NewExam(p Params, seed [32]byte, n int) (task.Exam, error) {
	if n < 1 || n > maxExam {
		return task.Exam{}, fmt.Errorf("chat: exam of %d questions, want 1 to %d", n, maxExam)
	}
	x := NewExaminer(p, seed)
	rng := x.rng(0, "held-out")
	exam := task.Exam{Judge: x}
	for i := range n {
		z := puzzles[i%len(puzzles)](rng)
		q, err := p.question(z, rng.IntN(len(z.wordings)))
		if err != nil {
			return task.Exam{}, err
		}
		q.ID = fmt.Sprintf("held-out-%05d", i)
		q.Item = q.ID
		exam.Questions = append(exam.Questions, q)
	}
	return exam, nil
}

// digest is SHA-256 over the seed, the round and the parts, each with its length.
func (x *Examiner) digest(round uint64, parts ...string) [32]byte {
	b := append([]byte("agon/task/chat/1"), x.seed[:]...)
	b = binary.BigEndian.AppendUint64(b, round)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

func (x *Examiner) rng(round uint64, parts ...string) *rand.Rand {
	return rand.New(rand.NewChaCha8(x.digest(round, parts...)))
}

func (x *Examiner) id(round uint64, parts ...string) string {
	d := x.digest(round, parts...)
	return hex.EncodeToString(d[:16])
}

package pinned

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/duplicate"
	"github.com/agon-chain/agon/verify/repeat"
	"github.com/agon-chain/agon/verify/sequential"
)

// version is a Version with what the examiner found about it.
type version struct {
	Version
	quality float64
}

// Examiner implements task.Examiner.
type Examiner struct {
	params   chat.Params
	seed     [32]byte
	training []task.Document
	versions map[string]*version // by pin
	accounts accounts

	mu   sync.Mutex
	seen map[string]observed // by question, between Judge and Settle
}

// NewExaminer measures the versions on the source's held-out text. The parameters are valid, the seed the validator's secret.
// Errors: task.ErrNoMaterial, task.ErrBadParameters if a version that may be served is not there.
func NewExaminer(ctx context.Context, p chat.Params, seed [32]byte, source task.Source, versions []Version) (*Examiner, error) {
	x := &Examiner{params: p, seed: seed, versions: map[string]*version{}, accounts: accounts{}, seen: map[string]observed{}}
	var err error
	if x.training, err = source.Documents(ctx, task.Training); err != nil {
		return nil, err
	}
	heldOut, err := source.Documents(ctx, task.HeldOut)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if _, err := sequential.New(v.Profile); err != nil {
			return nil, fmt.Errorf("%w: profile of %s: %w", task.ErrBadParameters, v.Pin, err)
		}
		q, err := quality(ctx, v.Engine, heldOut)
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w", v.Pin, err)
		}
		x.versions[v.Pin] = &version{v, q}
	}
	for _, m := range p.Models {
		if x.versions[m.Pin] == nil {
			return nil, fmt.Errorf("%w: models: %s may be served and is not at hand to be verified by", task.ErrBadParameters, m.Pin)
		}
	}
	return x, nil
}

// Quality is what a version is worth on the subnet's held-out text, 0 to 1.
func (x *Examiner) Quality(pin string) (float64, bool) {
	v := x.versions[pin]
	if v == nil {
		return 0, false
	}
	return v.quality, true
}

// Settle implements task.Examiner: it compares answers that must agree, and answers of different miners that must not coincide,
// enters everything into the accounts, and takes the quality of those that are accused.
func (x *Examiner) Settle(ctx context.Context, results []task.Result) ([]task.Result, error) {
	out := slices.Clone(results)
	seen, err := x.take(ctx, out)
	if err != nil {
		return nil, err
	}
	groups, items := map[string][]int{}, map[string][]int{}
	for i, r := range out {
		if !r.Answer.Dropped {
			x.accounts.came(r.Question.Miner, r.Question.Round)
		}
		o, ok := seen[r.Question.ID]
		if !ok {
			continue
		}
		x.accounts.of(r.Question.Miner, o.pin, x.versions[o.pin].Profile, r.Question.Round).Account.Observe(o.findings, o.ranks)
		if r.Question.Group != "" {
			groups[r.Question.Group] = append(groups[r.Question.Group], i)
		}
		if r.Question.Identity == 0 { // the second of a pair is the first once more
			items[r.Question.Item] = append(items[r.Question.Item], i)
		}
	}
	// In order, so that the same results give the same accounts to the last bit.
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		x.agree(out, groups[name], seen)
	}
	for _, name := range slices.Sorted(maps.Keys(items)) {
		x.coincide(out, items[name], seen)
	}
	notePace(out, seen)
	for i := range out {
		r := &out[i]
		if layer, accused := x.accounts.accused(r.Question.Miner); accused {
			r.Judgement.Quality, r.Judgement.Accused = 0, string(layer)
		}
	}
	x.accounts.forget(out)
	return out, nil
}

// take gives what was found of the results and forgets it. What another process judged, before a restart, is looked at again.
func (x *Examiner) take(ctx context.Context, results []task.Result) (map[string]observed, error) {
	out := map[string]observed{}
	for _, r := range results {
		x.mu.Lock()
		o, ok := x.seen[r.Question.ID]
		delete(x.seen, r.Question.ID)
		x.mu.Unlock()
		if !ok {
			_, again, err := x.judge(ctx, r.Question, r.Answer)
			if err != nil {
				return nil, fmt.Errorf("chat: question %s: %w", r.Question.ID, err)
			}
			if again == nil {
				continue // there was nothing to look at
			}
			o = *again
		}
		out[r.Question.ID] = o
	}
	return out, nil
}

// agree compares answers that must be one, or one the beginning of the other. Those that differ are worth nothing.
func (x *Examiner) agree(out []task.Result, group []int, seen map[string]observed) {
	slices.SortFunc(group, func(a, b int) int { return out[a].Question.Identity - out[b].Question.Identity }) // the first was asked for the most
	var answers []repeat.Answer
	for _, i := range group {
		o := seen[out[i].Question.ID]
		a := repeat.Answer{Tokens: o.answer.Tokens, Allowed: o.allowed}
		if len(o.stop) > 0 && len(answers) > 0 {
			if n, cut := x.until(o, answers[0].Tokens); cut {
				a.Allowed, a.Spare = min(n, a.Allowed), o.spare
			}
		}
		answers = append(answers, a)
	}
	f := repeat.Judge(answers)
	if f.Trials == 0 {
		return
	}
	first := out[group[0]].Question
	o := seen[first.ID]
	x.accounts.of(first.Miner, o.pin, x.versions[o.pin].Profile, first.Round).Add(f)
	if f.Misses == 0 {
		return
	}
	for _, i := range group {
		j := &out[i].Judgement
		j.Quality, j.Reasons = 0, append(slices.Clone(j.Reasons), string(verify.Repeat))
	}
}

// until is how many tokens of another answer to the same the answer has that ends at its stop strings, and whether there is one of these.
func (x *Examiner) until(o observed, tokens []int) (n int, cut bool) {
	e := x.versions[o.pin].Engine
	for n = range tokens {
		text := e.Decode(tokens[:n+1])
		if slices.ContainsFunc(o.stop, func(s string) bool { return strings.Contains(text, s) }) {
			return n + 1, true
		}
	}
	return len(tokens), false
}

// coincide compares the answers of different miners to one item, each with the next in order: an answer is drawn against the one
// before it, and the one after it is drawn against that. Each pair is compared once, and what an item says of a miner is entered
// together, so that honest miners' evidence is worth at most one on average whatever came before.
func (x *Examiner) coincide(out []task.Result, item []int, seen map[string]observed) {
	pairs := len(item)
	if pairs == 2 {
		pairs = 1 // the next of the next is the first again
	}
	logs := make([][]float64, len(item))
	for k := range pairs {
		next := (k + 1) % len(item)
		a, b := out[item[k]].Question, out[item[next]].Question
		one, two := seen[a.ID], seen[b.ID]
		if a.Miner == b.Miner || one.pin != two.pin {
			continue
		}
		log := duplicate.Coincide(one.answer, two.answer)
		logs[k], logs[next] = append(logs[k], log), append(logs[next], log)
	}
	for k, i := range item {
		q := out[i].Question
		pin := seen[q.ID].pin
		x.accounts.of(q.Miner, pin, x.versions[pin].Profile, q.Round).Account.Coincided(logs[k]...)
	}
}

// State implements task.Examiner.
func (x *Examiner) State() ([]byte, error) { return x.accounts.encode() }

// Restore implements task.Examiner.
func (x *Examiner) Restore(state []byte) error {
	a, err := decodeAccounts(state, x.versions)
	if err != nil {
		return err
	}
	x.accounts = a
	return nil
}

// NewExam makes n questions about the source's held-out text. It is judged answer by answer, without accounts.
func (x *Examiner) NewExam(ctx context.Context, source task.Source, n int) (task.Exam, error) {
	if n < 1 || n > 100_000 {
		return task.Exam{}, fmt.Errorf("chat: exam of %d questions, want 1 to 100000", n)
	}
	docs, err := source.Documents(ctx, task.HeldOut)
	if err != nil {
		return task.Exam{}, err
	}
	rng := x.rng(0, "held-out")
	exam := task.Exam{Judge: x}
	for i, it := range x.items(rng, 0, docs, n) {
		body, err := json.Marshal(it.request(rng.Int64()))
		if err != nil {
			return task.Exam{}, fmt.Errorf("chat: %w", err)
		}
		id := fmt.Sprintf("held-out-%05d", i)
		exam.Questions = append(exam.Questions, task.Question{ID: id, Item: id, Body: body, Expectation: []byte(`{}`)})
	}
	return exam, nil
}

// digest is SHA-256 over the seed, the round and the parts, each with its length.
func (x *Examiner) digest(round uint64, parts ...string) [32]byte {
	b := append([]byte("agon/task/chat/pinned/1"), x.seed[:]...)
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

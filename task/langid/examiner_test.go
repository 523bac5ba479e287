package langid

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

var (
	ctx    = context.Background()
	miners = []task.MinerID{"ann", "bob", "cid"}
)

func TestQuestionsOfARound(t *testing.T) {
	x := newTestExaminer(t, nil)
	seenID := map[string]bool{}
	perLabel := map[string]int{}
	var canaries, repeats, same int
	const rounds, per = 40, 12
	for n := range uint64(rounds) {
		qs, err := x.Questions(ctx, task.Round{Number: n, Miners: miners, PerMiner: per})
		require.NoError(t, err)
		require.Len(t, qs, per*len(miners))
		items := map[task.MinerID][]string{}
		groups := map[string][]task.Question{}
		for _, q := range qs {
			require.False(t, seenID[q.ID])
			seenID[q.ID] = true
			require.Equal(t, n, q.Round)
			e := hidden(t, q)
			text := textOf(t, q)
			require.NotContains(t, string(q.Body), e.Doc, "nothing hidden may leak into the body")
			items[q.Miner] = append(items[q.Miner], q.Item)
			if q.Canary {
				canaries++
				require.GreaterOrEqual(t, len(strings.Fields(text)), 11, "a trimmed canary is still long")
			} else {
				perLabel[e.Language]++
			}
			if q.Group != "" {
				groups[q.Group] = append(groups[q.Group], q)
			}
			require.LessOrEqual(t, e.Chance, 0.5)
			require.GreaterOrEqual(t, e.Chance, 0.25)
		}
		for _, g := range groups {
			repeats++
			require.Len(t, g, 2)
			require.Equal(t, g[0].Miner, g[1].Miner)
			require.Equal(t, g[0].Item, g[1].Item)
			require.NotEqual(t, g[0].Identity, g[1].Identity)
			if string(g[0].Body) == string(g[1].Body) {
				same++
			}
		}
		for _, m := range miners {
			slices.Sort(items[m])
			require.Equal(t, items[miners[0]], items[m], "all miners are asked about the same things")
		}
	}
	require.InDelta(t, 0.1*rounds*per*3, canaries, 60)
	require.InDelta(t, 0.2*rounds*per*3, repeats, 60)
	require.Zero(t, same, "a repeat is worded anew")
	for l, n := range perLabel {
		require.InDelta(t, (rounds*per*3-canaries)/4, n, 80, l)
	}
}

func TestQuestionsFollowSeedAndRound(t *testing.T) {
	r := task.Round{Number: 7, Miners: miners, PerMiner: 10}
	a, err := newTestExaminer(t, nil).Questions(ctx, r)
	require.NoError(t, err)
	b, err := newTestExaminer(t, nil).Questions(ctx, task.Round{Number: 7, Miners: []task.MinerID{"cid", "ann", "bob"}, PerMiner: 10})
	require.NoError(t, err)
	require.Equal(t, a, b, "the order of miners does not matter")
	r.Number = 8
	c, err := newTestExaminer(t, nil).Questions(ctx, r)
	require.NoError(t, err)
	require.NotEqual(t, a, c)
	other, err := NewExaminer(ctx, testParams(), [32]byte{43}, memory{})
	require.NoError(t, err)
	r.Number = 7
	d, err := other.Questions(ctx, r)
	require.NoError(t, err)
	require.NotEqual(t, a[0].ID, d[0].ID)
}

func TestQuestionsRefuse(t *testing.T) {
	x := newTestExaminer(t, nil)
	_, err := x.Questions(ctx, task.Round{Miners: miners, PerMiner: 0})
	require.ErrorContains(t, err, "want 1 to 256")
	_, err = x.Questions(ctx, task.Round{Miners: miners, PerMiner: 257})
	require.ErrorContains(t, err, "want 1 to 256")
	_, err = x.Questions(ctx, task.Round{Miners: []task.MinerID{"a", "b", "a"}, PerMiner: 1})
	require.ErrorContains(t, err, "there twice")
	for per := 1; per <= 5; per++ {
		qs, err := x.Questions(ctx, task.Round{Number: uint64(per), Miners: miners, PerMiner: per})
		require.NoError(t, err)
		require.Len(t, qs, per*3)
	}
	qs, err := x.Questions(ctx, task.Round{PerMiner: 3})
	require.NoError(t, err)
	require.Empty(t, qs)
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = x.Questions(stopped, task.Round{Miners: miners, PerMiner: 3})
	require.ErrorIs(t, err, context.Canceled)
}

func TestSmallSourceIsRefused(t *testing.T) {
	p := testParams()
	p.Languages = append(p.Languages, "fin")
	_, err := NewExaminer(ctx, p, [32]byte{}, memory{})
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "fin")
}

func TestJudge(t *testing.T) {
	x := newTestExaminer(t, nil)
	qs, err := x.Questions(ctx, task.Round{Miners: miners, PerMiner: 1})
	require.NoError(t, err)
	q := qs[0]
	truth := hidden(t, q).Language
	for name, c := range map[string]struct {
		answer  task.Answer
		quality float64
		reason  string
	}{
		"right":              {says(truth), 1, ""},
		"wrong":              {says("zzz"), 0, reasonWrong},
		"undetermined":       {says(Undetermined), 0, reasonWrong},
		"upper-case":         {says(strings.ToUpper(truth)), 0, reasonMalformed},
		"two-letters":        {says("en"), 0, reasonMalformed},
		"dropped":            {task.Answer{Dropped: true, Body: says(truth).Body}, 0, reasonDropped},
		"empty":              {task.Answer{}, 0, reasonMalformed},
		"not-json":           {task.Answer{Body: []byte(truth)}, 0, reasonMalformed},
		"too-long":           {task.Answer{Body: append(says(truth).Body, make([]byte, MaxResponseBytes)...)}, 0, reasonMalformed},
		"with-another-field": {task.Answer{Body: []byte(`{"language":"` + truth + `","model":"x"}`)}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := x.Judge(ctx, q, c.answer)
			require.NoError(t, err)
			require.Equal(t, c.quality, j.Quality)
			require.Positive(t, j.Chance)
			if c.reason == "" {
				require.Empty(t, j.Reasons)
			} else {
				require.Equal(t, []string{c.reason}, j.Reasons)
			}
		})
	}
	q.Expectation = json.RawMessage(`{}`)
	_, err = x.Judge(ctx, q, says("eng"))
	require.Error(t, err, "a broken expectation is not the miner's fault")
}

func TestSettleHalvesWhatDisagreesWithItself(t *testing.T) {
	x := newTestExaminer(t, nil)
	mk := func(miner task.MinerID, group, label string, quality float64, gone bool) task.Result {
		e, err := json.Marshal(expectation{phrase: phrase{Language: "eng", Doc: "eng/0", Words: 2}, Chance: 0.25})
		require.NoError(t, err)
		return task.Result{
			Question:  task.Question{ID: group + label, Item: "i", Miner: miner, Group: group, Expectation: e},
			Answer:    task.Answer{Dropped: gone},
			Judgement: task.Judgement{Quality: quality, Label: label},
		}
	}
	in := []task.Result{
		mk("a", "g1", "eng", 1, false), mk("a", "g1", "eng", 1, false),
		mk("a", "g2", "eng", 1, false), mk("a", "g2", "deu", 0, false),
		mk("b", "g3", "eng", 1, false), mk("b", "g3", "", 0, true), // a drop is not a contradiction
		mk("b", "", "eng", 1, false), mk("b", "", "deu", 0, false),
	}
	out, err := x.Settle(ctx, in)
	require.NoError(t, err)
	var got []float64
	for _, r := range out {
		got = append(got, r.Judgement.Quality)
	}
	require.Equal(t, []float64{1, 1, 0.5, 0, 1, 0, 1, 0}, got)
	require.Equal(t, []string{reasonInconsistent}, out[2].Judgement.Reasons)
	require.Equal(t, 1.0, in[2].Judgement.Quality, "the caller's results stay")
}

// play answers a round: skilled miners know all but the weak languages, of which
// the second one knows none.
func play(t *testing.T, x *examiner, round uint64, per int, weak string) []task.Result {
	t.Helper()
	qs, err := x.Questions(ctx, task.Round{Number: round, Miners: miners, PerMiner: per})
	require.NoError(t, err)
	var rs []task.Result
	for _, q := range qs {
		truth := hidden(t, q).Language
		answer := truth
		if q.Miner == "cid" || (q.Miner == "bob" && truth == weak) {
			answer = "zzz"
		}
		j, err := x.Judge(ctx, q, says(answer))
		require.NoError(t, err)
		rs = append(rs, task.Result{Question: q, Answer: says(answer), Judgement: j})
	}
	rs, err = x.Settle(ctx, rs)
	require.NoError(t, err)
	return rs
}

func TestAsksWhereGoodMinersDisagree(t *testing.T) {
	x := newTestExaminer(t, nil)
	count := func(from, to uint64) (weak, all int) {
		for n := from; n < to; n++ {
			for _, r := range play(t, x, n, 12, "spa") {
				if !r.Question.Canary {
					all++
					if hidden(t, r.Question).Language == "spa" {
						weak++
					}
				}
			}
		}
		return weak, all
	}
	count(0, 30)
	weak, all := count(30, 60)
	share := float64(weak) / float64(all)
	require.Greater(t, share, 0.4, "asked more than one in four")
	require.Less(t, share, 0.7, "and the rest not forgotten")
	require.NotEmpty(t, x.learnt.Hard)
	for _, p := range x.learnt.Hard {
		require.Equal(t, "spa", p.Language, "the guesser's disagreement does not count")
	}
	require.LessOrEqual(t, len(x.learnt.Hard), hardCap)
	qs, err := x.Questions(ctx, task.Round{Number: 99, Miners: miners, PerMiner: 12})
	require.NoError(t, err)
	// 0.8 of a round is fresh, its languages count alike; 0.2 is hard, at a quarter.
	require.InDelta(t, (0.8/4+0.2*hardWeight)/(0.8+0.2*hardWeight), hidden(t, qs[0]).Chance, 1e-9, "a constant answer knows it too")
}

// TestQualityIsThatOfAllLanguages: an examiner leans to where miners disagree, but
// what it measures stays the quality over all languages, and a constant answer in
// the language that it leans to is worth no more than Chance says.
func TestQualityIsThatOfAllLanguages(t *testing.T) {
	x := newTestExaminer(t, func(p *Params) { p.HardShare = 0 })
	policy := task.DefaultPolicy()
	policy.HalfLife = 1e6
	book, err := task.NewBook(policy)
	require.NoError(t, err)
	var constant, plain struct{ sum, weight float64 }
	for n := range uint64(150) {
		rs := play(t, x, n, 24, "spa")
		require.True(t, book.Record(rs))
		for _, r := range rs {
			if n < 50 || r.Question.Canary || r.Question.Miner != "bob" {
				continue
			}
			plain.weight++
			constant.weight += r.Question.Weight
			if hidden(t, r.Question).Language == "spa" {
				constant.sum += r.Question.Weight
			} else {
				plain.sum++
			}
		}
	}
	require.Less(t, plain.sum/plain.weight, 0.65, "the examiner leans, else this test shows nothing")
	require.InDelta(t, 0.75, book.Standing("bob").Quality, 0.02, "bob knows three languages of four")
	require.InDelta(t, 1, book.Standing("ann").Quality, 1e-9)
	require.InDelta(t, book.Standing("bob").Chance, constant.sum/constant.weight, 0.02)
}

func TestRestartAsksTheSame(t *testing.T) {
	x := newTestExaminer(t, nil)
	for n := range uint64(10) {
		play(t, x, n, 12, "spa")
	}
	state, err := x.State()
	require.NoError(t, err)
	y := newTestExaminer(t, nil)
	require.NoError(t, y.Restore(state))
	r := task.Round{Number: 10, Miners: miners, PerMiner: 12}
	a, err := x.Questions(ctx, r)
	require.NoError(t, err)
	b, err := y.Questions(ctx, r)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func TestRestoreRefusesBadState(t *testing.T) {
	x := newTestExaminer(t, nil)
	play(t, x, 0, 12, "spa")
	before, err := x.State()
	require.NoError(t, err)
	for name, state := range map[string]string{
		"empty":         ``,
		"not-json":      `hello`,
		"another-kind":  `{"kind":"chess","version":1}`,
		"newer-version": `{"kind":"langid","version":2}`,
		"impossible":    `{"kind":"langid","version":1,"labels":{"eng":2}}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, x.Restore([]byte(state)), task.ErrBadState)
			after, err := x.State()
			require.NoError(t, err)
			require.JSONEq(t, string(before), string(after))
		})
	}
	stale := `{"kind":"langid","version":1,"labels":{"fin":0.5},"hard":[{"language":"eng","doc":"gone","text":0,"start":0,"words":2},{"language":"eng","doc":"eng/0","text":0,"start":-1,"words":9223372036854775807}]}`
	require.NoError(t, x.Restore([]byte(stale)))
	require.Empty(t, x.learnt.Hard, "places that are not in the material are left out")
}

func TestExamIsHeldOut(t *testing.T) {
	exam, err := NewExam(ctx, testParams(), [32]byte{1}, memory{}, 200)
	require.NoError(t, err)
	require.Len(t, exam.Questions, 200)
	perLabel := map[string]int{}
	for _, q := range exam.Questions {
		e := hidden(t, q)
		perLabel[e.Language]++
		require.Contains(t, sentences[e.Language][2], textOf(t, q), "from the held-out sentence, as it stands")
	}
	require.Equal(t, map[string]int{"deu": 50, "eng": 50, "spa": 50, "tur": 50}, perLabel)
	again, err := NewExam(ctx, testParams(), [32]byte{1}, memory{}, 200)
	require.NoError(t, err)
	require.Equal(t, exam.Questions, again.Questions)
	_, err = NewExam(ctx, testParams(), [32]byte{1}, memory{}, 0)
	require.ErrorContains(t, err, "want 1 to")
}

// TestPerturbationsKeepTheWords checks what must not change: the letters, up to
// case, but for one word at an end.
func TestPerturbationsKeepTheWords(t *testing.T) {
	x := newTestExaminer(t, func(p *Params) { p.Perturb = 1 })
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch r {
			case 'İ', 'ı', 'I':
				return 'i'
			}
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s)
	}
	seen := map[string]int{}
	for n := range uint64(100) {
		qs, err := x.Questions(ctx, task.Round{Number: n, Miners: miners, PerMiner: 10})
		require.NoError(t, err)
		for _, q := range qs {
			e := hidden(t, q)
			for _, name := range e.Perturbed {
				seen[name]++
			}
			whole := fold(strings.Join(x.mat.words(e.phrase), ""))
			got := fold(textOf(t, q))
			if slices.Contains(e.Perturbed, "trim") {
				require.True(t, strings.HasPrefix(whole, got) || strings.HasSuffix(whole, got), "%q of %q", got, whole)
				require.NotEmpty(t, got)
			} else {
				require.Equal(t, whole, got)
			}
		}
	}
	for _, p := range perturbations {
		require.Positive(t, seen[p.name], p.name)
	}
}

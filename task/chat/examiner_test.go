package chat

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

func questionsOf(t *testing.T, seed byte, round uint64, perMiner int) []task.Question {
	t.Helper()
	qs, err := NewExaminer(DefaultParams(), [32]byte{seed}).Questions(context.Background(), task.Round{Number: round, Miners: []task.MinerID{"b", "a", "c"}, PerMiner: perMiner})
	require.NoError(t, err)
	return qs
}

func TestQuestionsAreAFunctionOfSeedAndRound(t *testing.T) {
	for _, n := range []int{1, 2, 20, 256} {
		qs := questionsOf(t, 1, 7, n)
		require.Equal(t, qs, questionsOf(t, 1, 7, n))
		require.Len(t, qs, 3*n)
		require.NotEqual(t, qs, questionsOf(t, 1, 8, n))
		require.NotEqual(t, qs, questionsOf(t, 2, 7, n))
		ids, groups, items := map[string]bool{}, map[string][]task.Question{}, map[string]map[task.MinerID]bool{}
		for _, q := range qs {
			require.False(t, ids[q.ID])
			ids[q.ID] = true
			if q.Group != "" {
				groups[q.Group] = append(groups[q.Group], q)
			}
			if items[q.Item] == nil {
				items[q.Item] = map[task.MinerID]bool{}
			}
			items[q.Item][q.Miner] = true
			_, err := DecodeRequest(q.Body, DefaultParams())
			require.NoError(t, err)
		}
		for _, g := range groups {
			require.Len(t, g, 2)
			require.Equal(t, g[0].Miner, g[1].Miner)
			require.NotEqual(t, g[0].Identity, g[1].Identity)
			require.NotEqual(t, string(g[0].Body), string(g[1].Body))
			require.Equal(t, string(g[0].Expectation), string(g[1].Expectation))
		}
		for _, miners := range items {
			require.Len(t, miners, 3, "all miners get the same items")
		}
	}
}

// solve answers a question by what it hides, in the manner of how.
func solve(t *testing.T, q task.Question, how string) task.Answer {
	t.Helper()
	var e expectation
	require.NoError(t, json.Unmarshal(q.Expectation, &e))
	text := strings.ReplaceAll(how, "%s", strings.Join(e.Answer, ", "))
	return task.Answer{Body: []byte(answerOf(text, "null", 3, 2, 5))}
}

func TestJudges(t *testing.T) {
	x := NewExaminer(DefaultParams(), [32]byte{1})
	for _, q := range questionsOf(t, 1, 1, 60) {
		for how, want := range map[string]float64{
			"%s": 1, "  %s.\n": 1, "It is **%s**!": 1, "Let me think: 7, 8 ... so: %s": 1,
			"%s or 17": 0, "no idea": 0, "": 0,
		} {
			a := solve(t, q, how)
			j, err := x.Judge(t.Context(), q, a)
			require.NoError(t, err)
			require.Equal(t, want, j.Quality, "%s %s", q.Body, a.Body)
			require.Positive(t, j.Chance)
		}
	}
	q := questionsOf(t, 1, 1, 1)[0]
	for reason, a := range map[string]task.Answer{
		reasonDropped:   {Dropped: true},
		reasonMalformed: {Body: []byte(`{"choices":[]}`)},
	} {
		j, err := x.Judge(t.Context(), q, a)
		require.NoError(t, err)
		require.Zero(t, j.Quality)
		require.Equal(t, []string{reason}, j.Reasons)
	}
	pinned := DefaultParams()
	pinned.Models = []Model{{Pin: "m@1"}}
	for model, want := range map[string]float64{"m@1": 1, "m@2": 0, "": 0} {
		a := solve(t, q, "%s")
		a.Body = []byte(strings.Replace(string(a.Body), `"model":"m"`, `"model":"`+model+`"`, 1))
		j, err := NewExaminer(pinned, [32]byte{1}).Judge(t.Context(), q, a)
		require.NoError(t, err)
		require.Equal(t, want, j.Quality, model)
	}
	_, err := x.Judge(t.Context(), task.Question{Body: q.Body, Expectation: []byte(`{}`)}, task.Answer{})
	require.Error(t, err, "a broken question is the examiner's fault")
}

func TestContradictionCostsHalf(t *testing.T) {
	x := NewExaminer(DefaultParams(), [32]byte{1})
	var results []task.Result
	for _, q := range questionsOf(t, 1, 1, 20) {
		a := solve(t, q, "%s")
		if q.Miner == "b" && q.Identity == 1 {
			a.Body = []byte(answerOf("otherwise", "null", 3, 2, 5))
		}
		j, err := x.Judge(t.Context(), q, a)
		require.NoError(t, err)
		results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
	}
	settled, err := x.Settle(t.Context(), results)
	require.NoError(t, err)
	halved := 0
	for i, r := range settled {
		if r.Question.Miner == "b" && r.Question.Group != "" {
			require.Equal(t, results[i].Judgement.Quality/2, r.Judgement.Quality)
			halved++
			continue
		}
		require.Equal(t, 1.0, r.Judgement.Quality)
	}
	require.GreaterOrEqual(t, halved, 8)
}

func TestExaminerState(t *testing.T) {
	x := NewExaminer(DefaultParams(), [32]byte{1})
	state, err := x.State()
	require.NoError(t, err)
	require.NoError(t, x.Restore(state))
	for _, bad := range []string{"", "{}", `{"kind":"langid","version":1}`} {
		require.ErrorIs(t, x.Restore([]byte(bad)), task.ErrBadState)
	}
}

func TestExamIsApartFromTheRounds(t *testing.T) {
	exam, err := NewExam(DefaultParams(), [32]byte{1}, 300)
	require.NoError(t, err)
	require.Len(t, exam.Questions, 300)
	for _, q := range exam.Questions {
		j, err := exam.Judge.Judge(t.Context(), q, solve(t, q, "%s"))
		require.NoError(t, err)
		require.Equal(t, 1.0, j.Quality)
	}
	_, err = NewExam(DefaultParams(), [32]byte{1}, 0)
	require.Error(t, err)
}

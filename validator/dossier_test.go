package validator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
)

// ledger is an examiner that counts answers, and closes an account when it is told to.
type ledger struct{ counts map[task.MinerID]int }

func (l *ledger) Judge(context.Context, task.Question, task.Answer) (task.Judgement, error) {
	return task.Judgement{Quality: 1}, nil
}

func (l *ledger) Questions(_ context.Context, r task.Round) (out []task.Question, err error) {
	for _, m := range r.Miners {
		for i := range r.PerMiner {
			out = append(out, task.Question{ID: fmt.Sprintf("%d/%s/%d", r.Number, m, i), Round: r.Number, Miner: m, Body: []byte(`{}`), Expectation: []byte(`{}`)})
		}
	}
	return out, nil
}

func (l *ledger) Settle(_ context.Context, results []task.Result) ([]task.Result, error) {
	for _, r := range results {
		if !r.Answer.Dropped {
			l.counts[r.Question.Miner]++
		}
	}
	return results, nil
}
func (l *ledger) State() ([]byte, error) { return json.Marshal(l.counts) }
func (l *ledger) Restore(b []byte) error { return json.Unmarshal(b, &l.counts) }
func (l *ledger) Accounts(m task.MinerID) ([]task.Account, error) {
	if l.counts[m] == 0 {
		return nil, nil
	}
	return []task.Account{{Of: "m@1", Answers: l.counts[m], State: []byte(`{}`)}}, nil
}

// A dossier has the answers that an account was made of, with their receipts, between what it was before and after; with the account it goes.
func TestDossierFollowsTheAccount(t *testing.T) {
	b := newBench(t)
	l := &ledger{counts: map[task.MinerID]int{}}
	kind := task.Task{Descriptor: task.Descriptor{Kind: "ledger"}, NewExaminer: func(context.Context, task.ExaminerConfig) (task.Examiner, error) { return l, nil }}
	book, err := validator.OpenScorebook(t.Context(), kind, task.ExaminerConfig{}, task.DefaultPolicy(), b.store, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	one, other := task.MinerID(b.miners[0]), task.MinerID(b.miners[1])
	play := func(per int, body string) {
		plan, err := book.Begin(t.Context(), []task.MinerID{one, other}, per)
		require.NoError(t, err)
		var results []task.Result
		for i, q := range plan.Questions {
			r := task.Result{Question: q, Answer: task.Answer{Body: []byte(body)}}
			if q.Miner == other && i%2 == 0 {
				r.Answer = task.Answer{Dropped: true}
			}
			leaf := validator.LeafOf(b.leaf(0, uint16(i), 3), 1)
			require.NoError(t, b.store.AddAnswer(3, &r, leaf))
			results = append(results, r)
		}
		_, err = book.Finish(t.Context(), results)
		require.NoError(t, err)
	}
	play(2, `{}`)
	play(2, `{}`)
	accounts, rounds, _, err := book.Dossier(one)
	require.NoError(t, err)
	require.Len(t, rounds, 2)
	require.Empty(t, rounds[0].Before)
	require.Equal(t, rounds[0].After, rounds[1].Before)
	require.Equal(t, accounts, rounds[1].After)
	require.Len(t, rounds[1].Answers, 2)
	var kept struct {
		Question task.Question
		Receipt  []byte
	}
	require.NoError(t, json.Unmarshal(rounds[1].Answers[0], &kept))
	require.Equal(t, one, kept.Question.Miner)
	require.NotEmpty(t, kept.Receipt)
	_, rounds, _, err = book.Dossier(other)
	require.NoError(t, err)
	require.Len(t, rounds[0].Answers, 1, "what did not come says nothing")

	l.counts[one] = 0 // its term is over
	play(1, `{}`)
	_, rounds, _, err = book.Dossier(one)
	require.NoError(t, err)
	require.Len(t, rounds, 1, "another account began")

	for range 12 {
		play(2, `"`+strings.Repeat("x", validator.MaxDossier/20)+`"`)
	}
	_, rounds, _, err = book.Dossier(one)
	require.NoError(t, err)
	require.Less(t, len(rounds), 12, "the oldest make room")
	require.Equal(t, l.counts[one], rounds[len(rounds)-1].After[0].Answers)

	delete(l.counts, other)
	plan, err := book.Begin(t.Context(), []task.MinerID{one}, 1)
	require.NoError(t, err)
	_, err = book.Finish(t.Context(), []task.Result{{Question: plan.Questions[0], Answer: task.Answer{Dropped: true}}})
	require.NoError(t, err)
	_, rounds, _, err = book.Dossier(other)
	require.NoError(t, err)
	require.Empty(t, rounds)
}

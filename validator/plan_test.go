package validator

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

func TestCommitMargin(t *testing.T) {
	for _, tc := range []struct {
		configured int
		tempo      uint64
		want       int64
	}{{0, 5, 2}, {0, 16, 3}, {0, 20, 4}, {0, 360, 72}, {7, 360, 7}} {
		require.Equal(t, tc.want, commitMargin(tc.configured, tc.tempo))
	}
}

func TestWindowsEndBeforeTheMargin(t *testing.T) {
	e := scoringtypes.Epoch{StartedAt: 100, DueAt: 116}
	w, ok := planWindow(101, e, 3, 4, 1, 0)
	require.True(t, ok)
	require.Equal(t, window{start: 101, end: 109, cut: 109}, w)
	_, ok = planWindow(109, e, 3, 4, 1, 0)
	require.False(t, ok, "an answer could not come in time")
	e.Paused = true
	_, ok = planWindow(101, e, 3, 4, 1, 0)
	require.False(t, ok)

	for tempo := int64(4); tempo < 400; tempo += 7 {
		for answer := int64(1); answer < 60; answer += 9 {
			e := scoringtypes.Epoch{StartedAt: 50, DueAt: 50 + tempo}
			margin := commitMargin(0, uint64(tempo))
			for h := e.StartedAt; h <= e.DueAt; h++ {
				if w, ok := planWindow(h, e, margin, answer, 4, int(h)%4); ok {
					require.LessOrEqual(t, w.end, w.cut)
					require.Less(t, w.start, w.end)
					require.Less(t, w.cut, e.DueAt-margin)
				}
			}
		}
	}
}

func TestRoundsInAnEpoch(t *testing.T) {
	require.Equal(t, 1, roundsIn(13, 700*time.Millisecond, 4), "a short epoch has one")
	require.Equal(t, 4, roundsIn(288, 6*time.Second, 4))
	require.Equal(t, 2, roundsIn(12, 6*time.Second, 4))
}

func TestQuestionsAreSpreadOverTheWindow(t *testing.T) {
	m, err := chain.DecodeMetagraph(&scoringtypes.QueryMetagraphResponse{
		Hotkeys: [][]byte{[]byte("a"), []byte("b")}, Owners: make([][]byte, 2), Urls: make([]string, 2), ServiceKeys: make([][]byte, 2),
		RegisteredAt: make([]int64, 2), Stake: make([]uint64, 2),
	})
	require.NoError(t, err)
	r := asking{view: &View{Metagraph: m}, start: 100, end: 120, cut: 130}
	for i := range 40 {
		r.plan.Questions = append(r.plan.Questions, task.Question{ID: fmt.Sprint(i), Miner: task.MinerID(m.Neurons[i%2].Hotkey)})
	}
	for miner, errands := range spread(r) {
		require.Len(t, errands, 20)
		perHalf := [2]int{}
		for i, e := range errands {
			require.Equal(t, miner, e.question.Miner)
			require.GreaterOrEqual(t, e.due, r.start)
			require.Less(t, e.due, r.end)
			if i > 0 {
				require.GreaterOrEqual(t, e.due, errands[i-1].due)
			}
			perHalf[(e.due-r.start)/10]++
		}
		require.Equal(t, [2]int{10, 10}, perHalf)
	}
}

func TestGroupsAreAskedUnderDifferentCallers(t *testing.T) {
	var roster []Caller
	for i := range 4 {
		roster = append(roster, Caller{Name: fmt.Sprint(i)})
	}
	seed := [32]byte{1}
	used := map[string]int{}
	for g := range 400 {
		first := choose(roster, seed, task.Question{ID: fmt.Sprint("a", g), Group: fmt.Sprint(g), Identity: 0})
		second := choose(roster, seed, task.Question{ID: fmt.Sprint("b", g), Group: fmt.Sprint(g), Identity: 1})
		require.NotEqual(t, first, second)
		used[first.Name]++
	}
	for name, n := range used {
		require.InDelta(t, 100, n, 50, name)
	}
	alone := task.Question{ID: "x"}
	differ := 0
	for i := range 64 {
		if choose(roster, [32]byte{byte(i)}, alone) != choose(roster, seed, alone) {
			differ++
		}
	}
	require.Positive(t, differ, "who does not know the seed cannot foretell the caller")
}

func TestSlotsFillTheEmptyFirst(t *testing.T) {
	p := exam.Params{ReceiptsPerMiner: 3, Openings: 2}
	s := newSlots(p, exam.Binding{}, []uint16{5}, nil)
	seen := map[uint16]bool{}
	for range 3 {
		seen[s.take(5).index] = true
	}
	require.Len(t, seen, 3, "questions under way are for different receipts")
	s.give(slot{5, 0}, true)
	s.give(slot{5, 1}, false)
	s.give(slot{5, 2}, true)
	require.Equal(t, 1, s.missing(5))
	require.Equal(t, slot{5, 1}, s.take(5))
	s.give(slot{5, 1}, true)
	require.Zero(t, s.missing(5))
	require.Equal(t, slot{5, 0}, s.take(5), "extra questions have a place too")
	off := newSlots(exam.Params{}, exam.Binding{}, []uint16{5}, nil)
	require.Equal(t, slot{5, 0}, off.take(5))
	require.Zero(t, off.missing(5))
}

// TestNext pins the transitions of a commit that has come to each state.
func TestNext(t *testing.T) {
	hash := []byte{1}
	on := func(epoch uint64, change func(*scoringtypes.Commit)) *scoringtypes.Commit {
		c := &scoringtypes.Commit{Epoch: epoch, Hash: hash, Version: 2, ExamReceipts: 4, Height: 40, Seed: make([]byte, 32)}
		if change != nil {
			change(c)
		}
		return c
	}
	for _, tc := range []struct {
		name    string
		status  Status
		chain   *scoringtypes.Commit
		running uint64 // the record is of epoch 5
		last    int64
		want    Status
		do      todo
	}{
		{"sent-again-in-its-epoch", Prepared, nil, 5, 0, Prepared, sendCommit},
		{"seen-in-its-epoch", Prepared, on(5, nil), 5, 0, Committed, wait},
		{"not-drawn-yet", Committed, on(5, func(c *scoringtypes.Commit) { c.Seed = nil }), 6, 0, Committed, wait},
		{"drawn", Committed, on(5, nil), 6, 0, Revealing, sendReveal},
		{"drawn-and-never-seen-before", Prepared, on(5, nil), 6, 0, Revealing, sendReveal},
		{"reveal-again", Revealing, on(5, nil), 6, 0, Revealing, sendReveal},
		{"gone-after-the-reveal", Revealing, nil, 6, 0, Revealed, wait},
		{"gone-an-epoch-later-with-an-update", Revealing, nil, 7, 45, Revealed, wait},
		{"gone-an-epoch-later-without", Revealing, nil, 7, 40, Expired, wait},
		{"never-arrived", Prepared, nil, 6, 0, Missed, wait},
		{"never-revealed", Committed, nil, 7, 0, Expired, wait},
		{"node-lags", Committed, nil, 6, 0, Committed, wait},
		{"another-hash", Prepared, on(5, func(c *scoringtypes.Commit) { c.Hash = []byte{2} }), 5, 0, Failed, wait},
		{"another-version", Committed, on(5, func(c *scoringtypes.Commit) { c.Version = 3 }), 6, 0, Failed, wait},
		{"other-receipts", Committed, on(5, func(c *scoringtypes.Commit) { c.ExamReceipts = 5 }), 6, 0, Failed, wait},
		{"more-openings-are-fine", Committed, on(5, func(c *scoringtypes.Commit) { c.ExamOpenings = 60 }), 6, 0, Revealing, sendReveal},
		{"chain-behind", Prepared, nil, 4, 0, Prepared, wait},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := CommitRecord{Epoch: 5, Hash: hash, Version: 2, Params: exam.Params{ReceiptsPerMiner: 4, Openings: 8}, Status: tc.status, Height: 40}
			status, _, do := next(r, tc.chain, scoringtypes.Epoch{Index: tc.running}, tc.last)
			require.Equal(t, tc.want, status)
			require.Equal(t, tc.do, do)
		})
	}
}

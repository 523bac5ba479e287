package pinned_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
)

// What an examiner says of its accounts is what it accuses by, to the last bit, and survives a restart.
func TestAccountsSayWhatAccuses(t *testing.T) {
	x := newExaminer(t)
	miners := map[task.MinerID]sends{
		"honest": func(t *testing.T, q task.Question) chat.Response { return good.answer(t, q, "good@1") },
		"cheat":  func(t *testing.T, q task.Question) chat.Response { return plain.answer(t, q, "good@1") },
	}
	none, err := x.Accounts("cheat")
	require.NoError(t, err)
	require.Empty(t, none)
	for number := uint64(4); number < 7; number++ {
		accused := map[task.MinerID]string{}
		for _, r := range round(t, x, number, miners) {
			accused[r.Question.Miner] = r.Judgement.Accused
		}
		for m := range miners {
			accounts, err := x.Accounts(m)
			require.NoError(t, err)
			require.Len(t, accounts, 1)
			a := accounts[0]
			require.Equal(t, "good@1", a.Of)
			require.EqualValues(t, 4, a.Since)
			require.Equal(t, accused[m] != "", a.Accused)
			require.Equal(t, accused[m], a.By)
			require.Equal(t, a.Accused, a.Peak >= 3)
			require.LessOrEqual(t, a.Log10, a.Peak)
			require.Greater(t, a.Answers, 0)

			var kept struct{ Account json.RawMessage }
			require.NoError(t, json.Unmarshal(a.State, &kept))
			again, err := sequential.Unmarshal(kept.Account, profile())
			require.NoError(t, err)
			require.Equal(t, a.Accused, again.Accused())
			require.InDelta(t, a.Layers[string(verify.Replay)], again.Replay.Log()/2.302585092994046, 1e-9)
		}
	}
	cheat, err := x.Accounts("cheat")
	require.NoError(t, err)
	require.True(t, cheat[0].Accused)
	honest, err := x.Accounts("honest")
	require.NoError(t, err)
	require.False(t, honest[0].Accused)

	state, err := x.State()
	require.NoError(t, err)
	y := newExaminer(t)
	require.NoError(t, y.Restore(state))
	restored, err := y.Accounts("cheat")
	require.NoError(t, err)
	require.Equal(t, cheat, restored)
}

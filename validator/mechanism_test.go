package validator_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/validator"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A validator of the second mechanism waits until the running epoch has it, then promises and reveals in it alone. The chain checks
// every hash and receipt for the mechanism that the message names.
func TestCommitsAndRevealsInItsMechanism(t *testing.T) {
	b := newBench(t)
	b.self.Mechanism = 1
	b.path = filepath.Join(t.TempDir(), "second.db")
	b.open()
	var sent []uint32
	b.onSubmit = func(m sdk.Msg) {
		switch m := m.(type) {
		case *scoringtypes.MsgCommitWeights:
			sent = append(sent, m.Mechanism)
		case *scoringtypes.MsgRevealWeights:
			sent = append(sent, m.Mechanism)
		}
	}
	c := b.committer(validator.Honest{}, nil)
	first := b.epoch.Index
	b.examine(0, 1, 2)
	require.NoError(t, b.until(c, first))
	require.Empty(t, sent, "the epoch has one mechanism")

	b.epoch.MechanismSplit = []uint32{7_000, 3_000}
	for epoch := first + 1; epoch < first+4; epoch++ {
		b.examine(0, 1, 2)
		require.NoError(t, b.until(c, epoch))
	}
	require.Equal(t, []uint32{1, 1, 1, 1, 1}, sent)
	require.Equal(t, []uint64{first + 1, first + 2}, b.revealed(b.self.Hotkey))
	require.Empty(t, b.refusals)
	require.NotEmpty(t, b.row(b.uid))

	b.epoch.MechanismSplit = []uint32{10_000}
	sent = nil
	require.NoError(t, b.until(c, first+4))
	require.Empty(t, sent, "the mechanism is gone")
}

// Where weights are set directly they are set in the mechanism.
func TestSetsWeightsInItsMechanism(t *testing.T) {
	b := newBench(t)
	b.self.Mechanism = 2
	b.path = filepath.Join(t.TempDir(), "third.db")
	b.open()
	b.subnet.Hyperparams.CommitReveal = false
	b.epoch.MechanismSplit = []uint32{1, 2, 9_997}
	b.subnet.Hyperparams.ExamReceipts, b.subnet.Hyperparams.ExamOpenings = 0, 0
	var sent []uint32
	b.onSubmit = func(m sdk.Msg) { sent = append(sent, m.(*scoringtypes.MsgSetWeights).Mechanism) }
	b.examine(0, 1, 2)
	require.NoError(t, b.until(b.committer(validator.Honest{}, nil), b.epoch.Index))
	require.Equal(t, []uint32{2}, sent)
}

// Who starts for a mechanism that the subnet neither has nor gets is told what there is.
func TestUnknownMechanismIsRefused(t *testing.T) {
	e := scoringtypes.Epoch{Netuid: 3, Index: 7, MechanismSplit: []uint32{10_000}}
	next := func(split ...uint32) subnettypes.Subnet {
		return subnettypes.Subnet{Netuid: 3, Hyperparams: subnettypes.Hyperparams{MechanismSplit: split}}
	}
	first, second := validator.Self{Netuid: 3}, validator.Self{Netuid: 3, Mechanism: 1}
	require.NoError(t, first.MayJudge(e, next(10_000)))
	err := second.MayJudge(e, next(10_000))
	require.ErrorIs(t, err, validator.ErrNoMechanism)
	require.ErrorContains(t, err, "mechanism is 1, subnet 3 has 0 to 0 in epoch 7 and 1 of them from the next on; agond subnet show 3")
	require.NoError(t, second.MayJudge(e, next(5_000, 5_000)), "it comes with the next epoch")
	e.MechanismSplit = []uint32{5_000, 5_000}
	require.NoError(t, second.MayJudge(e, next(10_000)), "it runs until the next epoch")
}

// Processes of several mechanisms share a home and nothing in it that one of them writes.
func TestMechanismsKeepTheirStateApart(t *testing.T) {
	c := validator.DefaultConfig()
	c.Home = "home"
	store, scores := c.Places()
	require.Equal(t, filepath.Join("home", "data", "validator.db"), store)
	require.Equal(t, filepath.Join("home", "data", "scores.json"), scores)
	c.Mechanism = 3
	store, scores = c.Places()
	require.Equal(t, filepath.Join("home", "data", "mechanism-3", "validator.db"), store)
	require.Equal(t, filepath.Join("home", "data", "mechanism-3", "scores.json"), scores)

	s := subnettypes.Subnet{TaskKind: "chat", TaskParams: `{"a":1}`}
	require.Equal(t, s, c.Judged(s))
	c.Task = "langid"
	require.Equal(t, subnettypes.Subnet{TaskKind: "langid"}, c.Judged(s), "the subnet's parameters are not that task's")
	s.TaskParams = `{"a":1,"attestation":"required"}`
	require.Equal(t, `{"attestation":"required"}`, c.Judged(s).TaskParams, "what is asked of hardware is asked of all miners")
	c.TaskParams = `{"attestation":"off","b":2}`
	require.Equal(t, `{"attestation":"required","b":2}`, c.Judged(s).TaskParams)
	s.TaskParams = `{"a":1}`
	c.TaskParams = `{"b":2}`
	require.Equal(t, subnettypes.Subnet{TaskKind: "langid", TaskParams: `{"b":2}`}, c.Judged(s))
}

package query

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// ended is an epoch of three neurons, one of which judges, and the metagraph that a chain shows after it.
func ended(t *testing.T) (*chain.EpochInput, *chain.Metagraph) {
	t.Helper()
	in := &chain.EpochInput{
		Netuid: 1, Index: 4, Height: 100, Block: 100,
		Params: yuma.Params{Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000, ActivityCutoff: 5000, Tempo: 20, MaxValidators: 8, LastStepBlock: 80},
		Input: &yuma.Input{
			Block: 100, N: 3, Stake: []uint64{1000, 0, 0}, LastUpdate: []uint64{90, 5, 5}, RegisteredAt: []uint64{5, 5, 5},
			Permits: []bool{true, false, false}, Weights: [][]yuma.Entry{{{UID: 1, Value: 3}, {UID: 2, Value: 1}}, nil, nil},
			Bonds: make([][]yuma.Entry, 3), OwnerUID: yuma.NoOwner,
		},
	}
	var w yuma.Workspace
	var out yuma.Output
	require.NoError(t, w.Run(in.Params, in.Input, &out))
	r := &scoringtypes.QueryMetagraphResponse{Netuid: 1, Height: 101, Stake: in.Input.Stake, Urls: make([]string, 3), ServiceKeys: make([][]byte, 3)}
	for uid := range 3 {
		account := []byte(strings.Repeat(string(rune('a'+uid)), 20))
		r.Hotkeys, r.Owners = append(r.Hotkeys, account), append(r.Owners, account)
		r.RegisteredAt = append(r.RegisteredAt, 5)
		c := &r.Columns
		c.StakeWeight = append(c.StakeWeight, uint32(out.StakeWeight[uid]))
		c.Consensus = append(c.Consensus, uint32(out.Consensus[uid]))
		c.Incentive = append(c.Incentive, uint32(out.Incentive[uid]))
		c.Dividends = append(c.Dividends, uint32(out.Dividends[uid]))
		c.ValidatorTrust = append(c.ValidatorTrust, uint32(out.ValidatorTrust[uid]))
		c.Permits, c.Active = append(c.Permits, out.Permits[uid]), append(c.Active, out.Active[uid])
	}
	m, err := chain.DecodeMetagraph(r)
	require.NoError(t, err)
	return in, m
}

// TestAnotherResultIsNotExplained: who explains must not explain what the chain did not do.
func TestAnotherResultIsNotExplained(t *testing.T) {
	in, m := ended(t)
	require.NotZero(t, m.Neurons[1].Incentive)
	require.NoError(t, sameResult(in, m))
	for name, spoil := range map[string]func(n *chain.Neuron){
		"incentive": func(n *chain.Neuron) { n.Incentive++ },
		"consensus": func(n *chain.Neuron) { n.Consensus-- },
		"permit":    func(n *chain.Neuron) { n.Permit = !n.Permit },
		"active":    func(n *chain.Neuron) { n.Active = !n.Active },
	} {
		t.Run(name, func(t *testing.T) {
			in, m := ended(t)
			spoil(&m.Neurons[1])
			require.ErrorIs(t, sameResult(in, m), errDiffers)
			m.Neurons[1].RegisteredAt = 101
			require.NoError(t, sameResult(in, m), "whoever replaced it has nothing to compare")
		})
	}
	in, m = ended(t)
	m.Neurons = m.Neurons[:2]
	require.ErrorIs(t, sameResult(in, m), errDiffers)
}

func TestWhoIsMeant(t *testing.T) {
	_, m := ended(t)
	for who, want := range map[string]int{"0": 0, "2": 2, m.Neurons[1].Hotkey: 1} {
		uid, err := uidOf(m, 3, who)
		require.NoError(t, err, who)
		require.Equal(t, want, uid)
	}
	for who, says := range map[string]string{
		"3": "uids 0 to 2", "-1": "is no uid", "70000": "is no uid", "agon1stranger": "metagraph 1 lists them",
	} {
		_, err := uidOf(m, 3, who)
		require.ErrorContains(t, err, says)
	}
	_, err := uidOf(m, 2, m.Neurons[2].Hotkey)
	require.ErrorContains(t, err, "took part", "it came after the epoch")
}

func TestAmounts(t *testing.T) {
	for amount, want := range map[uint64]string{
		0: "", 1: "0.0000", 999_999_999: "0.9999", 1_000_000_000: "1.0000", 1_234_567_890_123: "1234.5678", 18_446_744_073_709_551_615: "18446744073.7095",
	} {
		require.Equal(t, want, tokens(amount))
	}
	require.Equal(t, "100.00", percent(65535))
	require.Equal(t, "0.00", percent(1), "little is not nothing")
	require.Empty(t, percent(0))
}

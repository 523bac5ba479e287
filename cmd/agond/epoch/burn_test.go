package epoch

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/chain"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma/scenario"
)

// An epoch that burns a part of its miners' emission is exported and replayed as the chain then pays it, but for the units that the
// chain gives to the largest remainders.
func TestReplayPaysWhatABurningSubnetPays(t *testing.T) {
	for _, bps := range []uint32{0, 1, 3_333, 9_999, 10_000} {
		m := markettest.New(t, markettest.Config{})
		h := markettest.Hyperparams()
		h.CommitReveal, h.ExamReceipts, h.ExamOpenings, h.WeightsInterval, h.MinerBurnBps = false, 0, 0, 0, bps
		netuid := m.CreateSubnet(h)
		for n := range 5 {
			m.Register(netuid, n)
		}
		m.StakeToken(netuid, 4, 5_000_000)
		due := func() int64 {
			e, err := m.Scoring.EpochOf(m.Ctx, netuid)
			require.NoError(t, err)
			return e.DueAt
		}
		m.To(due() + 1) // permits
		_, err := keeper.NewMsgServer(m.Scoring).SetWeights(m.Ctx, &scoringtypes.MsgSetWeights{
			Hotkey: markettest.Hotkey(4).String(), Netuid: netuid,
			Weights: []scoringtypes.Weight{{Uid: 0, Value: 7}, {Uid: 1, Value: 11}, {Uid: 2, Value: 13}, {Uid: 3, Value: 1}},
		})
		require.NoError(t, err)
		m.To(due())
		server := baseapp.NewQueryServerTestHelper(m.Ctx, m.Registry)
		scoringtypes.RegisterQueryServer(server, keeper.NewQueryServer(m.Scoring))
		in, err := chain.FetchEpochInput(m.Ctx, scoringtypes.NewQueryClient(server), netuid, 0, 0)
		require.NoError(t, err)
		require.True(t, in.Final())
		require.Equal(t, bps, in.MinerBurnBps)

		var file bytes.Buffer
		require.NoError(t, write(&file, Document(in)))
		document, err := scenario.Read(&file)
		require.NoError(t, err)
		replayed, err := scenario.Replay(document, nil)
		require.NoError(t, err)
		got := replayed.Scenarios[0].Epochs[0]

		m.EndEpochs()
		paid := markettest.Events[*emissiontypes.EventEpochPaid](m.Ctx.EventManager().Events())
		require.Len(t, paid, 1)
		require.Equal(t, in.Emission, paid[0].Incentive+paid[0].Dividends+paid[0].Burned)
		gs, err := m.Scoring.ExportGenesis(m.Ctx)
		require.NoError(t, err)
		for uid, alpha := range gs.Columns[0].Emission {
			require.InDelta(t, got.Server[uid]+got.Validator[uid], alpha, 2, "burn %d, uid %d", bps, uid)
		}
	}
	bad := scenario.Document{Scenarios: []scenario.Scenario{{Epochs: []scenario.Epoch{{MinerBurnBps: 10_001}}}}}
	_, err := scenario.Replay(bad, nil)
	require.Error(t, err)
}

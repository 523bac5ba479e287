package keeper_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// carry loads the whole of one market into an empty one at the same height.
func carry(t *testing.T, from *markettest.Market) *markettest.Market {
	t.Helper()
	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(from.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, from.Bank.ExportGenesis(from.Ctx))
	subnet, err := from.Subnet.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnet))
	stake, err := from.Stake.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Stake.InitGenesis(to.Ctx, stake))
	scoring, err := from.Scoring.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Scoring.InitGenesis(to.Ctx, scoring))
	emission, err := from.Emission.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Emission.InitGenesis(to.Ctx, emission))
	crowdfund, err := from.Crowdfund.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Crowdfund.InitGenesis(to.Ctx, crowdfund))
	model, err := from.Model.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Model.InitGenesis(to.Ctx, model))
	payments, err := from.Payment.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Payment.InitGenesis(to.Ctx, payments))
	dispute, err := from.Dispute.ExportGenesis(from.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Dispute.InitGenesis(to.Ctx, dispute))
	return to
}

// genesis is the module's state as JSON.
func genesis(m *markettest.Market, t *testing.T) string {
	t.Helper()
	gs, err := m.Scoring.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	bz, err := m.Cdc.MarshalJSON(gs)
	require.NoError(t, err)
	return string(bz)
}

// In the midst of an epoch: one promise revealed, one seeded, one fresh, one subnet paused, weights with zeros.
func TestGenesisGoesRoundAndOn(t *testing.T) {
	hook, cfg := stubbed()
	m := market(t, cfg, nil)
	second := m.CreateSubnet(markettest.Hyperparams())
	hook.fail[second] = func() error { return errors.New("no") }
	row := weights(0, 65535, 1, 30000, 2, 0)
	p, at := honest(m, t, 3, row)
	seeded, seededAt := honest(m, t, 4, row)
	nextEpoch(m, t)
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
	m.To(19)
	honest(m, t, 3, row)

	before := genesis(m, t)
	other := carry(t, m)
	require.Equal(t, before, genesis(other, t))
	require.Contains(t, before, `"failure":"no"`)
	other.CheckInvariants()
	require.Equal(t, dump(m, t), dump(other, t), "the very bytes")

	// Both go the same way from here.
	for range 15 {
		m.Next()
		other.Next()
		if m.Ctx.BlockHeight() == 20 {
			require.NoError(t, tell(m, seeded.opened(t, seededAt, asked.Openings)))
			require.NoError(t, tell(other, seeded.opened(t, seededAt, asked.Openings)))
		}
		require.Equal(t, genesis(m, t), genesis(other, t), "height %d", m.Ctx.BlockHeight())
	}
	require.Equal(t, row, rowOf(other, t, 4))
}

func TestGenesisMustFitTheSubnets(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	gs, err := m.Scoring.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	for name, change := range map[string]func(*types.GenesisState){
		"epochs-of-no-subnet": func(gs *types.GenesisState) {
			gs.Epochs = append(gs.Epochs, types.Epoch{Netuid: 2})
			gs.Columns = append(gs.Columns, types.Columns{Netuid: 2})
		},
		"subnet-without-epochs": func(gs *types.GenesisState) { gs.Epochs, gs.Columns = nil, nil },
		"more-columns-than-neurons": func(gs *types.GenesisState) {
			c := &gs.Columns[0]
			c.LastUpdate, c.Permits, c.Active, c.Emission = append(c.LastUpdate, 0), append(c.Permits, false), append(c.Active, false), append(c.Emission, 0)
			for _, column := range []*[]uint32{&c.StakeWeight, &c.Consensus, &c.Incentive, &c.Dividends, &c.ValidatorTrust} {
				*column = append(*column, 0)
			}
			gs.Weights = []types.SubnetRows{{Netuid: 1, Rows: []types.Row{{Uid: 5, Entries: weights(0, 1)}}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := *gs
			bad.Columns = append([]types.Columns(nil), gs.Columns...)
			change(&bad)
			to := markettest.New(t, markettest.Config{Empty: true})
			subnet, err := m.Subnet.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnet))
			require.ErrorIs(t, to.Scoring.InitGenesis(to.Ctx, &bad), types.ErrInvalidGenesis)
		})
	}
}

// dump is every key of the module's store with its value, in hexadecimal.
func dump(m *markettest.Market, t *testing.T) [][2]string {
	t.Helper()
	it, err := m.Store(types.StoreKey).OpenKVStore(m.Ctx).Iterator(nil, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}

// Keys and packed values are part of consensus and of what light clients prove: one byte of prefix, fixed widths, big-endian.
func TestStoreBytes(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	for range 2 {
		require.NoError(t, tell(m, set(3, weights(0, 0x0102, 2, 0))))
		nextEpoch(m, t)
	}
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.CommitReveal = true })
	require.NoError(t, tell(m, &types.MsgCommitWeights{Hotkey: markettest.Hotkey(3).String(), Netuid: netuid, Epoch: 2, Hash: make([]byte, 32)}))

	hotkey := hex.EncodeToString(markettest.Hotkey(3))
	var keys []string
	values := map[string]string{}
	for _, kv := range dump(m, t) {
		keys = append(keys, kv[0])
		values[kv[0]] = kv[1]
	}
	require.Equal(t, []string{
		"00",
		"0100000001",
		"02800000000000002000000001", // due at height 32; the sign bit is flipped, so that keys sort as numbers do
		"03000000010000000000000000", "03000000010000000000000001", "03000000010000000000000002", "03000000010000000000000003", "03000000010000000000000004",
		"03000000010000000000000005", "03000000010000000000000006", "03000000010000000000000007", "03000000010000000000000008",
		"04000000010000000000000003",
		"05000000010000000000000003",
		"0600000001000000000000000000000002" + hotkey,
		"0700000001000000000000000000000002" + hotkey,
	}, keys)
	require.Equal(t, "0000"+"0102"+"0002"+"0000", values["04000000010000000000000003"], "uid and value, 2 bytes each, zeros included")
	require.Equal(t, "0000"+"ffff", values["05000000010000000000000003"])
	require.Equal(t, "000000000000000000000000000000000000000000000000000000000000000d", values["03000000010000000000000000"], "height 13; zeros at the end left out")
	require.Equal(t, "0000000101", values["03000000010000000000000001"], "permits")
	require.Equal(t, "0101010101", values["03000000010000000000000002"], "who was active")
	require.Len(t, values["03000000010000000000000003"], 2*2*5)
	require.Equal(t, "ffff", values["03000000010000000000000005"], "incentive")
	require.Equal(t, "000000000000ffff", values["03000000010000000000000006"], "dividends")
	require.Len(t, values["03000000010000000000000008"], 2*8*4)
}

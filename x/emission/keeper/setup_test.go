package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/keeper"
	"github.com/agon-chain/agon/x/emission/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// agon is one AGON in nagon, and one token in its base units.
const agon = uint64(1_000_000_000)

// rules take weights directly and have a tempo of 10 blocks.
func rules() subnettypes.Hyperparams {
	h := markettest.Hyperparams()
	h.CommitReveal, h.ExamReceipts, h.ExamOpenings, h.WeightsInterval = false, 0, 0, 0
	return h
}

// open makes a subnet with neurons, of which the last one has stake and judges.
func open(m *markettest.Market, t testing.TB, neurons int) uint32 {
	t.Helper()
	netuid := m.CreateSubnet(rules())
	for n := range neurons {
		m.Register(netuid, n)
	}
	m.StakeToken(netuid, neurons-1, 5_000_000)
	return netuid
}

// judge sets the weights of the n-th hotkey, on uids from 0 on.
func judge(m *markettest.Market, t testing.TB, netuid uint32, n int, values ...uint32) {
	t.Helper()
	msg := &scoringtypes.MsgSetWeights{Hotkey: markettest.Hotkey(n).String(), Netuid: netuid}
	for uid, v := range values {
		msg.Weights = append(msg.Weights, scoringtypes.Weight{Uid: uint32(uid), Value: v})
	}
	_, err := scoringkeeper.NewMsgServer(m.Scoring).SetWeights(m.Ctx, msg)
	require.NoError(t, err)
}

// epoch runs blocks until the subnet's running epoch has ended, and returns the events of the block in which it did. The
// next block has begun.
func epoch(m *markettest.Market, t testing.TB, netuid uint32) []sdk.Event {
	t.Helper()
	e, err := m.Scoring.EpochOf(m.Ctx, netuid)
	require.NoError(t, err)
	m.To(e.DueAt)
	return m.Next()
}

func balance(m *markettest.Market, of sdk.AccAddress, denom string) uint64 {
	return m.Bank.GetBalance(m.Ctx, of, denom).Amount.Uint64()
}

func held(m *markettest.Market, account string) uint64 {
	return balance(m, authtypes.NewModuleAddress(account), params.BaseDenom)
}

func supply(m *markettest.Market) uint64 {
	return m.Bank.GetSupply(m.Ctx, params.BaseDenom).Amount.Uint64()
}

func queries(m *markettest.Market) types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(m.Ctx, m.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(m.Emission))
	return types.NewQueryClient(h)
}

func ledger(m *markettest.Market, t testing.TB) types.Ledger {
	t.Helper()
	res, err := queries(m).Overview(m.Ctx, &types.QueryOverviewRequest{})
	require.NoError(t, err)
	return res.Ledger
}

func subnet(m *markettest.Market, t testing.TB, netuid uint32) types.SubnetInfo {
	t.Helper()
	res, err := queries(m).Subnet(m.Ctx, &types.QuerySubnetRequest{Netuid: netuid})
	require.NoError(t, err)
	return res.Subnet
}

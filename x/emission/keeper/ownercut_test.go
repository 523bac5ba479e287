package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// While a lease runs the owner cut is shared, to the unit; from its height on all of it is the owner's.
func TestLeaseSharesTheOwnerCut(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	payee := markettest.Account("payee", 0)
	payer := markettest.Account("payer", 0)
	cost, err := m.Subnet.CreationCost(m.Ctx)
	require.NoError(t, err)
	m.Fund(payer, sdk.NewInt64Coin(params.BaseDenom, int64(cost)))
	h := rules()
	const until = 40
	netuid, _, err := m.Subnet.CreateLeased(m.Ctx, &subnettypes.MsgCreateSubnet{
		Owner: markettest.Creator().String(), Identity: subnettypes.SubnetIdentity{Name: "leased"}, Symbol: "LEASE", TaskKind: "langid", Hyperparams: &h,
	}, payer, subnettypes.Lease{Payee: payee.String(), OwnerBps: 3333, Until: until})
	require.NoError(t, err)
	m.StartSubnet(netuid)
	for n := range 3 {
		m.Register(netuid, n)
	}
	m.StakeToken(netuid, 2, 5_000_000)
	epoch(m, t, netuid) // permits

	var before, after int
	for range 5 {
		judge(m, t, netuid, 2, 7, 11)
		denom := staketypes.AlphaDenom(netuid)
		ownerHad, payeeHad := balance(m, markettest.Creator(), denom), balance(m, payee, denom)
		events := epoch(m, t, netuid)
		paid := markettest.Events[*types.EventEpochPaid](events)
		require.Len(t, paid, 1)
		cut := paid[0].Owner + paid[0].Payee
		require.Equal(t, paid[0].Alpha*18/100, cut)
		require.Equal(t, paid[0].Alpha, cut+paid[0].Incentive+paid[0].Dividends)
		if m.Ctx.BlockHeight() < until {
			before++
			require.Equal(t, cut*3333/10_000, paid[0].Owner)
		} else {
			after++
			require.Equal(t, cut, paid[0].Owner)
		}
		require.Equal(t, ownerHad+paid[0].Owner, balance(m, markettest.Creator(), denom))
		require.Equal(t, payeeHad+paid[0].Payee, balance(m, payee, denom))
	}
	require.NotZero(t, before)
	require.NotZero(t, after)
}

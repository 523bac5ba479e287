package verbs

import (
	"testing"

	"github.com/stretchr/testify/require"

	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestShortFund(t *testing.T) {
	f := shortFund(crowdfundtypes.FundInfo{
		Fund: crowdfundtypes.Fund{
			Id: 3, Operator: "agon1x", Plan: crowdfundtypes.Plan{Identity: subnettypes.SubnetIdentity{Name: "Languages"}},
			Goal: 150 * whole, Raised: 120 * whole, EndsAt: 900, Outcome: &crowdfundtypes.Outcome{Netuid: 7},
		},
		Status: crowdfundtypes.FundStatus_FUND_STATUS_LEASED,
	})
	require.Equal(t, funding{ID: 3, Name: "Languages", Status: "leased", Operator: "agon1x", Raised: 120 * whole, Goal: 150 * whole, EndsAt: 900, Netuid: 7}, f)
	f.Contributions = []contributed{{"agon1y", 60 * whole, 5, 10 * whole}}
	require.Contains(t, f.text(), "Languages")
	require.Contains(t, f.text(), "agon1y")
}

func TestAgonArgument(t *testing.T) {
	amount, err := agonArgument("2.5agon")
	require.NoError(t, err)
	require.Equal(t, uint64(2_500_000_000), amount)
	for _, text := range []string{"3alpha", "25", "0agon", "x"} {
		_, err := agonArgument(text)
		require.ErrorIs(t, err, errAmount, text)
	}
}

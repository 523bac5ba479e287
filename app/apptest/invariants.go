package apptest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/curve"
)

// invariant is a statement about the whole state that holds after every block.
type invariant struct {
	name  string
	check func(context.Context) error
}

// invariants gathers those of Agon's modules and two that no module alone can state.
func (c *Chain) invariants() []invariant {
	list := []invariant{
		{"bank/supply-is-the-sum-of-balances", c.checkSupply},
		{"bank/agon-stays-under-its-cap", c.checkCap},
	}
	for _, i := range c.App.SubnetKeeper.Invariants() {
		list = append(list, invariant{"subnet/" + i.Name, i.Check})
	}
	for _, i := range c.App.StakeKeeper.Invariants() {
		list = append(list, invariant{"stake/" + i.Name, i.Check})
	}
	for _, i := range c.App.ScoringKeeper.Invariants() {
		list = append(list, invariant{"scoring/" + i.Name, i.Check})
	}
	for _, i := range c.App.EmissionKeeper.Invariants() {
		list = append(list, invariant{"emission/" + i.Name, i.Check})
	}
	for _, i := range c.App.CrowdfundKeeper.Invariants() {
		list = append(list, invariant{"crowdfund/" + i.Name, i.Check})
	}
	return list
}

// CheckInvariants fails the test if the state after the last block contradicts itself. Every block of a chain that was
// not made Single calls it.
func (c *Chain) CheckInvariants() {
	c.t.Helper()
	ctx := c.Context()
	for _, i := range c.invariants() {
		require.NoError(c.t, i.check(ctx), "invariant %s at height %d", i.name, c.height)
	}
}

func (c *Chain) checkSupply(ctx context.Context) error {
	var total sdk.Coins
	c.App.BankKeeper.IterateAllBalances(ctx, func(_ sdk.AccAddress, coin sdk.Coin) bool {
		total = total.Add(coin)
		return false
	})
	for _, coin := range total {
		if supply := c.App.BankKeeper.GetSupply(ctx, coin.Denom); !supply.Equal(coin) {
			return fmt.Errorf("balances hold %s, the supply is %s", coin, supply)
		}
	}
	return nil
}

func (c *Chain) checkCap(ctx context.Context) error {
	supply := c.App.BankKeeper.GetSupply(ctx, params.BaseDenom).Amount
	if !supply.IsUint64() || supply.Uint64() > curve.Cap {
		return fmt.Errorf("%s %s exist, the cap is %d", supply, params.BaseDenom, uint64(curve.Cap))
	}
	return nil
}

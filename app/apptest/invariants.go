package apptest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/curve"
)

// Invariant is a statement about the whole state that holds after every block. Check only reads.
type Invariant struct {
	Name  string
	Check func(context.Context) error
}

// Invariants gathers those of Agon's modules and two that no module alone can state.
func Invariants(a *app.App) []Invariant {
	list := []Invariant{
		{"bank/supply-is-the-sum-of-balances", func(ctx context.Context) error { return checkSupply(ctx, a) }},
		{"bank/agon-stays-under-its-cap", func(ctx context.Context) error { return checkCap(ctx, a) }},
	}
	for _, i := range a.SubnetKeeper.Invariants() {
		list = append(list, Invariant{"subnet/" + i.Name, i.Check})
	}
	for _, i := range a.StakeKeeper.Invariants() {
		list = append(list, Invariant{"stake/" + i.Name, i.Check})
	}
	for _, i := range a.ScoringKeeper.Invariants() {
		list = append(list, Invariant{"scoring/" + i.Name, i.Check})
	}
	for _, i := range a.EmissionKeeper.Invariants() {
		list = append(list, Invariant{"emission/" + i.Name, i.Check})
	}
	for _, i := range a.CrowdfundKeeper.Invariants() {
		list = append(list, Invariant{"crowdfund/" + i.Name, i.Check})
	}
	for _, i := range a.ModelKeeper.Invariants() {
		list = append(list, Invariant{"model/" + i.Name, i.Check})
	}
	for _, i := range a.PaymentKeeper.Invariants() {
		list = append(list, Invariant{"payment/" + i.Name, i.Check})
	}
	for _, i := range a.DisputeKeeper.Invariants() {
		list = append(list, Invariant{"dispute/" + i.Name, i.Check})
	}
	return list
}

// CheckInvariants fails the test if the state after the last block contradicts itself. Every block of a chain that was
// not made Single calls it.
func (c *Chain) CheckInvariants() {
	c.t.Helper()
	ctx := c.Context()
	for _, i := range Invariants(c.App) {
		require.NoError(c.t, i.Check(ctx), "invariant %s at height %d", i.Name, c.height)
	}
}

func checkSupply(ctx context.Context, a *app.App) error {
	var total sdk.Coins
	a.BankKeeper.IterateAllBalances(ctx, func(_ sdk.AccAddress, coin sdk.Coin) bool {
		total = total.Add(coin)
		return false
	})
	for _, coin := range total {
		if supply := a.BankKeeper.GetSupply(ctx, coin.Denom); !supply.Equal(coin) {
			return fmt.Errorf("balances hold %s, the supply is %s", coin, supply)
		}
	}
	return nil
}

func checkCap(ctx context.Context, a *app.App) error {
	supply := a.BankKeeper.GetSupply(ctx, params.BaseDenom).Amount
	if !supply.IsUint64() || supply.Uint64() > curve.Cap {
		return fmt.Errorf("%s %s exist, the cap is %d", supply, params.BaseDenom, uint64(curve.Cap))
	}
	return nil
}

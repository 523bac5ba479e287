package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// CreditEpoch mints what an epoch pays, by uid in alpha base units, and adds it to the accrued column: one write,
// however many neurons and backers there are. It reaches positions when a hotkey's stake is next touched, and
// counts as stake at once. Both columns have as many entries as the subnet has neurons, or the error is ErrColumn.
// The payer announces the payment, and has let the pool have what it is due.
//
// Dividends are whose stake counted for the uid in this epoch (EpochStake): its own backers', its parents', and those of root
// stake, whose part is sold in one trade. What a child takes of its parents' part is its owner's, like incentive.
func (k *Keeper) CreditEpoch(ctx context.Context, netuid uint32, incentive, dividends []uint64) error {
	pool, err := k.GetPool(ctx, netuid)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	b, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return err
	}
	n := len(b) / accruedWidth
	if len(incentive) != n || len(dividends) != n {
		return types.ErrColumn.Wrapf("credit of %d incentives and %d dividends in netuid %d, which has %d uids", len(incentive), len(dividends), netuid, n)
	}
	total := uint64(0)
	for i := range incentive {
		for _, v := range []uint64{incentive[i], dividends[i]} {
			if v > types.MaxAlpha-total {
				return types.ErrOverflow.Wrapf("credit of uid %d in netuid %d takes the sum past %d", i, netuid, types.MaxAlpha)
			}
			total += v
		}
	}
	if total == 0 {
		return nil
	}
	who, err := k.backingOf(ctx, netuid)
	if err != nil {
		return err
	}
	pay, err := who.Split(dividends)
	if err != nil {
		return err
	}
	sale, forfeited := rootSale(pool, pay.Root, params.RootSaleBps)
	if err := k.mint(ctx, netuid, total-forfeited); err != nil {
		return err
	}
	if staked := total - forfeited - sale.In; staked > 0 {
		if err := k.stakeAlpha(ctx, netuid, staked); err != nil {
			return err
		}
	}
	next := make([]accrued, n)
	for i := range next {
		a := accruedAt(b, uint32(i))
		// No sum can pass the supply, which mint bounds.
		next[i] = accrued{incentive: a.incentive + incentive[i] + pay.Take[i], dividends: a.dividends + pay.Dividends[i]}
	}
	if err := k.AccruedColumns.Set(ctx, netuid, packAccrued(next)); err != nil {
		return err
	}
	if sale.In > 0 {
		if err := k.payRoot(ctx, pool, sale, pay.Root); err != nil {
			return err
		}
	}
	if sale.In == 0 && forfeited == 0 {
		return nil
	}
	return emit(ctx, &types.EventRootPaid{Netuid: netuid, Alpha: sale.In, Agon: sale.Out, Fee: sale.Fee, Forfeited: forfeited})
}

// PayToken mints alpha to an ordinary account, as the token that it can hold, send, sell or stake. The payer announces
// the payment.
func (k *Keeper) PayToken(ctx context.Context, netuid uint32, to sdk.AccAddress, alpha uint64) error {
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return err
	}
	if alpha == 0 {
		return nil
	}
	if err := k.mint(ctx, netuid, alpha); err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, types.PoolsAccount, to, sdk.NewCoins(types.Alpha(netuid, alpha)))
}

package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// CreditEpoch mints what an epoch pays, by uid in alpha base units, and adds it to the accrued column: one write,
// however many neurons and backers there are. It reaches positions when a hotkey's stake is next touched, and
// counts as stake at once. Both columns have as many entries as the subnet has neurons, or the error is ErrColumn.
// The payer announces the payment.
func (k *Keeper) CreditEpoch(ctx context.Context, netuid uint32, incentive, dividends []uint64) error {
	if _, err := k.GetPool(ctx, netuid); err != nil {
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
	next := make([]accrued, n)
	for i := range next {
		for _, v := range []uint64{incentive[i], dividends[i]} {
			if v > types.MaxAlpha-total {
				return types.ErrOverflow.Wrapf("credit of uid %d in netuid %d takes the sum past %d", i, netuid, types.MaxAlpha)
			}
			total += v
		}
		a := accruedAt(b, uint32(i))
		// No sum can pass the supply, which mint bounds.
		next[i] = accrued{incentive: a.incentive + incentive[i], dividends: a.dividends + dividends[i]}
	}
	if total == 0 {
		return nil
	}
	if err := k.mint(ctx, netuid, total); err != nil {
		return err
	}
	if err := k.stakeAlpha(ctx, netuid, total); err != nil {
		return err
	}
	return k.AccruedColumns.Set(ctx, netuid, packAccrued(next))
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

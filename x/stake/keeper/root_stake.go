package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/types"
)

// removeRoot takes root stake back. It is AGON as it is: nothing is sold, and keep_token changes nothing.
func (k *Keeper) removeRoot(ctx context.Context, r Removal) (Removed, error) {
	if r.Limit.Price > 0 {
		return Removed{}, types.ErrInvalidPrice.Wrap("limit_price at the root, where nothing is traded; leave it out")
	}
	if err := k.settle(ctx, r.Netuid, r.Hotkey); err != nil {
		return Removed{}, err
	}
	from, err := k.withdraw(ctx, r.Owner, r.Netuid, r.Hotkey, r.Part)
	if err != nil {
		return Removed{}, err
	}
	if from.alpha < r.MinAgon {
		return Removed{}, types.ErrSlippage.Wrapf("%d nagon taken back, below the limit of %d; lower min_agon", from.alpha, r.MinAgon)
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PositionsAccount, r.Owner, sdk.NewCoins(types.Agon(from.alpha))); err != nil {
		return Removed{}, err
	}
	return Removed{Alpha: from.alpha, Agon: from.alpha}, emit(ctx, &types.EventStakeRemoved{
		Owner: r.Owner.String(), Hotkey: r.Hotkey.String(), Netuid: r.Netuid, Alpha: from.alpha, Agon: from.alpha,
	})
}

// poolFor is the pool of a subnet as a trade finds it; the root has none, and an empty one stands for it.
func (k *Keeper) poolFor(ctx context.Context, netuid uint32) (types.Pool, error) {
	if netuid == types.RootNetuid {
		return types.Pool{Netuid: netuid}, nil
	}
	return k.beforeTrade(ctx, netuid)
}

// leave sells alpha that was withdrawn; AGON from the root goes to the pools' account as it is. What it brings stays there for
// the caller to place. trades has the sale, if there was one.
func (k *Keeper) leave(ctx context.Context, p types.Pool, alpha uint64) (sold trade, trades []trade, err error) {
	if p.Netuid == types.RootNetuid {
		err := k.bank.SendCoinsFromModuleToModule(ctx, types.PositionsAccount, types.PoolsAccount, sdk.NewCoins(types.Agon(alpha)))
		return trade{Trade: pool.Trade{In: alpha, Out: alpha}}, nil, err
	}
	t, err := k.sell(ctx, p, alpha, 0)
	return t, []trade{t}, err
}

// enter buys with AGON of the pools' account and moves what it bought to the positions'; for the root it moves the AGON as it
// is.
func (k *Keeper) enter(ctx context.Context, p types.Pool, agon, minAlpha uint64) (bought trade, trades []trade, err error) {
	if p.Netuid == types.RootNetuid {
		if agon < minAlpha {
			return trade{}, nil, types.ErrSlippage.Wrapf("%d nagon for the root, below the limit of %d; lower min_alpha", agon, minAlpha)
		}
		err := k.bank.SendCoinsFromModuleToModule(ctx, types.PoolsAccount, types.PositionsAccount, sdk.NewCoins(types.Agon(agon)))
		return trade{Trade: pool.Trade{In: agon, Out: agon}}, nil, err
	}
	t, err := quoteBuy(p, agon, minAlpha)
	if err != nil {
		return trade{}, nil, err
	}
	if err := k.setReserves(ctx, p, t.next); err != nil {
		return trade{}, nil, err
	}
	return t, []trade{t}, k.stakeAlpha(ctx, p.Netuid, t.Out)
}

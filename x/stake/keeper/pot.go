package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

// When a subnet is dissolved its pool closes: the pool's own token is destroyed, and its AGON becomes a pot that belongs to all
// of the token that is left, wherever it lies. Nobody is paid then. Who comes gets pot * alpha / supply, rounded down, and
// both shrink: what rounding leaves is those' who stay, and the last token takes the rest. So the order in which holders
// come never costs anyone more than a unit for each who came before.

// pot returns what a dissolved subnet pays from, and whether it is dissolved.
func (k *Keeper) pot(ctx context.Context, netuid uint32) (p types.Pot, dissolved bool, err error) {
	p, err = k.Pots.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Pot{}, false, nil
	}
	return p, err == nil, err
}

// closePool turns the pool of a subnet into its pot, after what is due to it has entered. Where nobody holds the token nobody
// could ever be paid, and the AGON is burned: the cap leaves room to emit it again.
func (k *Keeper) closePool(ctx context.Context, netuid uint32) error {
	p, err := k.beforeTrade(ctx, netuid)
	if err != nil {
		return err
	}
	if err := k.bank.BurnCoins(ctx, types.PoolsAccount, sdk.NewCoins(types.Alpha(netuid, p.Alpha))); err != nil {
		return err
	}
	pot := types.Pot{Netuid: netuid, Agon: p.Agon, DissolvedAt: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	event := types.EventPoolClosed{Netuid: netuid, Alpha: p.Alpha, Outstanding: k.AlphaSupply(ctx, netuid)}
	if event.Outstanding == 0 {
		if err := k.bank.BurnCoins(ctx, types.PoolsAccount, sdk.NewCoins(types.Agon(p.Agon))); err != nil {
			return err
		}
		event.Burned, pot.Agon = p.Agon, 0
	}
	event.Agon = pot.Agon
	if err := k.Pools.Remove(ctx, netuid); err != nil {
		return err
	}
	if err := k.Pots.Set(ctx, netuid, pot); err != nil {
		return err
	}
	return emit(ctx, &event)
}

// redeemable is what alpha out of a supply gets of a pot, rounded down; all of it for all of the supply.
func redeemable(pot, alpha, supply uint64) uint64 {
	if alpha >= supply {
		return pot
	}
	agon, _ := wide.MulDiv64(pot, alpha, supply) // at most the pot: fits
	return agon
}

// redeem destroys alpha that the pools' account has been given and pays an account its part of the pot.
func (k *Keeper) redeem(ctx context.Context, pot types.Pot, to sdk.AccAddress, alpha, minAgon uint64) (agon uint64, err error) {
	agon = redeemable(pot.Agon, alpha, k.AlphaSupply(ctx, pot.Netuid))
	if agon < minAgon {
		return 0, types.ErrSlippage.Wrapf("%d alpha redeem %d nagon of netuid %d, below the limit of %d; lower min_agon", alpha, agon, pot.Netuid, minAgon)
	}
	if err := k.bank.BurnCoins(ctx, types.PoolsAccount, sdk.NewCoins(types.Alpha(pot.Netuid, alpha))); err != nil {
		return 0, err
	}
	pot.Agon -= agon
	if err := k.Pots.Set(ctx, pot.Netuid, pot); err != nil {
		return 0, err
	}
	if agon == 0 {
		return 0, nil
	}
	return agon, k.bank.SendCoinsFromModuleToAccount(ctx, types.PoolsAccount, to, sdk.NewCoins(types.Agon(agon)))
}

// Redemption is token of a dissolved subnet that its owner gives for AGON.
type Redemption struct {
	Owner   sdk.AccAddress
	Netuid  uint32
	Alpha   uint64 // 0 for all that the account holds
	MinAgon uint64 // least nagon to receive; 0 for no limit
}

// Redeemed is what a redemption did: the alpha destroyed and the nagon paid.
type Redeemed struct{ Alpha, Agon uint64 }

// RedeemToken gives the token that an account holds for its part of the pot.
func (k *Keeper) RedeemToken(ctx context.Context, r Redemption) (Redeemed, error) {
	pot, dissolved, err := k.pot(ctx, r.Netuid)
	if err != nil {
		return Redeemed{}, err
	}
	if !dissolved {
		if _, err := k.GetPool(ctx, r.Netuid); err != nil {
			return Redeemed{}, err
		}
		return Redeemed{}, types.ErrNotDissolved.Wrapf("netuid %d; its token is staked with agond stake add and sold with agond stake remove", r.Netuid)
	}
	denom := types.AlphaDenom(r.Netuid)
	have := saturate(k.bank.GetBalance(ctx, r.Owner, denom).Amount)
	alpha := r.Alpha
	if alpha == 0 {
		alpha = have
	}
	if alpha == 0 || alpha > have {
		return Redeemed{}, types.ErrNothingToRedeem.Wrapf("%s holds %d of %s, asked for %d; what is staked is paid by agond stake remove all --subnet %d", r.Owner, have, denom, r.Alpha, r.Netuid)
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, r.Owner, types.PoolsAccount, sdk.NewCoins(types.Alpha(r.Netuid, alpha))); err != nil {
		return Redeemed{}, err
	}
	agon, err := k.redeem(ctx, pot, r.Owner, alpha, r.MinAgon)
	if err != nil {
		return Redeemed{}, err
	}
	return Redeemed{Alpha: alpha, Agon: agon}, emit(ctx, &types.EventTokenRedeemed{Owner: r.Owner.String(), Netuid: r.Netuid, Alpha: alpha, Agon: agon})
}

package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Swap is stake that is to leave a subnet for another.
type Swap struct {
	Owner, Hotkey, ToHotkey sdk.AccAddress
	Netuid, ToNetuid        uint32
	Part                    Part
	MinAlpha                uint64 // least alpha of ToNetuid that both trades together must bring; 0 for no limit
}

// Swapped is what a swap did: the alpha sold, the nagon that it brought, the alpha bought with it, and both trades.
type Swapped struct {
	AlphaSold, SaleFee, Agon, PurchaseFee, Alpha uint64
	trades                                       []trade
}

// SwapStake sells stake in one subnet and stakes what that brings in another, behind a hotkey that holds a uid there. The
// AGON goes from reserve to reserve, which one account holds, so no coin of it moves.
func (k *Keeper) SwapStake(ctx context.Context, s Swap) (Swapped, error) {
	if err := s.Part.validate(); err != nil {
		return Swapped{}, err
	}
	if s.Netuid == s.ToNetuid {
		return Swapped{}, types.ErrSamePlace.Wrapf("netuid and to_netuid are both %d; move-stake changes the hotkey within a subnet, without a trade", s.Netuid)
	}
	to, err := k.backable(ctx, s.ToNetuid, s.ToHotkey)
	if err != nil {
		return Swapped{}, err
	}
	b, err := k.resolve(ctx, s.Hotkey)
	if err != nil {
		return Swapped{}, err
	}
	source, err := k.beforeTrade(ctx, s.Netuid)
	if err != nil {
		return Swapped{}, err
	}
	destination, err := k.beforeTrade(ctx, s.ToNetuid)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.settle(ctx, s.Netuid, b); err != nil {
		return Swapped{}, err
	}
	if err := k.settle(ctx, s.ToNetuid, to); err != nil {
		return Swapped{}, err
	}
	from, err := k.withdraw(ctx, s.Owner, s.Netuid, b, s.Part)
	if err != nil {
		return Swapped{}, err
	}
	sold, err := k.sell(ctx, source, from.alpha, 0)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.atLeastMinStake(ctx, "nagon that the sale brings", sold.Out); err != nil {
		return Swapped{}, err
	}
	bought, err := quoteBuy(destination, sold.Out, s.MinAlpha)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.setReserves(ctx, destination, bought.next); err != nil {
		return Swapped{}, err
	}
	if err := k.stakeAlpha(ctx, s.ToNetuid, bought.Out); err != nil {
		return Swapped{}, err
	}
	if err := k.deposit(ctx, s.Owner, s.ToNetuid, to, bought.Out, sold.Out, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
		return Swapped{}, err
	}
	out := Swapped{
		AlphaSold: from.alpha, SaleFee: sold.Fee, Agon: sold.Out, PurchaseFee: bought.Fee, Alpha: bought.Out,
		trades: []trade{sold, bought},
	}
	return out, emit(ctx, &types.EventStakeSwapped{
		Owner: s.Owner.String(), Hotkey: s.Hotkey.String(), Netuid: s.Netuid, ToHotkey: s.ToHotkey.String(), ToNetuid: s.ToNetuid,
		AlphaSold: out.AlphaSold, SaleFee: out.SaleFee, Agon: out.Agon, PurchaseFee: out.PurchaseFee, Alpha: out.Alpha,
	})
}

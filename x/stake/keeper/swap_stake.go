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
// AGON goes from reserve to reserve, which one account holds, so no coin of it moves. From the root or to it is a purchase or a
// sale alone.
func (k *Keeper) SwapStake(ctx context.Context, s Swap) (Swapped, error) {
	if err := s.Part.validate(); err != nil {
		return Swapped{}, err
	}
	if s.Netuid == s.ToNetuid {
		return Swapped{}, types.ErrSamePlace.Wrapf("netuid and to_netuid are both %d; move-stake changes the hotkey within a subnet, without a trade", s.Netuid)
	}
	if err := k.backable(ctx, s.ToNetuid, s.ToHotkey); err != nil {
		return Swapped{}, err
	}
	source, err := k.poolFor(ctx, s.Netuid)
	if err != nil {
		return Swapped{}, err
	}
	destination, err := k.poolFor(ctx, s.ToNetuid)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.settleFor(ctx, s.Owner, s.Netuid, s.Hotkey); err != nil {
		return Swapped{}, err
	}
	if err := k.settle(ctx, s.ToNetuid, s.ToHotkey); err != nil {
		return Swapped{}, err
	}
	from, err := k.withdraw(ctx, s.Owner, s.Netuid, s.Hotkey, s.Part)
	if err != nil {
		return Swapped{}, err
	}
	sold, trades, err := k.leave(ctx, source, from.alpha)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.atLeastMinStake(ctx, "nagon that the sale brings", sold.Out); err != nil {
		return Swapped{}, err
	}
	bought, more, err := k.enter(ctx, destination, sold.Out, s.MinAlpha)
	if err != nil {
		return Swapped{}, err
	}
	if err := k.deposit(ctx, s.Owner, s.ToNetuid, s.ToHotkey, bought.Out, sold.Out, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
		return Swapped{}, err
	}
	out := Swapped{
		AlphaSold: from.alpha, SaleFee: sold.Fee, Agon: sold.Out, PurchaseFee: bought.Fee, Alpha: bought.Out,
		trades: append(trades, more...),
	}
	return out, emit(ctx, &types.EventStakeSwapped{
		Owner: s.Owner.String(), Hotkey: s.Hotkey.String(), Netuid: s.Netuid, ToHotkey: s.ToHotkey.String(), ToNetuid: s.ToNetuid,
		AlphaSold: out.AlphaSold, SaleFee: out.SaleFee, Agon: out.Agon, PurchaseFee: out.PurchaseFee, Alpha: out.Alpha,
	})
}

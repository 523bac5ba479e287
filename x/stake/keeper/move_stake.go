package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Move is stake that is to back another hotkey of the same subnet.
type Move struct {
	Owner, Hotkey, ToHotkey sdk.AccAddress
	Netuid                  uint32
	Part                    Part
}

// MoveStake puts stake behind another hotkey, which holds a uid in the subnet. Nothing is traded and no coin moves:
// shares of the one hotkey become shares of the other, each rounded down. It returns the alpha moved.
func (k *Keeper) MoveStake(ctx context.Context, m Move) (uint64, error) {
	if err := m.Part.validate(); err != nil {
		return 0, err
	}
	if m.Hotkey.Equals(m.ToHotkey) {
		return 0, types.ErrSamePlace.Wrapf("hotkey and to_hotkey are both %s", m.Hotkey)
	}
	to, err := k.backable(ctx, m.Netuid, m.ToHotkey)
	if err != nil {
		return 0, err
	}
	b, err := k.resolve(ctx, m.Hotkey)
	if err != nil {
		return 0, err
	}
	for _, settled := range []backed{b, to} {
		if err := k.settle(ctx, m.Netuid, settled); err != nil {
			return 0, err
		}
	}
	from, err := k.withdraw(ctx, m.Owner, m.Netuid, b, m.Part)
	if err != nil {
		return 0, err
	}
	// A whole position leaves no more positions than there were, however small it is.
	if !from.whole {
		if err := k.atLeastMinStake(ctx, "alpha to move", from.alpha); err != nil {
			return 0, err
		}
	}
	if err := k.deposit(ctx, m.Owner, m.Netuid, to, from.alpha, from.cost, from.since); err != nil {
		return 0, err
	}
	return from.alpha, emit(ctx, &types.EventStakeMoved{
		Owner: m.Owner.String(), Hotkey: m.Hotkey.String(), ToHotkey: m.ToHotkey.String(), Netuid: m.Netuid, Alpha: from.alpha,
	})
}

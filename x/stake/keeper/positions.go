package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// positionInfo values a position: the alpha that it would have if its hotkey were settled now, and what taking all of it back
// would bring, in nagon.
func (k *Keeper) positionInfo(ctx context.Context, at market, owner, hotkey sdk.AccAddress, p types.Position) (types.PositionInfo, error) {
	alpha, err := k.positionAlpha(ctx, owner, hotkey, p)
	if err != nil {
		return types.PositionInfo{}, err
	}
	return types.PositionInfo{Position: p, Alpha: alpha, Value: at.value(alpha)}, nil
}

// positionAlpha is the alpha that a position would have if its hotkey were settled now, with what its owner's miners earned for
// it.
func (k *Keeper) positionAlpha(ctx context.Context, owner, hotkey sdk.AccAddress, p types.Position) (uint64, error) {
	if to, err := k.autoStake(ctx, owner, p.Netuid); err != nil {
		return 0, err
	} else if to.Equals(hotkey) {
		branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
		if err := k.settleFor(branch, owner, p.Netuid, hotkey); err != nil {
			return 0, err
		}
		ctx = branch
		if p, _, err = k.position(ctx, owner, p.Netuid, hotkey); err != nil {
			return 0, err
		}
	}
	s, hotkeyOwner, _, err := k.preview(ctx, p.Netuid, hotkey)
	if err != nil {
		return 0, err
	}
	held := p.Shares
	if hotkeyOwner.Equals(owner) {
		held, _ = held.Add(s.ownerShares) // a part of all shares, which fit
	}
	return s.next.Value(held)
}

package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// positionInfo values a position: the alpha that it would have if its hotkey were settled now, and what a sale of all
// of it would bring from pool, in nagon; 0 where the pool would not take it.
func (k *Keeper) positionInfo(ctx context.Context, pool types.Pool, owner sdk.AccAddress, b backed, p types.Position) (types.PositionInfo, error) {
	alpha, err := k.positionAlpha(ctx, owner, b, p)
	if err != nil {
		return types.PositionInfo{}, err
	}
	info := types.PositionInfo{Position: p, Alpha: alpha}
	info.Position.Hotkey = b.hotkey.String()
	if t, err := quoteSell(pool, alpha, 0); err == nil {
		info.Value = t.Out
	}
	return info, nil
}

// positionAlpha is the alpha that a position would have if its hotkey were settled now.
func (k *Keeper) positionAlpha(ctx context.Context, owner sdk.AccAddress, b backed, p types.Position) (uint64, error) {
	s, hotkeyOwner, _, err := k.preview(ctx, p.Netuid, b)
	if err != nil {
		return 0, err
	}
	held := p.Shares
	if hotkeyOwner.Equals(owner) {
		held, _ = held.Add(s.ownerShares) // a part of all shares, which fit
	}
	return s.next.Value(held)
}

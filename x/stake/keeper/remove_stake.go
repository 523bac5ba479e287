package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/shares"
	"github.com/agon-chain/agon/x/stake/types"
)

// Removal is what an owner asks back.
type Removal struct {
	Owner, Hotkey sdk.AccAddress
	Netuid        uint32
	Alpha         uint64 // base units; 0 for the whole position
	MinAgon       uint64 // least nagon that the sale must bring; 0 for no limit
	KeepToken     bool   // pays the token itself, without a sale
}

// RemoveStake takes alpha back from behind a hotkey, registered or not, and sells it or pays it out. It returns the alpha
// taken back, the nagon paid and the fee in alpha.
func (k *Keeper) RemoveStake(ctx context.Context, r Removal) (alpha, agon, fee uint64, err error) {
	p, err := k.GetPool(ctx, r.Netuid)
	if err != nil {
		return 0, 0, 0, err
	}
	if r.KeepToken && r.MinAgon > 0 {
		return 0, 0, 0, types.ErrInvalidAmount.Wrapf("min_agon is %d with keep_token, which sells nothing; leave one of them out", r.MinAgon)
	}
	if !r.KeepToken {
		if p, err = k.beforeTrade(ctx, r.Netuid); err != nil {
			return 0, 0, 0, err
		}
	}
	if err := k.settle(ctx, r.Netuid, r.Hotkey); err != nil {
		return 0, 0, 0, err
	}
	if alpha, err = k.withdraw(ctx, r); err != nil {
		return 0, 0, 0, err
	}
	if r.KeepToken {
		coins := sdk.NewCoins(types.Alpha(r.Netuid, alpha))
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PositionsAccount, r.Owner, coins); err != nil {
			return 0, 0, 0, err
		}
	} else {
		t, err := k.sell(ctx, p, r.Owner, alpha, r.MinAgon)
		if err != nil {
			return 0, 0, 0, err
		}
		agon, fee = t.Out, t.Fee
	}
	return alpha, agon, fee, emit(ctx, &types.EventStakeRemoved{
		Owner: r.Owner.String(), Hotkey: r.Hotkey.String(), Netuid: r.Netuid, Alpha: alpha, Agon: agon, Fee: fee,
	})
}

// withdraw takes alpha out of a settled position and returns how much it was.
func (k *Keeper) withdraw(ctx context.Context, r Removal) (uint64, error) {
	position, found, err := k.position(ctx, r.Owner, r.Netuid, r.Hotkey)
	if err != nil {
		return 0, err
	}
	if !found || position.Shares.IsZero() {
		return 0, types.ErrNoPosition.Wrapf("%s has nothing behind %s in netuid %d; list what there is with agond query stake positions %s", r.Owner, r.Hotkey, r.Netuid, r.Owner)
	}
	h, err := k.hotkeyStake(ctx, r.Netuid, r.Hotkey)
	if err != nil {
		return 0, err
	}
	next, burned, alpha, err := withdrawal(h.SharePool(), position.Shares, r.Alpha)
	if err != nil {
		return 0, err
	}
	rest, under := position.Shares.Sub(burned)
	if under {
		return 0, types.ErrInsufficientStake.Wrapf("%d alpha are %v shares, the position has %v", alpha, burned, position.Shares)
	}
	if err := k.setHotkeyStake(ctx, r.Netuid, r.Hotkey, next); err != nil {
		return 0, err
	}
	position.Shares = rest
	return alpha, k.setPosition(ctx, r.Owner, r.Hotkey, position)
}

// withdrawal takes alpha, or all where alpha is 0 or leaves only dust, out of a position of held shares.
func withdrawal(p shares.Pool, held wide.U128, alpha uint64) (next shares.Pool, burned wide.U128, out uint64, err error) {
	value, err := p.Value(held)
	if err != nil {
		return p, wide.U128{}, 0, types.ErrInsufficientStake.Wrap(err.Error())
	}
	if alpha > value {
		return p, wide.U128{}, 0, types.ErrInsufficientStake.Wrapf("alpha is %d, the position has %d; give 0 for all of it", alpha, value)
	}
	if alpha == 0 || value-alpha < types.DustAlpha {
		next, out, err = p.Withdraw(held)
		if err != nil {
			return p, wide.U128{}, 0, types.ErrInsufficientStake.Wrap(err.Error())
		}
		return next, held, out, nil
	}
	next, burned, err = p.WithdrawAlpha(alpha)
	if err != nil {
		return p, wide.U128{}, 0, types.ErrInsufficientStake.Wrapf("%v; give 0 for all of the position", err)
	}
	return next, burned, alpha, nil
}

package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/shares"
	"github.com/agon-chain/agon/x/stake/types"
)

// taken is what left a position: its alpha, the part of its cost, since when it was held, and whether nothing is left.
type taken struct {
	alpha, cost uint64
	since       int64
	whole       bool
}

// held returns a settled position that holds something, and the stake that it is a part of; ErrNoPosition where it
// holds nothing.
func (k *Keeper) held(ctx context.Context, owner sdk.AccAddress, netuid uint32, b backed) (types.Position, shares.Pool, error) {
	position, found, err := k.position(ctx, owner, netuid, b)
	if err != nil {
		return types.Position{}, shares.Pool{}, err
	}
	if !found || position.Shares.IsZero() {
		return types.Position{}, shares.Pool{}, types.ErrNoPosition.Wrapf("%s has nothing behind %s in netuid %d; list what there is with agond query stake positions %s", owner, b.hotkey, netuid, owner)
	}
	h, err := k.hotkeyStake(ctx, netuid, b)
	return position, h.SharePool(), err
}

// withdraw takes a part out of a settled position. The alpha is then nobody's until the caller has placed it.
func (k *Keeper) withdraw(ctx context.Context, owner sdk.AccAddress, netuid uint32, b backed, part Part) (taken, error) {
	position, p, err := k.held(ctx, owner, netuid, b)
	if err != nil {
		return taken{}, err
	}
	next, burned, alpha, err := withdrawal(p, position.Shares, part)
	if err != nil {
		return taken{}, err
	}
	rest, under := position.Shares.Sub(burned)
	if under {
		return taken{}, types.ErrInsufficientStake.Wrapf("%d alpha are %v shares, the position has %v", alpha, burned, position.Shares)
	}
	if err := k.setHotkeyStake(ctx, netuid, b, next); err != nil {
		return taken{}, err
	}
	out := taken{alpha: alpha, cost: costOf(position, burned), since: position.Since, whole: rest.IsZero()}
	position.Shares = rest
	position.Cost -= out.cost
	if out.whole {
		position.Since = 0
	}
	return out, k.setPosition(ctx, owner, b, position)
}

// withdrawal takes a part out of a position of held shares.
func withdrawal(p shares.Pool, held wide.U128, part Part) (next shares.Pool, burned wide.U128, out uint64, err error) {
	value, err := p.Value(held)
	if err != nil {
		return p, wide.U128{}, 0, types.ErrInsufficientStake.Wrap(err.Error())
	}
	alpha, whole, err := part.of(value)
	if err != nil {
		return p, wide.U128{}, 0, err
	}
	if whole {
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

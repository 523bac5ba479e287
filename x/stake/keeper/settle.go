package keeper

import (
	"context"
	"errors"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/shares"
	"github.com/agon-chain/agon/x/stake/types"
)

// settlement is what becomes of what epochs credited to a hotkey.
type settlement struct {
	next        shares.Pool // stake behind the hotkey afterwards
	ownerShares wide.U128   // minted to the hotkey's owner

	incentive, take, dividends uint64  // what the owner earned, what he keeps of the dividends, what his backers get
	left                       accrued // what shares refuse for now; stays accrued

	elsewhere sdk.AccAddress // hotkey that the owner chose for the incentive; nil for its own
}

// settled is true if any alpha found its place.
func (s settlement) settled() bool { return s.incentive != 0 || s.take != 0 || s.dividends != 0 }

// distribute computes a settlement: dividends less the take raise the value of every share, then the incentive and
// the take buy the owner shares at that value. Without backers all goes to the owner. Queries show with it what a
// settlement would bring. Alpha is neither made nor lost:
//
//	a.incentive + a.dividends = incentive + take + dividends + left.incentive + left.dividends
func distribute(p shares.Pool, a accrued, takeBps uint32) settlement {
	s := settlement{next: p, incentive: a.incentive}
	s.take, _ = wide.MulDiv64(a.dividends, uint64(takeBps), types.MaxBps)
	s.dividends = a.dividends - s.take
	if s.dividends > 0 {
		raised, err := p.Raise(s.dividends)
		switch {
		case err == nil:
			s.next = raised
		case errors.Is(err, shares.ErrNoBackers):
			s.take, s.dividends = a.dividends, 0
		default:
			return settlement{next: p, left: a}
		}
	}
	own := s.incentive + s.take // both are parts of the supply, which fits 63 bits
	if own == 0 {
		return s
	}
	next, minted, err := s.next.Deposit(own)
	if err != nil {
		// Too little for a share. As incentive it stays the owner's alone.
		s.left.incentive = own
		s.incentive, s.take = 0, 0
		return s
	}
	s.next, s.ownerShares = next, minted
	return s
}

// preview computes what settling a hotkey would do now, and for which owner and uid. Where nothing has accrued, only the
// stake is set and owner is nil.
func (k *Keeper) preview(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (s settlement, owner sdk.AccAddress, uid uint32, err error) {
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return s, nil, 0, err
	}
	s.next = h.SharePool()
	uid, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil || !registered {
		return s, nil, 0, err
	}
	a, err := k.accruedOf(ctx, netuid, uid)
	if err != nil || a.isZero() {
		return s, nil, uid, err
	}
	owner, err = k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return s, nil, uid, errorsmod.Wrapf(err, "settling uid %d of netuid %d", uid, netuid)
	}
	takeBps, err := k.TakeOf(ctx, hotkey)
	if err != nil {
		return s, nil, uid, err
	}
	to, err := k.autoTarget(ctx, owner, netuid, hotkey)
	if err != nil || to == nil || a.incentive == 0 {
		return distribute(s.next, a, takeBps), owner, uid, err
	}
	s = distribute(s.next, accrued{dividends: a.dividends}, takeBps)
	s.elsewhere, s.incentive = to, a.incentive
	return s, owner, uid, nil
}

// settle moves what epochs credited to a hotkey into positions. It comes before anything else that touches the hotkey's
// stake in the subnet, so that newcomers get nothing of what was earned before them and leavers get their part.
func (k *Keeper) settle(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) error {
	s, owner, uid, err := k.preview(ctx, netuid, hotkey)
	if err != nil || !s.settled() {
		return err
	}
	return k.apply(ctx, netuid, hotkey, owner, uid, s)
}

// apply does what a settlement says.
func (k *Keeper) apply(ctx context.Context, netuid uint32, hotkey, owner sdk.AccAddress, uid uint32, s settlement) error {
	event := &types.EventRewardsSettled{
		Netuid: netuid, Hotkey: hotkey.String(), Incentive: s.incentive, Take: s.take, Dividends: s.dividends,
	}
	if s.elsewhere != nil {
		put, err := k.putElsewhere(ctx, netuid, owner, s.elsewhere, s.incentive)
		if err != nil {
			return err
		}
		if put {
			event.IncentiveHotkey = s.elsewhere.String()
		} else {
			s.left.incentive += s.incentive
			event.Incentive = 0
			if s.take == 0 && s.dividends == 0 {
				return nil
			}
		}
	}
	if err := k.setHotkeyStake(ctx, netuid, hotkey, s.next); err != nil {
		return err
	}
	if !s.ownerShares.IsZero() {
		if err := k.addShares(ctx, owner, netuid, hotkey, s.ownerShares, 0, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
			return err
		}
	}
	if err := k.setAccruedAt(ctx, netuid, uid, s.left); err != nil {
		return err
	}
	return emit(ctx, event)
}

package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A subnet changes hands in two steps, so that nobody becomes an owner unasked and no typo gives a subnet away. There is
// one offer per subnet. One that has expired is as if it were not there, and lies in the store until the next one.

// OfferOf returns the offer of a subnet to a new owner. Errors: ErrOfferNotFound, also once it has expired.
func (k *Keeper) OfferOf(ctx context.Context, netuid uint32) (types.OwnershipOffer, error) {
	o, err := k.offers.Get(ctx, netuid)
	if err != nil {
		return types.OwnershipOffer{}, missing(err, types.ErrOfferNotFound, "netuid %d; its owner can offer it with agond subnet offer", netuid)
	}
	if now := height(ctx); now > o.ExpiresAt {
		return types.OwnershipOffer{}, errorsmod.Wrapf(types.ErrOfferNotFound, "netuid %d: the offer to %s expired at block %d, this is block %d; ask the owner for another",
			netuid, o.NewOwner, o.ExpiresAt, now)
	}
	return o, nil
}

// offerOwnership offers a subnet; an earlier offer of it is void.
func (k *Keeper) offerOwnership(ctx context.Context, m *types.MsgOfferOwnership) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.ownSubnet(ctx, m.Netuid, m.Owner); err != nil {
		return err
	}
	now := height(ctx)
	if m.ExpiresAt <= now || m.ExpiresAt > now+types.MaxOfferBlocks {
		return errorsmod.Wrapf(types.ErrInvalidOffer, "expires_at is %d, want %d to %d: this is block %d, and an offer stands for at most %d blocks",
			m.ExpiresAt, now+1, now+types.MaxOfferBlocks, now, types.MaxOfferBlocks)
	}
	if err := k.offers.Set(ctx, m.Netuid, m.Offer()); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventOwnershipOffered{
		Netuid: m.Netuid, Owner: m.Owner, NewOwner: m.NewOwner, ExpiresAt: m.ExpiresAt,
	})
}

// acceptOwnership makes the account that a subnet is offered to its owner. Hotkeys and stake stay whose they are. Rules that
// the old owner announced are void, since they would come in the new one's name.
func (k *Keeper) acceptOwnership(ctx context.Context, m *types.MsgAcceptOwnership) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.LiveSubnet(ctx, m.Netuid)
	if err != nil {
		return err
	}
	o, err := k.OfferOf(ctx, m.Netuid)
	if err != nil {
		return err
	}
	if o.NewOwner != m.NewOwner {
		return errorsmod.Wrapf(types.ErrNotOffered, "netuid %d is offered to %s, not to %s; sign with that account", m.Netuid, o.NewOwner, m.NewOwner)
	}
	old, err := types.ParseAddress("owner", s.Owner)
	if err != nil {
		return err
	}
	next, err := types.ParseAddress("new_owner", m.NewOwner)
	if err != nil {
		return err
	}
	if err := k.giveSubnet(ctx, s, old, next); err != nil {
		return err
	}
	if err := k.offers.Remove(ctx, s.Netuid); err != nil {
		return err
	}
	if _, err := k.voidPending(ctx, s.Netuid); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventOwnershipTransferred{Netuid: s.Netuid, OldOwner: s.Owner, NewOwner: m.NewOwner})
}

// cancelOwnershipOffer takes an offer back, also one that has expired.
func (k *Keeper) cancelOwnershipOffer(ctx context.Context, m *types.MsgCancelOwnershipOffer) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.ownSubnet(ctx, m.Netuid, m.Owner); err != nil {
		return err
	}
	o, err := k.offers.Get(ctx, m.Netuid)
	if err != nil {
		return missing(err, types.ErrOfferNotFound, "netuid %d; there is nothing to cancel", m.Netuid)
	}
	if err := k.offers.Remove(ctx, m.Netuid); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventOwnershipOfferCancelled{Netuid: m.Netuid, NewOwner: o.NewOwner})
}

package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A model changes hands in two steps, as a subnet does, so that nobody becomes an owner unasked and no typo gives one away. There is one
// offer per model. One that has expired is as if it were not there, and lies in the store until the next one.

// offerOf returns the offer of a model that stands. Errors: ErrOfferNotFound, also once it has expired.
func (k *Keeper) offerOf(ctx context.Context, model string) (types.Offer, error) {
	o, err := k.offers.Get(ctx, model)
	if err != nil {
		return types.Offer{}, missing(err, types.ErrOfferNotFound, "model %s; its owner can offer it with agond model transfer", model)
	}
	if now := height(ctx); now > o.ExpiresAt {
		return types.Offer{}, errorsmod.Wrapf(types.ErrOfferNotFound, "model %s: the offer to %s expired at block %d, this is block %d; ask the owner for another",
			model, o.NewOwner, o.ExpiresAt, now)
	}
	return o, nil
}

// offerModel offers a model; an earlier offer of it is void.
func (k *Keeper) offerModel(ctx context.Context, m *types.MsgOfferModel) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.own(ctx, m.Model, m.Owner); err != nil {
		return err
	}
	now := height(ctx)
	if m.ExpiresAt <= now || m.ExpiresAt > now+subnettypes.MaxOfferBlocks {
		return errorsmod.Wrapf(types.ErrInvalidOffer, "expires_at is %d, want %d to %d: this is block %d, and an offer stands for at most %d blocks",
			m.ExpiresAt, now+1, now+subnettypes.MaxOfferBlocks, now, subnettypes.MaxOfferBlocks)
	}
	if err := k.offers.Set(ctx, m.Model, types.Offer{Model: m.Model, NewOwner: m.NewOwner, ExpiresAt: m.ExpiresAt}); err != nil {
		return err
	}
	return emit(ctx, &types.EventModelOffered{Model: m.Model, NewOwner: m.NewOwner, ExpiresAt: m.ExpiresAt})
}

// acceptModel makes the account that a model is offered to its owner. Versions stay as they are, with who published them.
func (k *Keeper) acceptModel(ctx context.Context, m *types.MsgAcceptModel) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	model, err := k.GetModel(ctx, m.Model)
	if err != nil {
		return err
	}
	o, err := k.offerOf(ctx, m.Model)
	if err != nil {
		return err
	}
	if o.NewOwner != m.NewOwner {
		return errorsmod.Wrapf(types.ErrNotOffered, "model %s is offered to %s, not to %s; sign with that account", m.Model, o.NewOwner, m.NewOwner)
	}
	old := model.Owner
	model.Owner = m.NewOwner
	if err := k.models.Set(ctx, model.Name, model); err != nil {
		return err
	}
	if err := k.offers.Remove(ctx, model.Name); err != nil {
		return err
	}
	return emit(ctx, &types.EventModelTransferred{Model: model.Name, OldOwner: old, NewOwner: model.Owner})
}

// cancelOffer takes an offer back, also one that has expired.
func (k *Keeper) cancelOffer(ctx context.Context, m *types.MsgCancelModelOffer) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.own(ctx, m.Model, m.Owner); err != nil {
		return err
	}
	o, err := k.offers.Get(ctx, m.Model)
	if err != nil {
		return missing(err, types.ErrOfferNotFound, "model %s; there is nothing to cancel", m.Model)
	}
	if err := k.offers.Remove(ctx, m.Model); err != nil {
		return err
	}
	return emit(ctx, &types.EventModelOfferCancelled{Model: m.Model, NewOwner: o.NewOwner})
}

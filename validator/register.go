package validator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Registration gets a hotkey its place in a subnet and someone to pay its fees.
type Registration struct {
	Self     Self
	MaxPrice uint64   // nagon; 0 for no limit
	FeeLimit sdk.Coin // zero: grant nothing
	Log      *slog.Logger

	// Neuron of the hotkey, false if it has no place.
	Neuron func(ctx context.Context) (chain.Neuron, bool, error)
	// Granted says whether granter pays the hotkey's fees.
	Granted func(ctx context.Context, granter sdk.AccAddress) (bool, error)
	// Owner signs for the owner key; nil where the keyring has none.
	Owner Sender
}

// Ensure registers the hotkey if it has no place and may, and grants its fees if nobody does. It returns who pays them: nil if
// the hotkey itself. Errors: [ErrNotRegistered], [ErrInsufficientFunds], the chain's refusals.
func (r Registration) Ensure(ctx context.Context, register bool) (feeGranter sdk.AccAddress, err error) {
	neuron, there, err := r.Neuron(ctx)
	if err != nil {
		return nil, err
	}
	if !there {
		if !register {
			return nil, fmt.Errorf("%w: %s in subnet %d; run: agon-validator register --netuid %d", ErrNotRegistered, r.Self.Hotkey, r.Self.Netuid, r.Self.Netuid)
		}
		if neuron.Owner, err = r.register(ctx); err != nil {
			return nil, err
		}
	}
	owner, err := sdk.AccAddressFromBech32(neuron.Owner)
	if err != nil {
		return nil, fmt.Errorf("owner %q of hotkey %s: %w", neuron.Owner, r.Self.Hotkey, err)
	}
	granted, err := r.Granted(ctx, owner)
	if err != nil {
		return nil, err
	}
	if granted {
		return owner, nil
	}
	if r.Owner == nil || !r.Owner.Address().Equals(owner) || !r.FeeLimit.IsPositive() {
		r.Log.Warn("nobody granted the hotkey its fees: it pays them itself", "hotkey", r.Self.Hotkey.String(), "key", r.Self.Signer().String(), "owner", neuron.Owner)
		return nil, nil
	}
	grant, err := chain.GrantFees(owner, r.Self.Signer(), sdk.NewCoins(r.FeeLimit), nil)
	if err != nil {
		return nil, err
	}
	if _, err := r.Owner.Submit(ctx, grant); err != nil {
		return nil, r.explain("grant the hotkey its fees", err)
	}
	r.Log.Info("the owner pays the hotkey's fees", "limit", r.FeeLimit.String())
	return owner, nil
}

func (r Registration) register(ctx context.Context) (owner string, err error) {
	if r.Owner == nil {
		return "", fmt.Errorf("%w: %s in subnet %d, and the keyring has no key %q to pay for it; register it from elsewhere: agond tx subnet register", ErrNotRegistered, r.Self.Hotkey, r.Self.Netuid, chain.KeyOwner)
	}
	owner = r.Owner.Address().String()
	msg := &subnettypes.MsgRegister{Owner: owner, Hotkey: r.Self.Hotkey.String(), Netuid: uint32(r.Self.Netuid), MaxPrice: r.MaxPrice}
	res, err := r.Owner.Submit(ctx, msg)
	if err != nil {
		return "", r.explain("register the hotkey", err)
	}
	var got subnettypes.MsgRegisterResponse
	if err := chain.Response(res, 0, &got); err != nil {
		return "", err
	}
	r.Log.Info("registered", "netuid", r.Self.Netuid, "uid", got.Uid, "price_nagon", got.Price)
	return owner, nil
}

func (r Registration) explain(what string, err error) error {
	// An account that the chain has never heard of has nothing either.
	if errors.Is(err, chain.ErrInsufficientFunds) || errors.Is(err, chain.ErrNoAccount) {
		return fmt.Errorf("%w to %s: send some to the owner %s (%w)", ErrInsufficientFunds, what, r.Owner.Address(), err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

package keeper

import (
	"context"
	"errors"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// register gives a hotkey a uid for the current price: a part is held as the neuron's collateral, the rest is burned.
func (k *Keeper) register(ctx context.Context, m *types.MsgRegister) (types.MsgRegisterResponse, error) {
	uid, price, collateral, err := k.buyUID(ctx, m)
	return types.MsgRegisterResponse{Uid: uid, Price: price, Collateral: collateral}, err
}

func (k *Keeper) buyUID(ctx context.Context, m *types.MsgRegister) (uid uint32, price, collateral uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, 0, err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, 0, 0, err
	}
	hotkey, err := types.ParseHotkey("hotkey", m.Hotkey)
	if err != nil {
		return 0, 0, 0, err
	}
	s, err := k.LiveSubnet(ctx, m.Netuid)
	if err != nil {
		return 0, 0, 0, err
	}
	isNew, err := k.mayRegister(ctx, s, owner, hotkey)
	if err != nil {
		return 0, 0, 0, err
	}
	count := registrationsNow(ctx, s)
	if most := s.Hyperparams.MaxRegistrationsPerBlock; count >= most {
		return 0, 0, 0, errorsmod.Wrapf(types.ErrTooManyRegistrations, "netuid %d took %d in this block, max_registrations_per_block is %d; try again in the next block",
			s.Netuid, count, most)
	}
	price = registrationPrice(ctx, s)
	if m.MaxPrice != 0 && price > m.MaxPrice {
		return 0, 0, 0, errorsmod.Wrapf(types.ErrPriceAboveLimit, "max_price is %d nagon, netuid %d costs %d nagon now; %s",
			m.MaxPrice, s.Netuid, price, waitFor(ctx, s, m.MaxPrice))
	}
	uid = s.NeuronCount
	full := uid >= s.Hyperparams.MaxNeurons
	if full {
		if uid, err = k.weakest(ctx, s); err != nil {
			return 0, 0, 0, err
		}
	}

	collateral = s.Hyperparams.CollateralOf(price)
	if err := k.take(ctx, owner, price, "registration price"); err != nil {
		return 0, 0, 0, err
	}
	if err := k.burn(ctx, price-collateral); err != nil {
		return 0, 0, 0, err
	}
	if full {
		if err := k.removeNeuron(ctx, s.Netuid, uid, types.RemovalCause_REMOVAL_CAUSE_REPLACED); err != nil {
			return 0, 0, 0, err
		}
	} else {
		s.NeuronCount++
	}
	at := height(ctx)
	s.RegistrationPrice = nextRegistrationPrice(s.Hyperparams, price)
	s.RegistrationBlock = at
	s.RegistrationsThisBlock = count + 1
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return 0, 0, 0, err
	}
	if isNew {
		if err := k.giveHotkey(ctx, hotkey, nil, owner); err != nil {
			return 0, 0, 0, err
		}
	}
	n := types.Neuron{Netuid: s.Netuid, Uid: uid, Hotkey: m.Hotkey, Owner: m.Owner, RegisteredAt: at}
	if err := k.putNeuron(ctx, n, hotkey); err != nil {
		return 0, 0, 0, err
	}
	if err := k.holdCollateral(ctx, n, collateral, s.Hyperparams.CollateralVestsBps); err != nil {
		return 0, 0, 0, err
	}
	if err := k.hear().AfterNeuronRegistered(ctx, s.Netuid, uid, hotkey, owner); err != nil {
		return 0, 0, 0, err
	}
	return uid, price, collateral, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventNeuronRegistered{
		Netuid: s.Netuid, Uid: uid, Hotkey: m.Hotkey, Owner: m.Owner, Price: price, Collateral: collateral,
	})
}

// mayRegister refuses a hotkey that is another owner's or already in the subnet, and says whether the hotkey is new to the chain.
func (k *Keeper) mayRegister(ctx context.Context, s types.Subnet, owner, hotkey sdk.AccAddress) (isNew bool, err error) {
	bound, err := k.OwnerOf(ctx, hotkey)
	switch {
	case errors.Is(err, types.ErrUnknownHotkey):
		return true, k.notAKey(ctx, "hotkey", hotkey)
	case err != nil:
		return false, err
	case !bound.Equals(owner):
		return false, errorsmod.Wrapf(types.ErrHotkeyOwned, "hotkey %s belongs to %s, not to %s; sign with its owner or make another hotkey", hotkey, bound, owner)
	}
	uid, err := k.UIDOf(ctx, s.Netuid, hotkey)
	switch {
	case errors.Is(err, types.ErrNotRegistered):
		return false, nil
	case err != nil:
		return false, err
	}
	return false, errorsmod.Wrapf(types.ErrAlreadyRegistered, "hotkey %s holds uid %d of netuid %d", hotkey, uid, s.Netuid)
}

package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// AddStake stakes behind a hotkey that holds a uid in the subnet: nagon buys the token first, and must bring at least
// minAlpha; the token itself is staked as it is. It returns the alpha staked and the fee, in nagon.
func (k *Keeper) AddStake(ctx context.Context, owner, hotkey sdk.AccAddress, netuid uint32, amount sdk.Coin, minAlpha uint64) (alpha, fee uint64, err error) {
	in, err := k.stakeAmount(ctx, netuid, amount)
	if err != nil {
		return 0, 0, err
	}
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return 0, 0, err
	}
	if _, err := k.subnet.UIDOf(ctx, netuid, hotkey); err != nil {
		return 0, 0, errorsmod.Wrapf(err, "backing %s in netuid %d; list who holds a uid with agond query subnet neurons %d", hotkey, netuid, netuid)
	}
	var spent uint64
	if amount.Denom == types.AgonDenom {
		p, err := k.beforeTrade(ctx, netuid)
		if err != nil {
			return 0, 0, err
		}
		t, err := k.buy(ctx, p, owner, in, minAlpha)
		if err != nil {
			return 0, 0, err
		}
		spent, alpha, fee = in, t.Out, t.Fee
	} else {
		if in < minAlpha {
			return 0, 0, types.ErrSlippage.Wrapf("%d staked without a trade, below the limit of %d; lower min_alpha", in, minAlpha)
		}
		if err := k.bank.SendCoinsFromAccountToModule(ctx, owner, types.PositionsAccount, sdk.NewCoins(amount)); err != nil {
			return 0, 0, err
		}
		alpha = in
	}
	if err := k.settle(ctx, netuid, hotkey); err != nil {
		return 0, 0, err
	}
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return 0, 0, err
	}
	next, minted, err := h.SharePool().Deposit(alpha)
	if err != nil {
		return 0, 0, types.ErrInvalidAmount.Wrap(err.Error())
	}
	if err := k.setHotkeyStake(ctx, netuid, hotkey, next); err != nil {
		return 0, 0, err
	}
	if err := k.addShares(ctx, owner, netuid, hotkey, minted); err != nil {
		return 0, 0, err
	}
	return alpha, fee, emit(ctx, &types.EventStakeAdded{
		Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, Agon: spent, Alpha: alpha, Fee: fee,
	})
}

// stakeAmount checks what is to be staked and returns it in base units.
func (k *Keeper) stakeAmount(ctx context.Context, netuid uint32, amount sdk.Coin) (uint64, error) {
	if err := amount.Validate(); err != nil {
		return 0, types.ErrInvalidAmount.Wrapf("amount: %v", err)
	}
	if amount.Denom != types.AgonDenom && amount.Denom != types.AlphaDenom(netuid) {
		return 0, types.ErrInvalidDenom.Wrapf("amount is in %s, netuid %d takes %s or %s", amount.Denom, netuid, types.AgonDenom, types.AlphaDenom(netuid))
	}
	if !amount.Amount.IsUint64() || amount.Amount.Uint64() > types.MaxAlpha {
		return 0, types.ErrInvalidAmount.Wrapf("amount is %s, at most %d", amount, types.MaxAlpha)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	in := amount.Amount.Uint64()
	if in < params.MinStake {
		return 0, types.ErrBelowMinimum.Wrapf("amount is %s, at least %d", amount, params.MinStake)
	}
	return in, nil
}

package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Addition is what an owner stakes.
type Addition struct {
	Owner, Hotkey sdk.AccAddress
	Netuid        uint32
	Amount        sdk.Coin // nagon, or the subnet's token; at the root nagon
	MinAlpha      uint64   // least alpha that the purchase must bring; 0 for no limit
	Limit         Limit
}

// Added is what an addition did: the alpha staked, the nagon spent, the fee in nagon, and the trade, if there was one.
type Added struct {
	Alpha, Agon, Fee uint64
	trades           []trade
}

// AddStake stakes behind a hotkey that holds a uid in the subnet: nagon buys the token first; the token itself is staked as
// it is, and so is nagon at the root.
func (k *Keeper) AddStake(ctx context.Context, a Addition) (Added, error) {
	in, err := k.stakeAmount(ctx, a.Netuid, a.Amount)
	if err != nil {
		return Added{}, err
	}
	if err := k.backable(ctx, a.Netuid, a.Hotkey); err != nil {
		return Added{}, err
	}
	var out Added
	var cost uint64
	if a.Amount.Denom == types.AgonDenom && a.Netuid != types.RootNetuid {
		t, err := k.purchase(ctx, a.Netuid, a.Owner, in, a.MinAlpha, a.Limit)
		if err != nil {
			return Added{}, err
		}
		if err := k.stakeAlpha(ctx, a.Netuid, t.Out); err != nil {
			return Added{}, err
		}
		out = Added{Alpha: t.Out, Agon: t.In, Fee: t.Fee, trades: []trade{t}}
		cost = t.In
	} else {
		if cost, err = k.takeToken(ctx, a, in); err != nil {
			return Added{}, err
		}
		out.Alpha = in
		if a.Netuid == types.RootNetuid {
			out.Agon = in
		}
	}
	if err := k.settle(ctx, a.Netuid, a.Hotkey); err != nil {
		return Added{}, err
	}
	if err := k.deposit(ctx, a.Owner, a.Netuid, a.Hotkey, out.Alpha, cost, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
		return Added{}, err
	}
	return out, emit(ctx, &types.EventStakeAdded{
		Owner: a.Owner.String(), Hotkey: a.Hotkey.String(), Netuid: a.Netuid, Agon: out.Agon, Alpha: out.Alpha, Fee: out.Fee,
	})
}

// purchase takes nagon from an account and buys with it what the limits admit, at least min_stake of it. What it buys
// stays in the account of the pools.
func (k *Keeper) purchase(ctx context.Context, netuid uint32, from sdk.AccAddress, agon, minAlpha uint64, limit Limit) (trade, error) {
	p, err := k.beforeTrade(ctx, netuid)
	if err != nil {
		return trade{}, err
	}
	spend, err := limit.buyable(p, agon)
	if err != nil {
		return trade{}, err
	}
	if err := k.atLeastMinStake(ctx, "nagon that limit_price lets be spent", spend); err != nil {
		return trade{}, err
	}
	t, err := quoteBuy(p, spend, minAlpha)
	if err != nil {
		return trade{}, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.PoolsAccount, sdk.NewCoins(types.Agon(spend))); err != nil {
		return trade{}, err
	}
	return t, k.setReserves(ctx, p, t.next)
}

// takeToken takes what is staked without a trade, and returns what it is worth at the present price, in nagon.
func (k *Keeper) takeToken(ctx context.Context, a Addition, alpha uint64) (worth uint64, err error) {
	if alpha < a.MinAlpha {
		return 0, types.ErrSlippage.Wrapf("%d staked without a trade, below the limit of %d; lower min_alpha", alpha, a.MinAlpha)
	}
	if a.Limit.Price > 0 {
		return 0, types.ErrInvalidPrice.Wrapf("limit_price with %s, which netuid %d stakes without a trade; leave it out", a.Amount.Denom, a.Netuid)
	}
	worth = alpha
	if a.Netuid != types.RootNetuid {
		p, err := k.GetPool(ctx, a.Netuid)
		if err != nil {
			return 0, err
		}
		worth = p.Reserves().AgonFor(alpha)
	}
	return worth, k.bank.SendCoinsFromAccountToModule(ctx, a.Owner, types.PositionsAccount, sdk.NewCoins(a.Amount))
}

// stakeAmount checks what is to be staked and returns it in base units.
func (k *Keeper) stakeAmount(ctx context.Context, netuid uint32, amount sdk.Coin) (uint64, error) {
	if err := amount.Validate(); err != nil {
		return 0, types.ErrInvalidAmount.Wrapf("amount: %v", err)
	}
	if amount.Denom != types.AgonDenom && amount.Denom != types.StakeDenom(netuid) {
		if netuid == types.RootNetuid {
			return 0, types.ErrInvalidDenom.Wrapf("amount is in %s, the root takes %s", amount.Denom, types.AgonDenom)
		}
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

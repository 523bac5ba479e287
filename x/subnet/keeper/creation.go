package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/subnet/types"
)

// CreationCost returns what a subnet costs now, in nagon.
func (k *Keeper) CreationCost(ctx context.Context) (uint64, error) {
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	c, err := k.creation.Get(ctx)
	if err != nil {
		return 0, err
	}
	return creationCost(ctx, p, c), nil
}

func creationCost(ctx context.Context, p types.Params, c types.CreationCost) uint64 {
	return curve.DecayedPrice(c.Cost, since(ctx, c.Block), p.CreationCostHalfLife, p.MinCreationCost)
}

// createSubnet opens a subnet that its owner pays for, and returns its netuid and what it cost.
func (k *Keeper) createSubnet(ctx context.Context, m *types.MsgCreateSubnet) (netuid uint32, cost uint64, err error) {
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, 0, err
	}
	return k.openSubnet(ctx, m, owner, nil)
}

// openSubnet opens a subnet for its owner and returns its netuid and what it cost, which a hook takes of the payer.
func (k *Keeper) openSubnet(ctx context.Context, m *types.MsgCreateSubnet, payer sdk.AccAddress, lease *types.Lease) (netuid uint32, cost uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, 0, err
	}
	h := p.DefaultHyperparams
	if m.Hyperparams != nil {
		h = *m.Hyperparams
		if err := h.ValidateWithin(p); err != nil {
			return 0, 0, err
		}
	}
	if netuid, err = k.nextNetuid.Get(ctx); err != nil {
		return 0, 0, err
	}
	if netuid > types.MaxNetuid {
		return 0, 0, errorsmod.Wrapf(types.ErrTooManySubnets, "all %d netuids have been given; none is given twice", types.MaxNetuid)
	}
	last, err := k.creation.Get(ctx)
	if err != nil {
		return 0, 0, err
	}
	cost = creationCost(ctx, p, last)
	if m.MaxCost != 0 && cost > m.MaxCost {
		return 0, 0, errorsmod.Wrapf(types.ErrCostAboveLimit, "max_cost is %d nagon, a subnet costs %d nagon now; raise it, or wait: the cost halves in %d blocks, down to %d nagon",
			m.MaxCost, cost, p.CreationCostHalfLife, p.MinCreationCost)
	}

	if err := k.makeRoom(ctx, p, netuid); err != nil {
		return 0, 0, err
	}
	at := height(ctx)
	s := types.Subnet{
		Netuid: netuid, Owner: m.Owner, Identity: m.Identity, Symbol: m.Symbol, TaskKind: m.TaskKind, TaskParams: m.TaskParams,
		Hyperparams: h, CreatedAt: at, RegistrationPrice: h.MinRegistrationPrice, RegistrationBlock: at,
		Lease: lease,
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, 0, err
	}
	if err := k.giveSubnet(ctx, s, nil, owner); err != nil {
		return 0, 0, err
	}
	if err := k.standings.Set(ctx, netuid, types.Standing{Netuid: netuid, Since: s.Since()}); err != nil {
		return 0, 0, err
	}
	if err := k.makeColumns(ctx, netuid); err != nil {
		return 0, 0, err
	}
	if err := k.nextNetuid.Set(ctx, netuid+1); err != nil {
		return 0, 0, err
	}
	if err := k.creation.Set(ctx, types.CreationCost{Cost: curve.NextPrice(cost, p.CreationCostStepBps), Block: at}); err != nil {
		return 0, 0, err
	}
	if err := k.hear().AfterSubnetCreated(ctx, netuid, payer, cost); err != nil {
		return 0, 0, err
	}
	return netuid, cost, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetCreated{
		Netuid: netuid, Owner: m.Owner, Name: m.Identity.Name, TaskKind: m.TaskKind, Cost: cost,
	})
}

package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/types"
)

// InitGenesis writes a genesis state and checks it against the bank and the subnets.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.ledger.Set(ctx, gs.Ledger); err != nil {
		return err
	}
	for _, s := range gs.Subnets {
		if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
			return err
		}
	}
	for _, i := range k.Invariants() {
		if err := i.Check(ctx); err != nil {
			return errorsmod.Wrapf(types.ErrInvalidGenesis, "%s: %s", i.Name, err)
		}
	}
	return nil
}

// ExportGenesis reads the whole state.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	p, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return nil, err
	}
	gs := &types.GenesisState{Params: p, Ledger: ledger}
	err = k.subnets.Walk(ctx, nil, func(_ uint32, s types.SubnetEmission) (bool, error) {
		gs.Subnets = append(gs.Subnets, s)
		return false, nil
	})
	return gs, err
}

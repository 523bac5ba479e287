package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
)

// InitGenesis writes a whole state and checks it against the bank and the subnets.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.next.Set(ctx, gs.NextFundId); err != nil {
		return err
	}
	for _, f := range gs.Funds {
		if err := k.putFund(ctx, f); err != nil {
			return err
		}
	}
	for _, c := range gs.Contributions {
		if err := k.putContribution(ctx, c); err != nil {
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

// ExportGenesis reads the whole state. Indexes follow from funds and contributions and are not written out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextFundId, err = k.next.Get(ctx); err != nil {
		return nil, err
	}
	err = k.funds.Walk(ctx, nil, func(_ uint64, f types.Fund) (bool, error) {
		gs.Funds = append(gs.Funds, f)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.contributions.Walk(ctx, nil, func(_ collections.Pair[uint64, sdk.AccAddress], c types.Contribution) (bool, error) {
		gs.Contributions = append(gs.Contributions, c)
		return false, nil
	})
	return gs, err
}

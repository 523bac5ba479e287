package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// InitGenesis writes a whole state and checks it against what x/subnet holds for disputes.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.next.Set(ctx, gs.NextCaseId); err != nil {
		return err
	}
	for _, c := range gs.Cases {
		if err := k.putCase(ctx, c); err != nil {
			return err
		}
	}
	for _, j := range gs.Judges {
		if err := k.putJudge(ctx, j); err != nil {
			return err
		}
	}
	for _, b := range gs.Bars {
		hotkey, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
		if err != nil {
			return err
		}
		if err := k.bars.Set(ctx, hotkey, uint64(b.Until)); err != nil {
			return err
		}
	}
	for _, r := range gs.Records {
		hotkey, err := subnettypes.ParseHotkey("hotkey", r.Hotkey)
		if err != nil {
			return err
		}
		if err := k.records.Set(ctx, collections.Join(r.Netuid, hotkey), r); err != nil {
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

// ExportGenesis reads the whole state. Queues and indexes follow from the cases and are not written out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextCaseId, err = k.next.Get(ctx); err != nil {
		return nil, err
	}
	err = k.cases.Walk(ctx, nil, func(_ uint64, c types.Case) (bool, error) {
		gs.Cases = append(gs.Cases, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.judges.Walk(ctx, nil, func(_ seat, j types.Judge) (bool, error) {
		gs.Judges = append(gs.Judges, j)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.bars.Walk(ctx, nil, func(hotkey sdk.AccAddress, until uint64) (bool, error) {
		gs.Bars = append(gs.Bars, types.Bar{Hotkey: hotkey.String(), Until: int64(until)})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.records.Walk(ctx, nil, func(_ minerKey, r types.Record) (bool, error) {
		gs.Records = append(gs.Records, r)
		return false, nil
	})
	return gs, err
}

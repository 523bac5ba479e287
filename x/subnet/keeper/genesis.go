package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// InitGenesis writes a whole state. It calls no hooks: the modules that follow this one bring their own state.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.creation.Set(ctx, gs.Creation); err != nil {
		return err
	}
	if err := k.nextNetuid.Set(ctx, gs.NextNetuid); err != nil {
		return err
	}
	for _, b := range gs.HotkeyOwners {
		hotkey, err := types.ParseHotkey("hotkey", b.Hotkey)
		if err != nil {
			return err
		}
		owner, err := types.ParseAddress("owner", b.Owner)
		if err != nil {
			return err
		}
		if err := k.giveHotkey(ctx, hotkey, nil, owner); err != nil {
			return err
		}
	}
	for _, id := range gs.Identities {
		address, err := types.ParseAddress("address", id.Address)
		if err != nil {
			return err
		}
		if err := k.identities.Set(ctx, address, id); err != nil {
			return err
		}
	}
	for _, s := range gs.Subnets {
		owner, err := types.ParseAddress("owner", s.Owner)
		if err != nil {
			return err
		}
		if err := k.giveSubnet(ctx, s, nil, owner); err != nil {
			return err
		}
		if err := k.makeColumns(ctx, s.Netuid); err != nil {
			return err
		}
		// Removal of neurons that failed once is tried again by a chain that starts anew.
		if s.DissolvedAt > 0 && s.NeuronCount > 0 {
			if err := k.dissolving.Set(ctx, s.Netuid); err != nil {
				return err
			}
		}
	}
	for _, n := range gs.Neurons {
		hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
		if err != nil {
			return err
		}
		if err := k.putNeuron(ctx, n, hotkey); err != nil {
			return err
		}
	}
	for _, o := range gs.Offers {
		if err := k.offers.Set(ctx, o.Netuid, o); err != nil {
			return err
		}
	}
	for _, p := range gs.PendingHyperparams {
		if err := k.putPending(ctx, p); err != nil {
			return err
		}
	}
	for _, c := range gs.Commitments {
		if err := k.commitments.Set(ctx, collections.Join(c.Netuid, c.Uid), c); err != nil {
			return err
		}
	}
	for _, c := range gs.Collaterals {
		if err := k.collaterals.Set(ctx, collections.Join(c.Netuid, c.Uid), c); err != nil {
			return err
		}
	}
	for _, w := range gs.Withheld {
		hotkey, err := types.ParseHotkey("hotkey", w.Hotkey)
		if err != nil {
			return err
		}
		if err := k.withheld.Set(ctx, collections.Join(w.Netuid, hotkey), w); err != nil {
			return err
		}
	}
	for _, e := range gs.Earned {
		if err := k.AddEarned(ctx, e.Netuid, e.Alpha); err != nil {
			return err
		}
	}
	for _, s := range gs.Standings {
		if err := k.standings.Set(ctx, s.Netuid, s); err != nil {
			return err
		}
	}
	if err := k.initSwaps(ctx, gs); err != nil {
		return err
	}
	for _, p := range gs.Pruning {
		scores := make([]uint16, len(p.Scores))
		for uid, score := range p.Scores {
			scores[uid] = uint16(score)
		}
		if err := k.SetPruningScores(ctx, p.Netuid, scores); err != nil {
			return err
		}
	}
	return nil
}

// initSwaps writes who signs for whom, and which owners are to be swapped.
func (k *Keeper) initSwaps(ctx context.Context, gs *types.GenesisState) error {
	for _, s := range gs.SigningKeys {
		key, err := types.ParseHotkey("key", s.Key)
		if err != nil {
			return err
		}
		if err := k.signingKeys.Set(ctx, key, s); err != nil {
			return err
		}
		if !s.Present() {
			continue
		}
		hotkey, err := types.ParseHotkey("hotkey", s.Hotkey)
		if err != nil {
			return err
		}
		if err := k.presentKeys.Set(ctx, hotkey, key); err != nil {
			return err
		}
	}
	for _, s := range gs.OwnerSwaps {
		owner, err := types.ParseAddress("owner", s.Owner)
		if err != nil {
			return err
		}
		if err := k.ownerSwaps.Set(ctx, owner, s); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis reads the whole state. Index and the other columns follow from the neurons and are not written out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Creation, err = k.creation.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextNetuid, err = k.nextNetuid.Get(ctx); err != nil {
		return nil, err
	}
	err = k.owners.Walk(ctx, nil, func(hotkey, owner sdk.AccAddress) (bool, error) {
		gs.HotkeyOwners = append(gs.HotkeyOwners, types.HotkeyOwner{Hotkey: hotkey.String(), Owner: owner.String()})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.identities.Walk(ctx, nil, func(_ sdk.AccAddress, id types.Identity) (bool, error) {
		gs.Identities = append(gs.Identities, id)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.subnets.Walk(ctx, nil, func(_ uint32, s types.Subnet) (bool, error) {
		gs.Subnets = append(gs.Subnets, s)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.neurons.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], n types.Neuron) (bool, error) {
		gs.Neurons = append(gs.Neurons, n)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.offers.Walk(ctx, nil, func(_ uint32, o types.OwnershipOffer) (bool, error) {
		gs.Offers = append(gs.Offers, o)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.pending.Walk(ctx, nil, func(_ uint32, p types.PendingHyperparams) (bool, error) {
		gs.PendingHyperparams = append(gs.PendingHyperparams, p)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.commitments.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], c types.Commitment) (bool, error) {
		gs.Commitments = append(gs.Commitments, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.collaterals.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], c types.Collateral) (bool, error) {
		gs.Collaterals = append(gs.Collaterals, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.withheld.Walk(ctx, nil, func(_ collections.Pair[uint32, sdk.AccAddress], w types.Withheld) (bool, error) {
		gs.Withheld = append(gs.Withheld, w)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.standings.Walk(ctx, nil, func(_ uint32, s types.Standing) (bool, error) {
		gs.Standings = append(gs.Standings, s)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.signingKeys.Walk(ctx, nil, func(_ sdk.AccAddress, s types.SigningKey) (bool, error) {
		gs.SigningKeys = append(gs.SigningKeys, s)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.ownerSwaps.Walk(ctx, nil, func(_ sdk.AccAddress, s types.OwnerSwap) (bool, error) {
		gs.OwnerSwaps = append(gs.OwnerSwaps, s)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	for _, s := range gs.Subnets {
		earned, err := k.Earned(ctx, s.Netuid)
		if err != nil {
			return nil, err
		}
		gs.Earned = append(gs.Earned, types.Earned{Netuid: s.Netuid, Alpha: earned})
		scores, err := k.PruningScores(ctx, s.Netuid)
		if err != nil {
			return nil, err
		}
		p := types.PruningScores{Netuid: s.Netuid}
		for _, score := range scores {
			p.Scores = append(p.Scores, uint32(score))
		}
		gs.Pruning = append(gs.Pruning, p)
	}
	return gs, nil
}

package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// runEpoch ends a subnet's epoch: expire promises, read the columns and rows of each mechanism, reckon, pay, write, begin the next.
func (k *Keeper) runEpoch(ctx sdk.Context, workspace *yuma.Workspace, netuid uint32) error {
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	shared, err := k.sharedColumns(ctx, subnet)
	if err != nil {
		return err
	}
	split := epoch.MechanismSplit
	inputs, outcomes := make([]yuma.Input, len(split)), make([]yuma.Output, len(split))
	found := make([]*yuma.Output, len(split))
	for m := range split {
		at := types.PlaceOf(netuid, uint32(m))
		commits, err := k.expireCommits(ctx, at, epoch)
		if err != nil {
			return err
		}
		if inputs[m], err = k.epochInput(ctx, subnet, epoch, shared, at, commits); err != nil {
			return err
		}
		found[m], outcomes[m].Fallback = &outcomes[m], true
		if shared.N == 0 {
			continue
		}
		if err := workspace.Run(EpochParams(subnet.Hyperparams, epoch.LastStepBlock), &inputs[m], &outcomes[m]); err != nil {
			return err
		}
	}
	paid, err := k.hooks.PayEpoch(ctx, netuid, split, found)
	if err != nil {
		return err
	}
	if len(paid) != len(split) {
		return types.ErrBroken.Wrapf("netuid %d: paid in %d mechanisms of %d", netuid, len(paid), len(split))
	}
	for m := range paid {
		if len(paid[m]) != shared.N {
			return types.ErrBroken.Wrapf("netuid %d, mechanism %d: paid %d uids of %d", netuid, m, len(paid[m]), shared.N)
		}
	}
	if err := k.storeEpoch(ctx, epoch, inputs, outcomes, paid); err != nil {
		return err
	}
	return k.beginNext(ctx, subnet, epoch, counted(inputs, outcomes), paid)
}

// EpochParams are a subnet's hyperparameters as the arithmetic of the epoch takes them.
func EpochParams(h subnettypes.Hyperparams, lastStep int64) yuma.Params {
	return yuma.Params{
		Kappa:                 uint16(h.Kappa),
		BondsPenalty:          uint16(h.BondsPenalty),
		AlphaLow:              uint16(h.AlphaLow),
		AlphaHigh:             uint16(h.AlphaHigh),
		BondsMovingAverage:    h.BondsMovingAverage,
		AlphaSigmoidSteepness: int16(h.AlphaSigmoidSteepness),
		Yuma3:                 h.Yuma3,
		LiquidAlpha:           h.LiquidAlpha,
		CommitReveal:          h.CommitReveal,
		BondsDecayOmitted:     h.BondsDecayOmitted,
		ActivityCutoff:        h.ActivityCutoff,
		Tempo:                 h.Tempo,
		MaxValidators:         uint16(h.MaxValidators),
		StakeThreshold:        h.StakeThreshold,
		LastStepBlock:         uint64(lastStep),
	}
}

// sharedColumns reads what all mechanisms of a subnet reckon on: stake, registrations and permits.
func (k *Keeper) sharedColumns(ctx sdk.Context, subnet subnettypes.Subnet) (yuma.Input, error) {
	netuid, n := subnet.Netuid, int(subnet.NeuronCount)
	in := yuma.Input{Block: uint64(ctx.BlockHeight()), N: n, OwnerUID: yuma.NoOwner}
	var err error
	if in.Stake, err = k.stake.EpochStake(ctx, netuid); err != nil {
		return in, err
	}
	if in.RegisteredAt, err = k.subnet.RegisteredAt(ctx, netuid); err != nil {
		return in, err
	}
	if len(in.Stake) != n || len(in.RegisteredAt) != n {
		return in, types.ErrBroken.Wrapf("netuid %d: %d neurons, stake of %d and registrations of %d", netuid, n, len(in.Stake), len(in.RegisteredAt))
	}
	in.Permits, err = k.columnBool(ctx, types.PlaceOf(netuid, 0), types.PermitColumn, n)
	return in, err
}

// epochInput reads what a mechanism's epoch needs: its columns, and one row of weights and of bonds per validator.
func (k *Keeper) epochInput(
	ctx sdk.Context, subnet subnettypes.Subnet, epoch types.Epoch, shared yuma.Input, at types.Place, commits []types.Commit,
) (yuma.Input, error) {
	in, err := k.epochColumns(ctx, epoch, shared, at, commits)
	if err != nil {
		return in, err
	}
	if in.Weights, err = rows(ctx, k.weights, at, in.N); err != nil {
		return in, err
	}
	if in.Bonds, err = rows(ctx, k.bonds, at, in.N); err != nil {
		return in, err
	}
	types.DropOutdated(&in, subnet.Hyperparams.CommitReveal)
	return in, nil
}

// epochColumns completes what mechanisms share to a mechanism's input but for its rows: when weights were set, and the commits.
func (k *Keeper) epochColumns(ctx sdk.Context, epoch types.Epoch, shared yuma.Input, at types.Place, commits []types.Commit) (yuma.Input, error) {
	in := shared
	var err error
	if in.LastUpdate, err = k.column64(ctx, at, types.LastUpdateColumn, in.N); err != nil {
		return in, err
	}
	since := uint64(epoch.MechanismSince[at.Mechanism()])
	for uid, registered := range in.RegisteredAt {
		// Whoever never set weights counts as active from its registration on, or from when the mechanism began, before which nobody
		// can: while the stake of a new subnet or mechanism is still examining, a minority that judges first must not decide alone.
		in.LastUpdate[uid] = max(in.LastUpdate[uid], registered, since)
	}
	for _, c := range commits {
		hotkey, err := sdk.AccAddressFromBech32(c.Hotkey)
		if err != nil {
			return in, err
		}
		uid, err := k.subnet.UIDOf(ctx, at.Netuid(), hotkey)
		if err != nil {
			return in, err
		}
		in.Commits = append(in.Commits, yuma.Commit{UID: uint16(uid), Block: uint64(c.Height)})
	}
	return in, nil
}

// storeEpoch writes the results: the subnet's permits and stake weight, six columns of each mechanism, and the rows of bonds that
// changed. What the epoch before left of mechanisms that are gone goes.
func (k *Keeper) storeEpoch(ctx context.Context, epoch types.Epoch, inputs []yuma.Input, outcomes []yuma.Output, paid [][]uint64) error {
	for m := epoch.Mechanisms(); m < epoch.Kept(); m++ {
		if err := k.dropColumns(ctx, types.PlaceOf(epoch.Netuid, m)); err != nil {
			return err
		}
	}
	if inputs[0].N == 0 {
		return nil
	}
	first := types.PlaceOf(epoch.Netuid, 0)
	// Permits and stake weight follow from stake alone: the first mechanism's are all mechanisms'.
	if err := k.setColumn(ctx, first, types.PermitColumn, packBool(outcomes[0].Permits)); err != nil {
		return err
	}
	if err := k.setColumn(ctx, first, types.StakeWeightColumn, pack16(outcomes[0].StakeWeight)); err != nil {
		return err
	}
	for m := range outcomes {
		if err := k.storeMechanism(ctx, types.PlaceOf(epoch.Netuid, uint32(m)), &inputs[m], &outcomes[m], paid[m]); err != nil {
			return err
		}
	}
	return k.subnet.SetPruningScores(ctx, epoch.Netuid, pruningScores(epoch.MechanismSplit, outcomes))
}

// storeMechanism writes what an epoch found in one mechanism.
func (k *Keeper) storeMechanism(ctx context.Context, at types.Place, in *yuma.Input, out *yuma.Output, paid []uint64) error {
	for _, c := range []struct {
		column types.Column
		packed []byte
	}{
		{types.ActiveColumn, packBool(out.Active)},
		{types.ConsensusColumn, pack16(out.Consensus)},
		{types.IncentiveColumn, pack16(out.Incentive)},
		{types.DividendsColumn, pack16(out.Dividends)},
		{types.ValidatorTrustColumn, pack16(out.ValidatorTrust)},
		{types.EmissionColumn, pack64(paid)},
	} {
		if err := k.setColumn(ctx, at, c.column, c.packed); err != nil {
			return err
		}
	}
	for uid, row := range out.Bonds {
		key := collections.Join(uint64(at), uint32(uid))
		switch {
		case len(row) > 0:
			if err := k.bonds.Set(ctx, key, packRow(row)); err != nil {
				return err
			}
		case len(in.Bonds[uid]) > 0:
			if err := k.bonds.Remove(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// beginNext opens the next epoch, a tempo from now, with the mechanisms that the subnet has now.
func (k *Keeper) beginNext(ctx sdk.Context, subnet subnettypes.Subnet, epoch types.Epoch, validators uint32, paid [][]uint64) error {
	height := ctx.BlockHeight()
	event := types.EventEpochEnded{Netuid: epoch.Netuid, Index: epoch.Index, Validators: validators, Late: height - epoch.DueAt}
	for _, amounts := range paid {
		for _, amount := range amounts {
			event.Alpha += amount
		}
	}
	epoch.Index++
	epoch.StartedAt = height
	epoch.LastStepBlock = height
	epoch.DueAt = height + int64(subnet.Hyperparams.Tempo)
	if err := k.changeMechanisms(ctx, subnet, &epoch); err != nil {
		return err
	}
	if err := k.schedule(ctx, epoch); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&event)
}

package keeper

import (
	"context"
	"math/bits"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// runEpoch ends a subnet's epoch: expire promises, read the columns and rows, reckon, pay, write, begin the next.
func (k *Keeper) runEpoch(ctx sdk.Context, workspace *yuma.Workspace, netuid uint32) error {
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	commits, err := k.expireCommits(ctx, epoch)
	if err != nil {
		return err
	}
	in, err := k.epochInput(ctx, subnet, commits)
	if err != nil {
		return err
	}
	out := yuma.Output{Fallback: true}
	if in.N > 0 {
		if err := workspace.Run(EpochParams(subnet.Hyperparams, epoch.LastStepBlock), in, &out); err != nil {
			return err
		}
	}
	paid, err := k.hooks.PayEpoch(ctx, netuid, &out)
	if err != nil {
		return err
	}
	if len(paid) != in.N {
		return types.ErrBroken.Wrapf("netuid %d: paid %d uids of %d", netuid, len(paid), in.N)
	}
	if err := k.storeEpoch(ctx, netuid, in, &out, paid); err != nil {
		return err
	}
	return k.beginNext(ctx, subnet, epoch, counted(in, &out), paid)
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

// epochInput reads what the epoch needs: its columns, and one row of weights and of bonds per validator.
func (k *Keeper) epochInput(ctx sdk.Context, subnet subnettypes.Subnet, commits []types.Commit) (*yuma.Input, error) {
	in, err := k.epochColumns(ctx, subnet, commits)
	if err != nil {
		return nil, err
	}
	if in.Weights, err = rows(ctx, k.weights, subnet.Netuid, in.N); err != nil {
		return nil, err
	}
	if in.Bonds, err = rows(ctx, k.bonds, subnet.Netuid, in.N); err != nil {
		return nil, err
	}
	types.DropOutdated(in, subnet.Hyperparams.CommitReveal)
	return in, nil
}

// epochColumns reads the epoch's input but for its rows: four columns and the commits.
func (k *Keeper) epochColumns(ctx sdk.Context, subnet subnettypes.Subnet, commits []types.Commit) (*yuma.Input, error) {
	netuid, n := subnet.Netuid, int(subnet.NeuronCount)
	in := &yuma.Input{Block: uint64(ctx.BlockHeight()), N: n, OwnerUID: yuma.NoOwner}
	var err error
	if in.Stake, err = k.stake.EpochStake(ctx, netuid); err != nil {
		return nil, err
	}
	if in.RegisteredAt, err = k.subnet.RegisteredAt(ctx, netuid); err != nil {
		return nil, err
	}
	if len(in.Stake) != n || len(in.RegisteredAt) != n {
		return nil, types.ErrBroken.Wrapf("netuid %d: %d neurons, stake of %d and registrations of %d", netuid, n, len(in.Stake), len(in.RegisteredAt))
	}
	if in.LastUpdate, err = k.column64(ctx, netuid, types.LastUpdateColumn, n); err != nil {
		return nil, err
	}
	if in.Permits, err = k.columnBool(ctx, netuid, types.PermitColumn, n); err != nil {
		return nil, err
	}
	for uid, registered := range in.RegisteredAt {
		// Whoever never set weights counts as active from its registration on, or from the start of the subnet, before which
		// nobody can: while the stake of a new subnet is still examining, a minority that judges first must not decide alone.
		in.LastUpdate[uid] = max(in.LastUpdate[uid], registered, uint64(subnet.StartedAt))
	}
	for _, c := range commits {
		hotkey, err := sdk.AccAddressFromBech32(c.Hotkey)
		if err != nil {
			return nil, err
		}
		uid, err := k.subnet.UIDOf(ctx, netuid, hotkey)
		if err != nil {
			return nil, err
		}
		in.Commits = append(in.Commits, yuma.Commit{UID: uint16(uid), Block: uint64(c.Height)})
	}
	return in, nil
}

// storeEpoch writes the results: eight columns, and the rows of bonds that changed.
func (k *Keeper) storeEpoch(ctx context.Context, netuid uint32, in *yuma.Input, out *yuma.Output, paid []uint64) error {
	if in.N == 0 {
		return nil
	}
	for _, c := range []struct {
		column types.Column
		packed []byte
	}{
		{types.PermitColumn, packBool(out.Permits)},
		{types.ActiveColumn, packBool(out.Active)},
		{types.StakeWeightColumn, pack16(out.StakeWeight)},
		{types.ConsensusColumn, pack16(out.Consensus)},
		{types.IncentiveColumn, pack16(out.Incentive)},
		{types.DividendsColumn, pack16(out.Dividends)},
		{types.ValidatorTrustColumn, pack16(out.ValidatorTrust)},
		{types.EmissionColumn, pack64(paid)},
	} {
		if err := k.setColumn(ctx, netuid, c.column, c.packed); err != nil {
			return err
		}
	}
	for uid, row := range out.Bonds {
		at := collections.Join(netuid, uint32(uid))
		switch {
		case len(row) > 0:
			if err := k.bonds.Set(ctx, at, packRow(row)); err != nil {
				return err
			}
		case len(in.Bonds[uid]) > 0:
			if err := k.bonds.Remove(ctx, at); err != nil {
				return err
			}
		}
	}
	return k.subnet.SetPruningScores(ctx, netuid, pruningScores(out))
}

// pruningScores ranks neurons for replacement by their share of what the epoch was worth, whole = 65535.
func pruningScores(out *yuma.Output) []uint16 {
	scores := make([]uint16, len(out.CombinedShare))
	for uid, share := range out.CombinedShare {
		_, scaled := bits.Mul64(uint64(max(share, 0)), 65_535)
		scores[uid] = uint16(min(scaled>>32, 65_535))
	}
	return scores
}

// counted is the number of validators whose weights counted.
func counted(in *yuma.Input, out *yuma.Output) uint32 {
	var n uint32
	for uid, row := range in.Weights {
		if len(row) > 0 && in.Permits[uid] && out.Active[uid] {
			n++
		}
	}
	return n
}

// beginNext opens the next epoch, a tempo from now.
func (k *Keeper) beginNext(ctx sdk.Context, subnet subnettypes.Subnet, epoch types.Epoch, validators uint32, paid []uint64) error {
	height := ctx.BlockHeight()
	event := types.EventEpochEnded{Netuid: epoch.Netuid, Index: epoch.Index, Validators: validators, Late: height - epoch.DueAt}
	for _, amount := range paid {
		event.Alpha += amount
	}
	epoch.Index++
	epoch.StartedAt = height
	epoch.LastStepBlock = height
	epoch.DueAt = height + int64(subnet.Hyperparams.Tempo)
	if err := k.schedule(ctx, epoch); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&event)
}

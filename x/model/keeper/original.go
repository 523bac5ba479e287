package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/agon-chain/agon/x/model/types"
)

// A root, of files or of a largest file, belongs to the version with the lowest claim. Claims are numbers and no heights, which begin
// anew where a chain does. Everything else with that root is a copy. Versions do not say so themselves: the index does, so that an earlier claim that is shown later makes copies of
// all that came before it, however many, in one write.

// owns makes a version the original of its roots where nobody claimed them before.
func (k *Keeper) owns(ctx context.Context, v types.Version) error {
	for _, root := range [][]byte{v.Root, v.WeightsRoot} {
		o, err := k.originals.Get(ctx, root)
		switch {
		case errors.Is(err, collections.ErrNotFound):
		case err != nil:
			return err
		case v.Claim > o.Claim:
			continue
		default:
			if err := emit(ctx, &types.EventOriginalChanged{Root: root, OldVersionId: o.VersionId, NewVersionId: v.Id}); err != nil {
				return err
			}
		}
		if err := k.originals.Set(ctx, root, types.Original{VersionId: v.Id, Claim: v.Claim}); err != nil {
			return err
		}
	}
	return nil
}

// number takes the next number in the row of reservations and publications.
func (k *Keeper) number(ctx context.Context) (uint64, error) {
	n, err := k.nextClaim.Get(ctx)
	if err != nil {
		return 0, err
	}
	return n, k.nextClaim.Set(ctx, n+1)
}

// copyOf is the id of the version that owns a version's root, or else its largest file; 0 where it owns both.
func (k *Keeper) copyOf(ctx context.Context, v types.Version) (uint64, error) {
	for _, root := range [][]byte{v.Root, v.WeightsRoot} {
		o, err := k.originals.Get(ctx, root)
		if err != nil {
			return 0, missing(err, types.ErrBroken, "version %s: nobody owns the root %x", v.Name(), root)
		}
		if o.VersionId != v.Id {
			return o.VersionId, nil
		}
	}
	return 0, nil
}

// OriginalOf returns a version, or the one that it is a copy of. It ends: the claim of an original is lower.
func (k *Keeper) OriginalOf(ctx context.Context, id uint64) (types.Version, error) {
	for {
		v, err := k.GetVersion(ctx, id)
		if err != nil {
			return v, err
		}
		if id, err = k.copyOf(ctx, v); err != nil || id == 0 {
			return v, err
		}
	}
}

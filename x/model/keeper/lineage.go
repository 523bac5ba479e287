package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/model/types"
)

const (
	// maxDepth bounds how many generations a lineage shows.
	maxDepth = 8
	// maxAncestors bounds how many parents it shows in all.
	maxAncestors = 256
)

// lineage lists what a version was made from, generation by generation: each version's parents once. more says that depth or room left some out.
func (k *Keeper) lineage(ctx context.Context, v types.Version, depth uint32) (out []types.Ancestor, more bool, err error) {
	seen := map[uint64]bool{v.Id: true}
	generation := []types.Version{v}
	for g := uint32(1); len(generation) > 0; g++ {
		var next []types.Version
		for _, child := range generation {
			for _, p := range child.Parents {
				if g > depth || len(out) == maxAncestors {
					return out, true, nil
				}
				parent, err := k.VersionOf(ctx, p.Model, p.Version)
				if err != nil {
					return nil, false, err
				}
				out = append(out, types.Ancestor{Child: named(child), Parent: named(parent), ShareBps: p.ShareBps, Generation: g})
				if !seen[parent.Id] {
					seen[parent.Id] = true
					next = append(next, parent)
				}
			}
		}
		generation = next
	}
	return out, false, nil
}

func named(v types.Version) types.VersionName {
	return types.VersionName{VersionId: v.Id, Model: v.Model, Version: v.Number, Publisher: v.Publisher}
}

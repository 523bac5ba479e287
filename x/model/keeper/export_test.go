package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
)

// FillBindings binds each uid of each subnet to a version, without asking whether it is held.
func FillBindings(ctx context.Context, k *Keeper, subnets, neurons uint32, version uint64) error {
	slot := uint64(0)
	for netuid := range subnets {
		for uid := range neurons {
			hotkey := sdk.AccAddress{19: byte(uid), 18: byte(netuid), 17: byte(netuid >> 8)}
			b := types.Binding{Netuid: netuid + 1, Uid: uid, VersionId: version, Hotkey: hotkey.String(), Slot: slot, BoundAt: 1_000_000, ProvenAt: 1_000_000}
			if err := k.putBinding(ctx, b); err != nil {
				return err
			}
			slot++
		}
	}
	return k.count.Set(ctx, slot)
}

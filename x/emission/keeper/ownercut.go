package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// payOwnerCut pays an epoch's owner cut: to the owner or, while a lease runs, the part that the lease leaves it, rounded down,
// and the rest to the lease's payee. It returns what each was paid; their sum is the cut.
func (k *Keeper) payOwnerCut(ctx context.Context, subnet subnettypes.Subnet, cut uint64) (owner, payee uint64, err error) {
	if cut == 0 {
		return 0, 0, nil
	}
	owner = cut
	if lease, runs := subnet.LeaseAt(sdk.UnwrapSDKContext(ctx).BlockHeight()); runs {
		parts, err := curve.SplitBps(cut, lease.OwnerBps)
		if err != nil {
			return 0, 0, err
		}
		owner, payee = parts[0], parts[1]
		if err := k.payToken(ctx, subnet.Netuid, lease.Payee, payee); err != nil {
			return 0, 0, err
		}
	}
	return owner, payee, k.payToken(ctx, subnet.Netuid, subnet.Owner, owner)
}

// payToken mints a subnet's token to an account.
func (k *Keeper) payToken(ctx context.Context, netuid uint32, to string, alpha uint64) error {
	account, err := sdk.AccAddressFromBech32(to)
	if err != nil {
		return err
	}
	return k.stake.PayToken(ctx, netuid, account, alpha)
}

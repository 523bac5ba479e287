package validator

import (
	"context"
	"fmt"

	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// checkMechanism refuses a mechanism that the subnet neither has nor gets with its next epoch. Errors: [ErrNoMechanism].
func (s Self) checkMechanism(ctx context.Context, c *chain.Client, subnet subnettypes.Subnet) error {
	r, err := c.Scoring().Epoch(ctx, &scoringtypes.QueryEpochRequest{Netuid: subnet.Netuid})
	if err != nil {
		return fmt.Errorf("query the epoch of subnet %d: %w", subnet.Netuid, err)
	}
	return s.mayJudge(r.Epoch, subnet)
}

func (s Self) mayJudge(e scoringtypes.Epoch, subnet subnettypes.Subnet) error {
	has, next := int(e.Mechanisms()), len(subnet.Hyperparams.MechanismSplit)
	if int(s.Mechanism) < max(has, next) {
		return nil
	}
	return fmt.Errorf("%w: mechanism is %d, subnet %d has 0 to %d in epoch %d and %d of them from the next on; agond subnet show %d shows its mechanism_split",
		ErrNoMechanism, s.Mechanism, subnet.Netuid, has-1, e.Index, next, subnet.Netuid)
}

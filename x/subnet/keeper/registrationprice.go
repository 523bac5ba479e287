package keeper

import (
	"context"
	"fmt"
	"sort"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/subnet/types"
)

// halfLivesToFloor is more than any price has above its floor: amounts have fewer bits.
const halfLivesToFloor = 64

// RegistrationPrice returns what a uid of a subnet costs now, in nagon. Errors: ErrSubnetNotFound.
func (k *Keeper) RegistrationPrice(ctx context.Context, netuid uint32) (uint64, error) {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return 0, err
	}
	return registrationPrice(ctx, s), nil
}

// registrationPrice is the stored price after its decay, inside the subnet's floor and ceiling.
func registrationPrice(ctx context.Context, s types.Subnet) uint64 {
	h := s.Hyperparams
	price := curve.DecayedPrice(s.RegistrationPrice, since(ctx, s.RegistrationBlock), h.RegistrationPriceHalfLife, h.MinRegistrationPrice)
	return min(price, h.MaxRegistrationPrice)
}

// registrationsNow is the number of registrations in the block that is being built.
func registrationsNow(ctx context.Context, s types.Subnet) uint32 {
	if s.RegistrationBlock != height(ctx) {
		return 0
	}
	return s.RegistrationsThisBlock
}

// nextRegistrationPrice is the price after a registration at a price.
func nextRegistrationPrice(h types.Hyperparams, price uint64) uint64 {
	return min(curve.NextPrice(price, h.RegistrationPriceStepBps), h.MaxRegistrationPrice)
}

// priceReaches returns the first height, from now on, at which a uid costs at most target nagon if nobody registers until
// then; target is at least the floor.
func priceReaches(ctx context.Context, s types.Subnet, target uint64) int64 {
	h := s.Hyperparams
	elapsed := since(ctx, s.RegistrationBlock)
	blocks := sort.Search(int(halfLivesToFloor*h.RegistrationPriceHalfLife), func(d int) bool {
		return curve.DecayedPrice(s.RegistrationPrice, elapsed+uint64(d), h.RegistrationPriceHalfLife, h.MinRegistrationPrice) <= target
	})
	return height(ctx) + int64(blocks)
}

// waitFor says what somebody can do who pays less than a uid costs.
func waitFor(ctx context.Context, s types.Subnet, limit uint64) string {
	if floor := s.Hyperparams.MinRegistrationPrice; limit < floor {
		return fmt.Sprintf("raise it: the price never falls below %d nagon (min_registration_price)", floor)
	}
	return fmt.Sprintf("raise it, or wait until block %d, when the price has fallen to that if nobody registers before", priceReaches(ctx, s, limit))
}

// forecast is what a newcomer wants to know of a subnet's price.
func forecast(ctx context.Context, s types.Subnet) types.QueryRegistrationPriceResponse {
	h := s.Hyperparams
	price := registrationPrice(ctx, s)
	lower := max(price/2, h.MinRegistrationPrice)
	return types.QueryRegistrationPriceResponse{
		Price: price, Floor: h.MinRegistrationPrice, Ceiling: h.MaxRegistrationPrice, NextPrice: nextRegistrationPrice(h, price),
		LowerPrice: lower, LowerBlock: priceReaches(ctx, s, lower), Block: height(ctx),
		Collateral:        h.CollateralOf(price),
		RegistrationsLeft: h.MaxRegistrationsPerBlock - min(registrationsNow(ctx, s), h.MaxRegistrationsPerBlock),
	}
}

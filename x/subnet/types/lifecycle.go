package types

import errorsmod "cosmossdk.io/errors"

// MaxTrim bounds how many neurons one message removes: each costs what a replacement costs, and as many may move.
const MaxTrim = 64

// Since is the height from which subnet_immunity counts: that of the start, or of creation until then.
func (s Subnet) Since() int64 { return max(s.CreatedAt, s.StartedAt) }

// CheckLive refuses a subnet that is dissolved. Errors: ErrSubnetDissolved, which says what its holders can do.
func (s Subnet) CheckLive() error {
	if s.DissolvedAt == 0 {
		return nil
	}
	return errorsmod.Wrapf(ErrSubnetDissolved,
		"netuid %d ended at block %d; who holds its token is paid: agond stake remove all --subnet %d for stake, agond stake redeem all --subnet %d for coins",
		s.Netuid, s.DissolvedAt, s.Netuid, s.Netuid)
}

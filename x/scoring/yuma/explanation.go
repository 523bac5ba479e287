package yuma

import "errors"

// ErrExplanation: the parts of an explanation do not add up to what the epoch
// computed. It is a fault of this package and never one of the input.
var ErrExplanation = errors.New("yuma: explanation does not add up")

// Reason says in one word why a weight, a bond or a stake came to what it did.
type Reason string

// Why a weight does not count. A list of reasons goes from the one that decides
// by itself to those that would decide if it were mended.
const (
	// ReasonNoPermit: the validator had no permit when the epoch began.
	ReasonNoPermit Reason = "no_permit"
	// ReasonSelf: nobody but the owner weighs oneself.
	ReasonSelf Reason = "self_weight"
	// ReasonSetBeforeRegistration: the weights are not younger than the target.
	ReasonSetBeforeRegistration Reason = "set_before_registration"
	// ReasonCommittedBeforeRegistration: an unexpired commit of the validator is
	// older than the target.
	ReasonCommittedBeforeRegistration Reason = "committed_before_registration"
	// ReasonZeroWeight: the row names the target with value zero.
	ReasonZeroWeight Reason = "zero_weight"
	// ReasonNoWeight: the row does not name the target.
	ReasonNoWeight Reason = "no_weight"

	// ReasonNoStake: the validator has no stake.
	ReasonNoStake Reason = "no_stake"
	// ReasonBelowThreshold: its stake is below the threshold.
	ReasonBelowThreshold Reason = "below_threshold"
	// ReasonStakeRoundsToZero: its share of the stake is below 2^-32.
	ReasonStakeRoundsToZero Reason = "stake_rounds_to_zero"
	// ReasonInactive: its last update is older than the cutoff.
	ReasonInactive Reason = "inactive"

	// ReasonConsensusZero: consensus on the target is zero, so the whole weight
	// is clipped.
	ReasonConsensusZero Reason = "consensus_zero"
	// ReasonRoundsToZero: weight times stake is below 2^-32.
	ReasonRoundsToZero Reason = "rounds_to_zero"
)

// What became of a bond.
const (
	// ReasonBondVoided: the target registered since the bond was bought.
	ReasonBondVoided Reason = "bond_voided"
	// ReasonBondDeleted: liquid alpha found no weight for bonds on the target,
	// and BondsDecayOmitted is off.
	ReasonBondDeleted Reason = "bond_deleted"
	// ReasonPassedOver: the row is stored unsorted and liquid alpha read this
	// weight or bond as zero.
	ReasonPassedOver Reason = "passed_over"
	// ReasonBondNotKept: the new bond is not stored, for want of a new permit.
	ReasonBondNotKept Reason = "bond_not_kept"
)

// Why a new permit was given or not; besides the reasons about stake.
const (
	// ReasonOwner: the subnet's owner always has a permit.
	ReasonOwner Reason = "owner"
	// ReasonRanked: its stake is among the MaxValidators largest.
	ReasonRanked Reason = "ranked"
	// ReasonOutranked: it is not.
	ReasonOutranked Reason = "outranked"
)

// What a fallback shares the emission by.
const (
	ByActiveStake Reason = "active_stake"
	ByStake       Reason = "stake"
)

// Explanation is why one uid got what it got in an epoch. Its numbers are those
// of the epoch itself, to the bit.
//
// Shares and weights are Q32 words: 2^32 is one. Names that end in _u16 are
// fractions of 65535. Stakes and blocks are as in Input.
type Explanation struct {
	UID       int              `json:"uid"`
	N         int              `json:"neurons"`
	Block     uint64           `json:"block"`
	Rules     Rules            `json:"rules"`
	Standing  Standing         `json:"standing"`
	Miner     MinerAccount     `json:"miner"`
	Validator ValidatorAccount `json:"validator"`
	Shares    EmissionShares   `json:"shares"`
}

// Rules are the parameters as the epoch counted them.
type Rules struct {
	Kappa        uint64 `json:"kappa"`
	BondsPenalty uint64 `json:"bonds_penalty"`
	// BondsAlpha is the speed of every bond unless LiquidAlpha.
	BondsAlpha uint64 `json:"bonds_alpha"`
	AlphaLow   uint64 `json:"alpha_low"`
	AlphaHigh  uint64 `json:"alpha_high"`
	Yuma3      bool   `json:"yuma3"`
	// LiquidAlpha is whether it acted, not only whether it is on.
	LiquidAlpha       bool   `json:"liquid_alpha"`
	CommitReveal      bool   `json:"commit_reveal"`
	BondsDecayOmitted bool   `json:"bonds_decay_omitted"`
	ActivityCutoff    uint64 `json:"activity_cutoff"`
	MaxValidators     uint16 `json:"max_validators"`
	StakeThreshold    uint64 `json:"stake_threshold"`
	// LastBondBlock: who registered at it or later has its older bonds voided.
	LastBondBlock uint64 `json:"last_bond_block"`
}

// Standing is what a uid brings into the epoch, and its next permit.
type Standing struct {
	Owner        bool   `json:"owner"`
	Stake        uint64 `json:"stake"`
	LastUpdate   uint64 `json:"last_update"`
	RegisteredAt uint64 `json:"registered_at"`
	Active       bool   `json:"active"`
	// ActiveUntil is the last block at which it is active without an update.
	ActiveUntil uint64 `json:"active_until"`
	// StakeShare is S, ActiveStake A; StakeReasons is why A is zero.
	StakeShare     uint64   `json:"stake_share"`
	StakeWeightU16 uint16   `json:"stake_weight_u16"`
	ActiveStake    uint64   `json:"active_stake"`
	StakeReasons   []Reason `json:"stake_reasons,omitempty"`

	// Permit is the one the epoch counted with, NewPermit the one it gave.
	Permit       bool   `json:"permit"`
	NewPermit    bool   `json:"new_permit"`
	PermitReason Reason `json:"permit_reason"`
	// Rank is the place by stake, from 1, of the Ranked uids whose share is not
	// zero; 0 for the others. LastPermitted is the uid that got the last place,
	// or -1, and LastPermittedShare its S.
	Rank               int    `json:"rank"`
	Ranked             int    `json:"ranked"`
	LastPermitted      int    `json:"last_permitted"`
	LastPermittedShare uint64 `json:"last_permitted_share"`
}

// MinerAccount is how the incentive of a uid came about.
type MinerAccount struct {
	// Votes are the validators whose stored rows name the uid, by uid.
	Votes     []Vote    `json:"votes"`
	Consensus Consensus `json:"consensus"`
	// Rank is the sum of the votes' ranks, RankTotal that of all miners,
	// Incentive the one divided by the other.
	Rank         uint64 `json:"rank"`
	RankTotal    uint64 `json:"rank_total"`
	Incentive    uint64 `json:"incentive"`
	IncentiveU16 uint16 `json:"incentive_u16"`
}

// Vote is one validator's weight on the uid.
type Vote struct {
	UID int `json:"uid"`
	// StakeShare is S, ActiveStake A, VotingStake A among the voters, as the
	// median counts it.
	StakeShare  uint64 `json:"stake_share"`
	ActiveStake uint64 `json:"active_stake"`
	VotingStake uint64 `json:"voting_stake"`
	LastUpdate  uint64 `json:"last_update"`
	// CommittedAt is the earliest unexpired commit, under commit-reveal.
	CommittedAt  *uint64 `json:"committed_at,omitempty"`
	RawWeightU16 uint16  `json:"raw_weight_u16"`
	// Weight is W, normalized over what counts of the row; Clipped is K, and
	// Cut the difference.
	Weight  uint64 `json:"weight"`
	Clipped uint64 `json:"clipped"`
	Cut     uint64 `json:"cut"`
	// Rank is A*K.
	Rank uint64 `json:"rank"`
	// Reasons is why the weight brings nothing; empty if it does.
	Reasons []Reason `json:"reasons,omitempty"`
}

// Consensus is the largest weight that at least kappa of the stake supports,
// and how the stake stands to it.
type Consensus struct {
	Weight    uint64 `json:"weight"`
	WeightU16 uint16 `json:"weight_u16"`
	Kappa     uint64 `json:"kappa"`
	// VotingStake is the sum over all voters: one, less truncation. Of it
	// Support gives at least Weight, Above gives more, Silent gives nothing.
	VotingStake uint64 `json:"voting_stake"`
	Support     uint64 `json:"support"`
	Above       uint64 `json:"above"`
	Silent      uint64 `json:"silent"`
	// Voters are the validators with active stake.
	Voters       int `json:"voters"`
	SilentVoters int `json:"silent_voters"`
	// NextWeight is the lowest vote above Weight, which Above supports; 0 if
	// there is none.
	NextWeight uint64 `json:"next_weight"`
}

// ValidatorAccount is how the dividends of a uid came about.
type ValidatorAccount struct {
	// Targets are the uids that its stored weights or bonds name, by uid.
	Targets []Target `json:"targets"`
	// Trust is the sum of clipped weights.
	Trust    uint64 `json:"trust"`
	TrustU16 uint16 `json:"trust_u16"`
	// Earned is the sum of the targets' dividends; Dividend is it under classic
	// bonds, and A times it under Yuma 3. DividendTotal is the sum over all
	// validators, Dividends the one divided by the other.
	Earned        uint64 `json:"earned"`
	Dividend      uint64 `json:"dividend"`
	DividendTotal uint64 `json:"dividend_total"`
	Dividends     uint64 `json:"dividends"`
	DividendsU16  uint16 `json:"dividends_u16"`
}

// Target is one miner in the books of a validator.
type Target struct {
	UID          int    `json:"uid"`
	RawWeightU16 uint16 `json:"raw_weight_u16"`
	Weight       uint64 `json:"weight"`
	Consensus    uint64 `json:"consensus"`
	Clipped      uint64 `json:"clipped"`
	Cut          uint64 `json:"cut"`
	// Reasons is why the weight does not count.
	Reasons []Reason `json:"reasons,omitempty"`

	// BondWeight is Wb, the weight between unclipped and clipped that buys.
	BondWeight uint64 `json:"bond_weight"`
	OldBondU16 uint16 `json:"old_bond_u16"`
	// Bought and Held are mixed by Alpha into NewBond. Under classic bonds they
	// are shares of what the column buys and holds, under Yuma 3 Wb and the old
	// bond as a fraction of one.
	Bought  uint64 `json:"bought"`
	Held    uint64 `json:"held"`
	Alpha   uint64 `json:"alpha"`
	NewBond uint64 `json:"new_bond"`
	// BondShare is NewBond of the sum of the column, NewBondU16 what is stored.
	BondShare   uint64   `json:"bond_share"`
	NewBondU16  uint16   `json:"new_bond_u16"`
	BondReasons []Reason `json:"bond_reasons,omitempty"`
	// Incentive is the target's, Dividend BondShare times it.
	Incentive uint64 `json:"incentive"`
	Dividend  uint64 `json:"dividend"`

	weighed  bool // the row of weights names it
	present  bool // Wb has an entry, if only of value zero
	oldBond  bool // there is an old bond that is not void
	noWeight bool // liquid alpha does not see the weight
	noBond   bool // nor the bond
}

// EmissionShares are a uid's shares of the emission.
type EmissionShares struct {
	Server    uint64 `json:"server"`
	Validator uint64 `json:"validator"`
	Combined  uint64 `json:"combined"`
	// Total is the sum of all incentive and dividends, that shares divide by.
	Total uint64 `json:"total"`
	// Fallback: Total is zero, and validators share by FallbackBy.
	Fallback   bool   `json:"fallback"`
	FallbackBy Reason `json:"fallback_by,omitempty"`
}

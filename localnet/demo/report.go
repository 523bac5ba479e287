package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Report is what a demonstration observed and concluded. Amounts are base units.
type Report struct {
	Subnets []SubnetResult `json:"subnets"`
	// Supply is the account of AGON: all that ever came to be, and where it is.
	Supply Supply `json:"supply"`
	// Epochs that were watched, and the height of the final account.
	Epochs uint64 `json:"epochs"`
	Height int64  `json:"height"`
	// Failures says what did not hold; empty if all did.
	Failures []string `json:"failures,omitempty"`
	Passed   bool     `json:"passed"`
}

// SubnetResult is what was observed of one subnet.
type SubnetResult struct {
	Netuid uint32 `json:"netuid"`
	Name   string `json:"name"`
	Task   string `json:"task"`
	// EpochsTogether are those in which every expert was paid.
	EpochsTogether uint64            `json:"epochs_together"`
	Miners         []MinerResult     `json:"miners"`
	Validators     []ValidatorResult `json:"validators"`
	// Cases are the accusations of its miners, and Bindings who was bound to what at the end.
	Cases    []CaseResult    `json:"cases"`
	Bindings []BindingResult `json:"bindings"`
	// Token is the account of the subnet's token.
	Token Supply `json:"token"`
}

// MinerResult is one miner's result.
type MinerResult struct {
	Name string `json:"name"`
	// Kind is honest, or how it is not.
	Kind string `json:"kind"`
	UID  uint16 `json:"uid"`
	// HeldOutAccuracy is measured over the wire, on questions that no validator asks.
	HeldOutAccuracy float64 `json:"held_out_accuracy"`
	// AccuracyLower and AccuracyUpper are its 95 % interval.
	AccuracyLower float64 `json:"accuracy_lower"`
	AccuracyUpper float64 `json:"accuracy_upper"`
	// Incentive of the last epoch, as a part of 1.
	Incentive float64 `json:"incentive"`
	// Earned of the subnet's token since the start.
	Earned uint64 `json:"earned"`
	// EarnedTogether of the subnet's token, in the epochs in which every expert was paid: what experts are compared by.
	EarnedTogether uint64 `json:"earned_together"`
	// Accused is what convinced an honest validator that it does not serve what it says; empty if nothing did.
	Accused string `json:"accused,omitempty"`
}

// ValidatorResult is one validator's result.
type ValidatorResult struct {
	Name string `json:"name"`
	// Kind is honest, copier or colluder.
	Kind string `json:"kind"`
	UID  uint16 `json:"uid"`
	// Stake behind it at the start, in the subnet's token.
	Stake uint64 `json:"stake"`
	// Earned of the subnet's token since the start.
	Earned uint64 `json:"earned"`
	// EarnedPerStake is Earned divided by Stake.
	EarnedPerStake float64 `json:"earned_per_stake"`
}

// CaseResult is an accusation on the chain and what came of it.
type CaseResult struct {
	Case   uint64 `json:"case"`
	Miner  string `json:"miner"`
	Reason string `json:"reason"`
	Status string `json:"status"` // open, guilty, rejected or undecided
	// Slashed of the miner's collateral, in nagon.
	Slashed uint64 `json:"slashed"`
}

// BindingResult is a miner that is bound to a version, and the height at which it proved that it has its files; 0 for never.
type BindingResult struct {
	Miner    string `json:"miner"`
	Version  string `json:"version"`
	ProvenAt int64  `json:"proven_at"`
}

// Supply is an account: what came to be, and what was found.
type Supply struct {
	Minted    uint64 `json:"minted"`
	Accounted uint64 `json:"accounted"`
}

// write writes the report as JSON.
func (r Report) write(path string) error {
	bz, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(bz, '\n'), 0o644)
}

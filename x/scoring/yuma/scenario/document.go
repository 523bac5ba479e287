package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Format names the form of the document.
const Format = "epoch-v1"

// ErrFormat is a document that cannot be read, or an epoch in it that makes no input.
var ErrFormat = errors.New("not a document of epochs")

// Document is a file.
type Document struct {
	Format    string     `json:"format,omitempty"`
	Scenarios []Scenario `json:"scenarios"`
}

// Scenario is a sequence of epochs.
type Scenario struct {
	Name   string  `json:"name"`
	Epochs []Epoch `json:"epochs"`
}

// Epoch is all that an epoch depends on and, where it is known, its result.
type Epoch struct {
	Label string `json:"label"`
	// Emission that the epoch shares out, in base units. Its name is the reference's.
	Emission uint64 `json:"rao_emission"`
	// MinerBurnBps is the part of the incentive that is not minted, in basis points. It is Agon's own; the reference's files do
	// not have it.
	MinerBurnBps uint32  `json:"miner_burn_bps,omitempty"`
	Params       Params  `json:"params"`
	Input        Input   `json:"input"`
	Oracle       *Result `json:"oracle,omitempty"`
}

// Params are the parameters under the reference's names; units as in [yuma.Params].
type Params struct {
	Kappa                 uint16 `json:"kappa"`
	BondsPenalty          uint16 `json:"bonds_penalty"`
	BondsMovingAverage    uint64 `json:"bonds_moving_average"`
	Yuma3                 bool   `json:"yuma3_on"`
	LiquidAlpha           bool   `json:"liquid_alpha_on"`
	AlphaLow              uint16 `json:"alpha_low"`
	AlphaHigh             uint16 `json:"alpha_high"`
	AlphaSigmoidSteepness int16  `json:"alpha_sigmoid_steepness"`
	ActivityCutoff        uint64 `json:"activity_cutoff_blocks"`
	Tempo                 uint64 `json:"tempo"`
	MaxValidators         uint16 `json:"max_allowed_validators"`
	StakeThreshold        uint64 `json:"stake_threshold"`
	CommitReveal          bool   `json:"commit_reveal_on"`
	LastStepBlock         uint64 `json:"last_step_block"`
	// BondsDecayOmitted is Agon's own; the reference's files do not have it.
	BondsDecayOmitted bool `json:"bonds_decay_omitted,omitempty"`
}

// Input is the state of a subnet before an epoch; columns are indexed by uid.
type Input struct {
	Block        uint64   `json:"block"`
	LastUpdate   []uint64 `json:"last_update"`
	RegisteredAt []uint64 `json:"block_at_registration"`
	Stake        []uint64 `json:"stake"`
	Permits      []bool   `json:"validator_permit"`
	// Weights and Bonds are objects from uid to row.
	Weights Rows `json:"weights"`
	Bonds   Rows `json:"bonds"`
	// Commits are pairs of uid and block.
	Commits [][2]uint64 `json:"commits"`
	// OwnerUID is null where the subnet's owner has no uid.
	OwnerUID *int `json:"owner_uid"`
}

// Result is what an epoch yields: fractions of 65535 rounded down, payments in units of Epoch.Emission rounded down, the burned
// part of the incentive left out, and the next bonds, rows sorted by uid without zeros.
type Result struct {
	Incentive      []uint16 `json:"incentive_u16"`
	Dividends      []uint16 `json:"dividends_u16"`
	Consensus      []uint16 `json:"consensus_u16"`
	ValidatorTrust []uint16 `json:"validator_trust_u16"`
	StakeWeight    []uint16 `json:"stake_weight_u16"`
	Server         []uint64 `json:"server_emission"`
	Validator      []uint64 `json:"validator_emission"`
	Combined       []uint64 `json:"emission"`
	Active         []bool   `json:"active"`
	Permits        []bool   `json:"new_validator_permit"`
	Bonds          []Row    `json:"bonds_u16"`
}

// Read reads one document. Errors: [ErrFormat].
func Read(r io.Reader) (Document, error) {
	var d Document
	dec := json.NewDecoder(r)
	if err := dec.Decode(&d); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	switch {
	case d.Format != "" && d.Format != Format:
		return Document{}, fmt.Errorf("%w: format is %q, want %q", ErrFormat, d.Format, Format)
	case d.Scenarios == nil:
		return Document{}, fmt.Errorf(`%w: it has no "scenarios"`, ErrFormat)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Document{}, fmt.Errorf("%w: something follows the document at byte %d", ErrFormat, dec.InputOffset())
	}
	return d, nil
}

// NewParams are the parameters as a document has them.
func NewParams(p yuma.Params) Params {
	return Params{
		Kappa: p.Kappa, BondsPenalty: p.BondsPenalty, BondsMovingAverage: p.BondsMovingAverage,
		Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha, AlphaLow: p.AlphaLow, AlphaHigh: p.AlphaHigh,
		AlphaSigmoidSteepness: p.AlphaSigmoidSteepness, ActivityCutoff: p.ActivityCutoff, Tempo: p.Tempo,
		MaxValidators: p.MaxValidators, StakeThreshold: p.StakeThreshold, CommitReveal: p.CommitReveal,
		LastStepBlock: p.LastStepBlock, BondsDecayOmitted: p.BondsDecayOmitted,
	}
}

// Yuma are the parameters as the arithmetic takes them.
func (p Params) Yuma() yuma.Params {
	return yuma.Params{
		Kappa: p.Kappa, BondsPenalty: p.BondsPenalty, BondsMovingAverage: p.BondsMovingAverage,
		Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha, AlphaLow: p.AlphaLow, AlphaHigh: p.AlphaHigh,
		AlphaSigmoidSteepness: p.AlphaSigmoidSteepness, ActivityCutoff: p.ActivityCutoff, Tempo: p.Tempo,
		MaxValidators: p.MaxValidators, StakeThreshold: p.StakeThreshold, CommitReveal: p.CommitReveal,
		LastStepBlock: p.LastStepBlock, BondsDecayOmitted: p.BondsDecayOmitted,
	}
}

// NewInput is the input as a document has it. It shares memory with in.
func NewInput(in *yuma.Input) Input {
	out := Input{
		Block: in.Block, LastUpdate: list(in.LastUpdate), RegisteredAt: list(in.RegisteredAt), Stake: list(in.Stake), Permits: list(in.Permits),
		Weights: newRows(in.Weights), Bonds: newRows(in.Bonds), Commits: [][2]uint64{},
	}
	for _, c := range in.Commits {
		out.Commits = append(out.Commits, [2]uint64{uint64(c.UID), c.Block})
	}
	if in.OwnerUID != yuma.NoOwner {
		out.OwnerUID = &in.OwnerUID
	}
	return out
}

// list is a column that JSON shows as a list, empty or not.
func list[T any](column []T) []T {
	if column == nil {
		return []T{}
	}
	return column
}

// Yuma is the input as the arithmetic takes it; what it holds is checked there. Errors: [ErrFormat].
func (in Input) Yuma() (*yuma.Input, error) {
	n := len(in.Stake)
	out := &yuma.Input{
		Block: in.Block, N: n, Stake: in.Stake, LastUpdate: in.LastUpdate, RegisteredAt: in.RegisteredAt, Permits: in.Permits,
		OwnerUID: yuma.NoOwner,
	}
	var err error
	if out.Weights, err = in.Weights.of("weights", n); err != nil {
		return nil, err
	}
	if out.Bonds, err = in.Bonds.of("bonds", n); err != nil {
		return nil, err
	}
	for k, c := range in.Commits {
		if c[0] >= uint64(n) {
			return nil, fmt.Errorf("%w: commits[%d] names uid %d, below %d expected", ErrFormat, k, c[0], n)
		}
		out.Commits = append(out.Commits, yuma.Commit{UID: uint16(c[0]), Block: c[1]})
	}
	if in.OwnerUID != nil {
		out.OwnerUID = *in.OwnerUID
	}
	return out, nil
}

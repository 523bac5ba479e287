package validator

import (
	"context"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// Strategy is what a validator makes of its subnet: whom it asks and what weights it gives. The daemon has one that is honest;
// package dishonest has others, to test that a network pays them less.
type Strategy interface {
	Name() string
	// Targets are the miners to ask, out of those that can be asked.
	Targets(miners []chain.Neuron) []chain.Neuron
	// Row is the weights to commit and the receipts behind them. Without weights nothing is committed.
	Row(ctx context.Context, r RowRequest) (Row, error)
}

// Scores turns seats into weights.
type Scores interface {
	Weights(seats []task.Seat) []task.Weight
}

// RowRequest is all that weights may be made from.
type RowRequest struct {
	Self    Self
	UID     uint16 // the validator's own
	View    *View
	Params  exam.Params
	Binding exam.Binding
	Leaves  []exam.Leaf // receipts of this epoch from those that hold their uids now
	Scores  Scores
	Network Network
}

// Row is one validator's weights, ascending by uid, and the receipts that shall prove them.
type Row struct {
	Weights []exam.Weight
	Leaves  []exam.Leaf
}

// Honest asks everyone and weighs by score.
type Honest struct{}

// Name implements Strategy.
func (Honest) Name() string { return BehaviourHonest }

// Targets implements Strategy.
func (Honest) Targets(miners []chain.Neuron) []chain.Neuron { return miners }

// Row implements Strategy.
func (Honest) Row(_ context.Context, r RowRequest) (Row, error) {
	var seats []task.Seat
	for _, n := range Eligible(r) {
		seats = append(seats, task.Seat{UID: n.UID, Miner: task.MinerID(n.Hotkey)})
	}
	row := Row{Leaves: r.Leaves}
	for _, w := range r.Scores.Weights(seats) {
		row.Weights = append(row.Weights, exam.Weight{UID: w.UID, Value: w.Value})
	}
	return row, nil
}

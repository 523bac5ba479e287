package miner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/miner/till"
)

// Settlement claims what is left of vouchers without serving: for a miner that moves, or that has lost its uid.
type Settlement struct {
	Config Config
	Chain  Chain
	Queue  Queue // of the signer
	Hotkey sdk.AccAddress
	Signer sdk.AccAddress
	Log    *slog.Logger
}

// Settled is what came of one.
type Settled struct {
	Book string `json:"book"`
	Paid uint64 `json:"paid,string"` // nagon, before it was split
	Left uint64 `json:"left,string"` // nagon that the chain did not pay, and why is in the log
}

// Claim claims all at once. It runs the queue as long as it takes. Errors: ErrNoBook; till.ErrBookBusy while the miner runs.
func (s Settlement) Claim(ctx context.Context) (out Settled, err error) {
	out.Book = filepath.Join(s.Config.Home, bookName)
	if _, err := os.Stat(out.Book); errors.Is(err, fs.ErrNotExist) {
		return out, fmt.Errorf("%w: %s does not exist, so nobody has paid this miner; choose another --home", ErrNoBook, out.Book)
	}
	var sum tally
	t, err := openBook(s.Config, s.Hotkey, tillChain{s.Chain, s.Queue, s.Signer}, s.Log, &sum)
	if errors.Is(err, till.ErrBookBusy) {
		return out, fmt.Errorf("%w (a miner that runs claims by itself, and all when it is stopped)", err)
	}
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Queue.Run(ctx) }()
	err = t.ClaimAll(ctx)
	cancel()
	if e := <-done; !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	out.Paid, out.Left = sum.paid.Load(), sum.left.Load()
	return out, errors.Join(err, t.Close())
}

// tally takes note of what a till says.
type tally struct{ paid, left atomic.Uint64 }

// Vouched and Spent say what no claim changes.
func (*tally) Vouched(uint64) {}
func (*tally) Spent(uint64)   {}

// Claimed is what the chain paid.
func (s *tally) Claimed(nagon uint64) { s.paid.Add(nagon) }

// Unclaimed is what it would still pay.
func (s *tally) Unclaimed(nagon uint64) { s.left.Store(nagon) }

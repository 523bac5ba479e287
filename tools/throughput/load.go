package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	"golang.org/x/sync/errgroup"
)

const (
	// workers is how many connections send at once.
	workers = 4
	// batch is how many transactions one request carries.
	batch = 50
)

// outcome is what a load did: transactions in blocks, of which some failed, and how long it took from the first one sent to
// the block with the last.
type outcome struct {
	Txs      int     `json:"txs"`
	Failed   int     `json:"failed"`
	Blocks   int64   `json:"blocks"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"per_second"`
	FirstErr string  `json:"first_error,omitempty"`
	Gas      int64   `json:"gas"` // most that one used
}

// drive sends all transactions, each lane in its order, and waits until blocks have them.
func drive(ctx context.Context, n *node, lanes [][][]byte) (outcome, error) {
	status, err := n.rpc.Status(ctx)
	if err != nil {
		return outcome{}, err
	}
	first := status.SyncInfo.LatestBlockHeight
	total := 0
	for _, lane := range lanes {
		total += len(lane)
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	g, sending := errgroup.WithContext(ctx)
	for _, lane := range lanes {
		g.Go(func() error { return n.send(sending, lane) })
	}
	var last int64
	g.Go(func() (err error) {
		last, err = n.await(sending, first, total)
		return err
	})
	if err := g.Wait(); err != nil {
		return outcome{}, err
	}
	out := outcome{Txs: total, Blocks: last - first}
	out.Seconds = time.Since(begin).Seconds()
	out.Rate = float64(total) / out.Seconds
	return out, n.judge(ctx, first, last, &out)
}

// send gives the node one lane. The mempool has room for all of it (see configure).
func (n *node) send(ctx context.Context, txs [][]byte) error {
	for len(txs) > 0 {
		now := txs[:min(batch, len(txs))]
		b := n.rpc.NewBatch()
		results := make([]*ctypes.ResultBroadcastTx, len(now))
		for i, tx := range now {
			r, err := b.BroadcastTxSync(ctx, tx)
			if err != nil {
				return err
			}
			results[i] = r
		}
		if _, err := b.Send(ctx); err != nil {
			return fmt.Errorf("send to %s: %w", n.name, err)
		}
		for _, r := range results {
			if r.Code != 0 {
				return fmt.Errorf("%s refused a transaction: %s", n.name, r.Log)
			}
		}
		txs = txs[len(now):]
	}
	return nil
}

// await returns the height by which blocks after first have as many transactions.
func (n *node) await(ctx context.Context, first int64, total int) (int64, error) {
	height, seen := first, 0
	for seen < total {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s has %d of %d transactions in blocks: %w", n.name, seen, total, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
		status, err := n.rpc.Status(ctx)
		if err != nil {
			return 0, err
		}
		for height < status.SyncInfo.LatestBlockHeight && seen < total {
			info, err := n.rpc.BlockchainInfo(ctx, height+1, min(height+20, status.SyncInfo.LatestBlockHeight))
			if err != nil {
				return 0, err
			}
			for i := len(info.BlockMetas) - 1; i >= 0 && seen < total; i-- {
				height, seen = info.BlockMetas[i].Header.Height, seen+info.BlockMetas[i].NumTxs
			}
		}
	}
	return height, nil
}

// judge counts what failed in the blocks, after the clock has stopped.
func (n *node) judge(ctx context.Context, first, last int64, out *outcome) error {
	for height := first + 1; height <= last; height++ {
		r, err := n.results(ctx, height)
		if err != nil {
			return err
		}
		for _, tx := range r.TxsResults {
			if tx.Code != 0 {
				out.Failed++
				out.FirstErr = tx.Log
			}
			out.Gas = max(out.Gas, tx.GasUsed)
		}
	}
	return nil
}

// results are those of a block, which a node keeps a moment after it has the block.
func (n *node) results(ctx context.Context, height int64) (*ctypes.ResultBlockResults, error) {
	for {
		r, err := n.rpc.BlockResults(ctx, &height)
		if err == nil || !strings.Contains(err.Error(), "could not find results") {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

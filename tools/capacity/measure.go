package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// spread is how a quantity lies over blocks.
type spread struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// spreadOf sorts the values.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	at := func(share float64) float64 { return values[min(len(values)-1, int(share*float64(len(values))))] }
	return spread{sum / float64(len(values)), at(0.5), at(0.99), values[len(values)-1]}
}

// blocks are those of the measured pass, without transactions: all that they do is the chain's own work.
type blocks struct {
	Count    int    `json:"count"`
	Epochs   int    `json:"epochs"`
	Deferred int    `json:"deferred"` // blocks that left epochs to the next
	PerBlock spread `json:"epochs_per_block"`
	Execute  spread `json:"execute_ms"` // FinalizeBlock
	Commit   spread `json:"commit_ms"`
	Whole    spread `json:"block_ms"`
	Written  spread `json:"written_bytes"` // what the database is given, pruning included
	Disk     int64  `json:"disk_bytes"`    // after the pass
	Grown    int64  `json:"disk_grown_bytes"`
}

// measure fills a chain, lets it judge, and measures a pass of blocks.
func (r *report) measure(ctx context.Context, o options, progress func(string, ...any)) error {
	dir := filepath.Join(o.dir, "full")
	c, err := newChain(dir, o.Nodes)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.fill(o.shape, progress); err != nil {
		return err
	}
	// The first epochs last up to two tempos and give permits, the second give bonds.
	if _, err := c.pass(ctx, 2*int(o.Tempo)); err != nil {
		return err
	}
	progress("permits given")
	if err := c.judge(o.shape); err != nil {
		return err
	}
	if _, err := c.pass(ctx, int(o.Tempo)); err != nil {
		return err
	}
	progress("bonds given")
	if o.blocks == 0 {
		o.blocks = int(o.Tempo)
	}
	before, err := size(dir)
	if err != nil {
		return err
	}
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	r.Blocks, err = c.pass(ctx, o.blocks)
	stop()
	if err != nil {
		return err
	}
	if r.Blocks.Disk, err = size(dir); err != nil {
		return err
	}
	r.Blocks.Grown = r.Blocks.Disk - before
	progress("blocks measured")
	if r.Stores, err = c.stores(); err != nil {
		return err
	}
	if o.snapshot {
		if r.Snapshot, err = c.snapshot(filepath.Join(o.dir, "joined")); err != nil {
			return err
		}
		progress("snapshot taken and restored")
	}
	return nil
}

// profile begins a processor profile, if a file is named for it, and returns how to end it.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// pass makes blocks without transactions.
func (c *chain) pass(ctx context.Context, count int) (*blocks, error) {
	out := &blocks{Count: count}
	var epochs, execute, commit, whole, written []float64
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	for range count {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		took, err := c.block()
		if err != nil {
			return nil, err
		}
		ended, deferred := 0, false
		for _, e := range took.events {
			switch e.Type {
			case sdk.MsgTypeURL(&scoringtypes.EventEpochEnded{})[1:]:
				ended++
			case sdk.MsgTypeURL(&scoringtypes.EventEpochFailed{})[1:]:
				return nil, fmt.Errorf("an epoch failed: %v", e)
			case sdk.MsgTypeURL(&scoringtypes.EventEpochsDeferred{})[1:]:
				deferred = true
			}
		}
		if deferred {
			out.Deferred++
		}
		out.Epochs += ended
		epochs = append(epochs, float64(ended))
		execute, commit, whole = append(execute, ms(took.execute)), append(commit, ms(took.commit)), append(whole, ms(took.execute+took.commit))
		written = append(written, float64(took.written))
	}
	out.PerBlock, out.Execute, out.Commit = spreadOf(epochs), spreadOf(execute), spreadOf(commit)
	out.Whole, out.Written = spreadOf(whole), spreadOf(written)
	return out, nil
}

// store is what one prefix of a module's store holds.
type store struct {
	Name   string `json:"name"`
	Prefix byte   `json:"prefix"`
	Keys   int    `json:"keys"`
	Bytes  int64  `json:"bytes"`
}

// stores counts the state's keys and values, by their first byte.
func (c *chain) stores() (out []store, err error) {
	named, ok := c.CommitMultiStore().(interface {
		StoreKeysByName() map[string]storetypes.StoreKey
	})
	if !ok {
		return nil, fmt.Errorf("a store of type %T does not name its parts", c.CommitMultiStore())
	}
	for name, key := range named.StoreKeysByName() {
		if _, ok := key.(*storetypes.KVStoreKey); !ok {
			continue
		}
		var now *store
		it := c.CommitMultiStore().GetKVStore(key).Iterator(nil, nil)
		for ; it.Valid(); it.Next() {
			k := it.Key()
			if now == nil || now.Prefix != k[0] {
				out = append(out, store{Name: name, Prefix: k[0]})
				now = &out[len(out)-1]
			}
			now.Keys++
			now.Bytes += int64(len(k) + len(it.Value()))
		}
		if err := it.Close(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b store) int { return int(b.Bytes - a.Bytes) })
	return out[:min(len(out), 20)], nil
}

// snapshot is what a node gives to one that joins.
type snapshot struct {
	Bytes   int64   `json:"bytes"`
	Chunks  uint32  `json:"chunks"`
	Take    float64 `json:"take_s"`
	Restore float64 `json:"restore_s"`
}

// snapshot takes one of the last state, and lets an empty application restore it.
func (c *chain) snapshot(dir string) (*snapshot, error) {
	start := time.Now()
	taken, err := c.SnapshotManager().Create(uint64(c.height))
	if err != nil {
		return nil, err
	}
	out := &snapshot{Chunks: taken.Chunks, Take: time.Since(start).Seconds()}
	offers, err := c.ListSnapshots(&abci.RequestListSnapshots{})
	if err != nil {
		return nil, err
	}
	joined, err := openApp(dir, &counter{})
	if err != nil {
		return nil, err
	}
	defer joined.Close()
	start = time.Now()
	offer := &abci.RequestOfferSnapshot{Snapshot: offers.Snapshots[0], AppHash: c.LastCommitID().Hash}
	if r, err := joined.OfferSnapshot(offer); err != nil || r.Result != abci.ResponseOfferSnapshot_ACCEPT {
		return nil, fmt.Errorf("the offer was not taken: %v, %w", r, err)
	}
	for i := range taken.Chunks {
		chunk, err := c.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: taken.Height, Format: taken.Format, Chunk: i})
		if err != nil {
			return nil, err
		}
		out.Bytes += int64(len(chunk.Chunk))
		r, err := joined.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: i, Chunk: chunk.Chunk})
		if err != nil || r.Result != abci.ResponseApplySnapshotChunk_ACCEPT {
			return nil, fmt.Errorf("chunk %d was not taken: %v, %w", i, r, err)
		}
	}
	out.Restore = time.Since(start).Seconds()
	if got, want := joined.LastCommitID().Hash, c.LastCommitID().Hash; !slices.Equal(got, want) {
		return nil, fmt.Errorf("the restored state has hash %X, want %X", got, want)
	}
	return out, nil
}

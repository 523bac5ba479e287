package main

import (
	"sync/atomic"

	dbm "github.com/cosmos/cosmos-db"
)

// counter sums the keys and values that a database is given. Pruning writes from a goroutine of its own.
type counter struct{ bytes atomic.Int64 }

type countingDB struct {
	dbm.DB
	written *counter
}

func (d countingDB) NewBatch() dbm.Batch { return countingBatch{d.DB.NewBatch(), d.written} }

func (d countingDB) NewBatchWithSize(size int) dbm.Batch {
	return countingBatch{d.DB.NewBatchWithSize(size), d.written}
}

type countingBatch struct {
	dbm.Batch
	written *counter
}

func (b countingBatch) Set(key, value []byte) error {
	b.written.bytes.Add(int64(len(key) + len(value)))
	return b.Batch.Set(key, value)
}

func (b countingBatch) Delete(key []byte) error {
	b.written.bytes.Add(int64(len(key)))
	return b.Batch.Delete(key)
}

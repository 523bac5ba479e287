package till

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Layout of the book. Numbers are big endian.
//
//	meta      format, self                 what the book is and whose
//	channels  id 8 -> record
//
//	record    0      1            9            73       81        89          97      113
//	          | ver  | cumulative | signature  | spent  | claimed | since     | payer  |
//	          | u8=1 | u64 nagon  | 64         | u64    | u64     | u64 unix s| 16     |
//
// Since is when the first voucher came that is not claimed, 0 if all are; payer the hash of the account that raised the voucher last.
var (
	bucketMeta     = []byte("meta")
	bucketChannels = []byte("channels")
	keyFormat      = []byte("format")
	keySelf        = []byte("self")
)

const (
	// bookFormat only rises; a program refuses a book of a later one.
	bookFormat    = 1
	recordVersion = 1
	recordSize    = 1 + 8 + 64 + 8 + 8 + 8 + payerSize
	payerSize     = 16

	// lockTimeout is how long an opened book is waited for: a process that was just killed lets go at once.
	lockTimeout = 2 * time.Second
)

// payer is the hash of an account.
type payer [payerSize]byte

// record is what is durable of a channel.
type record struct {
	vouched   uint64 // cumulative of the highest voucher, or what the chain had paid before the first one was seen
	signature [64]byte
	spent     uint64
	claimed   uint64
	since     int64 // Unix seconds
	payer     payer
}

// unclaimed is what the chain would still pay at a deposit.
func (r *record) unclaimed(deposit uint64) uint64 {
	if most := min(r.vouched, deposit); r.signature != [64]byte{} && most > r.claimed {
		return most - r.claimed
	}
	return 0
}

func (r *record) encode() []byte {
	b := append(make([]byte, 0, recordSize), recordVersion)
	b = binary.BigEndian.AppendUint64(b, r.vouched)
	b = append(b, r.signature[:]...)
	b = binary.BigEndian.AppendUint64(b, r.spent)
	b = binary.BigEndian.AppendUint64(b, r.claimed)
	b = binary.BigEndian.AppendUint64(b, uint64(r.since))
	return append(b, r.payer[:]...)
}

func decodeRecord(b []byte) (record, error) {
	if len(b) != recordSize || b[0] != recordVersion {
		return record{}, fmt.Errorf("%w: record of %d bytes, want %d of version %d; update agon-miner, or restore the book", ErrBook, len(b), recordSize, recordVersion)
	}
	var r record
	r.vouched = binary.BigEndian.Uint64(b[1:])
	copy(r.signature[:], b[9:])
	r.spent, r.claimed = binary.BigEndian.Uint64(b[73:]), binary.BigEndian.Uint64(b[81:])
	r.since = int64(binary.BigEndian.Uint64(b[89:]))
	copy(r.payer[:], b[97:])
	return r, nil
}

// commit is one transaction of the book. Whoever put something into it waits for done.
type commit struct {
	done chan struct{}
	err  error // read after done
}

// wait is nil once what was put is durable. It does not end with a request: the disk decides.
func (c *commit) wait() error {
	<-c.done
	return c.err
}

// settled says whether it is over, and went well.
func (c *commit) settled() (over, ok bool) {
	select {
	case <-c.done:
		return true, c.err == nil
	default:
		return false, false
	}
}

// book keeps records on disk. One goroutine writes: while it waits for the disk, what others put gathers for the next transaction, so that
// thousands of calls a second share its syncs. Safe for concurrent use.
type book struct {
	db      *bbolt.DB
	kick    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex
	pending map[uint64]*record // nil: to be deleted
	next    *commit            // that pending goes into
	closed  bool
}

// openBook opens or makes the book of one miner, and starts its writer, which close ends. Errors: ErrBook, ErrBookBusy, ErrBookForeign.
func openBook(path, self string) (*book, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBook, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s; another agon-miner runs in this home: stop it, or choose another --home", ErrBookBusy, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBook, path, err)
	}
	if err := begin(db, path, self); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b := &book{db: db, kick: make(chan struct{}, 1), stopped: make(chan struct{}), pending: map[uint64]*record{}, next: newCommit()}
	go b.write()
	return b, nil
}

func newCommit() *commit { return &commit{done: make(chan struct{})} }

// begin makes what a new book lacks and checks what an old one is.
func begin(db *bbolt.DB, path, self string) error {
	return db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(bucketMeta)
		if err == nil {
			_, err = tx.CreateBucketIfNotExists(bucketChannels)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBook, err)
		}
		raw := meta.Get(keyFormat)
		if raw == nil {
			return errors.Join(meta.Put(keyFormat, number(bookFormat)), meta.Put(keySelf, []byte(self)))
		}
		if len(raw) != 8 || binary.BigEndian.Uint64(raw) != bookFormat {
			return fmt.Errorf("%w: %s has format %x, this program reads %d; update agon-miner", ErrBook, path, raw, bookFormat)
		}
		if have := meta.Get(keySelf); !bytes.Equal(have, []byte(self)) {
			return fmt.Errorf("%w: %s is of %s, this miner is %s; choose another --home", ErrBookForeign, path, have, self)
		}
		return nil
	})
}

// close writes what is pending and ends. Nothing may be put after it.
func (b *book) close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	close(b.kick)
	<-b.stopped
	return b.db.Close()
}

// put has a record written with the next transaction; nil deletes it.
func (b *book) put(id uint64, r *record) *commit {
	if r != nil {
		c := *r
		r = &c
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		// A call that outlived the miner's patience: nobody will write any more.
		c := &commit{done: make(chan struct{}), err: fmt.Errorf("%w: it is closed", ErrBook)}
		close(c.done)
		return c
	}
	b.pending[id] = r
	select {
	case b.kick <- struct{}{}:
	default: // the writer knows already
	}
	return b.next
}

func (b *book) write() {
	defer close(b.stopped)
	for range b.kick {
		b.flush()
	}
	b.flush()
}

// flush writes what is pending in one transaction.
func (b *book) flush() {
	b.mu.Lock()
	batch, c := b.pending, b.next
	if len(batch) == 0 {
		b.mu.Unlock()
		return
	}
	b.pending, b.next = map[uint64]*record{}, newCommit()
	b.mu.Unlock()
	err := b.db.Update(func(tx *bbolt.Tx) error {
		channels := tx.Bucket(bucketChannels)
		for id, r := range batch {
			var err error
			if r == nil {
				err = channels.Delete(number(id))
			} else {
				err = channels.Put(number(id), r.encode())
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.err = fmt.Errorf("%w: %w", ErrBook, err)
	}
	close(c.done)
}

// get reads a record that is on disk.
func (b *book) get(id uint64) (r record, ok bool, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		raw := tx.Bucket(bucketChannels).Get(number(id))
		if raw == nil {
			return nil
		}
		ok = true
		r, err = decodeRecord(raw)
		return err
	})
	if err != nil && !errors.Is(err, ErrBook) {
		err = fmt.Errorf("%w: %w", ErrBook, err)
	}
	return r, ok, err
}

// page reads at most limit records from an id on, and the id to go on from; 0 after the last.
func (b *book) page(from uint64, limit int) (ids []uint64, records []record, next uint64, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketChannels).Cursor()
		for k, v := c.Seek(number(from)); k != nil; k, v = c.Next() {
			if len(k) != 8 {
				return fmt.Errorf("%w: key of %d bytes", ErrBook, len(k))
			}
			id := binary.BigEndian.Uint64(k)
			if len(ids) == limit {
				next = id
				return nil
			}
			r, err := decodeRecord(v)
			if err != nil {
				return err
			}
			ids, records = append(ids, id), append(records, r)
		}
		return nil
	})
	return ids, records, next, err
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

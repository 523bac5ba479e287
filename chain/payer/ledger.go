package payer

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Layout of the ledger: one bucket for each account that pays, in it
//
//	netuid 2 | payee's address, bech32  ->  entry, JSON
//
// and the bucket meta with the format and the chain's id.
var (
	bucketMeta = []byte("meta")
	keyFormat  = []byte("format")
	keyChain   = []byte("chain")
)

const (
	// ledgerFormat only rises; a program refuses a ledger of a later one.
	ledgerFormat = 1

	// lockTimeout is how long an opened ledger is waited for: a process that was just killed lets go at once.
	lockTimeout = 2 * time.Second
)

// entry is one payee's channel in the ledger.
type entry struct {
	Channel uint64 `json:"channel"` // 0: none
	Opening bool   `json:"opening"` // one was being opened, and whether it was is to be seen on the chain
	book
	ExpiresAt int64  `json:"expires_at"`        // height
	Stopped   string `json:"stopped,omitempty"` // why nothing more is paid to it
	UsedAt    int64  `json:"used_at"`           // Unix seconds
}

// Ledger is the file in which payers keep what they signed for. Several accounts may share one. Safe for concurrent use.
type Ledger struct {
	db *bbolt.DB

	disk sync.Mutex // held by whoever writes; taken before mu, never after
	mu   sync.Mutex
	next *commit // gathers while the disk is busy; nil: nobody waits
}

// commit is what goes to the disk at once. Whoever begins it writes it, for all that join before its turn at the disk comes.
type commit struct {
	purses map[*purse]struct{}
	done   chan struct{}
	err    error // set before done is closed
}

// OpenLedger opens or makes the ledger of one chain. One process has it open at a time. Errors: [ErrLedger], [ErrLedgerBusy].
func OpenLedger(path, chainID string) (*Ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s; another program pays from it: stop it, or give this one a ledger and a voucher key of its own", ErrLedgerBusy, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLedger, path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(bucketMeta)
		if err != nil {
			return err
		}
		raw := meta.Get(keyFormat)
		if raw == nil {
			return errors.Join(meta.Put(keyFormat, binary.BigEndian.AppendUint64(nil, ledgerFormat)), meta.Put(keyChain, []byte(chainID)))
		}
		if len(raw) != 8 || binary.BigEndian.Uint64(raw) != ledgerFormat {
			return fmt.Errorf("format %x, this program reads %d: update it", raw, ledgerFormat)
		}
		if have := string(meta.Get(keyChain)); have != chainID {
			return fmt.Errorf("it is of chain %q, not of %q: give another path", have, chainID)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrLedger, path, err), db.Close())
	}
	return &Ledger{db: db}, nil
}

// Close the ledger. What was written stays.
func (l *Ledger) Close() error { return l.db.Close() }

func entryKey(p Payee) []byte {
	return append(binary.BigEndian.AppendUint16(nil, p.Netuid), p.Hotkey...)
}

// entries are all of an account's.
func (l *Ledger) entries(owner string) (map[Payee]entry, error) {
	out := map[Payee]entry{}
	err := l.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(owner))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			var e entry
			if len(k) < 3 {
				return fmt.Errorf("key of %d bytes", len(k))
			}
			if err := json.Unmarshal(v, &e); err != nil {
				return fmt.Errorf("entry %x: %w", k, err)
			}
			out[Payee{Netuid: binary.BigEndian.Uint16(k), Hotkey: string(k[2:])}] = e
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return out, nil
}

// write puts a purse's entry as it is at the moment of the write, which may be newer than at the call, and returns when it would survive a kill and a power cut.
// While the disk takes one write all that come share the next, and a purse is written once for all of its calls; nobody waits for company.
func (l *Ledger) write(u *purse) error {
	l.mu.Lock()
	c := l.next
	mine := c == nil
	if mine {
		c = &commit{purses: map[*purse]struct{}{}, done: make(chan struct{})}
		l.next = c
	}
	c.purses[u] = struct{}{}
	l.mu.Unlock()
	if !mine {
		<-c.done
		return c.err
	}
	defer close(c.done)
	l.disk.Lock()
	defer l.disk.Unlock()
	l.mu.Lock()
	l.next = nil // whoever comes from here on may have changed what is read already
	l.mu.Unlock()
	if err := l.db.Update(c.put); err != nil {
		c.err = fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return c.err
}

func (c *commit) put(tx *bbolt.Tx) error {
	for u := range c.purses {
		b, err := tx.CreateBucketIfNotExists([]byte(u.p.cfg.Owner))
		if err != nil {
			return err
		}
		e, ok := u.snapshot()
		if !ok {
			if err := b.Delete(entryKey(u.payee)); err != nil {
				return err
			}
			continue
		}
		raw, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if err := b.Put(entryKey(u.payee), raw); err != nil {
			return err
		}
	}
	return nil
}

package validator

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Layout of the store. Numbers in keys are big endian, so that keys sort as numbers do.
//
//	meta      format, self, seed, round       what the store is and whose
//	scores    examiner, book                  written in one transaction
//	round     plan                            the round under way: number and questions
//	answers   question id -> Result           its answers so far
//	receipts  epoch 8, uid 2, slot 2 -> registered at 8, leaf
//	commits   epoch 8 -> CommitRecord
//	trees     epoch 8, index 4 -> leaf        the receipts under a commit, as they were committed
//	callers   index 4 -> Caller
//	hardware  hotkey -> HardwareRecord
//	dossiers  miner, 0, round 8 -> DossierRound   what accounts were made of
//	accusations  miner -> AccusationRecord
//	votes     case 8 -> VoteRecord
//	samples   hotkey -> SampleRecord
//	sample-cursors  gateway's address -> id of the last sample that was read
var (
	bucketMeta     = []byte("meta")
	bucketScores   = []byte("scores")
	bucketRound    = []byte("round")
	bucketAnswers  = []byte("answers")
	bucketReceipts = []byte("receipts")
	bucketCommits  = []byte("commits")
	bucketTrees    = []byte("trees")
	bucketCallers  = []byte("callers")

	bucketDossiers    = []byte("dossiers")
	bucketAccusations = []byte("accusations")
	bucketVotes       = []byte("votes")

	buckets = [][]byte{
		bucketMeta, bucketScores, bucketRound, bucketAnswers, bucketReceipts, bucketCommits, bucketTrees, bucketCallers,
		bucketHardware, bucketDossiers, bucketAccusations, bucketVotes, bucketSamples, bucketSampleCursors,
	}

	keyFormat   = []byte("format")
	keySelf     = []byte("self")
	keySeed     = []byte("seed")
	keyRound    = []byte("round")
	keyExaminer = []byte("examiner")
	keyBook     = []byte("book")
	keyPlan     = []byte("plan")
)

// storeFormat only rises; a program refuses a store of a later one.
const storeFormat = 1

// lockTimeout is how long an opened store is waited for: a process that was just killed lets go at once.
const lockTimeout = 2 * time.Second

// Store is the daemon's durable state. Every method that writes returns only when what it wrote would survive a kill. Safe
// for concurrent use.
type Store struct {
	db   *bbolt.DB
	seed [32]byte
}

// OpenStore opens or makes the store of one validator. Errors: [ErrStore], [ErrStoreBusy], [ErrStoreForeign].
func OpenStore(path string, self Self) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s; another agon-validator runs in this home: stop it, or choose another --home", ErrStoreBusy, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStore, path, err)
	}
	s := &Store{db: db}
	if err := s.begin(path, self); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// begin makes what a new store lacks and checks what an old one is.
func (s *Store) begin(path string, self Self) error {
	whose := fmt.Appendf(nil, "%s/%d/%s", self.ChainID, self.Netuid, self.Hotkey)
	if self.Mechanism > 0 {
		whose = fmt.Appendf(whose, "/mechanism %d", self.Mechanism)
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return fmt.Errorf("%w: %w", ErrStore, err)
			}
		}
		meta := tx.Bucket(bucketMeta)
		if raw := meta.Get(keyFormat); raw == nil {
			rand.Read(s.seed[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
			return errors.Join(
				meta.Put(keyFormat, number(storeFormat)), meta.Put(keySelf, whose), meta.Put(keySeed, s.seed[:]), meta.Put(keyRound, number(0)))
		} else if len(raw) != 8 || binary.BigEndian.Uint64(raw) != storeFormat {
			return fmt.Errorf("%w: %s has format %x, this program reads %d; update agon-validator", ErrStore, path, raw, storeFormat)
		}
		if have := meta.Get(keySelf); !bytes.Equal(have, whose) {
			return fmt.Errorf("%w: %s is of %s, this validator is %s; choose another --home, or move the file away", ErrStoreForeign, path, have, whose)
		}
		if copy(s.seed[:], meta.Get(keySeed)) != len(s.seed) {
			return fmt.Errorf("%w: %s has no seed", ErrStore, path)
		}
		return nil
	})
}

// Close the store. What was written stays.
func (s *Store) Close() error { return s.db.Close() }

// Seed is the secret that questions are drawn from; it never leaves the store.
func (s *Store) Seed() [32]byte { return s.seed }

// NextRound gives a round number that was never given before and never will be again.
func (s *Store) NextRound() (uint64, error) {
	var n uint64
	err := s.update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		raw := meta.Get(keyRound)
		if len(raw) != 8 {
			return fmt.Errorf("%w: round number has %d bytes", ErrStore, len(raw))
		}
		n = binary.BigEndian.Uint64(raw)
		return meta.Put(keyRound, number(n+1))
	})
	return n, err
}

// Scores gives back what FinishRound or SaveExaminer kept; nil before the first.
func (s *Store) Scores() (examiner, book []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketScores)
		examiner, book = bytes.Clone(b.Get(keyExaminer)), bytes.Clone(b.Get(keyBook))
		return nil
	})
	return examiner, book, err
}

func (s *Store) update(f func(*bbolt.Tx) error) error {
	if err := s.db.Update(f); err != nil {
		if errors.Is(err, ErrCommitExists) || errors.Is(err, ErrVoteExists) || errors.Is(err, ErrStore) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// empty empties a bucket.
func empty(tx *bbolt.Tx, name []byte) error {
	if err := tx.DeleteBucket(name); err != nil {
		return err
	}
	_, err := tx.CreateBucket(name)
	return err
}

func putJSON(b *bbolt.Bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, raw)
}

package validator

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// keptCommits is how many epochs of commits stay readable after they are done.
const keptCommits = 128

// PutCommit keeps a new commit with the receipts under its root, in order. It must be called before the hash is sent, and refuses
// an epoch that has one already. Errors: [ErrCommitExists], [ErrStore].
func (s *Store) PutCommit(r CommitRecord, leaves [][]byte) error {
	return s.update(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket(bucketCommits), number(r.Epoch)
		if b.Get(key) != nil {
			return fmt.Errorf("%w: epoch %d", ErrCommitExists, r.Epoch)
		}
		trees := tx.Bucket(bucketTrees)
		for i, leaf := range leaves {
			if err := trees.Put(binary.BigEndian.AppendUint32(number(r.Epoch), uint32(i)), leaf); err != nil {
				return err
			}
		}
		return putJSON(b, key, r)
	})
}

// MarkCommit moves a commit on. What was promised cannot be changed by it.
func (s *Store) MarkCommit(epoch uint64, status Status, height int64, reason string) error {
	return s.update(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket(bucketCommits), number(epoch)
		var r CommitRecord
		raw := b.Get(key)
		if raw == nil {
			return fmt.Errorf("%w: no commit of epoch %d", ErrStore, epoch)
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		r.Status, r.Reason = status, reason
		if height != 0 {
			r.Height = height
		}
		return putJSON(b, key, r)
	})
}

// Commits are all commits kept, in order of epoch.
func (s *Store) Commits() ([]CommitRecord, error) {
	var out []CommitRecord
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketCommits).ForEach(func(_, v []byte) error {
			var r CommitRecord
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			out = append(out, r)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: commits: %w", ErrStore, err)
	}
	return out, nil
}

// TreeLeaves are the receipts under a commit's root, in order.
func (s *Store) TreeLeaves(epoch uint64) ([][]byte, error) {
	var out [][]byte
	prefix := number(epoch)
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketTrees).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			out = append(out, bytes.Clone(v))
		}
		return nil
	})
	return out, err
}

// Prune forgets the receipts and trees of epochs that can no longer be revealed, and commits that are long done.
func (s *Store) Prune(running uint64) error {
	return s.update(func(tx *bbolt.Tx) error {
		return errors.Join(
			deleteBefore(tx.Bucket(bucketReceipts), number(max(running, 1)-1)),
			deleteBefore(tx.Bucket(bucketTrees), number(max(running, 1)-1)),
			deleteBefore(tx.Bucket(bucketCommits), number(max(running, keptCommits)-keptCommits)))
	})
}

func deleteBefore(b *bbolt.Bucket, end []byte) error {
	// Keys are gathered first: deleting under a cursor may make it skip.
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k[:min(8, len(k))], end) < 0; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Caller is an account that questions are sent under.
type Caller struct {
	Name    string `json:"name"` // of the key in the keyring
	Address string `json:"address"`
}

// Callers are the accounts in order, as kept.
func (s *Store) Callers() ([]Caller, error) {
	var out []Caller
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketCallers).ForEach(func(_, v []byte) error {
			var c Caller
			if err := json.Unmarshal(v, &c); err != nil {
				return err
			}
			out = append(out, c)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: callers: %w", ErrStore, err)
	}
	return out, nil
}

// AddCaller appends an account; it must be known here before it is funded, so that no coins go to a key that is forgotten.
func (s *Store) AddCaller(c Caller) error {
	return s.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketCallers)
		next, err := b.NextSequence()
		if err != nil {
			return err
		}
		return putJSON(b, binary.BigEndian.AppendUint32(nil, uint32(next)), c)
	})
}

package validator

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// keptVotes is how many votes stay readable after their cases have ended.
const keptVotes = 256

// PutAccusation keeps how far an accusation has come, one for each miner. It must be called before it is sent.
func (s *Store) PutAccusation(r AccusationRecord) error {
	return s.update(func(tx *bbolt.Tx) error { return putJSON(tx.Bucket(bucketAccusations), []byte(r.Miner), r) })
}

// Accusations are all that were ever made of miners, the last of each, in order of their names.
func (s *Store) Accusations() ([]AccusationRecord, error) {
	return list[AccusationRecord](s, bucketAccusations, "accusations")
}

// PutVote keeps a vote: before its hash is sent, and as it moves on. A vote that was promised is never promised otherwise: it refuses
// another hash for the same case. Errors: [ErrVoteExists], [ErrStore].
func (s *Store) PutVote(r VoteRecord) error {
	return s.update(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket(bucketVotes), number(r.Case)
		if raw := b.Get(key); raw != nil {
			var old VoteRecord
			if err := json.Unmarshal(raw, &old); err != nil {
				return err
			}
			if len(old.Hash) > 0 && string(old.Hash) != string(r.Hash) {
				return fmt.Errorf("%w: case %d", ErrVoteExists, r.Case)
			}
		}
		if err := putJSON(b, key, r); err != nil {
			return err
		}
		return forgetVotes(b)
	})
}

// forgetVotes drops the oldest votes of cases that have ended, beyond those kept.
func forgetVotes(b *bbolt.Bucket) error {
	var done [][]byte
	err := b.ForEach(func(k, v []byte) error {
		var r VoteRecord
		if err := json.Unmarshal(v, &r); err != nil {
			return err
		}
		if r.Done {
			done = append(done, append([]byte{}, k...))
		}
		return nil
	})
	for i := 0; err == nil && i < len(done)-keptVotes; i++ {
		err = b.Delete(done[i])
	}
	return err
}

// Votes are all votes kept, in order of their cases.
func (s *Store) Votes() ([]VoteRecord, error) {
	return list[VoteRecord](s, bucketVotes, "votes")
}

func list[T any](s *Store, bucket []byte, what string) ([]T, error) {
	var out []T
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(_, v []byte) error {
			var r T
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			out = append(out, r)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrStore, what, err)
	}
	return out, nil
}

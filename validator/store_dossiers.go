package validator

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/agon-chain/agon/task"
)

// maxDossier bounds the bytes of the rounds that are kept of one miner, of whole rounds the newest: some two hundred answers of a chat subnet, where a
// cheat is found within twenty. What an account was before the oldest of them is kept with it.
const maxDossier = 1 << 20

// answered is how an answer is kept: with the receipt that came with it.
type answered struct {
	task.Result
	// Receipt is the leaf of the tree under a commit of weights, in bytes (x/scoring/exam); none of an answer that was signed for nothing.
	Receipt []byte `json:"receipt,omitempty"`
}

// DossierRound is what one round showed of one miner: its accounts before and after, and the answers between.
type DossierRound struct {
	Round   uint64            `json:"round"`
	Before  []task.Account    `json:"before"`
	After   []task.Account    `json:"after"`
	Answers []json.RawMessage `json:"answers"`
}

// accounting is what a settled round changed in the accounts of those who were asked in it.
type accounting struct {
	round  uint64
	before map[task.MinerID][]task.Account
	after  map[task.MinerID][]task.Account
	// kept says whether there still is an account on a miner.
	kept func(task.MinerID) (bool, error)
}

// file adds the round to the dossiers of those who have an account after it, out of the answers that are kept of it.
func (a *accounting) file(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketDossiers)
	answers := map[task.MinerID][]json.RawMessage{}
	err := tx.Bucket(bucketAnswers).ForEach(func(_, v []byte) error {
		var r task.Result
		if err := json.Unmarshal(v, &r); err != nil {
			return err
		}
		if !r.Answer.Dropped {
			answers[r.Question.Miner] = append(answers[r.Question.Miner], bytes.Clone(v))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for m, after := range a.after {
		if len(after) == 0 || len(answers[m]) == 0 {
			continue
		}
		if len(a.before[m]) == 0 {
			// A new account begins: what was counted in an older one is no part of it.
			if err := deletePrefix(b, dossierOf(m)); err != nil {
				return err
			}
		}
		round := DossierRound{Round: a.round, Before: a.before[m], After: after, Answers: answers[m]}
		if err := errors.Join(putJSON(b, dossierKey(m, a.round), round), shorten(b, dossierOf(m))); err != nil {
			return err
		}
	}
	return a.forget(b)
}

// shorten drops the oldest rounds of a dossier until it is small enough; the newest stays.
func shorten(b *bbolt.Bucket, prefix []byte) error {
	var keys [][]byte
	var sizes []int
	sum := 0
	c := b.Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		keys, sizes, sum = append(keys, bytes.Clone(k)), append(sizes, len(v)), sum+len(v)
	}
	for i := 0; i+1 < len(keys) && sum > maxDossier; i++ {
		if err := b.Delete(keys[i]); err != nil {
			return err
		}
		sum -= sizes[i]
	}
	return nil
}

// forget drops the dossiers of those on whom there is no account any more.
func (a *accounting) forget(b *bbolt.Bucket) error {
	var gone [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil; {
		end := bytes.IndexByte(k, 0)
		if end < 0 {
			return fmt.Errorf("%w: dossier %x names no miner", ErrStore, k)
		}
		kept, err := a.kept(task.MinerID(k[:end]))
		if err != nil {
			return err
		}
		if !kept {
			gone = append(gone, bytes.Clone(k[:end+1]))
		}
		k, _ = c.Seek(append(bytes.Clone(k[:end]), 1)) // the next miner
	}
	for _, prefix := range gone {
		if err := deletePrefix(b, prefix); err != nil {
			return err
		}
	}
	return nil
}

func deletePrefix(b *bbolt.Bucket, prefix []byte) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Dossier is what is kept of a miner's answers, in order of rounds.
func (s *Store) Dossier(m task.MinerID) ([]DossierRound, error) {
	var out []DossierRound
	prefix := dossierOf(m)
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDossiers).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var r DossierRound
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: dossier of %s: %w", ErrStore, m, err)
	}
	return out, nil
}

// A miner's rounds stand behind its name and a zero, which no name has.
func dossierOf(m task.MinerID) []byte { return append([]byte(m), 0) }

func dossierKey(m task.MinerID, round uint64) []byte {
	return binary.BigEndian.AppendUint64(dossierOf(m), round)
}

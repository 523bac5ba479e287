package validator

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// RoundPlan is a round that was begun: enough to settle it after a restart with the answers that had come.
type RoundPlan struct {
	Number    uint64          `json:"number"`
	Questions []task.Question `json:"questions"`
}

// LeafRecord is a receipt and whom its uid belonged to: a uid that changes hands takes no receipts along.
type LeafRecord struct {
	Leaf         exam.Leaf
	RegisteredAt int64 // of the neuron asked
}

// BeginRound keeps a round's plan and the examiner's state before anyone is asked.
func (s *Store) BeginRound(p RoundPlan, examiner []byte) error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := empty(tx, bucketAnswers); err != nil {
			return err
		}
		return errors.Join(putJSON(tx.Bucket(bucketRound), keyPlan, p), tx.Bucket(bucketScores).Put(keyExaminer, examiner))
	})
}

// AddAnswer keeps a judged answer and the receipt that came with it, before either counts; each may be nil. The first receipt
// for a place stays. Calls made together share one write to the disk.
func (s *Store) AddAnswer(epoch uint64, r *task.Result, leaf *LeafRecord) error {
	err := s.db.Batch(func(tx *bbolt.Tx) error {
		if r != nil {
			kept := answered{Result: *r}
			if leaf != nil {
				kept.Receipt = leaf.Leaf.Encode()
			}
			if err := putJSON(tx.Bucket(bucketAnswers), []byte(r.Question.ID), kept); err != nil {
				return err
			}
		}
		if leaf == nil {
			return nil
		}
		b, key := tx.Bucket(bucketReceipts), receiptKey(epoch, leaf.Leaf.Nonce.UID(), leaf.Leaf.Nonce.Slot())
		if old := b.Get(key); len(old) >= 8 && int64(binary.BigEndian.Uint64(old)) == leaf.RegisteredAt {
			return nil
		}
		return b.Put(key, append(number(uint64(leaf.RegisteredAt)), leaf.Leaf.Encode()...))
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return nil
}

// PendingRound is the round that was begun and not finished, with its answers in the order of its questions; nil if there is none.
func (s *Store) PendingRound() (*RoundPlan, []task.Result, error) {
	var plan *RoundPlan
	var results []task.Result
	err := s.db.View(func(tx *bbolt.Tx) error {
		raw := tx.Bucket(bucketRound).Get(keyPlan)
		if raw == nil {
			return nil
		}
		plan = &RoundPlan{}
		if err := json.Unmarshal(raw, plan); err != nil {
			return err
		}
		answers := tx.Bucket(bucketAnswers)
		for _, q := range plan.Questions {
			if raw := answers.Get([]byte(q.ID)); raw != nil {
				var r task.Result
				if err := json.Unmarshal(raw, &r); err != nil {
					return err
				}
				results = append(results, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: round: %w", ErrStore, err)
	}
	return plan, results, nil
}

// FinishRound keeps what a settled round left behind and forgets the round, in one transaction: its answers count exactly once. a is
// nil where the examiner keeps no accounts.
func (s *Store) FinishRound(examiner, book []byte, a *accounting) error {
	return s.update(func(tx *bbolt.Tx) error {
		scores := tx.Bucket(bucketScores)
		if a != nil {
			if err := a.file(tx); err != nil {
				return err
			}
		}
		return errors.Join(
			scores.Put(keyExaminer, examiner), scores.Put(keyBook, book), tx.Bucket(bucketRound).Delete(keyPlan), empty(tx, bucketAnswers))
	})
}

// Leaves are an epoch's receipts in order of uid and slot.
func (s *Store) Leaves(epoch uint64) ([]LeafRecord, error) {
	var out []LeafRecord
	prefix := number(epoch)
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketReceipts).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if len(v) < 8 {
				return fmt.Errorf("receipt %x has %d bytes", k, len(v))
			}
			leaf, err := exam.DecodeLeaf(v[8:])
			if err != nil {
				return fmt.Errorf("receipt %x: %w", k, err)
			}
			out = append(out, LeafRecord{Leaf: leaf, RegisteredAt: int64(binary.BigEndian.Uint64(v))})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return out, nil
}

func receiptKey(epoch uint64, uid, slot uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(number(epoch), uid), slot)
}

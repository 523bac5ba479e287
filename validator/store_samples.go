package validator

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

var (
	bucketSamples       = []byte("samples")
	bucketSampleCursors = []byte("sample-cursors")
)

// maxSampleID bounds the ids that gateways give to samples, in bytes.
const maxSampleID = 64

// Samples gives back what users' calls proved, by hotkey, and how far each gateway's were read, by its address.
func (s *Store) Samples() (map[string]SampleRecord, map[string]string, error) {
	records, cursors := map[string]SampleRecord{}, map[string]string{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		err := tx.Bucket(bucketSamples).ForEach(func(k, v []byte) error {
			var r SampleRecord
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("samples of %s: %w", k, err)
			}
			records[string(k)] = r
			return nil
		})
		return errors.Join(err, tx.Bucket(bucketSampleCursors).ForEach(func(k, v []byte) error {
			cursors[string(k)] = string(v)
			return nil
		}))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return records, cursors, nil
}

// SaveSamples keeps the newest record of each miner with how far a gateway's samples were read, and drops the records that are over.
func (s *Store) SaveSamples(found []SampleRecord, over []string, gateway, after string) error {
	return s.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSamples)
		var errs []error
		for _, r := range found {
			errs = append(errs, putJSON(b, []byte(r.Hotkey), r))
		}
		for _, hotkey := range over {
			errs = append(errs, b.Delete([]byte(hotkey)))
		}
		if gateway != "" {
			errs = append(errs, tx.Bucket(bucketSampleCursors).Put([]byte(gateway), []byte(after)))
		}
		return errors.Join(errs...)
	})
}

package validator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
)

// bucketHardware: hotkey -> HardwareRecord.
var bucketHardware = []byte("hardware")

// HardwareRecord is what one miner's hardware said of itself, and what of that was attested.
type HardwareRecord struct {
	Hotkey       string `json:"hotkey"`
	RegisteredAt int64  `json:"registered_at"` // of the neuron asked: who takes its uid or hotkey begins anew
	ServiceKey   []byte `json:"service_key"`

	// Report is the newest that verified, as it was signed: who said it can be held to it.
	Report      string    `json:"report,omitempty"` // the bytes that were signed
	Signature   string    `json:"signature,omitempty"`
	ReportAt    time.Time `json:"report_at"`
	ReportEpoch uint64    `json:"report_epoch"`
	ReportError string    `json:"report_error,omitempty"` // of the last try; empty: it was good

	// Devices are those that answered this validator's challenge, last in AttestedEpoch.
	Devices       []attest.Device `json:"devices,omitempty"`
	Kind          string          `json:"kind,omitempty"`
	AttestedAt    time.Time       `json:"attested_at"`
	AttestedEpoch uint64          `json:"attested_epoch"`
	AttestError   string          `json:"attest_error,omitempty"` // of the last try; empty: it was good
	Challenged    bool            `json:"challenged,omitempty"`   // its hardware was asked, whatever came of it
}

// evidenceLife is for how many epochs after its own evidence counts: a miner or a network that is away for an epoch loses nothing.
const evidenceLife = 1

// of says whether the record is about the neuron as it is now.
func (r *HardwareRecord) of(n chain.Neuron) bool {
	return r != nil && r.Hotkey == n.Hotkey && r.RegisteredAt == n.RegisteredAt && bytes.Equal(r.ServiceKey, n.ServiceKey)
}

// tried says whether the neuron's hardware was ever asked since it registered. A new service key begins a new record and takes no part in this: who
// changes it all the time would never have been asked.
func (r *HardwareRecord) tried(n chain.Neuron) bool {
	return r != nil && r.Hotkey == n.Hotkey && r.RegisteredAt == n.RegisteredAt && r.Challenged
}

// attested are the devices that count in an epoch, or why there are none.
func (r *HardwareRecord) attested(n chain.Neuron, epoch uint64) ([]string, string) {
	if !r.of(n) {
		return nil, "its service key is new"
	}
	if len(r.Devices) == 0 {
		return nil, r.AttestError
	}
	if r.AttestedEpoch+evidenceLife < epoch {
		return nil, fmt.Sprintf("its evidence is of epoch %d: %s", r.AttestedEpoch, r.AttestError)
	}
	ids := make([]string, len(r.Devices))
	for i, d := range r.Devices {
		ids[i] = d.ID
	}
	return ids, ""
}

// identity is what the record says of a neuron in an epoch.
func (r *HardwareRecord) identity(n chain.Neuron, epoch uint64) identity {
	devices, why := r.attested(n, epoch)
	return identity{neuron: n, devices: devices, why: why, unasked: !r.tried(n)}
}

// hardware reads the report back; nil where there is none.
func (r *HardwareRecord) hardware() *wire.Hardware {
	var h wire.Hardware
	if r.Report == "" || json.Unmarshal([]byte(r.Report), &h) != nil {
		return nil
	}
	return &h
}

// Hardware gives back all records, by hotkey.
func (s *Store) Hardware() (map[string]*HardwareRecord, error) {
	out := map[string]*HardwareRecord{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketHardware).ForEach(func(k, v []byte) error {
			var r HardwareRecord
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("hardware of %s: %w", k, err)
			}
			out[string(k)] = &r
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return out, nil
}

// SaveHardware keeps the records that were written anew and drops those of hotkeys that left.
func (s *Store) SaveHardware(changed []*HardwareRecord, left []string) error {
	return s.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketHardware)
		var errs []error
		for _, r := range changed {
			errs = append(errs, putJSON(b, []byte(r.Hotkey), r))
		}
		for _, hotkey := range left {
			errs = append(errs, b.Delete([]byte(hotkey)))
		}
		return errors.Join(errs...)
	})
}

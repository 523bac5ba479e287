package validator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

// HardwareReport is what the miners' hardware said, as the validator found it last: what scores --hardware shows.
type HardwareReport struct {
	ChainID     string           `json:"chain_id"`
	Netuid      uint16           `json:"netuid"`
	Mechanism   uint8            `json:"mechanism"`
	Epoch       uint64           `json:"epoch"`
	Height      int64            `json:"height"`
	Attestation task.Attestation `json:"attestation"` // what the subnet asks
	Miners      []MinerHardware  `json:"miners"`      // by uid
}

// MinerHardware is one miner's.
type MinerHardware struct {
	UID   uint16 `json:"uid"`
	Owner string `json:"owner"`
	HardwareRecord
	Hold *task.Hold `json:"hold,omitempty"` // why it is held back
	// Shared are the other uids whose reports name one of the same devices. Reports prove nothing: it is for people to look at.
	Shared []uint16 `json:"shared,omitempty"`
}

// HardwareFile is where the report is written for reading.
type HardwareFile struct{ Path string }

// Write replaces the report whole.
func (f *HardwareFile) Write(self Self, v *View, a task.Attestation, records map[string]*HardwareRecord, held map[task.MinerID]task.Hold) error {
	r := HardwareReport{
		ChainID: self.ChainID, Netuid: self.Netuid, Mechanism: self.Mechanism, Epoch: v.Epoch().Index, Height: v.Height(), Attestation: a, Miners: []MinerHardware{},
	}
	at := map[string][]uint16{}
	for _, n := range v.Metagraph.Neurons {
		record := records[n.Hotkey]
		if !record.of(n) {
			continue
		}
		m := MinerHardware{UID: n.UID, Owner: n.Owner, HardwareRecord: *record}
		if h, ok := held[task.MinerID(n.Hotkey)]; ok {
			m.Hold = &h
		}
		r.Miners = append(r.Miners, m)
		for _, id := range reported(record) {
			at[id] = append(at[id], n.UID)
		}
	}
	for i := range r.Miners {
		m := &r.Miners[i]
		others := map[uint16]bool{m.UID: true}
		for _, id := range reported(&m.HardwareRecord) {
			for _, uid := range at[id] {
				if !others[uid] {
					others[uid] = true
					m.Shared = append(m.Shared, uid)
				}
			}
		}
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	temporary := f.Path + ".new"
	if err := os.WriteFile(temporary, append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, f.Path)
}

// reported are the ids of devices that a miner's report names.
func reported(r *HardwareRecord) (ids []string) {
	if h := r.hardware(); h != nil {
		for _, d := range h.Devices {
			if d.ID != "" {
				ids = append(ids, d.ID)
			}
		}
	}
	return ids
}

// ReadHardware reads the report of a home, of one mechanism. Errors: [ErrNoScores].
func ReadHardware(home string, mechanism uint32) (HardwareReport, error) {
	var r HardwareReport
	path := Config{Home: home, Mechanism: mechanism}.hardwarePath()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: no hardware in %s; it is inspected by: agon-validator run --hardware, or where the subnet asks for attestation", ErrNoScores, filepath.Dir(path))
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Table writes the report for people.
func (r HardwareReport) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "subnet %d, epoch %d, height %d, attestation %s\n", r.Netuid, r.Epoch, r.Height, r.Attestation.Mode)
	fmt.Fprintf(t, "what miners report proves nothing; attested devices answered this validator's challenge\n\n")
	fmt.Fprintln(t, "UID\tREPORTS\tDRIVER\tMIG\tECC\tCELSIUS\tBUSY\tALSO AT\tATTESTED\tHELD BACK\tMINER")
	for _, m := range r.Miners {
		c := columns(m.hardware())
		if m.ReportError != "" {
			c[0] += " (" + m.ReportError + ")"
		}
		hold := "-"
		if m.Hold != nil {
			hold = fmt.Sprintf("%s: %s", m.Hold.Gate, m.Hold.Why)
		}
		also := "-"
		if len(m.Shared) > 0 {
			also = strings.Trim(fmt.Sprint(m.Shared), "[]")
		}
		attested := "-"
		if len(m.Devices) > 0 {
			attested = fmt.Sprintf("%d in epoch %d", len(m.Devices), m.AttestedEpoch)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", m.UID, strings.Join(c[:], "\t"), also, attested, hold, m.Hotkey)
	}
	return t.Flush()
}

// columns are what a report says, driver, MIG, ECC, temperature and utilization; of several devices the span.
func columns(h *wire.Hardware) [6]string {
	out := [6]string{"-", "-", "-", "-", "-", "-"}
	if h == nil {
		return out
	}
	if len(h.Devices) == 0 {
		out[0] = fmt.Sprintf("%d x %s", h.CPU.Threads, h.CPU.Model)
		return out
	}
	first := h.Devices[0]
	out[0] = fmt.Sprintf("%d x %s, %.1f GiB", len(h.Devices), first.Model, float64(first.Memory)/(1<<30))
	if h.Driver != "" {
		out[1] = h.Driver
	}
	out[2] = howMany(h.Devices, func(d wire.HardwareDevice) *bool { return d.MIG })
	out[3] = howMany(h.Devices, func(d wire.HardwareDevice) *bool { return d.ECC })
	out[4] = span(h.Devices, func(d wire.HardwareDevice) *uint32 { return d.Temperature })
	out[5] = span(h.Devices, func(d wire.HardwareDevice) *uint32 { return d.Utilization })
	if out[5] != "-" {
		out[5] += " %"
	}
	return out
}

// howMany devices have a thing switched on, or "-" where none tells.
func howMany(devices []wire.HardwareDevice, of func(wire.HardwareDevice) *bool) string {
	told, on := 0, 0
	for _, d := range devices {
		if v := of(d); v != nil {
			told++
			if *v {
				on++
			}
		}
	}
	switch {
	case told == 0:
		return "-"
	case on == 0:
		return "off"
	case on == len(devices):
		return "on"
	}
	return fmt.Sprintf("on for %d", on)
}

// span is the least and the most of what devices tell.
func span(devices []wire.HardwareDevice, of func(wire.HardwareDevice) *uint32) string {
	var least, most *uint32
	for _, d := range devices {
		v := of(d)
		if v == nil {
			continue
		}
		if least == nil || *v < *least {
			least = v
		}
		if most == nil || *v > *most {
			most = v
		}
	}
	switch {
	case least == nil:
		return "-"
	case *least == *most:
		return fmt.Sprint(*least)
	}
	return fmt.Sprintf("%d-%d", *least, *most)
}

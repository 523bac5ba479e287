package validator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/agon-chain/agon/task"
)

// ScoresReport is the moving scores as they stood after a round: what the scores command shows, also while the daemon runs
// and holds its store.
type ScoresReport struct {
	ChainID   string       `json:"chain_id"`
	Netuid    uint16       `json:"netuid"`
	Mechanism uint8        `json:"mechanism"`
	Hotkey    string       `json:"hotkey"` // of the validator
	Epoch     uint64       `json:"epoch"`
	Height    int64        `json:"height"`
	Miners    []MinerScore `json:"miners"` // best first
}

// MinerScore is one miner's standing and its place.
type MinerScore struct {
	UID uint16 `json:"uid"`
	URL string `json:"url"`
	task.Standing
}

// ScoresFile is where the report is written for reading.
type ScoresFile struct{ Path string }

// Write replaces the report whole. Miners that lost their place are left out.
func (f *ScoresFile) Write(self Self, v *View, standings []task.Standing) error {
	r := ScoresReport{
		ChainID: self.ChainID, Netuid: self.Netuid, Mechanism: self.Mechanism, Hotkey: self.Hotkey.String(),
		Epoch: v.Epoch().Index, Height: v.Height(), Miners: []MinerScore{},
	}
	for _, s := range standings {
		if n, ok := v.Metagraph.ByHotkey(string(s.Miner)); ok {
			r.Miners = append(r.Miners, MinerScore{UID: n.UID, URL: n.URL, Standing: s})
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

// ReadScores reads the report of a home, of one mechanism. Errors: [ErrNoScores].
func ReadScores(home string, mechanism uint32) (ScoresReport, error) {
	var r ScoresReport
	path := Config{Home: home, Mechanism: mechanism}.scoresPath()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w in %s; they appear after the first round of: agon-validator run --home %s", ErrNoScores, filepath.Dir(path), home)
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
func (r ScoresReport) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	of := ""
	if r.Mechanism > 0 {
		of = fmt.Sprintf(", mechanism %d", r.Mechanism)
	}
	fmt.Fprintf(t, "subnet %d%s, epoch %d, height %d\n\n", r.Netuid, of, r.Epoch, r.Height)
	fmt.Fprintln(t, "UID\tSCORE\tQUALITY\tCHANCE\tANSWERED\tCANARIES\tASKED\tHELD BACK BY\tMOSTLY FOR\tMINER")
	for _, m := range r.Miners {
		gate := string(m.Gate)
		if gate == "" {
			gate = "-"
		}
		why := m.Why
		if m.Held != "" {
			why = m.Held
		}
		if m.Accused != "" {
			why = m.Accused
		}
		if why == "" {
			why = "-"
		}
		fmt.Fprintf(t, "%d\t%.4f\t%.3f\t%.3f\t%.0f %%\t%.0f %%\t%d\t%s\t%s\t%s\n",
			m.UID, m.Score, m.Quality, m.Chance, 100*m.Availability, 100*m.Canary, m.Asked, gate, why, m.Miner)
	}
	return t.Flush()
}

package validator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/agon-chain/agon/task"
)

// evidenceFormat names the form of an evidence file.
const evidenceFormat = "agon/evidence/1"

// Evidence is what an accusation or a vote rests on: the accounts on a miner, and the questions, answers and signed receipts that they were made of.
// Its file's SHA-256 is what the chain has. Whoever has the pinned files can look at the answers again; two things
// only the validator has: the seed by which it drew the ranks of likelihood inside each token, and what others answered to the same questions.
type Evidence struct {
	Format    string `json:"format"`
	ChainID   string `json:"chain_id"`
	Netuid    uint16 `json:"netuid"`
	Validator string `json:"validator"` // hotkey
	Miner     string `json:"miner"`     // hotkey
	// ServiceKey of the miner when this was made, in hex: it signed the receipts, unless the miner changed it meanwhile.
	ServiceKey string         `json:"service_key,omitempty"`
	Task       string         `json:"task"`
	TaskParams string         `json:"task_params"`
	Height     int64          `json:"height"`
	Accounts   []task.Account `json:"accounts"`
	// Rounds in order; what was counted before the first of them is its first account alone.
	Rounds []DossierRound `json:"rounds"`
}

// round is the last that the evidence reaches to.
func (e Evidence) round() (last uint64) {
	for _, r := range e.Rounds {
		last = max(last, r.Round)
	}
	for _, a := range e.Accounts {
		last = max(last, a.Since) // of accounts whose rounds are not kept
	}
	return last
}

// answers is how many there are.
func (e Evidence) answers() (n int) {
	for _, r := range e.Rounds {
		n += len(r.Answers)
	}
	return n
}

// EvidenceFolder is where evidence is kept, each in a file named by its hash: it can be read while the daemon holds its store.
type EvidenceFolder struct{ Path string }

// evidencePath of a configuration.
func (c Config) evidencePath() string { return filepath.Join(c.statePath(), "evidence") }

// Put keeps evidence, durably, and returns its hash: SHA-256 of the file.
func (f EvidenceFolder) Put(e Evidence) ([32]byte, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return [32]byte{}, fmt.Errorf("evidence against %s: %w", e.Miner, err)
	}
	raw = append(raw, '\n')
	hash := sha256.Sum256(raw)
	if err := writeDurably(f.file(hash[:]), raw); err != nil {
		return [32]byte{}, fmt.Errorf("%w: evidence: %w", ErrStore, err)
	}
	return hash, nil
}

func (f EvidenceFolder) file(hash []byte) string {
	return filepath.Join(f.Path, hex.EncodeToString(hash)+".json")
}

// Read gives back the bytes of evidence, and what they say. Errors: [ErrNoEvidence]; [ErrStore] for a file that is not what its name promises.
func (f EvidenceFolder) Read(hash []byte) ([]byte, Evidence, error) {
	var e Evidence
	raw, err := os.ReadFile(f.file(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, e, fmt.Errorf("%w: %x in %s", ErrNoEvidence, hash, f.Path)
	}
	if err != nil {
		return nil, e, fmt.Errorf("%w: %w", ErrStore, err)
	}
	if sum := sha256.Sum256(raw); !bytes.Equal(sum[:], hash) {
		return nil, e, fmt.Errorf("%w: %s has SHA-256 %x: it was changed", ErrStore, f.file(hash), sum)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, e, fmt.Errorf("%w: %s: %w", ErrStore, f.file(hash), err)
	}
	return raw, e, nil
}

// Retain removes what nobody names any more.
func (f EvidenceFolder) Retain(hashes [][]byte) error {
	entries, err := os.ReadDir(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	keep := map[string]bool{}
	for _, h := range hashes {
		keep[filepath.Base(f.file(h))] = true
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(f.Path, e.Name())); err != nil {
				return fmt.Errorf("%w: %w", ErrStore, err)
			}
		}
	}
	return nil
}

// writeDurably replaces a file whole: after it returns, the file survives a crash of the machine.
func writeDurably(path string, raw []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Table writes the evidence for people.
func (e Evidence) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "miner %s in subnet %d of %s\nseen by %s up to height %d: %d answers in %d rounds\n\n", e.Miner, e.Netuid, e.ChainID, e.Validator, e.Height, e.answers(), len(e.Rounds))
	fmt.Fprintln(t, "SERVES\tANSWERS\tLOG10 OF EVIDENCE\tAT MOST\tENOUGH\tBY LAYER")
	for _, a := range e.Accounts {
		var layers []string
		for _, name := range slices.Sorted(maps.Keys(a.Layers)) {
			layers = append(layers, fmt.Sprintf("%s %.1f", name, a.Layers[name]))
		}
		enough := "no"
		if a.Accused {
			enough = "yes"
		}
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.1f\t%s\t%s\n", a.Of, a.Answers, a.Log10, a.Peak, enough, strings.Join(layers, ", "))
	}
	return t.Flush()
}
